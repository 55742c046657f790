// What earlier imports of the same blog brought.
import { RowReader, readInt64 } from '../../../db/copy-format.ts'
import type { Prior } from '../messages.ts'
import { type Run, isContinued } from '../run.ts'

export type PriorRow = { fate: string; target: number | null; checksum: number }

/** Keys as text: some are beyond what JavaScript counts. */
export async function findPrior(run: Run, table: string, keys: string[]): Promise<Map<string, PriorRow>> {
  if (!isContinued(run) && !run.isLater) return new Map()
  const rows = await run.db.query<{ source_key: string; fate: string; target_id: number | null; checksum: number }>(
    `select source_key::text, fate, target_id, checksum from import_rows
      where chain_id = $1 and source_table = $2 and source_key = any($3)`,
    [run.chainId, table, keys],
  )
  return new Map(
    rows.map(({ source_key, fate, target_id, checksum }) => [source_key, { fate, target: target_id, checksum }]),
  )
}

export type Recorded = Prior & {
  /** 1 for what this import brought itself. */
  ours: Uint8Array
}

/** The same by a range of keys, in their order, also of the rows that are kept in blocks. */
export async function findPriorRange(
  db: Run['db'],
  { chainId, importId }: { chainId: number; importId: number },
  table: string,
  from: number,
  to: number,
): Promise<Recorded> {
  const single = await readSingle(db, chainId, table, from, to)
  const blocks = await db.query<{ import_id: number; keys: Buffer; checksums: Buffer }>(
    `select import_id, keys, checksums from import_blocks
      where chain_id = $1 and source_table = $2 and first_key <= ${BigInt(to)} and last_key >= ${BigInt(from)}
      order by first_key`,
    [chainId, table],
  )
  const most = single.length + blocks.reduce((sum, { keys }) => sum + keys.length / 8, 0)
  const [keys, targets, checksums] = [new Float64Array(most), new Float64Array(most), new Float64Array(most)]
  const ours = new Uint8Array(most)
  let length = 0
  const add = (key: number, target: number, checksum: number, import_id: number) => {
    keys[length] = key
    targets[length] = target
    checksums[length] = checksum
    ours[length++] = import_id === importId ? 1 : 0
  }
  let next = 0
  for (const block of blocks) {
    for (let at = 0; at < block.keys.length; at += 8) {
      const key = readInt64(block.keys, at)
      if (key < from || key > to) continue
      while (next < single.length && single[next]!.key < key) addSingle(single[next++]!)
      // The row of its own takes precedence.
      if (next < single.length && single[next]!.key === key) continue
      add(key, key, readInt64(block.checksums, at), block.import_id)
    }
  }
  while (next < single.length) addSingle(single[next++]!)
  return {
    keys: keys.subarray(0, length),
    targets: targets.subarray(0, length),
    checksums: checksums.subarray(0, length),
    ours: ours.subarray(0, length),
  }

  function addSingle({ key, target, checksum, importId: by }: Single): void {
    add(key, target, checksum, by)
  }
}

type Single = { key: number; target: number; checksum: number; importId: number }

async function readSingle(db: Run['db'], chainId: number, table: string, from: number, to: number): Promise<Single[]> {
  const single: Single[] = []
  const rows = new RowReader()
  const query = `select source_key, case when fate in ('copied', 'changed') then target_id else 0 end, checksum, import_id
    from import_rows where chain_id = ${Number(chainId)} and source_table = ${literal(table)}
      and source_key between ${BigInt(from)} and ${BigInt(to)} order by source_key`
  await db.copyOut(query, (part) =>
    rows.push(part, (bytes) => {
      const [key, target, checksum, importId] = rows.starts
      single.push({
        key: readInt64(bytes, key!),
        target: readInt64(bytes, target!),
        checksum: readInt64(bytes, checksum!),
        importId: readInt64(bytes, importId!),
      })
    }),
  )
  return single
}

/** COPY takes no parameters. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
