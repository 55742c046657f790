// What an import made of the file beyond its columns: pages, addresses, names, and what it kept aside. Looked at in samples
// and by number, whatever the size of the blog.
import type { BulkConnection } from '../../../db/copy.ts'
import { nameFrom } from '../../../users/user.ts'
import { numberAt } from '../../blocks.ts'
import type { ImportReport } from '../../report.ts'
import type { SourceTable } from '../plan.ts'
import { isRendered } from './sample-pages.ts'
import { type Difference, mostNamed } from './verify.ts'

type Known = { importId: number; chainId: number }

export type KeptAside = { table: string; reason: string; kept: number; found: number }

export async function findDerivedFaults(db: BulkConnection, known: Known): Promise<Difference[]> {
  return [
    ...(await differentPages(db, known)),
    ...(await withoutAddress(db, known)),
    ...(await differentNames(db, known)),
    ...(await withoutLeftover(db, known)),
  ]
}

/** Leftovers by table and reason: as many as the report of the import says, and as many as there are. */
export async function countLeftovers(db: BulkConnection, { importId }: Known): Promise<KeptAside[]> {
  const { report } = await db.one<{ report: ImportReport | null }>('select report from imports where id = $1', [
    importId,
  ])
  const rows = await db.query<{ table: string; reason: string; found: number }>(
    `select source_table as "table", reason, count(*) as found from import_leftovers where import_id = $1 group by 1, 2`,
    [importId],
  )
  return (report?.tables ?? []).flatMap(({ name, kept_aside }) =>
    Object.entries(kept_aside).map(([reason, kept]) => {
      const row = rows.find((one) => one.table === name && one.reason === reason)
      return { table: name, reason, kept, found: row?.found ?? 0 }
    }),
  )
}

const named = (table: string, what: Difference['what'], keys: { key: number }[]): Difference[] =>
  keys.map(({ key }) => ({ table: table as SourceTable, key, what, isFault: true }))

/** Of posts from both ends of the import and from between: the page is that of the text that is stored, edited or not. */
async function differentPages(db: BulkConnection, { importId, chainId }: Known): Promise<Difference[]> {
  const own = `chain_id = $1 and import_id = $2 and source_table = 'posts'`
  const rows = `select source_key as key, target_id as id from import_rows where ${own} and fate in ('copied', 'changed')`
  const blocks = `select keys, first_key from import_blocks where ${own}`
  const posts = await db.query<{ key: number; body: string; body_format: string; body_html: string }>(
    `with ends as (
        select ${numberAt('keys')} as key
        from ((${blocks} order by first_key limit 1) union (${blocks} order by first_key desc limit 1)) as block,
          generate_series(0, length(keys) / 8 - 1) as place),
      sample (key, id) as (
        (${rows} order by source_key limit 20) union (${rows} order by source_key desc limit 20)
        union (select key, key from ends order by key limit 20) union (select key, key from ends order by key desc limit 20)
        union (select first_key, first_key from (${blocks}) as block order by md5(first_key::text) limit 20))
      select key, body, body_format, body_html from posts join sample using (id)
        where length(body) < 200000 order by key`,
    [chainId, importId],
  )
  return named(
    'posts',
    'another page',
    posts.filter((post) => !isRendered(post)),
  )
}

/** The rules of the table forbid it; they may have been taken away. */
async function withoutAddress(db: BulkConnection, { importId, chainId }: Known): Promise<Difference[]> {
  const posts = await db.query<{ key: number }>(
    `select coalesce(row.source_key, posts.id) as key from posts
        left join import_rows as row on row.chain_id = $1 and row.source_table = 'posts' and row.target_id = posts.id
      where posts.slug !~ '^[^[:space:]/?#]+$' and (row.import_id = $2 or exists (
        select from import_blocks where chain_id = $1 and import_id = $2 and source_table = 'posts'
          and posts.id between first_key and last_key)) order by 1 limit ${mostNamed}`,
    [chainId, importId],
  )
  return named('posts', 'no address', posts)
}

/** Of people from both ends of the import who still have the first and last name of the file. */
async function differentNames(db: BulkConnection, { importId, chainId }: Known): Promise<Difference[]> {
  const rows = `select source_key as key, target_id as id from import_rows where chain_id = $1 and import_id = $2
    and source_table = 'users' and fate in ('copied', 'changed')`
  const people = await db.query<{ key: number; name: string; first_name: string | null; last_name: string | null }>(
    `select key, name, first_name, last_name from users join (
      (${rows} order by source_key limit 50) union (${rows} order by source_key desc limit 50)) as sample using (id)`,
    [chainId, importId],
  )
  const different = people.filter(({ name, first_name, last_name }) => {
    const made = nameFrom(first_name, last_name)
    return made !== '' && made !== name
  })
  return named('users', 'another name', different)
}

/** Rows that are nowhere but among the leftovers, and are not there. */
async function withoutLeftover(db: BulkConnection, { importId, chainId }: Known): Promise<Difference[]> {
  const rows = await db.query<{ table: string; key: number }>(
    `select source_table as "table", source_key as key from import_rows as row
      where chain_id = $1 and import_id = $2 and fate = 'set aside' and not exists (
        select from import_leftovers as left_over where left_over.import_id = $2
          and left_over.source_table = row.source_table and left_over.source_key = row.source_key)
      order by 1, 2 limit ${mostNamed}`,
    [chainId, importId],
  )
  return rows.flatMap(({ table, key }) => named(table, 'leftover gone', [{ key }]))
}
