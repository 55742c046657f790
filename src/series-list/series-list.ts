import { Type } from 'typebox'
import { visible } from '../users/user.ts'

export const seriesSorts = ['name', 'newest'] as const
export type SeriesSort = (typeof seriesSorts)[number]

export const SeriesForm = Type.Object({ title: Type.String({ minLength: 1, maxLength: 200, pattern: visible }) })

/** `post` is to be part number `to` of those shown. Sent twice it is the same. */
export const OrderForm = Type.Object({
  post: Type.String({ pattern: '^[1-9]\\d{0,15}$' }),
  to: Type.String({ pattern: '^[1-9]\\d{0,2}$' }),
})

type Part = { id: number; series_part: number | null }

/**
 * The numbers that change when one part is put at the place `to`, counted from 1. Numbers that tell all parts apart are
 * kept and dealt out anew, such as 10, 20, 30; else they are 1, 2, 3.
 */
export function renumbered(parts: Part[], post: number, to: number): { id: number; series_part: number }[] {
  const moved = parts.find(({ id }) => id === post)
  if (!moved) return []
  const rest = parts.filter((part) => part !== moved)
  const order = rest.toSpliced(Math.min(Math.max(to, 1), parts.length) - 1, 0, moved)
  const known = parts.map(({ series_part }) => series_part)
  const isClear = known.every((part, index) => part !== null && (index === 0 || part > (known[index - 1] ?? Infinity)))
  return order
    .map(({ id, series_part }, index) => ({ id, before: series_part, series_part: wanted(known, isClear, index) }))
    .filter(({ before, series_part }) => before !== series_part)
    .map(({ id, series_part }) => ({ id, series_part }))
}

function wanted(known: (number | null)[], isClear: boolean, index: number): number {
  return (isClear ? known[index] : null) ?? index + 1
}
