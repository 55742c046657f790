import type { Db } from '../db/pool.ts'
import { type Words, forgetWords, noteWords } from '../search-words/queries.ts'
import { indexPosts } from './index-posts.ts'
import {
  analyzeRows,
  cleanPending,
  countFindable,
  deleteStaleRows,
  dropIndexIfEmpty,
  listFindable,
  makeIndex,
  noteSweep,
} from './queries.ts'

const mostAtOnce = 100
// While one batch is made into words here, another is made into vectors by PostgreSQL.
const workers = 3
/** Words that are held before they are noted. */
const mostWords = 300_000

/** Makes the row of every post again. Killed, it is done again from the beginning; what was there stays found. */
export async function rebuild(db: Db, language: string, onProgress: (done: number, total: number) => void) {
  const total = await countFindable(db)
  const wasEmpty = await dropIndexIfEmpty(db)
  let done = 0
  try {
    await forgetWords(db)
    let words: Words = new Map()
    let after = 0
    let isOver = false
    const walk = async () => {
      while (!isOver) {
        // The next number is known before anybody waits, so no two take the same posts.
        const ids = await (turn = turn.then(async () => {
          const ids = await listFindable(db, after, mostAtOnce)
          after = ids.at(-1) ?? after
          if (ids.length === 0) isOver = true
          return ids
        }))
        await db.transaction().execute(async (db) => await indexPosts(db, ids, language, words))
        done += ids.length
        onProgress(done, total)
        if (words.size < mostWords) continue
        const full = words
        words = new Map()
        await noteWords(db, full)
      }
    }
    let turn: Promise<number[]> = Promise.resolve([])
    await Promise.all(Array.from({ length: workers }, walk))
    await noteWords(db, words)
    while (await deleteStaleRows(db));
    await noteSweep(db, null)
  } finally {
    if (wasEmpty) await makeIndex(db)
  }
  await cleanPending(db)
  await analyzeRows(db)
  return { posts: done }
}
