// Before a migration that a Bloggy from before cannot go on with: nobody of that kind may be there.
import { setTimeout as sleep } from 'node:timers/promises'
import { isInUse } from '../db/condition.ts'
import type { ConnectionTarget } from '../db/connection-string.ts'
import { type Limits, connect } from '../db/pool.ts'
import { StartError } from '../errors.ts'
import { needsStop, planUpgrade } from '../upgrades/upgrade.ts'

/** As long as one that was killed counts as there, and a little more. */
const patienceMs = 13_000
const againMs = 500

/** Throws a StartError while another Bloggy stays. One that brings the database up to date meanwhile leaves nothing to do. */
export async function untilAlone(
  target: ConnectionTarget,
  limits: Limits,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const sql = connect(target, limits, 1)
  try {
    for (const begun = performance.now(); ; await sleep(againMs, undefined, { signal })) {
      const plan = await planUpgrade(sql)
      const isForeign = plan.state.unknown.length + plan.state.changed.length > 0
      if (isForeign || !needsStop(plan) || !(await isInUse(sql))) return
      const waited = performance.now() - begun
      if (waited < againMs)
        say('Another Bloggy is running, which cannot go on after this upgrade. Waiting for its end …')
      if (waited > patienceMs)
        throw new StartError(
          'Another Bloggy is running, which cannot go on with what the new migrations do. Nothing was changed. Stop every Bloggy from before, then start this one.',
        )
    }
  } finally {
    await sql.end({ timeout: 1 })
  }
}
