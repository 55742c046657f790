// One connection, made to learn whether it can be made: what an operator reads when it cannot.
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '../errors.ts'
import { type Address, type ConnectionTarget, describeTarget } from './connection-string.ts'
import { type Limits, connect } from './pool.ts'

export type Probe = { address: Address; isEncrypted: boolean; isReadOnly: boolean; version: number }

/**
 * Finds the host that will serve: the first that answers and is what target_session_attrs asks for. Throws a
 * StartError that names host, port, database and user, says what is wrong and what to do. Ends within the
 * connect time limit for each host.
 */
export async function probe(target: ConnectionTarget, limits: Limits): Promise<Probe> {
  let trouble: unknown
  let found: Probe | undefined
  for (const address of target.addresses) {
    try {
      const answer = await ask(target, address, limits)
      if (isWanted(answer, target)) return supported(answer, target)
      found ??= answer
    } catch (error) {
      trouble ??= error
    }
  }
  if (found && ['any', 'prefer-standby'].includes(target.target_session_attrs)) return supported(found, target)
  if (trouble && !found) {
    const words = explain(trouble, target, limits)
    throw isPassing(trouble) ? new NotThere(words) : new StartError(words)
  }
  throw new StartError(
    `No PostgreSQL among ${describeTarget(target)} is what target_session_attrs=${target.target_session_attrs} asks for. Check which server is the primary.`,
  )
}

/** Nobody answers there, or not yet: nothing that the operator wrote is refused. */
export class NotThere extends StartError {}

function isPassing(trouble: unknown): boolean {
  return passing.has(flatten(trouble).code)
}

const passing = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'HANG_UP',
  'SILENCE',
  '53300',
  '57P01',
  '57P02',
  '57P03',
])

async function ask(target: ConnectionTarget, address: Address, limits: Limits): Promise<Probe> {
  // Asked for array types, a connection that is given up takes the process with it (postgres.js 3.4.9).
  const one = { ...target, addresses: [address], target_session_attrs: 'any' as const }
  const sql = connect(one, limits, 1, { fetch_types: false })
  const patience = new AbortController()
  try {
    const answer = sql<{ is_encrypted: boolean | null; is_read_only: boolean; version: number }[]>`
      select (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as is_encrypted,
             pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as is_read_only,
             current_setting('server_version_num')::int as version`
    // The driver tries again for ever when a server accepts and hangs up, and its own limit does not cover that.
    const silence = judgeSilence(address, limits, patience.signal)
    silence.catch(() => {})
    answer.catch(() => {})
    const [row] = await Promise.race([answer, silence])
    if (!row) throw new Error('PostgreSQL answered nothing.')
    return { address, isEncrypted: row.is_encrypted ?? false, isReadOnly: row.is_read_only, version: row.version }
  } finally {
    patience.abort()
    void sql.end({ timeout: 0 })
  }
}

/** After a second without an answer, finds out what the other side does, and rejects when there is no hope or no time. */
async function judgeSilence(address: Address, limits: Limits, signal: AbortSignal): Promise<never> {
  const limitMs = limits.connectTimeoutSeconds * 1000
  const deadline = Date.now() + limitMs - 100
  await sleep(Math.min(1000, limitMs / 2), undefined, { signal })
  const heard = await knock(address, deadline - Date.now())
  if (heard === 'HANG_UP' || heard === 'NOT_POSTGRESQL') throw Object.assign(new Error(heard), { code: heard })
  await sleep(Math.max(0, deadline - Date.now()), undefined, { signal })
  throw Object.assign(new Error('No answer.'), { code: heard })
}

type Heard = 'HANG_UP' | 'NOT_POSTGRESQL' | 'SILENCE' | 'CONNECT_TIMEOUT'

/** Asks for TLS, as every client may: PostgreSQL says yes (S), no (N) or that it cannot (E). */
function knock({ host, port }: Address, patienceMs: number): Promise<Heard> {
  const socket = net.connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port })
  return new Promise<Heard>((resolve) => {
    let isOpen = false
    socket.setTimeout(Math.max(1, Math.min(1000, patienceMs)), () => resolve(isOpen ? 'SILENCE' : 'CONNECT_TIMEOUT'))
    socket.on('connect', () => {
      isOpen = true
      socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))
    })
    socket.on('data', (bytes) =>
      resolve('SNE'.includes(String.fromCharCode(bytes[0] ?? 0)) ? 'SILENCE' : 'NOT_POSTGRESQL'),
    )
    socket.on('error', () => {})
    socket.on('close', () => resolve(isOpen ? 'HANG_UP' : 'CONNECT_TIMEOUT'))
  }).finally(() => socket.destroy())
}

/** Of several any will do, and one that takes writes does more. */
function isWanted({ isReadOnly }: Probe, { addresses, target_session_attrs: wanted }: ConnectionTarget): boolean {
  if (wanted === 'any' && addresses.length === 1) return true
  return isReadOnly === ['read-only', 'standby', 'prefer-standby'].includes(wanted)
}

function supported(answer: Probe, target: ConnectionTarget): Probe {
  if (answer.version >= 160_000) return answer
  const version = Math.floor(answer.version / 10_000)
  throw new StartError(`PostgreSQL ${version} runs at ${describeTarget(target)}; Bloggy needs 16 or later.`)
}

