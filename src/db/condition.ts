// What PostgreSQL says of its own condition. Everything here only reads.
import type { Sql } from 'postgres'

export async function readServer(sql: Sql) {
  const [row] = await sql<Server[]>`
    select split_part(current_setting('server_version'), ' ', 1) as version,
      current_setting('server_version_num')::int as version_number,
      pg_is_in_recovery() as is_standby,
      current_setting('data_checksums') = 'on' as has_checksums,
      coalesce((select checksum_failures from pg_stat_database where datname = current_database()), 0)::int
        as checksum_failures,
      current_setting('fsync') = 'on' as has_fsync,
      current_setting('full_page_writes') = 'on' as has_full_pages,
      current_setting('synchronous_commit') as synchronous_commit,
      current_setting('autovacuum') = 'on' as has_autovacuum,
      current_setting('max_connections')::int as most_connections,
      current_setting('superuser_reserved_connections')::int + current_setting('reserved_connections')::int as reserved,
      (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections,
      (select age(datfrozenxid) from pg_database where datname = current_database()) as oldest_age,
      current_setting('autovacuum_freeze_max_age')::int as freeze_age,
      (select count(*)::int from pg_prepared_xacts where database = current_database()) as prepared,
      current_setting('synchronous_standby_names') as synchronous_standbys`
  if (!row) throw new Error('PostgreSQL said nothing of itself.')
  return row
}
type Server = {
  version: string
  version_number: number
  is_standby: boolean
  has_checksums: boolean
  checksum_failures: number
  has_fsync: boolean
  has_full_pages: boolean
  synchronous_commit: string
  has_autovacuum: boolean
  most_connections: number
  /** For superusers. */
  reserved: number
  connections: number
  /** In transactions; at two thousand million PostgreSQL stops. */
  oldest_age: number
  freeze_age: number
  prepared: number
  synchronous_standbys: string
}

/** The seconds that this machine's clock is ahead of PostgreSQL's, and how exactly that is known. */
export async function compareClocks(sql: Sql): Promise<{ ahead: number; within: number }> {
  await sql`select 1`
  const begun = Date.now()
  const [row] = await sql<{ now: number }[]>`select extract(epoch from clock_timestamp())::float8 as now`
  const ended = Date.now()
  return { ahead: (begun + ended) / 2000 - (row?.now ?? 0), within: (ended - begun) / 2000 }
}

export async function readRole(sql: Sql) {
  const [row] = await sql<Role[]>`
    select current_user as name, (select rolsuper from pg_roles where rolname = current_user) as is_superuser,
      has_schema_privilege('public', 'create') as may_create,
      (select coalesce(array_to_json(array_agg(relname::text order by relname)), '[]')::text from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
          and not has_table_privilege(oid, 'select, insert, update, delete')) as closed,
      (select coalesce(array_to_json(array_agg(relname::text order by relname)), '[]')::text from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
          and not pg_has_role(relowner, 'usage')) as foreign_tables`
  if (!row) throw new Error('PostgreSQL has no role for this connection.')
  return {
    ...row,
    closed: JSON.parse(row.closed) as string[],
    foreign_tables: JSON.parse(row.foreign_tables) as string[],
  }
}
type Role = { name: string; is_superuser: boolean; may_create: boolean; closed: string; foreign_tables: string }

/** What a killed `create index concurrently` leaves behind: kept up to date, used by nothing. */
export async function listInvalidIndexes(sql: Sql) {
  return await sql<{ name: string; definition: string; is_building: boolean }[]>`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition,
      exists (select from pg_stat_progress_create_index as progress where progress.index_relid = indexrelid) as is_building
    from pg_index join pg_class on pg_class.oid = indexrelid
    where not (indisvalid and indisready) and relnamespace in ('public'::regnamespace, to_regnamespace('graphile_worker'))
    order by 1`
}

/** Foreign keys and checks that were not compared with the rows, and triggers that are turned off. */
export async function listLooseRules(sql: Sql) {
  return await sql<{ kind: 'constraint' | 'trigger'; name: string; table: string }[]>`
    select 'constraint' as kind, conname as name, conrelid::regclass::text as "table" from pg_constraint
      where connamespace = 'public'::regnamespace and not convalidated
    union all
    select 'trigger', tgname, tgrelid::regclass::text from pg_trigger join pg_class on pg_class.oid = tgrelid
      where relnamespace = 'public'::regnamespace and tgenabled in ('D', 'R')
    order by 1, 3, 2`
}

