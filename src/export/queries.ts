// What an export asks of PostgreSQL, all of it about one moment, and what it writes with SQLite.
import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { ConnectionTarget } from '../db/connection-string.ts'
import { RowReader, readInt64 } from '../db/copy-format.ts'
import { BulkConnection } from '../db/copy.ts'
import { type Limits, connect } from '../db/pool.ts'
import type { Table } from './tables.ts'

/** A whole number, a text or the bytes of a long one, or NULL. */
export type Value = number | string | Uint8Array | null

export type Snapshot = {
  count: (table: Table) => Promise<number>
  /** Calls `onRow` for each row, by id; the values are only good until it returns. */
  read: (table: Table, onRow: (values: Value[]) => void) => Promise<void>
  /** The highest id that was ever given out. */
  position: (table: Table) => Promise<number>
  leftOut: () => Promise<LeftOut>
}

/**
 * Everything is about the moment of the first statement. Aborting ends it at once, whatever PostgreSQL is doing, as
 * does a failure of `onRow`.
 */
export async function atOneMoment<T>(
  target: ConnectionTarget,
  limits: Limits,
  signal: AbortSignal,
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const name = `bloggy export ${randomUUID()}`
  const db = await BulkConnection.open(target, limits, name)
  let isStopping: Promise<void> | undefined
  const stop = () => (isStopping ??= terminate(target, limits, name))
  signal.addEventListener('abort', stop)
  try {
    return await db.transaction(async () => {
      signal.throwIfAborted()
      await db.query('set transaction isolation level repeatable read, read only')
      await db.query(settings)
      return await work({
        count: async ({ rows }) => (await db.one<{ count: number }>(`select count(*) from ${rows}`)).count,
        read: async (table, onRow) => await read(db, table, signal, onRow, stop),
        position: async ({ source }) => await positionOf(db, source),
        leftOut: async () => await db.one<LeftOut>(leftOut),
      })
    })
  } finally {
    signal.removeEventListener('abort', stop)
    await isStopping
    await db.close()
  }
}

