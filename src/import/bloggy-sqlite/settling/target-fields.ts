// The bytes of one field of PostgreSQL in the terms of the file, so that both sides hash the same.
import { type RowReader, readInt64 } from '../../../db/copy-format.ts'
import { decryptToken, purposeOfTokens } from '../../../oauth/token-encryption.ts'
import type { ColumnSum } from '../../checksum.ts'
import { pending } from '../reading/convert.ts'
import { addHash, combined } from '../reading/encode.ts'
import { canonicalJson } from '../reading/exact-json.ts'
import type { IdMap } from '../messages.ts'
import { type Column, type SourceTable, type TablePlan, provenColumns } from '../plan.ts'
import type { Run } from '../run.ts'

export type TargetReading = {
  run: Run
  table: TablePlan
  columns: Column[]
  /** From ids here to ids of the file, where they differ. */
  inverse: Map<SourceTable, IdMap>
  /** Somebody who had to come without an address has it all the same, as long as there is none here. */
  givesTaken?: boolean
  /** Comments that were deleted here are rows like any other. */
  seesDeleted?: boolean
}

export type RowHere = { key: number; changes: string; email?: string | null }

export async function prepareReading(run: Run, table: TablePlan): Promise<TargetReading> {
  const inverse = new Map<SourceTable, IdMap>()
  for (const { to } of table.columns) {
    if (!to || inverse.has(to)) continue
    const rows = await run.db.query<{ source_key: number; target_id: number }>(
      `select min(source_key) as source_key, target_id from import_rows
        where chain_id = $1 and source_table = $2 and target_id is not null
        group by target_id having min(source_key) <> target_id`,
      [run.chainId, to],
    )
    inverse.set(to, new Map(rows.map(({ source_key, target_id }) => [target_id, source_key])))
  }
  return { run, table, columns: provenColumns(table), inverse }
}

export function selected(columns: Column[]): string {
  return columns.map(({ target, as }) => (as === 'json or null' ? `t.${target}::text` : `t.${target}`)).join(', ')
}

/** The checksum of the fields of a row from the place `before` on; adds to the sums of the columns. */
export function checksumOfFields(
  { run, columns, inverse, givesTaken }: TargetReading,
  bytes: Buffer,
  { starts, ends }: RowReader,
  before: number,
  { key, changes, email }: RowHere,
  sums?: ColumnSum[],
): number {
  for (let index = 0; index < columns.length; index++) {
    const start = starts[before + index]!
    const end = ends[before + index]!
    const { as, to } = columns[index]!
    if (givesTaken && as === 'email' && start < 0 && email && changes.includes('email-taken')) {
      const taken = Buffer.from(email)
      addHash(index, taken, 0, taken.length, key, sums)
      continue
    }
    if (start < 0 || (as === 'text' && !to)) {
      addHash(index, bytes, start, end, key, sums)
      continue
    }
    let special: Buffer | undefined
    if (to) special = idOfFile(inverse.get(to)!, bytes, start)
    else if (as === 'json or null') special = Buffer.from(canonicalJson(bytes.toString('utf8', start, end)) ?? '')
    else if (as === 'password' && changes.includes('password-hashed')) special = Buffer.from(pending)
    else if (as === 'token') {
      special = Buffer.from(decrypted(run, bytes.toString('utf8', start, end), readInt64(bytes, starts[before]!)))
    }
    if (special) addHash(index, special, 0, special.length, key, sums)
    else addHash(index, bytes, start, end, key, sums)
  }
  return combined(columns.length)
}

const eight = Buffer.alloc(8)

function idOfFile(inverse: IdMap, bytes: Buffer, start: number): Buffer | undefined {
  if (inverse.size === 0) return undefined
  const source = inverse.get(readInt64(bytes, start))
  if (source === undefined) return undefined
  eight.writeBigInt64BE(BigInt(source))
  return eight
}

function decrypted(run: Run, text: string, account: number): string {
  try {
    return decryptToken(text, purposeOfTokens(account), run.keys.ours ?? [])
  } catch {
    return '(unreadable)'
  }
}
