// The statements that a page sends, in the order and the company they go in: what a floor has to send too.
import { pino } from 'pino'
import { loadConfig } from '../src/config.ts'
import type { ConnectionTarget } from '../src/db/connection-string.ts'
import { openDatabase } from '../src/db/pool.ts'
import { openStore } from '../src/media/store.ts'
import { newServer } from '../src/server.ts'
import { watchSettings } from '../src/settings/current.ts'
import { floorLimits } from './shape.ts'

export type Statement = { text: string; values: unknown[]; on: 'reader' | 'searcher' | 'writer' }
/** Those of a step are sent at once, and the next step waits for all of them. */
export type Step = Statement[]

/** Of each address, as the application itself asks for it when nobody is signed in. */
export async function recordStatements(
  target: ConnectionTarget,
  folder: string,
  addresses: string[],
): Promise<Map<string, Step[]>> {
  const database = openDatabase(target, floorLimits)
  const logger = pino({ level: 'silent' })
  const settings = await watchSettings(database, logger)
  const config = loadConfig({ NODE_ENV: 'test', BLOGGY_DATA: folder })
  const app = newServer({ config, database, settings, store: openStore(config), logger })
  await app.ready()
  let steps: Step[] = []
  let open = 0
  const note = (statement: Statement) => {
    // A look at the settings may be under way when a page is asked for.
    if (open++ === 0 || steps.length === 0) steps.push([])
    steps.at(-1)?.push(statement)
  }
  const watched = <T extends PromiseLike<unknown>>(answer: T): T => {
    const over = () => void open--
    answer.then(over, over)
    return answer
  }
  for (const on of ['reader', 'searcher'] as const) {
    const unsafe = database[on].unsafe
    database[on].unsafe = ((text: string, values: unknown[] = [], ...rest: never[]) => {
      note({ text, values, on })
      return watched(unsafe(text, values as never[], ...rest))
    }) as typeof unsafe
  }
  // What is built anew each time goes another way.
  const executor = database.db.getExecutor()
  const execute = executor.executeQuery.bind(executor)
  executor.executeQuery = async (query) => {
    note({ text: query.sql, values: [...query.parameters], on: 'writer' })
    return await watched(execute<never>(query))
  }
  try {
    const found = new Map<string, Step[]>()
    for (const url of addresses) {
      // The first time, connections are opened and types are looked up.
      await app.inject({ url })
      steps = []
      const { statusCode } = await app.inject({ url })
      if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}.`)
      if (steps.length === 0) throw new Error(`${url} was seen to ask nothing of PostgreSQL.`)
      found.set(url, steps)
    }
    return found
  } finally {
    await app.close()
    await settings.close()
    await database.close()
  }
}
