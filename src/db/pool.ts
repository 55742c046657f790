// The connections to PostgreSQL and the two ways to use them: `db` (Kysely) everywhere, `sql` underneath.
import { setTimeout as sleep } from 'node:timers/promises'
import { CompiledQuery, type DatabaseConnection, Kysely, type TransactionBuilder } from 'kysely'
import { PostgresJSDialect, type PostgresJSDialectConfig, PostgresJSDriver } from 'kysely-postgres-js'
import postgres, { type Sql } from 'postgres'
import type { ConnectionTarget } from './connection-string.ts'
import { leases } from './leases.ts'
import { isRead, onceMore } from './once-more.ts'
import { type Primary, followPrimary, isFollowed } from './primary.ts'
import { renewed } from './renewed.ts'
import type { Schema } from './schema.ts'
import { tlsOptions } from './tls.ts'
import { type Vigil, newVigil } from './vigil.ts'

export type Db = Kysely<Schema>

export type Limits = {
  poolSize: number
  connectTimeoutSeconds: number
  statementTimeoutSeconds: number
  lockTimeoutSeconds: number
  preparesStatements: boolean
  /** How PostgreSQL and the audit log know the connections; usually `bloggy`. */
  applicationName?: string
  /** Where announcements are heard, when `target` leads to a pooler that passes none on. */
  listenTarget?: ConnectionTarget | undefined
  /** For tests and measurements: hears every statement on its way, with its values and what the driver makes of them. */
  onStatement?: (statement: { text: string; values: unknown[]; types: number[] }) => void
}

export type Database = {
  db: Db
  /** Pipelined connections for single statements; compiled() runs on them. */
  reader: Sql
  /** Where announcements are heard; the connections of `reader`, unless they cannot hear. */
  listener: Sql
  /** The few connections of the search for readers: nothing else waits for what they do. */
  searcher: Sql
  /** Called when another server takes the writes from now on. */
  onMove: Primary['onMove']
  vigil: Vigil
  /** Ends every connection; statements under way get `timeoutSeconds` to finish. */
  close: (timeoutSeconds?: number) => Promise<void>
}

// One connection listens, one looks for what changed, two belong to the job runner.
const setAside = 4
/** With fewer, what looks for changes shares the connections of readers. */
const leastForWatcher = 7
/** Where the server that takes writes may change, one more asks it how it is. */
const forWatching = 1
// postgres.js sends statements one after another without waiting, so few connections are the fastest:
// on two cores 4 gave 15,255 look-ups a second and 20 gave 9,340.
const mostReaders = 4
const mostSearchers = 3
const searchTimeoutSeconds = 0.5

/** Opens nothing yet: connections come with the first statements, never more than `poolSize`. */
export function openDatabase(target: ConnectionTarget, limits: Limits): Database {
  const available = Math.max(3, limits.poolSize - setAside - (isFollowed(target) ? forWatching : 0))
  const searchers = Math.max(1, Math.min(mostSearchers, Math.floor(available / 4)))
  const readers = Math.max(1, Math.min(mostReaders, Math.floor((available - searchers - 1) / 2)))
  // No column here is an array. Asked for array types, a new connection that breaks takes the process with it.
  const reader = renewed((tell) => connect(target, limits, readers, { fetch_types: false, ...tell }))
  // The driver listens on a connection beside those of this client, which asks nothing.
  const ear = connect(limits.listenTarget ?? target, limits, 1, { fetch_types: false })
  // While all readers wait for one table, pages in memory would be forgotten because nobody could say that they are true.
  const watcher =
    limits.poolSize < leastForWatcher
      ? reader
      : renewed((tell) => connect(target, limits, 1, { fetch_types: false, ...tell }))
  const searchLimits = { ...limits, statementTimeoutSeconds: searchTimeoutSeconds }
  // Planning a search for its words takes as long as the search: the statistics of a million texts are read for it.
  const searcher = renewed((tell) =>
    connect(target, searchLimits, searchers, {
      fetch_types: false,
      connection: { plan_cache_mode: 'force_generic_plan' },
      ...tell,
    }),
  )
  const vigil = newVigil(
    async (signal) => await knock(target, limits, signal),
    () => new Set([reader, watcher, searcher, writer]).forEach((one) => one.renew()),
    // What hangs on the others is read again; of the writers' none is ended that may be at work.
    (lines, isFirst) => {
      if (isFirst) new Set([reader, watcher, searcher]).forEach((one) => one.renew())
      writer.renewMute(lines)
    },
    limits.statementTimeoutSeconds * 1000,
  )
  const writer = leases(
    available - readers - searchers,
    (onLost) => connect(target, limits, 1, { fetch_types: false, max_lifetime: null, onclose: onLost }),
    vigil.watch,
  )
  const db = new Patient<Schema>({ dialect: new Dialect({ postgres: writer.sql }) })
  readersOf.set(db, reader.sql)
  watchersOf.set(db, watcher.sql)
  searchersOf.set(db, searcher.sql)
  vigilsOf.set(db, vigil)
  const primary = follow(target, limits)
  return {
    db,
    reader: reader.sql,
    listener: ear,
    searcher: searcher.sql,
    vigil,
    onMove: primary?.onMove ?? (() => {}),
    close: async (timeoutSeconds = 5) => {
      primary?.release()
      const timeout = timeoutSeconds
      vigil.close()
      await Promise.all(
        [...new Set([reader.sql, watcher.sql, searcher.sql, writer.sql, ear])].map((one) => one.end({ timeout })),
      )
    },
  }
}

