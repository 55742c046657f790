// Statements on a reader's path are built and compiled once. Building one on every call takes longer than running it.
import type { Compilable, CompiledQuery, RawBuilder } from 'kysely'
import type { Sql } from 'postgres'
import { lasting } from './lasting.ts'
import { type Db, patiently, readerOf } from './pool.ts'
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
  return async (db: Db, values: P): Promise<R[]> => {
    query ??= prepare(build(shapes, placeholders as P).compile(shapes))
    const bound = query.parameters.map((item) => (item instanceof Parameter ? values[item.name] : item))
    const reader = connectionsOf(db)
    if (!reader) return (await db.executeQuery<R>({ ...query, parameters: bound } as CompiledQuery<R>)).rows
    const { sql } = query
    const ask = async () => await reader.unsafe(sql, bound as never[], { prepare: reader.options.prepare })
    return (await patiently(ask)) as unknown as R[]
  }
}

/** The same for a statement that writes, which may wait for the disk or for others: on a connection of its own. */
export function compiledWrite<P extends Record<string, unknown>, R>(
  build: (db: Db, values: P) => Compilable<R> | RawBuilder<R>,
) {
  return compiled(build, () => undefined)
}

function prepare<R>(query: CompiledQuery<R>): CompiledQuery<R> {
  lasting.add(query.sql)
  return query
}

// Values have to be named one by one: a rest or a spread of them would be empty.
const refuseSpread = () => {
  throw new Error('A compiled statement names each of its values.')
}
const placeholders = new Proxy({}, { get: (_, name) => new Parameter(String(name)), ownKeys: refuseSpread })
