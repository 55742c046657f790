/** SQL: the number at `place`, from 0, of a column of import_blocks, which holds eight bytes for each row. */
export function numberAt(column: 'keys' | 'checksums'): string {
  return `('x' || encode(substring(${column} from place * 8 + 1 for 8), 'hex'))::bit(64)::bigint`
}