export type Reference = {
  name: string
  table: string
  about_rows: number
  condition: string
  target: string
  match: string
  /** Set where the key is emptied with the row that it leads to; else the row goes along. */
  emptied: string | null
}

/** Every foreign key with the words that find the rows it should not have. */
export async function listReferences(sql: Sql): Promise<Reference[]> {
  return await sql.unsafe<Reference[]>(referencesText)
}

export const referencesText = `
    select conname as name, conrelid::regclass::text as "table",
      (select greatest(reltuples, 0)::bigint from pg_class where oid = conrelid) as about_rows,
      string_agg(format('child.%I is not null', own.attname), ' and ' order by place) as condition,
      confrelid::regclass::text as target,
      case confdeltype when 'n' then string_agg(format('%I = null', own.attname), ', ' order by place) end as emptied,
      string_agg(format('parent.%I = child.%I', other.attname, own.attname), ' and ' order by place) as match
    from pg_constraint
      cross join lateral unnest(conkey, confkey) with ordinality as pair (own_number, other_number, place)
      join pg_attribute as own on own.attrelid = conrelid and own.attnum = own_number
      join pg_attribute as other on other.attrelid = confrelid and other.attnum = other_number
    where contype = 'f' and connamespace = 'public'::regnamespace
    group by pg_constraint.oid order by 3, 2, 1`

/** Up to a thousand: more says no more. */
export async function countOrphans(sql: Sql, reference: Reference): Promise<number> {
  const [row] = await sql.unsafe<{ found: number }[]>(orphansOf(reference))
  return row?.found ?? 0
}

export const orphansOf = ({ table, condition, target, match }: Reference): string =>
  `select count(*)::int as found from (select from ${table} as child where ${condition}
     and not exists (select from ${target} as parent where ${match}) limit 1000) as orphans`

export type Counter = { table: string; column: string; sequence: string; highest: number | null; next: number }

/** The counters of ids, each beside the highest id there is. */
export async function listCounters(sql: Sql): Promise<Counter[]> {
  const found = await sql<{ table: string; column: string; sequence: string; step: number }[]>`
    select attrelid::regclass::text as "table", quote_ident(attname) as "column",
      pg_get_serial_sequence(attrelid::regclass::text, attname) as sequence, seqincrement as step
    from pg_class join pg_attribute on attrelid = pg_class.oid
      join pg_sequence on seqrelid = pg_get_serial_sequence(attrelid::regclass::text, attname)::regclass
    where relkind = 'r' and attnum > 0 and not attisdropped
      and relnamespace in ('public'::regnamespace, to_regnamespace('graphile_worker'))
    order by 1, 2`
  const counters: Counter[] = []
  for (const { step, ...one } of found) {
    const [row] = await sql.unsafe<{ highest: number | null; next: number }[]>(
      `select (select max(${one.column}) from ${one.table}) as highest,
         (select case when is_called then last_value + ${step} else last_value end from ${one.sequence}) as next`,
    )
    if (row) counters.push({ ...one, ...row })
  }
  return counters
}

export async function listStandbys(sql: Sql) {
  return await sql<
    { name: string; state: string | null; behind_bytes: number | null; behind_seconds: number | null }[]
  >`
    select application_name as name, state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint as behind_bytes,
      extract(epoch from replay_lag)::float8 as behind_seconds
    from pg_stat_replication order by 1 limit 100`
}

/** Where the log of the primary is. */
export async function readLogPosition(sql: Sql): Promise<string> {
  const [row] = await sql<{ position: string }[]>`select pg_current_wal_flush_lsn()::text as position`
  return row?.position ?? '0/0'
}

/** Whether the standbys of this name have applied all up to a position. */
export async function hasApplied(sql: Sql, name: string, position: string): Promise<boolean> {
  const [row] = await sql<{ has: boolean }[]>`
    select coalesce(bool_and(replay_lsn >= ${position}::text::pg_lsn), true) as has
    from pg_stat_replication where application_name = ${name}`
  return row?.has ?? true
}

export async function listSlots(sql: Sql) {
  return await sql<{ name: string; is_active: boolean; wal_status: string | null; held_bytes: number | null }[]>`
    select slot_name as name, active as is_active, wal_status,
      pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint as held_bytes
    from pg_replication_slots order by 1 limit 100`
}