/** Asks on a connection that is made for it. */
async function knock(target: ConnectionTarget, limits: Limits, signal: AbortSignal): Promise<void> {
  const sql = connect(target, limits, 1, { fetch_types: false })
  const end = () => void sql.end({ timeout: 0 })
  signal.addEventListener('abort', end)
  try {
    await sql`select 1`
  } finally {
    end()
  }
}

/** Two that waited for each other in a circle: PostgreSQL undid one of them whole, and it is done again. */
class Patient<DB> extends Kysely<DB> {
  override transaction(): TransactionBuilder<DB> {
    const builder = super.transaction()
    const execute = builder.execute.bind(builder)
    builder.execute = async (work) => await patiently(() => execute(work))
    return builder
  }
}

/** Does again what PostgreSQL undid whole: a transaction, or a statement outside of any. */
export async function patiently<T>(work: () => Promise<T>, mayRepeat = () => true): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      const isUndone = undone.has(String((error as { code?: unknown }).code))
      if (!isUndone || tries === mostTries || !mayRepeat()) throw error
      // Those who got into each other's way begin again at different moments.
      await sleep(Math.random() * longestPauseMs * tries)
    }
  }
}

// A deadlock, and a serialisation failure.
const undone = new Set(['40P01', '40001'])
const mostTries = 3
const longestPauseMs = 30

class Dialect extends PostgresJSDialect {
  readonly #config: PostgresJSDialectConfig

  constructor(config: PostgresJSDialectConfig) {
    super(config)
    this.#config = config
  }

  override createDriver(): Driver {
    return new Driver(this.#config)
  }
}

class Driver extends PostgresJSDriver {
  readonly #inTransaction = new WeakSet<DatabaseConnection>()

  override async acquireConnection(...args: Parameters<PostgresJSDriver['acquireConnection']>) {
    const connection = await super.acquireConnection(...args)
    const execute = connection.executeQuery.bind(connection)
    const isAlone = () => !this.#inTransaction.has(connection)
    connection.executeQuery = async (...query) => {
      return await onceMore(
        () => patiently(() => execute<never>(...query), isAlone),
        () => isAlone() && isRead(query[0].sql),
      )
    }
    return connection
  }

  /** Until the connection is given back: each time it is taken it is another object. */
  override async beginTransaction(...args: Parameters<PostgresJSDriver['beginTransaction']>): Promise<void> {
    this.#inTransaction.add(args[0])
    await super.beginTransaction(...args)
  }

