// Ada owns the blog, Ben and Bea write, Cleo moderates, Rosa reads and comments, Dev is a stranger.
import { argon2Sync, randomBytes } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { sql } from 'kysely'
import type { Db } from '../src/db/pool.ts'
import type { App } from '../src/http/app.ts'
import { writeArgon2id } from '../src/passwords/argon2id.ts'
import { cookieName } from '../src/sessions/cookie.ts'
import { createSession } from '../src/sessions/queries.ts'
import { setUp } from '../src/setup/queries.ts'
import { insertUser } from '../src/users/queries.ts'

export type Person = {
  id: number
  name: string
  email: string
  cookie: string
  get: (path: string, headers?: Record<string, string>) => Promise<LightMyRequestResponse>
  /** A form as a browser sends it; as text where it must be one that no browser sends. */
  post: (
    path: string,
    form?: Record<string, string> | string,
    headers?: Record<string, string>,
  ) => Promise<LightMyRequestResponse>
}

export type Cast = { ada: Person; ben: Person; bea: Person; cleo: Person; rosa: Person; dev: Person }

/** What everyone in the cast signs in with. */
export const password = 'correct horse battery'

export async function assemble(app: App, db: Db): Promise<Cast> {
  const password_hash = hashOfPassword()
  const owner = {
    title: 'Test Notes',
    description: 'A blog under test.',
    name: 'Ada',
    email: 'ada@example.com',
    password_hash,
  }
  const id = await setUp(db, owner, null)
  return {
    ada: person(app, id, 'Ada', await signIn(db, id)),
    ben: await newcomer(app, db, 'Ben', 'author'),
    bea: await newcomer(app, db, 'Bea', 'author'),
    cleo: await newcomer(app, db, 'Cleo', 'moderator'),
    rosa: await newcomer(app, db, 'Rosa', 'viewer'),
    dev: person(app, 0, 'Dev', ''),
  }
}

/** One person more, with an account and signed in. */
export async function newcomer(app: App, db: Db, name: string, role: string): Promise<Person> {
  const account = {
    name,
    email: `${name.toLowerCase()}@example.com`,
    password_hash: hashOfPassword(),
    isConfirmed: true,
    role,
  }
  const user = await db.transaction().execute((db) => insertUser(db, account))
  if (!user) throw new Error(`${name} exists already.`)
  return person(app, user.id, name, await signIn(db, user.id))
}

let hash: string | undefined

/** Of less work than a blog does, or a hundred wrong guesses would take a test four seconds. */
function hashOfPassword(): string {
  const work = { memory: 64, passes: 1, parallelism: 1, nonce: randomBytes(16) }
  return (hash ??= writeArgon2id({
    ...work,
    tag: argon2Sync('argon2id', { message: password, ...work, tagLength: 32 }),
  }))
}

async function signIn(db: Db, user_id: number): Promise<string> {
  return await createSession(db, { user_id, isKept: false, ip: '127.0.0.1', user_agent: 'test' })
}

function person(app: App, id: number, name: string, token: string): Person {
  const cookie = token && `${cookieName(app)}=${token}`
  return {
    id,
    name,
    email: `${name.toLowerCase()}@example.com`,
    cookie,
    get: (path, headers = {}) => app.inject({ method: 'GET', url: path, headers: { cookie, ...headers } }),
    post: (path, form = {}, headers = {}) =>
      app.inject({
        method: 'POST',
        url: path,
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
      }),
  }
}

/** Somebody with a role of their own: these permissions, and what every reader has. */
export async function steward(app: App, db: Db, name: string, permissions: string[]): Promise<Person> {
  const role = `does_${name.toLowerCase()}`
  const held = [...permissions, 'post.read', 'comment.read', 'user.read']
  await sql`insert into roles (name) values (${role})`.execute(db)
  await sql`insert into role_permissions (role_id, permission_id) select roles.id, permissions.id from roles, permissions
    where roles.name = ${role} and permissions.name in (${sql.join(held)})`.execute(db)
  return await newcomer(app, db, name, role)
}
