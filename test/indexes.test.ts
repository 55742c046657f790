import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { testDatabase } from './database.ts'

const { db } = await testDatabase()

/** Those whose columns another index of the table, over the same rows, begins with. */
async function covered(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    with found as (
      select indexrelid, indrelid, relname as name, relam, indisunique, indkey::text as columns,
        coalesce(pg_get_expr(indpred, indrelid), '') as of_rows, indexprs is null as is_plain
      from pg_index join pg_class on pg_class.oid = indexrelid
      where relnamespace = 'public'::regnamespace and relam = (select oid from pg_am where amname = 'btree'))
    select short.name || ' by ' || long.name as name from found as short
      join found as long using (indrelid, of_rows)
      where short.indexrelid <> long.indexrelid and short.is_plain and long.is_plain and not short.indisunique
        and starts_with(long.columns || ' ', short.columns || ' ')
      order by 1`.execute(db)
  return rows.map(({ name }) => name)
}

test('no index is the beginning of another', async () => {
  assert.deepEqual(await covered(), [])
  await sql`create index post_links_again on post_links (post_id)`.execute(db)
  assert.deepEqual(await covered(), ['post_links_again by post_links_submission_key_key'])
})
