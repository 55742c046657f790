// Notes of what became of rows that are decided one by one: the same tables that the streamed rows are copied into.
import type { Leftover } from '../reading/convert.ts'
import type { ConvertedRow, Fate } from '../messages.ts'
import { count } from '../messages.ts'
import type { SourceTable } from '../plan.ts'
import { type Run, progressOf, schemaOf } from '../run.ts'

export type Decision = {
  row: ConvertedRow
  fate: Fate
  target: number | null
  changes: string[]
  original: Record<string, unknown> | null
  leftovers: Leftover[]
}

/** A row that comes along, as it was read; `change` and `aside` tell what was decided since. */
export function decisionOf(row: ConvertedRow): Decision {
  const { changes, original, leftovers } = row
  return {
    row,
    fate: 'copied',
    target: null,
    changes: [...changes],
    original: original && { ...original },
    leftovers: [...leftovers],
  }
}

export function change(decision: Decision, name: string, column: string, was: unknown): void {
  if (!decision.changes.includes(name)) decision.changes.push(name)
  decision.original = { [column]: was, ...decision.original }
}

export function aside(decision: Decision, reason: string): void {
  decision.fate = 'set aside'
  decision.target = null
  decision.changes = []
  decision.original = null
  decision.leftovers = [{ column: null, reason, data: decision.row.whole }]
}

/** Those in `later` came with an earlier import: what changes in them is decided when all is settled. */
export async function writeDecisions(
  run: Run,
  table: SourceTable,
  decisions: Decision[],
  later: Set<string> = new Set(),
): Promise<void> {
  const progress = progressOf(run, table)
  await passOverKept(run, table, decisions)
  for (const decision of decisions) {
    if (decision.fate === 'copied' && decision.changes.length > 0) decision.fate = 'changed'
    count(progress.counts.fates, decision.fate)
    for (const name of decision.changes) count(progress.counts.changes, name)
    for (const { reason } of decision.leftovers) count(progress.counts.reasons, reason)
  }
  const [now, then] = [
    decisions.filter(({ row }) => !later.has(row.keyText)),
    decisions.filter(({ row }) => later.has(row.keyText)),
  ]
  await writeRows(run, 'import_rows', table, now)
  await writeRows(run, `${schemaOf(run)}.updates`, table, then)
  const leftovers = decisions.flatMap(({ row, leftovers: found }) =>
    found.map((left) => ({ key: row.keyText, ...left })),
  )
  if (leftovers.length === 0) return
  await run.db.query(
    `insert into import_leftovers (import_id, source_table, source_key, source_column, reason, data)
      select $1, $2, key, "column", reason, data
      from jsonb_to_recordset($3::jsonb) as n (key bigint, "column" text, reason text, data jsonb)`,
    [run.importId, table, JSON.stringify(leftovers)],
  )
}

/** A state of the file that cannot come because of what was changed here is kept once, not by every import after. */
async function passOverKept({ db, chainId }: Run, table: SourceTable, decisions: Decision[]): Promise<void> {
  const given = decisions.flatMap(({ row, leftovers }, place) =>
    leftovers.filter(({ reason }) => reason === 'changed-here').map(({ data }) => ({ place, key: row.keyText, data })),
  )
  if (given.length === 0) return
  const kept = await db.query<{ place: number }>(
    `select place from jsonb_to_recordset($3::jsonb) as given (place int, key bigint, data jsonb)
      where exists (select from import_leftovers as known join imports on imports.id = known.import_id
        where coalesce(continues_id, imports.id) = $1 and reason = 'changed-here' and source_table = $2
          and source_key = given.key and known.data = given.data)`,
    [chainId, table, JSON.stringify(given)],
  )
  for (const { place } of kept) Object.assign(decisions[place]!, { fate: 'already there', leftovers: [] })
}

async function writeRows(run: Run, into: string, table: SourceTable, decisions: Decision[]): Promise<void> {
  if (decisions.length === 0) return
  const rows = decisions.map(({ row, fate, target, changes, original }) => ({
    key: row.keyText,
    fate,
    target,
    checksum: row.checksum,
    changes: changes.join(' ') || null,
    original,
  }))
  await run.db.query(
    `insert into ${into} (chain_id, source_table, source_key, import_id, fate, target_id, checksum, changes, original)
      select $1, $2, key, $3, fate, target, checksum, changes, original
      from jsonb_to_recordset($4::jsonb)
        as n (key bigint, fate text, target bigint, checksum bigint, changes text, original jsonb)
      ${into === 'import_rows' ? replaceEarlier : ''}`,
    [run.chainId, table, run.importId, JSON.stringify(rows)],
  )
}

/** The import that brought a row first keeps it. */
export const replaceEarlier = `on conflict (chain_id, source_table, source_key) do update set fate = excluded.fate,
  import_id = case when import_rows.fate in ('copied', 'changed') then import_rows.import_id else excluded.import_id end,
  target_id = excluded.target_id, checksum = excluded.checksum, changes = excluded.changes, original = excluded.original`
