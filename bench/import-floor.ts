// The floor of an import: the very rows it brought, moved by psql's \copy in the binary format on one connection into
// tables without keys, and the keys and indexes of the real tables built on them afterwards.
import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, statSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { ConnectionTarget } from '../src/db/connection-string.ts'
import { BulkConnection } from '../src/db/copy.ts'
import { copyHeader, copyTrailer } from '../src/db/copy-format.ts'
import { runProgram } from './program.ts'
import { floorLimits } from './shape.ts'

export type Floor = { copySeconds: number; keySeconds: number; rows: number; databaseBytes: number }

type Where = { target: ConnectionTarget; folder: string; signal: AbortSignal }
type Table = { name: string; columns: string; file: string }

const version = spawnSync('psql', ['--version'], { encoding: 'utf8' }).stdout
export const copier = version ? version.trim() : 'no psql here, so COPY through our own connection'
const psql = version ? 'psql' : undefined

/** The same for both: an index of two million rows fits. */
const memory = `set maintenance_work_mem = '128MB'`

export async function exportTables(where: Where, names: string[]): Promise<{ tables: Table[]; bytes: number }> {
  const tables = await withBulk(where.target, async (db) => {
    const found: Table[] = []
    for (const name of names)
      found.push({ name, columns: await columnsOf(db, name), file: join(where.folder, `${name}.copy`) })
    return found
  })
  const parts = tables.map(({ name, columns, file }) => ({ words: `public.${name} (${columns}) to`, file }))
  if (psql) await copyByPsql(where, parts)
  else {
    await withBulk(where.target, async (db) => {
      for (const { name, columns, file } of tables) {
        const stream = createWriteStream(file)
        await db.copyOut(`select ${columns} from public.${name}`, (part) => stream.write(part))
        await finished(stream.end())
      }
    })
  }
  return { tables, bytes: tables.reduce((sum, { file }) => sum + statSync(file).size, 0) }
}

/** Into a migrated database in which nothing is yet. */
export async function runFloor(where: Where, tables: Table[], beforeEach: () => Promise<void>): Promise<Floor> {
  return await withBulk(where.target, async (db) => {
    await db.query('create schema floor')
    for (const { name } of tables) {
      await db.query(
        `create table floor.${name} (like public.${name}
          including defaults including generated including constraints including identity including storage)`,
      )
    }
    const keys = await keysOf(db, tables)
    await beforeEach()
    const copySeconds = await timed(async () => await copyBack(where, db, tables))
    await beforeEach()
    const keySeconds = await timed(
      async () => await run(where, db, [memory, 'set search_path = floor, public', ...keys]),
    )
    await db.query('set search_path to default')
    let rows = 0
    for (const { name } of tables) rows += (await db.one<{ n: number }>(`select count(*) as n from floor.${name}`)).n
    const { bytes } = await db.one<{ bytes: number }>('select pg_database_size(current_database()) as bytes')
    return { copySeconds, keySeconds, rows, databaseBytes: bytes }
  })
}

async function copyBack(where: Where, db: BulkConnection, tables: Table[]): Promise<void> {
  const parts = tables.map(({ name, columns, file }) => ({ words: `floor.${name} (${columns}) from`, file }))
  if (psql) return await copyByPsql(where, parts)
  for (const { name, columns, file } of tables) {
    const rows = { start: copyHeader.length, end: statSync(file).size - copyTrailer.length - 1, highWaterMark: 1 << 18 }
    await db.copyIn(`floor.${name} (${columns})`, createReadStream(file, rows))
  }
}

/** As the catalog tells them: primary keys and unique constraints, indexes, foreign keys. */
async function keysOf(db: BulkConnection, tables: Table[]): Promise<string[]> {
  const names = tables.map(({ name }) => `'public.${name}'::regclass`).join(', ')
  const constraints = await db.query<{ statement: string; type: string }>(
    `select contype as type, format('alter table floor.%I add constraint %I %s', relname, conname,
        pg_get_constraintdef(pg_constraint.oid)) as statement
      from pg_constraint join pg_class on pg_class.oid = conrelid
      where conrelid in (${names}) and contype in ('p', 'u', 'f') order by conname`,
  )
  const indexes = await db.query<{ statement: string }>(
    `select replace(pg_get_indexdef(indexrelid), ' ON public.', ' ON floor.') as statement from pg_index
      where indrelid in (${names}) and not exists (select from pg_constraint where conindid = indexrelid)
      order by indexrelid::regclass::text`,
  )
  const ofType = (...types: string[]) => constraints.filter(({ type }) => types.includes(type))
  return [...ofType('p'), ...ofType('u'), ...indexes, ...ofType('f')].map(({ statement }) => statement)
}

async function columnsOf(db: BulkConnection, table: string): Promise<string> {
  const { columns } = await db.one<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
    [`public.${table}`],
  )
  return columns
}

async function copyByPsql(where: Where, parts: { words: string; file: string }[]): Promise<void> {
  await runPsql(
    where,
    parts.map(({ words, file }) => `\\copy ${words} '${file.replaceAll("'", "''")}' with (format binary)`),
  )
}

async function run(where: Where, db: BulkConnection, statements: string[]): Promise<void> {
  if (psql) return await runPsql(where, statements)
  for (const statement of statements) await db.query(statement)
}

/** One connection for all of them. */
async function runPsql({ target, signal }: Where, commands: string[]): Promise<void> {
  const [{ host, port } = { host: '', port: 5432 }] = target.addresses
  const place = ['-h', host, '-p', String(port), '-U', target.user, '-d', target.database]
  const words = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...place, ...commands.flatMap((command) => ['-c', command])]
  await runProgram('psql', words, { signal }).ended
}

async function withBulk<T>(target: ConnectionTarget, work: (db: BulkConnection) => Promise<T>): Promise<T> {
  const db = await BulkConnection.open(target, floorLimits, 'bloggy bench')
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}
