// What a PostgreSQL says of itself: whether it takes writes, which line of history it is on, and how far it is in its log.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'

export type ServerState = {
  isStandby: boolean
  isReadOnly: boolean
  /** Each promotion begins another one; the higher number is the newer history. 0 where nobody knows. */
  timeline: number
  /** In bytes of the log: where the next record of a primary will be; what a standby has applied. */
  position: number
  /** What of it is on the disk of a primary, and so on its way to standbys. */
  flushed: number
  /** Its clock, in milliseconds. */
  clockMs: number
}

type Row = {
  is_standby: boolean
  is_read_only: boolean
  timeline: number | null
  position: number | null
  flushed: number | null
  clock_ms: number
}

/** Rejects when there is no answer within the time: a line that is cut without a word stays silent for ever. */
export async function askState(sql: Sql, patienceMs: number): Promise<ServerState> {
  // What a standby receives is known to few roles; what its control file says, to all, and later.
  const asked = sql<Row[]>`
    select is_standby, current_setting('transaction_read_only') = 'on' as is_read_only,
      case when is_standby
        then greatest((select received_tli from pg_stat_wal_receiver),
          (select timeline_id from pg_control_checkpoint()), (select min_recovery_end_timeline from pg_control_recovery()))
        else ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int
      end as timeline,
      pg_wal_lsn_diff(
        case when is_standby then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end, '0/0')::bigint as position,
      pg_wal_lsn_diff(
        case when is_standby then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end, '0/0')::bigint as flushed,
      extract(epoch from clock_timestamp())::float8 * 1000 as clock_ms
    from pg_is_in_recovery() as is_standby`
  asked.catch(() => {})
  const rows = await inTime(asked, patienceMs)
  const [row] = rows
  if (!row) throw new Error('PostgreSQL answered nothing.')
  return {
    isStandby: row.is_standby,
    isReadOnly: row.is_read_only,
    timeline: row.timeline ?? 0,
    position: row.position ?? 0,
    flushed: row.flushed ?? 0,
    clockMs: row.clock_ms,
  }
}

/** What is waited for goes on by itself; nobody hears of it any more. */
async function inTime<T>(work: Promise<T>, patienceMs: number): Promise<T> {
  const done = new AbortController()
  const late = sleep(patienceMs, undefined, { signal: done.signal }).then(() => {
    throw Object.assign(new Error(`No answer within ${patienceMs} ms.`), { code: 'CONNECT_TIMEOUT' })
  })
  late.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    done.abort()
  }
}
