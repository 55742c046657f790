// What a backup and a restore ask of PostgreSQL.
import { type Reference, orphansOf, referencesText } from '../db/condition.ts'
import type { BulkConnection } from '../db/copy.ts'
import { restoreMarker } from '../db/migrate.ts'
import { type Head, type PageSum, type Position, type TableOf, jobsTable, pagesCompared } from './contents.ts'
import { knownTables } from './known.ts'

type Found = TableOf & { about_rows: number; bytes: number }

export type Foreign = { tables: string[]; columns: { table: string; name: string }[] }

/** Every table of Bloggy but those that mean something to this server alone, and what others put beside and into them. */
export async function listTables(db: BulkConnection): Promise<{ tables: Found[]; foreign: Foreign }> {
  const found = await db.query<Found & { is_journal: boolean }>(
    `select relname as name, array_agg(attname::text order by attnum) as columns,
       greatest(reltuples, 0)::bigint as about_rows, pg_table_size(pg_class.oid) as bytes,
       -- Numbers of transactions are those of one server. Such a table tells caches what changed a moment ago.
       bool_or(atttypid = 'xid8'::regtype) as is_journal
     from pg_class join pg_attribute on attrelid = pg_class.oid
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and attnum > 0 and not attisdropped
       and attgenerated = '' and relname not in ('schema_migrations', 'backups') and to_regclass($1) is distinct from pg_class.oid
       and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
     group by pg_class.oid order by relname`,
    [restoreMarker],
  )
  const known = knownTables()
  // What somebody else put beside ours has no place in another blog, where nothing would make it.
  const tables = found
    .filter(({ name, is_journal }) => known(name) && !is_journal)
    .map((table) => ({ ...table, columns: table.columns.filter((column) => known(table.name, column)) }))
  const foreign = {
    tables: found.map(({ name }) => name).filter((name) => !known(name)),
    columns: found
      .filter(({ name }) => known(name))
      .flatMap(({ name: table, columns }) =>
        columns.filter((column) => !known(table, column)).map((name) => ({ table, name })),
      ),
  }
  return { tables, foreign }
}

/** Everything that is read until the transaction ends is of one moment, and no table is exchanged meanwhile. */
export async function beginSnapshot(db: BulkConnection, tables: TableOf[]): Promise<void> {
  await db.query(plainText)
  await db.query('begin isolation level repeatable read, read only')
  await db.query(`set local lock_timeout = '60s'`)
  await db.query(`lock table ${tables.map(({ name }) => quote(name)).join(', ')} in access share mode`)
}

export const endSnapshot = async (db: BulkConnection) => void (await db.query('rollback'))

/** Text looks the same whatever the server's settings are. */
const plainText = `set datestyle = 'ISO, YMD'; set intervalstyle = 'iso_8601'; set extra_float_digits = 1;
  set bytea_output = 'hex'; set xmlbinary = 'base64'`

export async function readTitle(db: BulkConnection): Promise<string> {
  return (await db.query<{ title: string }>('select title from settings'))[0]?.title ?? ''
}

export async function readMigrations(db: BulkConnection): Promise<Head['migrations']> {
  return await db.query('select name, checksum from schema_migrations order by name collate "C"')
}

export function rowsOf(db: BulkConnection, table: TableOf): AsyncGenerator<Buffer> {
  return db.copyLinesOut(
    table.name === jobsTable.name ? waitingJobs : `select ${columnsOf(table)} from ${quote(table.name)}`,
  )
}

const waitingJobs = `
  select jobs.id, identifier, payload, queue_name, run_at, attempts, max_attempts, last_error, key, priority
  from graphile_worker._private_jobs as jobs join graphile_worker._private_tasks as tasks on tasks.id = task_id
    left join graphile_worker._private_job_queues as queues on queues.id = job_queue_id
  order by jobs.id`

