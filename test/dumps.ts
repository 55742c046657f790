// Everything a database holds, row by row, to tell what came, what went and what stayed as it was.
import { DatabaseSync } from 'node:sqlite'
import type { BulkConnection } from '../src/db/copy.ts'

/** By table: its rows as JSON text, in order. */
export type Dump = Map<string, string[]>

/** Every table of every schema but those of no part of a blog: the catalog, the jobs, and what kept pages have not seen. */
export async function dump(db: BulkConnection): Promise<Dump> {
  const tables = await db.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_schema not in ('pg_catalog', 'information_schema', 'graphile_worker') and table_type = 'BASE TABLE'
        and table_name <> 'page_changes' order by 1`,
  )
  const result: Dump = new Map()
  for (const { name } of tables) {
    const rows = await db.query<{ row: string }>(`select to_jsonb(t)::text as row from ${name} as t order by 1`)
    result.set(
      name.replace(/^public\./, ''),
      rows.map(({ row }) => row),
    )
  }
  return result
}

type Row = Record<string, unknown>
export type Difference = { came: Record<string, Row[]>; went: Record<string, Row[]> }

/** Tables without a difference are not named. A row that changed both went and came. */
export function compare(before: Dump, after: Dump): Difference {
  const difference: Difference = { came: {}, went: {} }
  for (const table of new Set([...before.keys(), ...after.keys()])) {
    const came = without(after.get(table) ?? [], before.get(table) ?? [])
    const went = without(before.get(table) ?? [], after.get(table) ?? [])
    if (came.length > 0 || !before.has(table)) difference.came[table] = came
    if (went.length > 0 || !after.has(table)) difference.went[table] = went
  }
  return difference
}

function without(rows: string[], others: string[]): Row[] {
  const known = new Set(others)
  return rows.filter((row) => !known.has(row)).map((row) => JSON.parse(row) as Row)
}

/** Schemas, tables, columns, keys, indexes and triggers: the same text means the same shape. */
export async function describeShape(db: BulkConnection): Promise<string> {
  const rows = await db.query<{ line: string }>(
    `select 'schema ' || nspname as line from pg_namespace where nspname !~ '^pg_'
      union all select format('%s %s %s', relkind, relnamespace::regnamespace, relname) from pg_class
        where relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
      union all select format('column %s %s %s %s %s', attrelid::regclass, attnum, attname, atttypid::regtype, attnotnull)
        from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace = 'public'::regnamespace and relkind = 'r' and not attisdropped
      union all select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
        where connamespace = 'public'::regnamespace
      union all select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
      order by 1`,
  )
  return rows.map(({ line }) => line).join('\n')
}

/** Where each counter stands. */
export async function readCounters(db: BulkConnection): Promise<Record<string, number | null>> {
  const rows = await db.query<{ name: string; last: number | null }>(
    `select sequencename as name, last_value as last from pg_sequences where schemaname = 'public' order by 1`,
  )
  return Object.fromEntries(rows.map(({ name, last }) => [name, last]))
}

/** Works on a file of the old blog as its owner would. */
export function editFile(path: string, sql: string): void {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  db.exec(sql)
  db.close()
}
