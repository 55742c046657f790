// Pages of a list that begin after the last row of the one before: as quick far down as at the top.
import { type RawBuilder, sql } from 'kysely'

type By = RawBuilder<unknown>
/** What a list is sorted by: an expression that is never null and, where it is a moment, never infinite. */
export type Sort = { by: By; type: 'number' | 'text' | 'moment' }
export type Sorts = Record<string, Sort>

/** `next` is the cursor of the page after it. */
export type Page<Row> = { rows: Row[]; next: string | null }

type Wanted = {
  limit: number
  cursor: string | undefined
  /** The name of one of the sorts, with `-` before it for the last one first. */
  sort: string
  /** What tells rows apart that are equal in the sort. */
  id: By
}

// What Kysely has of a query whose tables do not matter here.
type Query = {
  select: (what: unknown) => Query
  where: (is: RawBuilder<boolean>) => Query
  orderBy: (by: By) => Query
  limit: (most: number) => Query
  execute: () => Promise<unknown[]>
}

/** Undefined when the cursor was not made for this order. */
export async function keysetPage<Row extends { id: number }>(
  query: unknown,
  sorts: Sorts,
  { limit, cursor, sort, id }: Wanted,
): Promise<Page<Row> | undefined> {
  const found = sorts[sort.replace(/^-/, '')]
  if (!found) throw new Error(`There is no order by ${sort}.`)
  const { by, type } = found
  const [direction, sign] = sort.startsWith('-') ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`]
  let wanted = (query as Query).select(written[type](by).as('cursor_value'))
  if (cursor !== undefined) {
    const place = readCursor(cursor, sort, found)
    if (!place) return undefined
    wanted = wanted.where(sql<boolean>`(${by}, ${id}) ${sign} (${read[type](place.value)}, ${place.id}::bigint)`)
  }
  const ordered = wanted.orderBy(sql`${by} ${direction}`).orderBy(sql`${id} ${direction}`)
  const rows = (await ordered.limit(limit + 1).execute()) as Array<Row & { cursor_value: string }>
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { rows: shown, next: last ? writeCursor([sort, last.cursor_value, last.id]) : null }
}

function writeCursor(place: [sort: string, value: string, id: number]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

function readCursor(cursor: string, sort: string, { type }: Sort): { value: string; id: number } | undefined {
  const found = parsed(cursor)
  if (!Array.isArray(found) || found.length !== 3 || found[0] !== sort) return undefined
  const [, value, id] = found as unknown[]
  const isValue = typeof value === 'string' && value.isWellFormed() && forms[type].test(value)
  return isValue && Number.isSafeInteger(id) ? { value, id: id as number } : undefined
}

/** Moments as microseconds, of which those of JavaScript know a thousand at a time. */
const written = {
  number: (by: By) => sql<string>`${by}::text`,
  text: (by: By) => sql<string>`${by}`,
  moment: (by: By) => sql<string>`(extract(epoch from ${by}) * 1000000)::bigint::text`,
}
const read = {
  number: (value: string) => sql`${value}::text::bigint`,
  text: (value: string) => sql`${value}::text`,
  moment: (value: string) => sql`timestamptz 'epoch' + ${value}::text::bigint * interval '1 microsecond'`,
}
// What has another form never came from here.
const forms = { number: /^-?\d{1,18}$/, text: /^[^\0]*$/s, moment: /^-?\d{1,17}$/ }

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}