/** Of each picture all sizes, and how many bytes they have together. */
export async function listFiles(db: BulkConnection): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    `select place || '/' || (size ->> 'width') || '.webp' as name from media_files, jsonb_array_elements(sizes) as size
     order by media_files.id, (size ->> 'width')::int`,
  )
  return rows.map(({ name }) => name)
}

/** The counters of ids, which no transaction holds back: read after the rows, they are past all of them. */
export async function readPositions(db: BulkConnection): Promise<Position[]> {
  const found = await db.query<{ table: string; column: string; sequence: string }>(
    `select relnamespace::regnamespace || '.' || relname as table, attname as column,
       pg_get_serial_sequence(quote_ident(relnamespace::regnamespace::text) || '.' || quote_ident(relname), attname) as sequence
     from pg_class join pg_attribute on attrelid = pg_class.oid
     where relkind = 'r' and attnum > 0 and not attisdropped
       and (relnamespace = 'public'::regnamespace or relname = '_private_jobs' and relnamespace = 'graphile_worker'::regnamespace)
       and pg_get_serial_sequence(quote_ident(relnamespace::regnamespace::text) || '.' || quote_ident(relname), attname) is not null
     order by 1, 2`,
  )
  const positions: Position[] = []
  for (const { table, column, sequence } of found)
    positions.push({ table, column, ...(await db.one<Moved>(`select last_value, is_called from ${sequence}`)) })
  return positions
}
type Moved = Pick<Position, 'last_value' | 'is_called'>

export async function setPosition(db: BulkConnection, { table, column, last_value, is_called }: Position) {
  const [schema = '', name = ''] = table.split('.')
  await db.query('select setval(pg_get_serial_sequence(quote_ident($1) || $2 || quote_ident($3), $4), $5, $6)', [
    schema,
    '.',
    name,
    column,
    last_value,
    is_called,
  ])
}

/** What some pages are made of, chosen by chance or named: the post, who wrote it, its tags, what was said. */
export async function sumPages(db: BulkConnection, foreign: Foreign, ids?: number[]): Promise<PageSum[]> {
  const row = (table: string) => {
    const others = foreign.columns.filter((column) => column.table === table).map(({ name }) => literal(name))
    return others.length > 0 ? `to_jsonb(${table}) - array[${others.join(', ')}]` : `to_jsonb(${table})`
  }
  return await db.query(
    `with chosen as (
       select id from posts where ${ids ? 'id = any($1)' : `published_at is not null order by random() limit $1`})
     select posts.id as post_id, encode(sha256(convert_to(jsonb_build_array(${row('posts')}, ${row('users')},
         (select jsonb_agg(${row('tags')} order by tags.id) from post_tags join tags on tags.id = tag_id where post_id = posts.id),
         (select jsonb_agg(${row('comments')} order by comments.id) from comments where post_id = posts.id)
       )::text, 'UTF8')), 'hex') as sha256
     from posts join chosen using (id) left join users on users.id = posts.author_id order by posts.id`,
    [ids ?? pagesCompared],
  )
}

export async function listAddresses(db: BulkConnection, ids: number[]): Promise<{ slug: string; title: string }[]> {
  return await db.query(
    `select slug, title from posts where id = any($1) and published_at <= now() and visibility = 'public' and kind = 'post'
     order by id`,
    [ids],
  )
}

/** Rows that lead to rows which are not there, where the key itself says that there are none. */
export async function listOrphans(
  db: BulkConnection,
  onKey: (done: number, total: number) => void,
): Promise<Orphans[]> {
  const orphans: Orphans[] = []
  const references = await db.query<Reference>(referencesText)
  for (const [done, one] of references.entries()) {
    onKey(done, references.length)
    const { found } = await db.one<{ found: number }>(orphansOf(one))
    if (found > 0) orphans.push({ table: one.table, target: one.target, key: one.name, rows: found })
  }
  return orphans
}
export type Orphans = {
  table: string
  target: string
  key: string
  /** Up to a thousand: more says no more. */
  rows: number
}

