// Who may do what: every route, tried by everybody on something of Ben's, beside the table in rights.txt. A route without
// a line fails, and so does a line without a route. BLOGGY_WRITE_RIGHTS=yes writes the table, to be read line by line.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { sql } from 'kysely'
import { scopes } from '../src/api-tokens/token.ts'
import type { OpenApi, Operation } from '../src/api/openapi.ts'
import { paths } from '../src/paths.ts'
import { program } from './api-client.ts'
import { type Schema, leastOf } from './api-values.ts'
import { testApp } from './app.ts'
import { type Person, newcomer } from './cast.ts'
import { listRoutes } from './documents.ts'
import { objectsOf } from './rights-objects.ts'

const file = new URL('rights.txt', import.meta.url)
const blog = await testApp()
const { app, cast, db } = blog
const { ada, bea, ben, cleo, dev, rosa } = cast
await db.insertInto('roles').values({ name: 'contributor' }).execute()
await sql`insert into role_permissions (role_id, permission_id) select roles.id, permissions.id from roles, permissions
  where roles.name = 'contributor' and permissions.name in ('post.create', 'post.edit.own', 'post.delete.own')`.execute(
  db,
)
const con = await newcomer(app, db, 'Con', 'contributor')
/** The owner of the thing is Ben; the others are told apart by their roles. */
const people = {
  stranger: dev,
  reader: rosa,
  contributor: con,
  author: bea,
  its_author: ben,
  moderator: cleo,
  admin: ada,
}
const objects = objectsOf(blog)
// Signing somebody out, or changing who they are, is not what is asked here.
const leftAlone = new Set(['POST /sign-out'])

type Trier = (person: Person, made: Record<string, string>) => Promise<number>

test('every route answers everybody as the table says', async () => {
  const found: string[] = [line('route', Object.keys(people))]
  for (const [route, isSafe, send] of await routes()) {
    if (leftAlone.has(route)) continue
    const [, path = ''] = route.split(' ')
    let made = await objects(path)
    const answers: string[] = []
    for (const person of Object.values(people)) {
      if (!isSafe && answers.length > 0) made = await objects(path)
      answers.push(String(await send(person, made)))
    }
    found.push(line(route, answers))
    await sql`delete from attempts`.execute(db)
  }
  if (process.env.BLOGGY_WRITE_RIGHTS) writeFileSync(file, `${found.join('\n')}\n`)
  assert.deepEqual(found, readFileSync(file, 'utf8').trimEnd().split('\n'))
})

function line(route: string, cells: string[]): string {
  return [route.padEnd(60), ...cells.map((cell) => cell.padStart(11))].join(' ')
}

async function routes(): Promise<[route: string, isSafe: boolean, send: Trier][]> {
  const document = (await app.inject(paths.api.document())).json<OpenApi>()
  const operations = new Map<string, Operation>()
  for (const [path, methods] of Object.entries(document.paths)) {
    const pattern = path.replace(/\{(\w+)\}/g, ':$1')
    for (const [method, operation] of Object.entries(methods))
      operations.set(`${method.toUpperCase()} ${pattern}`, operation)
  }
  const tokens = new Map<Person, Awaited<ReturnType<typeof program>>>()
  for (const person of Object.values(people)) {
    tokens.set(person, await program(app, db, person === dev ? undefined : person, scopes))
  }
  const all = listRoutes(app.printRoutes({ commonPrefix: false })).filter((route) => !route.includes('*'))
  return all.toSorted(byPath).map((route) => {
    const [method = '', path = ''] = route.split(' ')
    const isSafe = method === 'GET'
    const operation = operations.get(route)
    const { schema = undefined } = operation?.requestBody?.content['application/json'] ?? {}
    const body = schema && leastOf(schema as Schema, document.components.schemas as Record<string, Schema>)
    const send: Trier = async (person, made) => {
      const url = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(made[name] ?? '1'))
      if (operation) return (await tokens.get(person)?.send(method, url, body))?.statusCode ?? 0
      const isForm = method === 'POST'
      const headers = { cookie: person.cookie, ...(isForm && { 'content-type': 'application/x-www-form-urlencoded' }) }
      const answer = await app.inject({ method: method as 'GET', url, headers, ...(isForm && { payload: '' }) })
      return answer.statusCode
    }
    return [route, isSafe, send]
  })
}

function byPath(a: string, b: string): number {
  const [first, second] = [a, b].map((route) => route.split(' ').toReversed().join(' '))
  return (first ?? '') < (second ?? '') ? -1 : 1
}
