import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { testDatabase } from '../../test/database.ts'
import { describeSchema, describeTypes } from './describe.ts'

const context = await testDatabase()

test('db/schema.sql is the schema that the migrations make; `bloggy write-schema` writes it', async () => {
  assert.equal(read('../../db/schema.sql'), await describeSchema(context.database.reader))
})

test('src/db/schema.ts has the types of that schema; `bloggy write-schema` writes it', async () => {
  assert.equal(read('./schema.ts'), await describeTypes(context.database.reader))
})

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
}
