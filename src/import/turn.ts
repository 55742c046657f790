// One import at a time: the lock goes with the connection, however it ends.
import { setTimeout as sleep } from 'node:timers/promises'
import { commandLine } from '../command-line.ts'
import type { BulkConnection } from '../db/copy.ts'
import { StartError } from '../errors.ts'

/** The number of the advisory lock. */
export const turnLock = 80810003

/** False while another connection has it. */
export async function hasTurn(db: BulkConnection): Promise<boolean> {
  const { mine } = await db.one<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [turnLock])
  return mine
}

/** Waits a moment for an import that is about to end, or that was killed and leaves a statement behind. Throws a StartError while another one runs. */
export async function takeTurn(db: BulkConnection): Promise<void> {
  // A statement of ours ends soon after us, and with it the lock.
  await db.query(`set client_connection_check_interval = '500ms'`).catch(() => {})
  for (const begun = performance.now(); ; await sleep(100)) {
    if (await hasTurn(db)) return
    if (performance.now() - begun < patienceMs) continue
    throw new StartError(
      `Another import is running on this blog. Wait until it is done; \`${commandLine('import list')}\` shows it.`,
    )
  }
}

const patienceMs = 5000
