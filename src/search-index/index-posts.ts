import type { Db } from '../db/pool.ts'
import { type Words, noteWords, reviewWords } from '../search-words/queries.ts'
import { deleteOtherRows, listIndexed, listToIndex, writeRows } from './queries.ts'
import { cutAt } from './plain-text.ts'
import { type Indexed, type Row, rowsOf } from './rows.ts'

/** Characters of text that one statement makes vectors of: less than a second of work. */
const mostAtOnce = 1_000_000

/** Makes what is found of these posts as they are now, in a transaction. Words are noted at once, or by the caller. */
export async function indexPosts(db: Db, ids: number[], language: string, gathered?: Words): Promise<void> {
  const posts = await listToIndex(db, ids)
  const words: Words = gathered ?? new Map()
  const known = gathered ? new Set<number>() : await listIndexed(db, ids)
  const made = posts.map((post) => {
    const { rows, words: found } = rowsOf(post, language)
    gather(words, found, post, !known.has(post.id))
    return rows
  })
  for (const part of parts(made.flat())) await writeShortened(db, part)
  if (gathered) return
  await deleteOtherRows(db, ids, made.flat())
  await reviewWords(db, ids)
  await noteWords(db, words)
}

function gather(words: Words, found: Map<string, string>, { id, is_out }: Indexed, isNew: boolean): void {
  for (const [folded, word] of found) {
    const known = words.get(word) ?? { folded, posts: 0, witness: id, is_out }
    if (isNew) known.posts++
    if (is_out && !known.is_out) Object.assign(known, { witness: id, is_out })
    words.set(word, known)
  }
}

/** A text with too many different words is indexed as far as PostgreSQL takes it. */
async function writeShortened(db: Db, rows: Row[]): Promise<void> {
  try {
    await writeRows(db, rows)
  } catch (error) {
    if ((error as { code?: string }).code !== tooLong) throw error
    const [row] = rows
    if (rows.length > 1 || !row) for (const one of rows) await writeShortened(db, [one])
    else await writeShortened(db, [{ ...row, text: cutAt(row.text, Math.floor(row.text.length / 2)) }])
  }
}

// program_limit_exceeded
const tooLong = '54000'

function* parts(rows: Row[]): Generator<Row[]> {
  let part: Row[] = []
  let length = 0
  for (const row of rows) {
    if (part.length > 0 && length + row.text.length > mostAtOnce) {
      yield part
      part = []
      length = 0
    }
    part.push(row)
    length += row.text.length
  }
  yield part
}
