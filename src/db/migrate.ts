// Plain SQL files, forward only, each applied once under an advisory lock and remembered with its checksum.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type ReservedSql, type Sql } from 'postgres'
import { commandLine } from '../command-line.ts'
import { StartError } from '../errors.ts'
import type { ConnectionTarget } from './connection-string.ts'
import { type Limits, connect } from './pool.ts'
import { installJobs, jobsName } from './jobs-schema.ts'

export type Migration = { name: string; text: string; checksum: string; expands: boolean }
/** `expands`: a program from before goes on with the schema as it is afterwards. */
export type Applied = { name: string; checksum: string; applied_at: Date; expands: boolean }
export type SchemaState = {
  applied: Applied[]
  pending: string[]
  /** Of a later program, which said that this one may go on. */
  ahead: string[]
  /** Of a later program, with which this one must not. */
  unknown: string[]
  changed: string[]
}
export type Patience = {
  /** How long readers queue behind a migration that waits for a lock, at one try. */
  lockMs: number
  /** The longest pause before it tries again. */
  pauseMs: number
  /** All tries together. */
  wholeMs: number
}

const folder = fileURLToPath(new URL('../../db/migrations/', import.meta.url))
// Any number will do, as long as every Bloggy takes the same.
const lockKey = 8081_0001
/** The table that is there while a restore is not finished. */
export const restoreMarker = 'public.unfinished_restore'
const outsideTransaction = '-- outside a transaction'
/** A line of its own: see docs/migrations.md. */
const expanding = /^-- expands$/m
const usual: Patience = { lockMs: 300, pauseMs: 5000, wholeMs: 600_000 }

export function listMigrations(from = folder): Migration[] {
  const names = readdirSync(from).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
  return names.toSorted().map((name) => {
    const text = readFileSync(`${from}/${name}`, 'utf8')
    const checksum = createHash('sha256').update(text).digest('hex')
    return { name: name.replace(/\.sql$/, ''), text, checksum, expands: expanding.test(text) }
  })
}

export const isInTransaction = (text: string): boolean => !text.startsWith(outsideTransaction)

/**
 * Applies what is missing and returns the names, in order. Many may call it at once: one works, the others wait and
 * find nothing left to do. Killed at any moment, the next call goes on where it stopped. `only` is for a restore, which
 * makes the schema of the backup first.
 */
export async function migrate(
  target: ConnectionTarget,
  limits: Limits,
  onApplied: (name: string, milliseconds: number) => void = () => {},
  from = folder,
  only?: ReadonlySet<string>,
  patience: Patience = usual,
): Promise<string[]> {
  const migrations = listMigrations(from)
  const sql = connect(target, limits, 1)
  const applied: string[] = []
  let session: ReservedSql | undefined
  try {
    session = await sql.reserve()
    // A migration takes the time it needs; the lock below it is waited for as long as its holder works. Locks of tables are
    // waited for a moment and asked for again: whoever waits for one keeps every reader waiting behind.
    await session`set statement_timeout = 0`
    await session`set lock_timeout = 0`
    await takeLock(session)
    await session.unsafe(historyTable).simple()
    if (!only) await refuseUnfinished(session)
    const state = compare(migrations, await readHistory(session))
    refuseForeign(state)
    const isWanted = (name: string) => state.pending.includes(name) && (!only || only.has(name))
    for (const migration of migrations.filter(({ name }) => isWanted(name))) {
      const begun = performance.now()
      await applyPatiently(session, migration, patience)
      applied.push(migration.name)
      onApplied(migration.name, performance.now() - begun)
    }
    if (isWanted(jobsName)) {
      const begun = performance.now()
      await installJobs(target, limits)
      await session`insert into schema_migrations (name, checksum) values (${jobsName}, '')`
      applied.push(jobsName)
      onApplied(jobsName, performance.now() - begun)
    }
  } finally {
    session?.release()
    // Ending the session frees the lock, whatever happened.
    await sql.end({ timeout: 5 })
  }
  return applied
}

/** Asks again and again: waiting inside the statement would hold up a `create index concurrently` of the one who works. */
async function takeLock(session: ReservedSql): Promise<void> {
  for (;;) {
    const [row] = await session<{ taken: boolean }[]>`select pg_try_advisory_lock(${lockKey}) as taken`
    if (row?.taken) return
    await sleep(30 + Math.random() * 70)
  }
}

/** What this database has, against what this program knows. */
export async function readSchemaState(sql: Sql): Promise<SchemaState> {
  await refuseUnfinished(sql)
  const [found] = await sql`select to_regclass('schema_migrations') as history`
  return compare(listMigrations(), found?.history ? await readHistory(sql) : [])
}

/** Throws a StartError unless the schema is exactly the one this program was written for. */
export function requireCurrent(state: SchemaState): void {
  refuseForeign(state)
  if (state.pending.length > 0) {
    throw new StartError(
      `The database schema is older than this Bloggy: ${state.pending.length} migrations are missing, first ${state.pending[0]}. Run \`${commandLine('migrations up')}\`.`,
    )
  }
}

