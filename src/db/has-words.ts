import { type RawBuilder, sql } from 'kysely'

const mostWords = 5

/** SQL: each word of `q`, five at most, stands somewhere in the text, in capitals or not. */
export function hasWords(by: RawBuilder<unknown>, q: string): RawBuilder<boolean> {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean).slice(0, mostWords)
  if (words.length === 0) return sql<boolean>`true`
  return sql<boolean>`(${sql.join(
    words.map((word) => sql`position(${word} in lower(${by})) > 0`),
    sql` and `,
  )})`
}
