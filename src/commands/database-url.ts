import { commandLine } from '../command-line.ts'
import { loadConfig } from '../config.ts'
import { formatConnectionString } from '../db/connection-string.ts'
import { findRunning } from '../db/embedded/server.ts'
import { StartError } from '../errors.ts'
import { answer, wrongUse } from './answer.ts'

/** For `psql "$(bloggy database-url)"`. The embedded server is there only while a Bloggy runs. */
export function databaseUrl({ superuser, json }: { superuser?: boolean; json?: boolean }): void {
  const config = loadConfig()
  if (superuser && config.databaseUrl)
    throw wrongUse('--superuser is for the embedded server; DATABASE_URL names another.')
  const target = config.databaseUrl ?? findRunning(config.dataFolder)
  if (!target)
    throw new StartError(
      `No Bloggy runs on ${config.dataFolder}, so its PostgreSQL is not there. Start one with \`${commandLine('start')}\`.`,
    )
  const url = formatConnectionString(superuser ? { ...target, user: 'postgres' } : target)
  answer(json, { url }, url)
}
