// What PostgreSQL holds of the rows that were brought, read back by COPY.
import { RowReader, readInt64 } from '../../../db/copy-format.ts'
import { normaliseEmail } from '../../../users/user.ts'
import type { ColumnSum } from '../../checksum.ts'
import type { Fate } from '../messages.ts'
import { type Recorded, findPriorRange, literal } from './prior.ts'
import { schemaOf } from '../run.ts'
import { stagedName } from './stage.ts'
import { type TargetReading, checksumOfFields, selected } from './target-fields.ts'

export type StreamedRows = Recorded & {
  /** Of what is there now, in the order of the keys; NaN where there is nothing. */
  found: Float64Array
}

/** Rows of a streamed table with keys from `from` to `to`. `isStaged` while they lie in the staging schema. */
export async function readStreamed(
  reading: TargetReading,
  isStaged: boolean,
  from: number,
  to: number,
  sums?: ColumnSum[],
): Promise<StreamedRows> {
  const { run, table, columns } = reading
  const recorded = await findPriorRange(run.db, run, table.source, from, to)
  const { keys, targets } = recorded
  const found = new Float64Array(keys.length).fill(Number.NaN)
  const moved = new Map<number, number>()
  for (let index = 0; index < keys.length; index++) {
    if (targets[index] !== keys[index] && targets[index] !== 0) moved.set(targets[index]!, index)
  }
  const where = isStaged ? `${schemaOf(run)}.${stagedName(table.target)}` : `public.${table.target}`
  // One that was deleted here is gone, though it can be had back for a while.
  const isThere = table.target === 'comments' && !reading.seesDeleted ? 't.deleted_at is null and ' : ''
  const query = `select t.id, ${selected(columns)} from ${where} t`
  const read = async (condition: string, indexOf: (id: number) => number) => {
    const reader = new RowReader()
    const row = { key: 0, changes: '' }
    await run.db.copyOut(`${query} where ${isThere}${condition} order by t.id`, (part) =>
      reader.push(part, (bytes) => {
        const index = indexOf(readInt64(bytes, reader.starts[0]!))
        if (index < 0) return
        row.key = keys[index]!
        found[index] = checksumOfFields(reading, bytes, reader, 1, row, sums)
      }),
    )
  }
  let at = 0
  await read(`t.id between ${Number(from)} and ${Number(to)}`, (id) => {
    while (at < keys.length && keys[at]! < id) at++
    return at < keys.length && keys[at] === id && targets[at] === id ? at : -1
  })
  const ids = [...moved.keys()]
  for (let first = 0; first < ids.length; first += 10_000) {
    const some = ids.slice(first, first + 10_000).join(', ')
    await read(`t.id in (${some})`, (id) => moved.get(id) ?? -1)
  }
  return { ...recorded, found }
}

export type DecidedRow = {
  key: number
  /** The address that the file gives somebody, in the one spelling of it. */
  email: string | null
  fate: Fate
  importId: number
  changes: string
  /** As it came. */
  recorded: number
  /** Undefined when it is gone. */
  checksum: number | undefined
}

/** Rows of a table that was decided row by row. */
export async function readDecided(
  reading: TargetReading,
  from: number,
  to: number,
  onRow: (row: DecidedRow) => void,
  sums?: ColumnSum[],
): Promise<void> {
  const { run, table, columns } = reading
  const query = `select r.source_key, r.import_id, r.fate, coalesce(r.changes, ''), r.checksum, r.original->>'email', t.id, ${selected(columns)}
    from import_rows r left join public.${table.target} t on t.id = r.target_id and r.fate in ('copied', 'changed')
    where r.chain_id = ${Number(run.chainId)} and r.source_table = ${literal(table.source)}
      and r.source_key between ${Number(from)} and ${Number(to)}
    order by r.source_key`
  const reader = new RowReader()
  const text = (bytes: Buffer, field: number) => bytes.toString('utf8', reader.starts[field], reader.ends[field])
  await run.db.copyOut(query, (part) =>
    reader.push(part, (bytes) => {
      const row: DecidedRow = {
        key: readInt64(bytes, reader.starts[0]!),
        importId: readInt64(bytes, reader.starts[1]!),
        fate: text(bytes, 2) as Fate,
        changes: text(bytes, 3),
        recorded: readInt64(bytes, reader.starts[4]!),
        email: reader.starts[5]! < 0 ? null : normaliseEmail(text(bytes, 5)),
        checksum: undefined,
      }
      if (reader.starts[6]! >= 0) row.checksum = checksumOfFields(reading, bytes, reader, 7, row, sums)
      onRow(row)
    }),
  )
}
