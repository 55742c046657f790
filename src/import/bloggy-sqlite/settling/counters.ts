// The counters that give ids, here and in the file.
import { type SourceTable, plan, planOf } from '../plan.ts'
import type { Run } from '../run.ts'

type Moved = { source: SourceTable; before: number; wasCalled: boolean; after: number }

const movedBy = new WeakMap<Run, Moved[]>()

/**
 * Moves the counter past every id of the file, so that what people write meanwhile gets none of them, and past as many
 * more as rows may need that cannot keep theirs. Returns the first of these.
 */
export async function reserveIds(run: Run, source: SourceTable, highest: number, oddIds: number): Promise<number> {
  const { target } = planOf(source)
  const { first, taken, before, called } = await run.db.one<{
    first: number
    taken: number
    before: number
    called: boolean
  }>(
    `select greatest($1::bigint, (select coalesce(max(id), 0) from public.${target}), counter.last_value) + 1 as first,
        (select count(*) from public.${target} where id <= $1) as taken,
        counter.last_value as before, counter.is_called as called
      from public.${target}_id_seq as counter`,
    [highest],
  )
  const after = first - 1 + taken + oddIds
  await run.db.query(`select setval('public.${target}_id_seq', $1)`, [after])
  const moved = movedBy.get(run) ?? []
  movedBy.set(run, [...moved, { source, before, wasCalled: called, after }])
  return first
}

/** After a rehearsal: counters that nobody used since stand where they stood. */
export async function giveBackIds(run: Run): Promise<void> {
  for (const { source, before, wasCalled, after } of movedBy.get(run) ?? []) {
    const { target } = planOf(source)
    await run.db.transaction(async () => {
      // Whoever takes a number holds a lock on the table that this one waits for.
      await run.db.query(`lock table public.${target} in share row exclusive mode`)
      await run.db.query(
        `select setval('public.${target}_id_seq', $1, $2) from public.${target}_id_seq where last_value = $3`,
        [before, wasCalled, after],
      )
    })
  }
}

/** Past the highest id and past every id that the old blog ever gave, so that none is used twice. */
export async function moveCounters(run: Run): Promise<void> {
  for (const { source, target } of plan) {
    const info = run.reader.tables.find((table) => table.source === source)
    if (!info) continue
    await run.db.query(
      `select setval('public.${target}_id_seq', greatest($1, (select coalesce(max(id), 1) from public.${target}), last_value))
        from public.${target}_id_seq where $1 > 0 or exists (select from public.${target})`,
      [info.counter],
    )
  }
}
