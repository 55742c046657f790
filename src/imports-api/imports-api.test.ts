import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { program } from '../../test/api-client.ts'
import { familyFile, importingApp, settled, upload } from '../../test/importing.ts'
import { buildDirty } from '../../test/legacy/dirty.ts'
import { paths } from '../paths.ts'

const { app, cast, config, db } = await importingApp()
const { ada, ben, cleo, rosa } = cast
const adas = await program(app, db, ada)
const nobody = await program(app, db)
await settled(ada, await upload(app, ada, familyFile(), 'import'))
const dirty = join(config.dataFolder, 'dirty.db')
buildDirty(dirty)
await settled(ada, await upload(app, ada, dirty, 'import'))

test('imports are listed for the owner alone, each with its report', async () => {
  const { data } = await adas.get(paths.api.imports())
  assert.equal(data.data.length, 2)
  const [last, first] = data.data
  assert.deepEqual(
    [last.state, last.is_active, last.is_rehearsal, last.started_by_name],
    ['complete', false, false, 'Ada'],
  )
  assert.equal('report' in last, false)
  const page = await adas.get(`${paths.api.imports()}?limit=1`)
  assert.deepEqual(page.data.data, [last])
  assert.deepEqual((await adas.get(`${paths.api.imports()}?limit=1&cursor=${page.data.next}`)).data.data, [first])
  assert.deepEqual((await adas.get(`${paths.api.imports()}?state=failed`)).data.data, [])
  assert.equal((await adas.get(`${paths.api.imports()}?is_rehearsal=false`)).data.data.length, 2)

  const one = await adas.get(paths.api.import(last.id))
  assert.equal(one.data.report.format, 'bloggy-import-report-1')
  assert.equal(one.data.report.import_id, last.id)
  assert.doesNotMatch(one.body, /password_hash|argon/)

  const leftovers = paths.api.importLeftovers(last.id)
  const found: Array<{ id: number; reason: string; data: string | null; table: string }> = []
  let next: string | null = ''
  while (next !== null) {
    const query = new URLSearchParams({ limit: '7', ...(next && { cursor: next }) })
    const { data } = await adas.get(`${leftovers}?${query}`)
    found.push(...data.data)
    next = data.next
  }
  const { count } = await db
    .selectFrom('import_leftovers')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('import_id', '=', last.id)
    .executeTakeFirstOrThrow()
  assert.ok(found.length > 7)
  assert.equal(found.length, Number(count))
  for (const { data } of found) if (data !== null) JSON.parse(data)
  const [some] = found
  assert.ok(some)
  const alike = await adas.get(`${leftovers}?table=${encodeURIComponent(some.table)}&reason=${some.reason}`)
  assert.ok(alike.data.data.length > 0)
  assert.ok(alike.data.data.every((one: { reason: string }) => one.reason === some.reason))
  assert.deepEqual((await adas.get(paths.api.importLeftover(last.id, some.id))).data, some)
  assert.equal((await adas.get(paths.api.importLeftover(first.id, some.id))).statusCode, 404)

  for (const path of [
    paths.api.imports(),
    paths.api.import(last.id),
    leftovers,
    paths.api.importLeftover(last.id, 1),
  ]) {
    assert.equal((await nobody.get(path)).statusCode, 401)
    for (const one of [ben, cleo, rosa]) assert.equal((await (await program(app, db, one)).get(path)).statusCode, 403)
    assert.equal((await (await program(app, db, ada, ['posts:read'])).get(path)).data.code, 'insufficient_scope')
    assert.equal((await adas.send('DELETE', path)).statusCode, 405)
  }
  for (const path of [paths.api.import(999_999), paths.api.importLeftovers(999_999), paths.api.import('9'.repeat(20))])
    assert.equal((await adas.get(path)).statusCode, 404)
})