/** Ends the session of that name. With several hosts this may be another one, so no process number would do. */
async function terminate(target: ConnectionTarget, limits: Limits, name: string): Promise<void> {
  const sql = connect(target, limits, 1)
  try {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${name}`
  } catch {
    // Then the rest of the table comes and is thrown away, or the server is gone anyway.
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Whether the connection, or the server, went away in the middle. */
export function isLoss(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return (
    /^(ECONN|EPIPE|57P0|08)/.test(String(code)) || /^(Connection terminated|The connection to)/.test(String(message))
  )
}

// transaction_timeout came with PostgreSQL 17. The memory is for sorting, and for the ids of drafts.
const settings = `
  select set_config('datestyle', 'ISO, YMD', true), set_config('work_mem', '64MB', true),
    (select count(set_config(name, '0', true)) from pg_settings
      where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout'))`

const isNumber = ({ declaration }: Table['columns'][number]) => declaration.startsWith('INTEGER')

async function read(
  db: BulkConnection,
  { rows, columns }: Table,
  signal: AbortSignal,
  onRow: (values: Value[]) => void,
  stop: () => void,
): Promise<void> {
  const selected = columns.map((column) => `(${column.from})::${isNumber(column) ? 'bigint' : 'text'}`)
  const push = pieces(rowsInto(columns, onRow))
  let failure: unknown
  try {
    await db.copyOut(`select ${selected.join(', ')} from ${rows} order by 1`, (part) => {
      if (failure || signal.aborted) return
      try {
        push(part)
      } catch (error) {
        failure = error
        stop()
      }
    })
    signal.throwIfAborted()
    if (!failure) push()
  } catch (error) {
    failure ??= error
  }
  if (failure) throw failure
}

const longText = 1 << 20

/** Returns whether the bytes held the end of a row. */
function rowsInto(columns: Table['columns'], onRow: (values: Value[]) => void): (bytes: Buffer) => boolean {
  const reader = new RowReader()
  const areNumbers = columns.map(isNumber)
  const values: Value[] = columns.map(() => null)
  return (part) => {
    let isRow = false
    reader.push(part, (bytes) => {
      for (const [index, isNumber] of areNumbers.entries()) {
        const start = reader.starts[index] ?? -1
        const end = reader.ends[index] ?? -1
        if (start < 0) values[index] = null
        else if (isNumber) values[index] = readInt64(bytes, start)
        // A view for every short text costs 100 MB of memory that is given back late.
        else values[index] = end - start < longText ? bytes.toString('utf8', start, end) : bytes.subarray(start, end)
      }
      isRow = true
      onRow(values)
    })
    return isRow
  }
}

/**
 * Twice as much at a time while a row does not end: given a row of 100 MB in parts of 64 kB, the reader would copy
 * 80 GB to put it together. Called without a part at the end.
 */
function pieces(push: (bytes: Buffer) => boolean): (part?: Buffer) => void {
  let waiting: Buffer[] = []
  let length = 0
  let enough = 0
  return (part) => {
    length += part?.length ?? 0
    const isEnough = !part || length >= enough
    // A part is only good for now.
    if (part) waiting.push(isEnough ? part : Buffer.from(part))
    if (length === 0 || !isEnough) return
    const [only] = waiting
    enough = push(waiting.length === 1 && only ? only : Buffer.concat(waiting)) ? 0 : length * 2
    waiting = []
    length = 0
  }
}

async function positionOf(db: BulkConnection, table: string | null): Promise<number> {
  if (!table) return 0
  const { sequence } = await db.one<{ sequence: string | null }>(
    `select pg_get_serial_sequence('${table}', 'id') as sequence`,
  )
  if (!sequence) return 0
  const { position } = await db.one<{ position: number }>(
    `select case when is_called then last_value else last_value - 1 end as position from ${sequence}`,
  )
  return position
}

/** What has no place in the file, and what is not the same there. */
export type LeftOut = {
  drafts: number
  scheduled: number
  /** Out, and not for everybody. */
  restricted: number
  /** Under all these. */
  hidden_comments: number
  /** Deleted, or not let through: elsewhere than in the bin. */
  unshown_comments: number
  deleted: number
  events: number
  tags: number
  series: number
  /** Those who wrote a post beside its author, counted once a post. */
  co_authors: number
  old_addresses: number
  redirects: number
  pictures: number
  /** Out for everybody, and those that only --drafts takes along. */
  pages: number
  hidden_pages: number
  sessions: number
  leftovers: number
  new_passwords: number
  unconfirmed: number
  oauth_tokens: number
}

const leftOut = `
  select
    (select count(*) from posts where published_at is null
      and not exists (select from post_bin where post_id = posts.id)) as drafts,
    (select count(*) from posts where published_at > now()) as scheduled,
    (select count(*) from posts where published_at <= now() and visibility <> 'public') as restricted,
    (select count(*) from comments
      where post_id in (select id from posts where published_at is null or published_at > now() or visibility <> 'public')
        and post_id not in (select post_id from post_bin)) as hidden_comments,
    (select count(*) from comments
      where shown <> 'whole' and post_id not in (select post_id from post_bin)) as unshown_comments,
    (select count(*) from post_bin) as deleted,
    (select count(*) from audit_events where action <> 'legacy.event') as events,
    (select count(*) from tags) as tags,
    (select count(*) from series) as series,
    (select count(*) from post_authors) as co_authors,
    (select count(*) from old_slugs) as old_addresses,
    (select count(*) from redirects) as redirects,
    (select count(*) from media) as pictures,
    (select count(*) from posts
      where kind = 'page' and published_at <= now() and visibility = 'public') as pages,
    (select count(*) from posts
      where kind = 'page' and (published_at is null or published_at > now() or visibility <> 'public')
        and id not in (select post_id from post_bin)) as hidden_pages,
    (select count(*) from sessions where expires_at > now()) as sessions,
    (select count(*) from import_leftovers) as leftovers,
    (select count(*) from users where password_hash like '$argon2%') as new_passwords,
    (select count(*) from users
      where state = 'active' and email_confirmed_at is null and email is not null) as unconfirmed,
    (select count(*) from oauth_tokens) as oauth_tokens`

export function createTable(file: DatabaseSync, { name, columns }: Table): void {
  const lines = columns.map(({ name, declaration }) => `"${name}" ${declaration}`)
  file.exec(`CREATE TABLE "${name}"(\n    ${lines.join(',\n    ')}\n)`)
}

export function insertInto(file: DatabaseSync, { name, columns }: Table): (values: Value[]) => void {
  // Bytes would go in as bytes.
  const places = columns.map((column) => (isNumber(column) ? '?' : 'cast(? as text)'))
  const statement = file.prepare(
    `insert into "${name}" (${columns.map(({ name }) => `"${name}"`).join(', ')}) values (${places.join(', ')})`,
  )
  return (values) => void statement.run(...values)
}

/** SQLite remembers the highest id by itself; what was given out and deleted again it has to be told. */
export function setPosition(file: DatabaseSync, { name }: Table, position: number): void {
  const known = file.prepare('select seq from sqlite_sequence where name = ?').get(name)
  if (position <= Number(known?.seq ?? 0)) return
  const text = known
    ? 'update sqlite_sequence set seq = ? where name = ?'
    : 'insert into sqlite_sequence values (?2, ?1)'
  file.prepare(text).run(position, name)
}

export function countRows(file: DatabaseSync, { name }: Table): number {
  return Number(file.prepare(`select count(*) as count from "${name}"`).get()?.count)
}
