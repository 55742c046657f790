/**
 * The rows of one page, from a list that was asked for one row more; `last` is the last one shown, where others follow.
 */
export function pageOf<Row>(found: Row[], size: number): { rows: Row[]; last: Row | undefined } {
  const rows = found.slice(0, size)
  return { rows, last: found.length > size ? rows.at(-1) : undefined }
}
