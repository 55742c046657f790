// Statements on a reader's path are built and compiled once. Building one on every call takes longer than running it.
import type { Compilable, CompiledQuery, RawBuilder } from 'kysely'
import type { Sql } from 'postgres'
import { lasting } from './lasting.ts'
import { isRead, onceMore } from './once-more.ts'
import { type Db, patiently, readerOf, searcherOf, vigilOf, watcherOf } from './pool.ts'
import { askReplica, mayAskReplica } from './replicas.ts'
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
 * are named, on those; within a request that a replica may answer, on that one's, unless `onPrimary` or `watcherOf` is named.
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
    const askOf = (connections: Sql) => () =>
      connections.unsafe(sql, bound as never[], { prepare: connections.options.prepare }) as unknown as PromiseLike<R[]>
    if (!ofPrimary.has(connectionsOf) && mayAskReplica()) {
      const found = await askReplica(
        async (one) => await askOf(connectionsOf === searcherOf ? one.searcher : one.reader)(),
      )
      if (found) return found.answer
    }
    const { watch } = vigilOf(db)
    return await onceMore(
      () => patiently(() => watch(askOf(reader))),
      () => isRead(sql),
    )
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

/** A statement of the search that is made anew each time, on the connections of the search. */
export async function askSearcher<R>(
  db: Db,
  text: string,
  parameters: readonly unknown[],
  prepare = false,
): Promise<R[]> {
  const ask = (connections: Sql) =>
    connections.unsafe(text, parameters as never[], { prepare }) as unknown as PromiseLike<R[]>
  const found = await askReplica(async ({ searcher }) => await ask(searcher))
  return found ? found.answer : await vigilOf(db).watch(() => ask(searcherOf(db)))
}

/** For what has to be known as it is now: who is asking, and what changed. */
export function onPrimary(db: Db): Sql | undefined {
  return readerOf(db)
}

const ofPrimary: ReadonlySet<unknown> = new Set([onPrimary, watcherOf])

// Values have to be named one by one: a rest or a spread of them would be empty.
const refuseSpread = () => {
  throw new Error('A compiled statement names each of its values.')
}
const placeholders = new Proxy({}, { get: (_, name) => new Parameter(String(name)), ownKeys: refuseSpread })
