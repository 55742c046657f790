// One import at a time: the lock goes with the connection, however it ends.
import { setTimeout as sleep } from 'node:timers/promises'
import { commandLine } from '../command-line.ts'
import type { BulkConnection } from '../db/copy.ts'
import { StartError } from '../errors.ts'

/** The number of the advisory lock. */
export const turnLock = 80810003

/** Held by the second connection of an import, which may outlive the first by a statement. */
const secondLock = 80810004

/** False while another connection has it. */
export async function hasTurn(db: BulkConnection): Promise<boolean> {
  if (!(await tryLock(db, turnLock))) return false
  const isAlone = await tryLock(db, secondLock)
  await db.query('select pg_advisory_unlock($1)', [isAlone ? secondLock : turnLock])
  return isAlone
}

/** While a second connection works for the one that has the turn. */
export async function besideTurn<T>(db: BulkConnection, work: () => Promise<T>): Promise<T> {
  await endSoonAfterUs(db)
  await db.query('select pg_advisory_lock($1)', [secondLock])
  const result = await work()
  await db.query('select pg_advisory_unlock($1)', [secondLock])
  return result
}

/**
 * Waits a moment for an import that is about to end, or that was killed and leaves a statement behind. Throws a
 * StartError while another one runs.
 */
export async function takeTurn(db: BulkConnection): Promise<void> {
  await endSoonAfterUs(db)
  for (const begun = performance.now(); ; await sleep(100)) {
    if (await hasTurn(db)) return
    if (performance.now() - begun < patienceMs) continue
    throw new StartError(
      `Another import is running on this blog. Wait until it is done; \`${commandLine('import list')}\` shows it.`,
    )
  }
}

async function tryLock(db: BulkConnection, lock: number): Promise<boolean> {
  return (await db.one<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [lock])).mine
}

/** A statement of a process that is gone ends, and with it the lock. Not every system can. */
async function endSoonAfterUs(db: BulkConnection): Promise<void> {
  await db.query(`set client_connection_check_interval = '500ms'`).catch(() => {})
}

const patienceMs = 5000