/** Two sentences: what happened where, and the one thing to try first. Never the password. */
export function explain(error: unknown, target: ConnectionTarget, limits: Limits): string {
  const { code, message } = flatten(error)
  const advice = adviceFor(code, message, target, limits)
  const what = advice?.what ?? `failed: ${message || code}`
  return `PostgreSQL at ${describeTarget(target)} ${what}.\n${advice?.next ?? 'See docs/operations.md, "When PostgreSQL cannot be reached".'}`
}

function adviceFor(code: string, message: string, target: ConnectionTarget, limits: Limits) {
  if (target.sslrootcert && message.includes(target.sslrootcert)) {
    return {
      what: `cannot be asked: sslrootcert cannot be read (${code})`,
      next: `Correct the path ${target.sslrootcert} in DATABASE_URL.`,
    }
  }
  const tls = /SSL|TLS|pg_hba\.conf.*no encryption|no encryption/i
  if (code === 'ECONNREFUSED' || code === 'ENOENT') {
    return {
      what: 'refused the connection',
      next: 'Nothing listens there: start PostgreSQL, or correct host and port in DATABASE_URL.',
    }
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return {
      what: 'has a host name that is not known',
      next: 'Correct the host in DATABASE_URL, or the name service of this machine.',
    }
  }
  if (code === 'EACCES') {
    return {
      what: 'does not let this account use its socket',
      next: 'Run Bloggy as an account that may enter the socket folder, or connect by TCP.',
    }
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
    return {
      what: 'cannot be reached from here',
      next: 'There is no way to that address: look at the network of this machine, and at the host in DATABASE_URL.',
    }
  }
  if (code === 'HANG_UP') {
    return {
      what: 'accepted the connection and closed it',
      next: 'A proxy whose PostgreSQL is down does that: look behind it, and check host and port in DATABASE_URL.',
    }
  }
  if (code === 'NOT_POSTGRESQL') {
    return {
      what: 'answered, but not as PostgreSQL does',
      next: 'Another program listens there: correct host and port in DATABASE_URL.',
    }
  }
  if (code === 'SILENCE') {
    return {
      what: `accepted the connection and then said nothing for ${limits.connectTimeoutSeconds} seconds`,
      next: 'Check that it is PostgreSQL and not stopped or overloaded; DB_CONNECT_TIMEOUT sets how long to wait.',
    }
  }
  if (code === 'CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return {
      what: `timed out after ${limits.connectTimeoutSeconds} seconds`,
      next: 'Something swallows the packets: look at firewalls and the address; DB_CONNECT_TIMEOUT sets how long to wait.',
    }
  }
  if (code === '28P01') {
    if (target.password === undefined) {
      return {
        what: 'asks for a password, and none was given',
        next: 'Add it: postgres://user:password@host/database, or name a file with DATABASE_URL_FILE.',
      }
    }
    // PostgreSQL does not tell a stranger which of the two it is.
    return {
      what: 'refused the user or the password',
      next: `Correct both in DATABASE_URL, or create the role ${target.user}.`,
    }
  }
  // The words "no encryption" also come from a server that has no TLS to offer; then it would have been used.
  if (code === '28000' && target.sslmode === 'disable' && tls.test(message)) {
    return { what: 'accepts only encrypted connections', next: 'Add sslmode=require to DATABASE_URL.' }
  }
  if (code === '28000') {
    return {
      what: `does not let this user in: ${message}`,
      next: `Create the role ${target.user}, or allow it in pg_hba.conf.`,
    }
  }
  if (code === '3D000') {
    return { what: 'has no such database', next: `Create it: createdb --owner=${target.user} ${target.database}` }
  }
  if (code === '53300') {
    return {
      what: 'has no connection left',
      next: 'Lower DB_POOL_SIZE of each process, or raise max_connections of the server.',
    }
  }
  if (code === '57P03') return { what: 'is starting up or shutting down', next: 'Wait a moment and try again.' }
  if (
    tls.test(message) ||
    /^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code) ||
    wantsTls(target, code)
  ) {
    return {
      what: `could not agree on TLS (sslmode=${target.sslmode ?? 'prefer'}): ${plainTls(message)}`,
      next: 'Turn on ssl in postgresql.conf, name the right sslrootcert, or, on a network you trust, lower sslmode.',
    }
  }
  return undefined
}

// A server without TLS answers the request for it with one byte and the driver sees a broken handshake.
function wantsTls(target: ConnectionTarget, code: string): boolean {
  return (
    ['require', 'verify-ca', 'verify-full'].includes(target.sslmode ?? '') &&
    ['ECONNRESET', 'CONNECTION_CLOSED'].includes(code)
  )
}

/** `localhost` is tried on two addresses and fails with both errors in one. */
function flatten(error: unknown): { code: string; message: string } {
  const first = error instanceof AggregateError ? error.errors[0] : error
  const { code = '', message = '' } = (first ?? {}) as { code?: string; message?: string }
  return { code, message }
}

// What the handshake looks like from here when the server answered that it has no TLS.
function plainTls(message: string): string {
  return /disconnected before secure TLS/.test(message) ? 'the server offers none' : message
}