/** Whether anything is in the database, and whether that is a restore that was not finished. */
export async function lookAround(db: BulkConnection) {
  return await db.one<{ relations: number; is_unfinished: boolean }>(
    `select count(*) as relations, to_regclass($1) is not null as is_unfinished from pg_class
     where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
       and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')`,
    [restoreMarker],
  )
}

/** Names of the migrations that ran, also before there is a list of them. */
export async function listApplied(db: BulkConnection): Promise<string[]> {
  const { is_there } = await db.one<{ is_there: boolean }>(
    `select to_regclass('schema_migrations') is not null as is_there`,
  )
  return is_there ? (await readMigrations(db)).map(({ name }) => name) : []
}

/** False while another restore into this database is under way. Held as long as the connection. */
export async function takeRestoreLock(db: BulkConnection): Promise<boolean> {
  const { taken } = await db.one<{ taken: boolean }>('select pg_try_advisory_lock(80810002) as taken')
  return taken
}

export async function markUnfinished(db: BulkConnection): Promise<void> {
  await db.query(`create table if not exists ${restoreMarker} (begun_at timestamptz not null default now())`)
}

export async function removeMark(db: BulkConnection): Promise<void> {
  await db.query(`drop table ${restoreMarker}`)
}

export async function beginLoad(db: BulkConnection): Promise<void> {
  await db.query(plainText)
}

export async function loadRows(db: BulkConnection, table: TableOf, pieces: AsyncIterable<Buffer>): Promise<number> {
  if (table.name !== jobsTable.name) return await db.copyLinesIn(`${quote(table.name)} (${columnsOf(table)})`, pieces)
  await db.query(
    `create temporary table restored_jobs (id bigint, task text, payload json, queue text, run_at timestamptz,
       attempts smallint, max_attempts smallint, last_error text, key text, priority smallint) on commit drop`,
  )
  const rows = await db.copyLinesIn('restored_jobs', pieces)
  await db.query(
    `delete from graphile_worker._private_jobs;
     insert into graphile_worker._private_tasks (identifier) select distinct task from restored_jobs on conflict do nothing;
     insert into graphile_worker._private_job_queues (queue_name)
       select distinct queue from restored_jobs where queue is not null on conflict do nothing;
     insert into graphile_worker._private_jobs
         (id, task_id, payload, job_queue_id, run_at, attempts, max_attempts, last_error, key, priority)
       overriding system value
       select restored_jobs.id, tasks.id, payload, queues.id, run_at, attempts, max_attempts, last_error, key, priority
       from restored_jobs join graphile_worker._private_tasks as tasks on tasks.identifier = task
         left join graphile_worker._private_job_queues as queues on queues.queue_name = queue`,
  )
  return rows
}

/** Tasks that tell somebody something: of what was told since the backup nobody wants to hear twice. */
const telling = `identifier like 'send-%' or identifier like 'tell-%'`

/** Lets nothing go out that waited at the moment of the backup, and answers how many jobs that were. */
export async function fenceJobs(db: BulkConnection): Promise<number> {
  const gone = await db.query(
    `delete from graphile_worker._private_jobs
       where task_id in (select id from graphile_worker._private_tasks where ${telling}) returning id`,
  )
  const { has_tellings, has_queue } = await db.one<{ has_tellings: boolean; has_queue: boolean }>(
    `select to_regclass('comment_tellings') is not null as has_tellings, to_regclass('comments_to_tell') is not null as has_queue`,
  )
  // An older schema may lack them.
  if (has_tellings) await db.query('update comment_tellings set mailed_at = now() where mailed_at is null')
  if (has_queue) await db.query('delete from comments_to_tell')
  return gone.length
}

export async function analyze(db: BulkConnection): Promise<void> {
  await db.query('analyze')
}

const columnsOf = ({ columns }: TableOf) => columns.map(quote).join(', ')
const quote = (name: string) => `"${name.replaceAll('"', '""')}"`
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