/** Of a standby: how long ago what it shows was written; null while it has all there is. */
export async function readDelay(sql: Sql): Promise<number | null> {
  const [row] = await sql<{ seconds: number | null }[]>`
    select case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then null
      else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 end as seconds`
  return row?.seconds ?? null
}

/** Transactions that hold back what vacuum may take away, the oldest first. */
export async function listOldTransactions(sql: Sql, seconds: number) {
  return await sql<{ pid: number; name: string; state: string | null; seconds: number }[]>`
    select pid, coalesce(nullif(application_name, ''), usename::text, backend_type) as name, state,
      extract(epoch from clock_timestamp() - xact_start)::float8 as seconds
    from pg_stat_activity
    where xact_start < clock_timestamp() - make_interval(secs => ${seconds}) and pid <> pg_backend_pid()
      and (datname = current_database() or datname is null) and backend_type <> 'autovacuum worker'
    order by xact_start limit 10`
}

/** Connections of other roles, of which this one may see no more than that they are there. */
export async function countHidden(sql: Sql): Promise<number> {
  const [row] = await sql<{ hidden: number }[]>`
    select count(*)::int as hidden from pg_stat_activity
    where datname = current_database() and usename is not null and query = '<insufficient privilege>'`
  return row?.hidden ?? 0
}

/** Tables of which most is rows that are gone, although vacuum should have come by. */
export async function listBloatedTables(sql: Sql) {
  return await sql<{ name: string; dead: number; living: number }[]>`
    select relid::regclass::text as name, n_dead_tup as dead, n_live_tup as living from pg_stat_user_tables
    where n_dead_tup > 10000 and n_dead_tup > n_live_tup order by n_dead_tup desc limit 10`
}

/** Whether the insides of indexes can be looked at here. */
export async function findIndexChecker(
  sql: Sql,
): Promise<{ is_installed: boolean; is_available: boolean; schema: string | null }> {
  const [row] = await sql<{ is_installed: boolean; is_available: boolean; schema: string | null }[]>`
    select exists (select from pg_extension where extname = 'amcheck') as is_installed,
      exists (select from pg_available_extensions where name = 'amcheck') as is_available,
      (select quote_ident(nspname) from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
        where extname = 'amcheck') as schema`
  return row ?? { is_installed: false, is_available: false, schema: null }
}

export async function listBtrees(sql: Sql) {
  return await sql<{ name: string; bytes: number }[]>`
    select pg_class.oid::regclass::text as name, pg_relation_size(pg_class.oid) as bytes
    from pg_class join pg_am on pg_am.oid = relam join pg_index on indexrelid = pg_class.oid
    where relnamespace in ('public'::regnamespace, to_regnamespace('graphile_worker')) and amname = 'btree'
      and indisvalid and relkind = 'i' and relpersistence = 'p'
    order by 2, 1`
}

/** Throws what is wrong with an index. */
export async function checkIndex(sql: Sql, schema: string, name: string): Promise<void> {
  await sql.unsafe(`select ${schema}.bt_index_check('${name.replaceAll("'", "''")}'::regclass)`)
}

/** How large tables are, by their names; of one that is not there nothing is said. */
export async function readTableSizes(sql: Sql): Promise<Map<string, { about_rows: number; bytes: number }>> {
  const rows = await sql<{ name: string; about_rows: number; bytes: number }[]>`
    select oid::regclass::text as name, greatest(reltuples, 0)::bigint as about_rows, pg_table_size(oid) as bytes
    from pg_class where relkind in ('r', 'p')
      and relnamespace in ('public'::regnamespace, to_regnamespace('graphile_worker'))`
  return new Map(rows.map(({ name, about_rows, bytes }) => [name, { about_rows, bytes: Number(bytes) }]))
}

/** Whether a Bloggy runs on the database: each that does jobs says so every two seconds. */
export async function isInUse(sql: Sql): Promise<boolean> {
  const [there] = await sql<{ is: boolean }[]>`select to_regclass('job_runners') is not null as is`
  const [row] = there?.is
    ? await sql<{ is: boolean }[]>`
        select exists (select from job_runners where seen_at > now() - interval '10 seconds') as is`
    : // Before there was that list; where the pooler is asked, it keeps names for a while.
      await sql<{ is: boolean }[]>`
        select exists (select from pg_stat_activity
          where datname = current_database() and application_name = 'bloggy jobs') as is`
  return row?.is ?? false
}