  /** Where a rollback fails, Kysely calls what this dialect does not have (5.0.0) and hides the reason. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }
}

const readersOf = new WeakMap<object, Sql>()

/** The pipelined connections behind a `db`; undefined inside a transaction, which has a connection of its own. */
export function readerOf(db: Db): Sql | undefined {
  return readersOf.get(db)
}

const watchersOf = new WeakMap<object, Sql>()

/** The connection that looks for what changed: it never waits behind readers. */
export function watcherOf(db: Db): Sql | undefined {
  return watchersOf.get(db)
}

const vigilsOf = new WeakMap<object, Vigil>()

/** Of a `db` that is no transaction. */
export function vigilOf(db: Db): Vigil {
  const vigil = vigilsOf.get(db)
  if (!vigil) throw new Error('A transaction is watched by its connection.')
  return vigil
}

const searchersOf = new WeakMap<object, Sql>()

/** The connections of the search behind a `db` that is no transaction. */
export function searcherOf(db: Db): Sql {
  const searcher = searchersOf.get(db)
  if (!searcher) throw new Error('A search runs outside of transactions.')
  return searcher
}

/** How many connections the job runner may take. */
export const jobConnections = 2

/** Where the server that takes writes is to be found among several; undefined for one. Release it after use. */
export function follow(target: ConnectionTarget, limits: Limits): Primary | undefined {
  if (!isFollowed(target)) return undefined
  const { onStatement: _, ...rest } = { ...limits, applicationName: 'bloggy watch' }
  return followPrimary(target, limits.connectTimeoutSeconds, (address) =>
    connect({ ...target, addresses: [address], target_session_attrs: 'any' }, rest, 1, { fetch_types: false }),
  )
}

/** One pool of `size` connections. */
export function connect(target: ConnectionTarget, limits: Limits, size: number, more: postgres.Options<{}> = {}): Sql {
  const primary = follow(target, limits)
  const sql = open(target, limits, size, { ...more, ...(primary && { socket: primary.line }) })
  if (!primary) return sql
  const end = sql.end.bind(sql)
  let ending: Promise<void> | undefined
  const endOnce = (options?: { timeout?: number }) => {
    ending ??= end(options).finally(primary.release)
    return ending
  }
  return Object.assign(sql, { end: endOnce })
}

function open(target: ConnectionTarget, limits: Limits, size: number, more: LedOptions): Sql {
  const { connection, ...others } = more
  // Where connections are led, the driver knows of one server: of several it waits for the next when a line fails.
  const [first] = target.addresses
  const { onStatement } = limits
  const isSocket = first?.host.startsWith('/')
  return postgres({
    host: [first?.host],
    port: [first?.port],
    ...(isSocket && { path: `${first?.host}/.s.PGSQL.${first?.port}` }),
    database: target.database,
    username: target.user,
    password: target.password ?? '',
    ssl: isSocket ? false : tlsOptions(target),
    max: size,
    connect_timeout: limits.connectTimeoutSeconds,
    // Its own grows to 20 seconds, which every visitor would wait for while PostgreSQL is away and after it is back.
    backoff: () => 0.2,
    idle_timeout: 300,
    prepare: limits.preparesStatements,
    // Without prepared statements it asks for the types of a statement's values first. Behind another statement, PgBouncer 1.18
    // takes that for the end, lends the connection to somebody else, and the answer never comes.
    ...(!limits.preparesStatements && { max_pipeline: 0 }),
    // Without it, reserve() never returns on a new connection (postgres.js 3.4.9).
    fetch_types: true,
    onnotice: () => {},
    ...(onStatement && {
      debug: (_: number, text: string, values: unknown[], types: number[]) => onStatement({ text, values, types }),
    }),
    connection: {
      application_name: limits.applicationName ?? 'bloggy',
      TimeZone: 'UTC',
      statement_timeout: limits.statementTimeoutSeconds * 1000,
      lock_timeout: limits.lockTimeoutSeconds * 1000,
      idle_in_transaction_session_timeout: 10_000,
      ...connection,
    },
    types: { bigint: integers },
    ...others,
  } as unknown as postgres.Options<{}>)
}

/** What the driver takes and its types do not know. */
type LedOptions = postgres.Options<{}> & { socket?: Primary['line'] }

// Ids and counts stay far below 2^53, so they are plain numbers.
const integers = {
  to: 20,
  from: [20],
  serialize: (value: number) => String(value),
  parse: (text: string) => Number(text),
}
