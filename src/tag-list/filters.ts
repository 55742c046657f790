// Which tags or series of the desk are shown: what the address says, and what it means.
import { Type } from 'typebox'

export const rowsOnPage = 50

/** Anything may stand in an address; what makes no sense is left out, only the place in the list has to be right. */
export const ListedQuery = Type.Object({
  q: Type.Optional(Type.Unknown()),
  sort: Type.Optional(Type.Unknown()),
  done: Type.Optional(Type.Unknown()),
  cursor: Type.Optional(Type.String({ maxLength: 1000 })),
})

export type Filters<Sort extends string> = { q: string; sort: Sort }

/** The first of the sorts is the usual one. */
export function filtersOf<Sort extends string>(
  query: Record<string, unknown>,
  sorts: readonly [Sort, ...Sort[]],
): Filters<Sort> {
  const { q, sort } = query
  const words = typeof q === 'string' ? Array.from(q.trim()).slice(0, 100).join('') : ''
  return { q: words, sort: sorts.find((one) => one === sort) ?? sorts[0] }
}

/** For an address: what is as usual is left out. */
export function queryOf<Sort extends string>(
  { q, sort }: Filters<Sort>,
  sorts: readonly [Sort, ...Sort[]],
): Record<string, string> {
  return { ...(q && { q }), ...(sort !== sorts[0] && { sort }) }
}
