// The job runner speaks to PostgreSQL through `pg`, which knows one host and no sslmode=prefer: both are found out first.
import { readFileSync } from 'node:fs'
import type { ClientConfig, Pool, PoolClient } from 'pg'
import type { ConnectionTarget } from './connection-string.ts'
import { type Limits, follow, jobConnections } from './pool.ts'
import { probe } from './probe.ts'
import { identityCheck } from './tls.ts'

/** Connects to the host that takes writes, also after another one took its place. */
export async function openJobPool(
  target: ConnectionTarget,
  limits: Limits,
  onError: (error: Error) => void = () => {},
): Promise<Pool> {
  const { default: pg } = await import('pg')
  const options = await clientOptions(target, limits)
  const primary = follow(target, limits)
  const pool = new pg.Pool({
    ...options,
    ...(primary && { stream: primary.newSocket }),
    max: jobConnections,
    application_name: 'bloggy jobs',
  } as ClientConfig)
  // Without a listener, a server that goes away takes the process with it.
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  const end = pool.end.bind(pool)
  const endAndRelease = async () => {
    primary?.release()
    await end()
  }
  return releasingOnce(Object.assign(pool, { end: endAndRelease as Pool['end'] }))
}

/**
 * For who runs jobs for long. Where a connection is refused with one of these codes, the library waits for three seconds, then
 * for longer each time, up to two minutes, and looks for no job meanwhile, although PostgreSQL is back (0.18). After an error that
 * it does not know, it looks again after two seconds.
 */
export async function openRunnerPool(...given: Parameters<typeof openJobPool>): Promise<Pool> {
  const pool = await openJobPool(...given)
  const connect = pool.connect.bind(pool) as (callback?: Connected) => Promise<PoolClient> | undefined
  const wrapped = (callback?: Connected) =>
    connect(callback)?.catch((error: Error & { code?: string }) => {
      throw waitedFor.has(error.code ?? '') ? new Error(error.message, { cause: error }) : error
    })
  return Object.assign(pool, { connect: wrapped as Pool['connect'] })
}

// PostgreSQL recovers or starts; nobody is there.
const waitedFor = new Set(['57P03', 'EHOSTUNREACH', 'ETIMEDOUT'])

type Connected = (error: Error | undefined, client?: PoolClient, release?: PoolClient['release']) => void

/** The library gives a connection back a second time when its line is cut while it stops listening; the pool throws. */
function releasingOnce(pool: Pool): Pool {
  const connect = pool.connect.bind(pool) as (callback?: Connected) => Promise<PoolClient> | undefined
  const once = (release: PoolClient['release'] | undefined): PoolClient['release'] => {
    let isReleased = false
    return (error) => {
      if (!isReleased) release?.(error)
      isReleased = true
    }
  }
  const wrapped = (callback?: Connected) => {
    if (callback) return connect((error, client, release) => callback(error, client, once(release)))
    return connect()?.then((client) => Object.assign(client, { release: once(client.release.bind(client)) }))
  }
  return Object.assign(pool, { connect: wrapped as Pool['connect'] })
}

/** For the host that serves now. */
export async function clientOptions(target: ConnectionTarget, limits: Limits) {
  const { address, isEncrypted } = await probe(target, limits)
  const verifies = target.sslmode === 'verify-ca' || target.sslmode === 'verify-full'
  return {
    host: address.host,
    port: address.port,
    database: target.database,
    user: target.user,
    password: target.password,
    ssl: isEncrypted && {
      rejectUnauthorized: verifies,
      ...(target.sslrootcert && { ca: readFileSync(target.sslrootcert, 'utf8') }),
      ...(target.sslmode === 'verify-ca' && { checkServerIdentity: () => undefined }),
      ...(target.sslmode === 'verify-full' && {
        checkServerIdentity: identityCheck(target),
      }),
    },
    connectionTimeoutMillis: limits.connectTimeoutSeconds * 1000,
  }
}
