// `bloggy import verify` also looks at what an import made of the file: pages, addresses, names and leftovers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { finish } from '../../../../test/bloggy.ts'
import { testDatabase } from '../../../../test/database.ts'
import { editFile } from '../../../../test/dumps.ts'
import { bringIn, newPath } from '../../../../test/imported.ts'
import { settingsOf } from '../../../../test/kills.ts'
import { buildFamily } from '../../../../test/legacy/families.ts'
import type { LaterProof } from './verify-later.ts'

const { target, db } = await testDatabase()
const path = newPath()
buildFamily(path, 'F12')
editFile(path, `alter table posts add column likes; update posts set likes = 1`)
const { import_id } = await bringIn(target, path)

async function verify() {
  const { code, stdout, stderr } = await finish(
    ['import', 'verify', String(import_id), path, '--json'],
    settingsOf({ target, folder: `${path}-data` }),
  )
  const { differences, unexplained, leftovers } = JSON.parse(stdout) as LaterProof
  assert.deepEqual(unexplained, differences, stderr)
  const named = differences.map(({ table, key, what }) => `${table} ${key} ${what}`)
  return { code, named, missing: leftovers.filter(({ kept, found }) => kept !== found) }
}

test('an import that nobody touched is equal in all of that', async () => {
  assert.deepEqual(await verify(), { code: 0, named: [], missing: [] })
})

test('a page, an address, a name or a leftover that was changed past the program is named', async () => {
  const { target_id } = await db
    .selectFrom('import_rows')
    .select('target_id')
    .where('source_table', '=', 'users')
    .where('source_key', '=', 4)
    .executeTakeFirstOrThrow()
  await db.updateTable('users').set({ name: 'Somebody else' }).where('id', '=', target_id).execute()
  await db.updateTable('posts').set({ body_html: '<p>Mine</p>' }).where('id', '=', 5).execute()
  await db.schema.alterTable('posts').dropConstraint('posts_slug_check').execute()
  await db.updateTable('posts').set({ slug: '' }).where('id', '=', 6).execute()
  await db.deleteFrom('import_leftovers').where('source_table', 'in', ['emmett_schema', 'posts']).execute()
  assert.deepEqual(await verify(), {
    code: 4,
    named: ['posts 5 another page', 'posts 6 no address', 'users 4 another name', 'emmett_schema 1 leftover gone'],
    missing: [
      { table: 'posts', reason: 'unknown-column', kept: 6, found: 0 },
      { table: 'emmett_schema', reason: 'no-home', kept: 1, found: 0 },
    ],
  })
})
