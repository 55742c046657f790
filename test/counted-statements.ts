// Which statements something asks of PostgreSQL.
import type { CompiledQuery } from 'kysely'
import type { Database, Db } from '../src/db/pool.ts'

/** Each query that goes through Kysely, in transactions too, until the answer is called. */
export function hearQueries(db: Db, onQuery: (query: CompiledQuery) => void): () => void {
  const executor = db.getExecutor()
  const { provideConnection } = executor
  executor.provideConnection = (consumer, options) =>
    provideConnection.call(
      executor,
      async (connection) => {
        const { executeQuery } = connection
        connection.executeQuery = (query, more) => {
          onQuery(query)
          return executeQuery.call(connection, query, more) as never
        }
        return await consumer(connection).finally(() => (connection.executeQuery = executeQuery))
      },
      options,
    ) as never
  return () => {
    executor.provideConnection = provideConnection
  }
}

/** What is sent to PostgreSQL meanwhile: on the reading connections, and through Kysely. */
export async function statementsOf({ db, reader }: Database, work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = []
  const { options } = reader
  options.debug = (_, text) => void seen.push(text)
  const stop = hearQueries(db, ({ sql }) => seen.push(sql))
  try {
    await work()
  } finally {
    options.debug = false
    stop()
  }
  // The notice of a change may come late: the settings, and what changed of kept pages, are read for nobody's page.
  return seen.filter((text) => text !== 'select * from "settings"' && !text.includes(' as next_ms'))
}
