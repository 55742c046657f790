// Statements on a reader's path are built and compiled once. Building one on every call takes longer than running it.
import type { Compilable, CompiledQuery, RawBuilder } from 'kysely'
import type { Sql } from 'postgres'
import { isRead, onceMore } from './once-more.ts'
import { type Db, patiently, readerOf, vigilOf } from './pool.ts'
import { shapes } from './shapes.ts'

class Parameter {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/**
 * A statement with named values, compiled at the first call and prepared on each connection.
 * Constants that a partial index needs are written with `sql.lit`. It runs on the connections for readers or, where others
 * are named, on those.
 */
export function compiled<P extends Record<string, unknown>, R>(
  build: (db: Db, values: P) => Compilable<R> | RawBuilder<R>,
  connectionsOf: (db: Db) => Sql | undefined = readerOf,
) {
  let query: CompiledQuery<R> | undefined
  let mayRepeat: boolean | undefined
  return async (db: Db, values: P): Promise<R[]> => {
    query ??= build(shapes, placeholders as P).compile(shapes)
    const bound = query.parameters.map((item) => (item instanceof Parameter ? values[item.name] : item))
    const reader = connectionsOf(db)
    if (!reader) return (await db.executeQuery<R>({ ...query, parameters: bound } as CompiledQuery<R>)).rows
    const { sql } = query
    const { watch } = vigilOf(db)
    const ask = async () => await watch(() => reader.unsafe(sql, bound as never[], { prepare: reader.options.prepare }))
    mayRepeat ??= isRead(sql)
    return (await onceMore(() => patiently(ask), mayRepeat)) as unknown as R[]
  }
}

// Values have to be named one by one: a rest or a spread of them would be empty.
const refuseSpread = () => {
  throw new Error('A compiled statement names each of its values.')
}
const placeholders = new Proxy({}, { get: (_, name) => new Parameter(String(name)), ownKeys: refuseSpread })