/** Throws a StartError for a schema of another program. */
export function refuseForeign(state: SchemaState): void {
  if (state.unknown.length > 0) {
    throw new StartError(
      `The database schema is newer than this Bloggy: it has ${state.unknown.join(', ')}. Start the Bloggy that made it, or a later one.`,
    )
  }
  if (state.changed.length > 0) {
    throw new StartError(
      `The migration ${state.changed[0]} was edited after it ran on this database. Restore db/migrations/${state.changed[0]}.sql as it was.`,
    )
  }
}

/** A restore that was killed, or is under way: what is there is no blog yet. */
async function refuseUnfinished(sql: Sql | ReservedSql): Promise<void> {
  const [found] = await sql`select to_regclass(${restoreMarker}) as marker`
  if (found?.marker)
    throw new StartError(
      `A restore into this database is under way or was interrupted. Run \`${commandLine('restore FILE')}\` again with the same file, or drop the database and make it anew.`,
    )
}

function compare(migrations: Migration[], applied: Applied[]): SchemaState {
  const done = new Map(applied.map((row) => [row.name, row]))
  const known = new Set([...migrations.map(({ name }) => name), jobsName])
  const pending = [...known].filter((name) => !done.has(name))
  // Job tables of another version have a name of their own; graphile-worker upgrades them by itself.
  const others = applied.filter(({ name }) => !known.has(name) && !name.startsWith('graphile-worker'))
  // A later program has all migrations of this one. What lacks some is of another branch.
  const isAhead = pending.filter((name) => name !== jobsName).length === 0 && others.every(({ expands }) => expands)
  const names = others.map(({ name }) => name)
  return {
    applied,
    pending,
    ahead: isAhead ? names : [],
    unknown: isAhead ? [] : names,
    changed: migrations
      .filter(({ name, checksum }) => done.has(name) && done.get(name)?.checksum !== checksum)
      .map(({ name }) => name),
  }
}

async function readHistory(sql: Sql | ReservedSql): Promise<Applied[]> {
  // A database that no later program has seen lacks the column.
  return await sql<Applied[]>`
    select name, checksum, applied_at, coalesce((to_jsonb(schema_migrations) ->> 'expands')::boolean, false) as expands
    from schema_migrations order by applied_at, name`
}

/** What could not have a lock was taken back whole, and is done again when the others had their turn. */
async function applyPatiently(session: ReservedSql, migration: Migration, patience: Patience): Promise<void> {
  const begun = performance.now()
  for (let tries = 1; ; tries++) {
    try {
      return await apply(session, migration, patience)
    } catch (error) {
      if (!(error instanceof LockTaken)) throw error
      if (performance.now() - begun > patience.wholeMs) throw await explainLock(session, migration, patience)
      await sleep(Math.min(patience.pauseMs, 100 * 2 ** tries))
    }
  }
}

class LockTaken extends Error {}
// A lock that was not to be had in time, and two that waited for each other.
const lockCodes = new Set(['55P03', '40P01'])

async function explainLock(session: ReservedSql, { name }: Migration, { wholeMs }: Patience): Promise<StartError> {
  const rows = await session<{ pid: number; name: string; seconds: number }[]>`
    select pid, coalesce(nullif(application_name, ''), usename::text, '') as name,
      extract(epoch from clock_timestamp() - xact_start)::float8 as seconds
    from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
    order by xact_start limit 3`
  const who = rows.map((row) => `process ${row.pid} (${row.name}) for ${Math.round(row.seconds)} seconds`)
  const words = who.length > 0 ? ` In a transaction: ${who.join(', ')}.` : ''
  return new StartError(
    `The migration ${name} found no moment to lock its table in ${Math.round(wholeMs / 1000)} seconds and changed nothing.${words} Run it again when they are done.`,
  )
}

async function apply(
  session: ReservedSql,
  { name, text, checksum, expands }: Migration,
  { lockMs }: Patience,
): Promise<void> {
  const note = async () =>
    void (await session`insert into schema_migrations (name, checksum, expands) values (${name}, ${checksum}, ${expands})`)
  try {
    if (!isInTransaction(text)) {
      // What may stand here waits without keeping others waiting.
      await dropInvalidIndexes(session)
      await session.unsafe(text)
      return await note()
    }
    await session.unsafe(`begin; set local lock_timeout = ${lockMs}`).simple()
    await session.unsafe(text).simple()
    await note()
    await session.unsafe('commit').simple()
  } catch (error) {
    await session
      .unsafe('rollback')
      .simple()
      .catch(() => {})
    if (!(error instanceof postgres.PostgresError)) throw error
    if (lockCodes.has(error.code)) throw new LockTaken()
    throw new StartError(`The migration ${name} failed and changed nothing: ${error.message} (${error.code})`)
  }
}

/** `create index concurrently` that was killed leaves an index that counts as existing and is never used. */
async function dropInvalidIndexes(session: ReservedSql): Promise<void> {
  const rows = await session<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_index i join pg_class c on c.oid = i.indexrelid
    where not i.indisvalid and c.relnamespace = 'public'::regnamespace`
  for (const { name } of rows) await session.unsafe(`drop index if exists ${name}`)
}

const historyTable = `
  create table if not exists schema_migrations (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp()
  );
  do $$ begin
    -- Asked first: adding a column locks the table even where it is there.
    if not exists (select from pg_attribute
        where attrelid = to_regclass('schema_migrations') and attname = 'expands' and not attisdropped) then
      alter table schema_migrations add column expands boolean not null default false;
    end if;
  end $$`
