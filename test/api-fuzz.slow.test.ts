// Calls by chance, made from the OpenAPI document: `npm run fuzz:api` for 50,000 of them.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { sql } from 'kysely'
import type { OpenApi, Operation } from '../src/api/openapi.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { migrate } from '../src/db/migrate.ts'
import { openDatabase } from '../src/db/pool.ts'
import { type Program, type Sent, program } from './api-client.ts'
import { newBlog } from './app.ts'
import { type Schema, type Values, valueOf } from './api-values.ts'
import { assemble } from './cast.ts'
import { testLimits } from './database.ts'
import { chanceFrom } from './legacy/random-values.ts'
import { publishPost } from './pages.ts'

const calls = Number(process.env.BLOGGY_API_CALLS ?? 2000)
const seed = Number(process.env.BLOGGY_TEST_SEED ?? 1)

const folder = mkdtempSync(join(tmpdir(), 'bloggy-fuzz-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const { target, log } = await startLogged()
const database = openDatabase(target, testLimits)
const { app, db, logged, settings } = await newBlog({}, { target, limits: testLimits, database, db: database.db })
after(() => database.close())
const cast = await assemble(app, db)
await settings.refresh()

test(
  'calls by chance are answered as the document says, and break nothing',
  { timeout: 60_000 + calls * 100 },
  async () => {
    const document = (await app.inject('/api/v1/openapi.json')).json<OpenApi>()
    const check = answersOf(document)
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    )
    for (let count = 0; count < 5; count++) await publishPost(cast.ben, { tags: 'One, Two', series: 'A series' })
    const values: Values = {
      chance: chanceFrom(seed),
      schemas: document.components.schemas as Record<string, Schema>,
      ids: [1, 2, 3],
    }
    const { chance } = values
    let people = await everybody()
    const seen: Record<string, number> = {}
    const etags: string[] = []
    /** By noun. */
    const pools: Record<string, number[]> = {}
    for (let call = 0; call < calls; call++) {
      // The limits of the blog are another test's.
      if (call % 100 === 0) await sql`delete from attempts`.execute(db)
      const { path, method, operation } = chance.pick(operations)
      const pool = (pools[operation.tags[0] ?? ''] ??= [1])
      values.ids = pool
      const [who, one] = chance.pick(Object.entries(people))
      const request = requestOf(operation, path, values, etags)
      const answer = await one.send(method, request.url, request.body, request.headers)
      const told = () =>
        `call ${call}, seed ${seed}: ${who} ${method} ${request.url.slice(0, 300)} ${JSON.stringify(request.body)?.slice(0, 500)}\n${answer.statusCode} ${answer.body.slice(0, 1000)}`
      assert.ok(answer.statusCode < 500, told())
      const wrong = check(operation, answer, who)
      assert.equal(wrong, undefined, `${wrong}\n${told()}`)
      seen[`${answer.statusCode}`] = (seen[`${answer.statusCode}`] ?? 0) + 1
      if (answer.headers.etag) etags[call % 50] = String(answer.headers.etag)
      const { id, data } = answer.data as { id?: unknown; data?: { id?: unknown }[] }
      for (const found of [id, ...(data ?? []).map((row) => row.id)])
        if (typeof found === 'number' && !pool.includes(found))
          pool.splice(chance.below(30), pool.length < 30 ? 0 : 1, found)
      // Somebody was signed out, closed or deleted by somebody else: all come back.
      if (answer.data.code === 'invalid_token' && who !== 'a stranger') people = await everybody()
    }
    assert.doesNotMatch(logged(), /request failed/)
    const errors = log().match(
      /ERROR: {2}(?:syntax error|column|relation|function|operator|invalid input syntax|could not determine).*/g,
    )
    assert.equal(errors, null)
    // A fuzzer that is refused everywhere finds nothing.
    const good = Object.entries(seen).filter(([status]) => status.startsWith('2'))
    const done = good.reduce((sum, [, count]) => sum + count, 0)
    assert.ok(done > calls / 10, JSON.stringify(seen))
  },
)

async function everybody(): Promise<Record<string, Program>> {
  await db.updateTable('users').set({ state: 'active' }).execute()
  const { ada, ben, bea, cleo, rosa } = cast
  const made: Record<string, Program> = { nobody: await program(app, db) }
  made['a stranger'] = {
    ...made.nobody,
    send: async (method, path, body, headers = {}) =>
      await (made.nobody as Program).send(method, path, body, { ...headers, authorization: 'Bearer bloggy_x' }),
  } as Program
  for (const person of [ada, ben, bea, cleo, rosa]) {
    await db.deleteFrom('api_tokens').where('user_id', '=', person.id).execute()
    const there = await db.selectFrom('users').select('id').where('id', '=', person.id).executeTakeFirst()
    if (there) made[person.name] = await program(app, db, person)
  }
  return made
}

function requestOf(operation: Operation, path: string, values: Values, etags: string[]) {
  const { chance, ids } = values
  // Two dots alone are another address by the time they come.
  const odd = ['0', '-1', 'x', '99999999999999999', '%00', '...', 'a%2Fb', '１', 'me']
  const query = new URLSearchParams()
  const headers: Record<string, string> = {}
  let url = path
  for (const { name, in: place, required, schema } of operation.parameters) {
    if (place === 'path') {
      const isNumber = (schema as Schema).type === 'integer'
      const value = chance.happens(0.05)
        ? chance.pick(odd)
        : isNumber
          ? String(chance.pick(ids))
          : String(valueOf(schema, values))
      url = url.replace(
        `{${name}}`,
        odd.includes(value) ? value : encodeURIComponent(value.toWellFormed().slice(0, 500)) || 'x',
      )
    } else if (place === 'query' && (required || chance.happens(0.08))) {
      query.append(name, String(valueOf(schema, values)).toWellFormed())
    } else if (place === 'header' && chance.happens(0.15)) {
      headers[name.toLowerCase()] =
        name === 'If-Match' ? (chance.pick(etags) ?? '*') : chance.pick(['k1', 'k2', '"k3"', 'ü', ''])
    }
  }
  if (chance.happens(0.03)) query.append('nonsense', 'x')
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
  const isJson = type === 'application/json'
  let body: unknown = isJson && content ? valueOf(content.schema as Schema, values) : undefined
  if (isJson && chance.happens(0.02)) body = chance.pick(['', '{', '[]', 'null', '"x"', '{"a":'.repeat(40)])
  return { url: query.size > 0 ? `${url}?${query}` : url, body, headers }
}

/** What is wrong with an answer by the document; undefined for nothing. */
function answersOf(document: OpenApi) {
  const ajv = (formats as unknown as (ajv: Ajv) => Ajv)(new Ajv({ allErrors: true, strict: false }))
  const named = JSON.parse(JSON.stringify(document).replaceAll('#/components/schemas/', '')) as OpenApi
  for (const [name, schema] of Object.entries(named.components.schemas)) ajv.addSchema(schema, name)
  const kept = new Map<string, ValidateFunction>()
  const operations = Object.values(named.paths).flatMap((methods) => Object.values(methods))
  const levels = levelsOf(document)
  return (operation: Operation, answer: Sent, who: string): string | undefined => {
    const { operationId } = operation
    const status = String(answer.statusCode)
    const found = operations.find((one) => one.operationId === operationId)?.responses[status]
    if (!found) return `${operationId} does not say that it answers ${status}`
    const isProblem = answer.statusCode >= 400
    const schema = isProblem ? { $ref: 'Problem' } : found.content?.['application/json']?.schema
    if (!schema)
      return answer.body === '' || !/json/.test(String(answer.headers['content-type']))
        ? undefined
        : 'a body that nobody expects'
    const key = `${operationId} ${isProblem ? 'problem' : status}`
    const validate = kept.get(key) ?? ajv.compile(schema)
    kept.set(key, validate)
    if (!validate(answer.data)) return ajv.errorsText(validate.errors)
    if (isProblem || (who !== 'nobody' && who !== 'a stranger')) return undefined
    const title = String((found.content?.['application/json']?.schema as Schema)?.$ref ?? '').replace(/List$/, '')
    const rows = Array.isArray(answer.data.data) ? (answer.data.data as object[]) : [answer.data]
    const hidden = rows
      .flatMap((row) => Object.keys(row))
      .find((name) => (levels.get(title)?.get(name) ?? 'public') !== 'public')
    return hidden && `${hidden} is not for everyone`
  }
}

function levelsOf(document: OpenApi): Map<string, Map<string, string>> {
  const schemas = Object.entries(document.components.schemas as Record<string, Schema>)
  return new Map(
    schemas.map(([title, { properties = {} }]) => [
      title,
      new Map(Object.entries(properties).map(([name, field]) => [name, field['x-level'] ?? 'public'])),
    ]),
  )
}

/** A server of the test's own that writes a log which can be read. */
async function startLogged() {
  const place = join(folder, 'data')
  const first = await startEmbedded(place, { durable: false })
  const admin = openDatabase({ ...first.target, user: 'postgres' }, { ...testLimits, poolSize: 6 })
  const names = ['logging_collector = on', "log_directory = 'log'", "log_min_messages = 'error'"]
  for (const setting of names) await sql`${sql.raw(`alter system set ${setting}`)}`.execute(admin.db)
  await admin.close()
  await first.stop()
  const server = await startEmbedded(place, { durable: false })
  after(() => server.stop())
  await migrate(server.target, testLimits)
  const logs = readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((name) => /\/log\/.*\.log$/.test(name))
  const read = () => logs.map((name) => readFileSync(join(place, name), 'utf8')).join('\n')
  // A new database asks what there is not yet.
  const before = read().length
  return { target: server.target, log: () => read().slice(before) }
}
