import { type Transaction, sql } from 'kysely'
import type { Db } from './pool.ts'
import type { Schema } from './schema.ts'

/**
 * The transaction with transactions in it, for deeds that open one of their own: each is a step that is taken back when it
 * throws, and nothing is kept unless the whole is.
 */
export function joined(whole: Transaction<Schema>): Db {
  let steps = 0
  const step = async <T>(work: (db: Db) => Promise<T>): Promise<T> => {
    const name = sql.id(`step_${++steps}`)
    await sql`savepoint ${name}`.execute(whole)
    try {
      const result = await work(db)
      await sql`release savepoint ${name}`.execute(whole)
      return result
    } catch (error) {
      await sql`rollback to savepoint ${name}`.execute(whole)
      throw error
    }
  }
  const db = new Proxy(whole, {
    get: (target, name) => {
      if (name === 'transaction') return () => ({ execute: step })
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  }) as unknown as Db
  return db
}
