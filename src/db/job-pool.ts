// The job runner speaks to PostgreSQL through `pg`, which knows one host and no sslmode=prefer: both are found out first.
import { readFileSync } from 'node:fs'
import type { Pool } from 'pg'
import type { ConnectionTarget } from './connection-string.ts'
import { type Limits, jobConnections } from './pool.ts'
import { probe } from './probe.ts'
import { identityCheck } from './tls.ts'

/** Connects to the host that serves now; after a failover, open another. */
export async function openJobPool(
  target: ConnectionTarget,
  limits: Limits,
  onError: (error: Error) => void = () => {},
): Promise<Pool> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    ...(await clientOptions(target, limits)),
    max: jobConnections,
    application_name: 'bloggy jobs',
  })
  // Without a listener, a server that goes away takes the process with it.
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  return pool
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
        checkServerIdentity: identityCheck({ ...target, addresses: [address] }),
      }),
    },
    connectionTimeoutMillis: limits.connectTimeoutSeconds * 1000,
  }
}
