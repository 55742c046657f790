// Ada owns the blog, Ben and Bea write, Cleo moderates, Rosa reads and comments, Dev is a stranger.
import type { LightMyRequestResponse } from 'fastify'
import type { Db } from '../src/db/pool.ts'
import type { App } from '../src/http/app.ts'
import { hashPassword } from '../src/passwords/password.ts'
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
  post: (path: string, form?: Record<string, string>, headers?: Record<string, string>) => Promise<LightMyRequestResponse>
}

export type Cast = { ada: Person; ben: Person; bea: Person; cleo: Person; rosa: Person; dev: Person }

/** What everyone in the cast signs in with. */
export const password = 'correct horse battery'

export async function assemble(app: App, db: Db): Promise<Cast> {
  const password_hash = await hashPassword(password)
  const owner = { title: 'Test Notes', description: 'A blog under test.', name: 'Ada', email: 'ada@example.com', password_hash }
  const ada = await setUp(db, owner, null)
  const others = { ben: 'author', bea: 'author', cleo: 'moderator', rosa: 'viewer' }
  const people = new Map([['ada', person(app, ada, 'Ada', await signIn(db, ada))]])
  for (const [key, role] of Object.entries(others)) {
    const name = key[0]?.toUpperCase() + key.slice(1)
    const user = await db
      .transaction()
      .execute((db) => insertUser(db, { name, email: `${key}@example.com`, password_hash, isConfirmed: true, role }))
    if (!user) throw new Error(`${name} exists already.`)
    people.set(key, person(app, user.id, name, await signIn(db, user.id)))
  }
  people.set('dev', person(app, 0, 'Dev', ''))
  return Object.fromEntries(people) as Cast
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
        payload: new URLSearchParams(form).toString(),
      }),
  }
}
