// From the settings to a database that answers: the operator's server, or one of our own.
import type { Config } from '../config.ts'
import type { ConnectionTarget } from './connection-string.ts'
import { findRunning, startEmbedded } from './embedded/server.ts'
import { mostConnections } from './most-connections.ts'
import { type Database, type Limits, openDatabase } from './pool.ts'
import { probe } from './probe.ts'

export function limitsOf(config: Config): Limits {
  const { poolSize, connectTimeoutSeconds, statementTimeoutSeconds, lockTimeoutSeconds, preparesStatements } = config
  const limits = { poolSize, connectTimeoutSeconds, statementTimeoutSeconds, lockTimeoutSeconds, preparesStatements }
  return { ...limits, listenTarget: config.databaseListenUrl }
}

/** The name of the connections of commands, from which the audit log knows that a command wrote a line. */
export const commandName = 'bloggy command'

export type Server = { target: ConnectionTarget; lost?: Promise<string>; stop: () => Promise<void> }

/** The server to use. Our own is started and belongs to the caller, who stops it. */
export async function startServer(config: Config, onProgress: (line: string) => void): Promise<Server> {
  if (config.databaseUrl) return { target: config.databaseUrl, stop: async () => {} }
  return await startEmbedded(config.dataFolder, { onProgress, connections: mostConnections(config) })
}

/** For commands beside a running blog: its embedded server is joined when it runs, else started for the while. */
export async function withServer<T>(config: Config, work: (target: ConnectionTarget) => Promise<T>): Promise<T> {
  const running = config.databaseUrl ?? findRunning(config.dataFolder)
  if (running) return await work(running)
  const onProgress = (line: string) => console.error(line)
  const server = await startEmbedded(config.dataFolder, { connections: mostConnections(config), onProgress })
  try {
    return await work(server.target)
  } finally {
    await server.stop()
  }
}

/** A small pool for a command that does one thing. Throws a StartError that says why when there is no connection. */
export async function withDatabase<T>(
  config: Config,
  work: (database: Database & { target: ConnectionTarget }) => Promise<T>,
): Promise<T> {
  return await withServer(config, async (target) => {
    await probe(target, limitsOf(config))
    const database = openDatabase(target, { ...limitsOf(config), poolSize: 6, applicationName: commandName })
    try {
      return await work({ ...database, target })
    } finally {
      await database.close()
    }
  })
}
