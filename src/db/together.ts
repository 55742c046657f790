import type { Db } from './pool.ts'

/** In the transaction that `db` is, or in one of its own. */
export async function together<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? await work(db) : await db.transaction().execute(work)
}
