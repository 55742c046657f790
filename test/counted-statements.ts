// How many statements something asks of PostgreSQL.
import type { Database } from '../src/db/pool.ts'

/** What is sent to PostgreSQL meanwhile: on the reading connections, and through Kysely, in transactions too. */
export async function statementsOf({ db, reader }: Database, work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = []
  const { options } = reader
  options.debug = (_, text) => void seen.push(text)
  const executor = db.getExecutor()
  const { provideConnection } = executor
  executor.provideConnection = (consumer, options) =>
    provideConnection.call(
      executor,
      async (connection) => {
        const { executeQuery } = connection
        connection.executeQuery = (query, options) => {
          seen.push(query.sql)
          return executeQuery.call(connection, query, options) as never
        }
        return await consumer(connection).finally(() => (connection.executeQuery = executeQuery))
      },
      options,
    ) as never
  try {
    await work()
  } finally {
    options.debug = false
    executor.provideConnection = provideConnection
  }
  // The notice of a change may come late: the settings, and what changed of kept pages, are read for nobody's page.
  return seen.filter((text) => text !== 'select * from "settings"' && !text.includes(' as next_ms'))
}
