// PostgreSQL connection strings, as libpq reads them: several hosts, socket folders, the query parameters that matter.
// https://www.postgresql.org/docs/16/libpq-connect.html#LIBPQ-CONNSTRING-URIS
import { isIP } from 'node:net'

export type Address = { host: string; port: number }
export type ConnectionTarget = {
  /** Tried in this order. A host that starts with "/" is the folder of a Unix socket. */
  addresses: Address[]
  database: string
  user: string
  password: string | undefined
  /** Unset means prefer: TLS when the server offers it. */
  sslmode: (typeof sslmodes)[number] | undefined
  /** Path of a PEM file with the authorities to trust for verify-ca and verify-full. */
  sslrootcert: string | undefined
  target_session_attrs: (typeof sessionAttributes)[number]
}

const sslmodes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
const sessionAttributes = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const
const shape = /^postgres(?:ql)?:\/\/(?:([^@/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/

/** Throws an Error whose message completes "DATABASE_URL …" and never holds the password. */
export function parseConnectionString(text: string): ConnectionTarget {
  const parts = shape.exec(text)
  if (!parts) throw new Error('must look like postgres://user:password@host:5432/database.')
  const [, login = '', authority = '', path = '', search = ''] = parts
  // What follows a stray "@", "/" or "?" may be the end of a password, so no message repeats it.
  if (`${authority}${path}${search}`.includes('@')) {
    throw new Error('holds an "@" too many; in a user or password write @ as %40, / as %2F, : as %3A and ? as %3F.')
  }
  const parameters = readParameters(search)
  const colon = login.indexOf(':')
  const user = parameters.user ?? decode(colon < 0 ? login : login.slice(0, colon))
  const password = parameters.password ?? (colon < 0 ? undefined : decode(login.slice(colon + 1)))
  if (!user) throw new Error('names no user; put one before the host: postgres://user:password@host/database.')
  return {
    addresses: readAddresses(authority, parameters.host, parameters.port),
    database: parameters.dbname ?? (decode(path) || user),
    user,
    password,
    sslmode: parameters.sslmode === undefined ? undefined : choose('sslmode', sslmodes, parameters.sslmode),
    sslrootcert: parameters.sslrootcert,
    target_session_attrs: choose('target_session_attrs', sessionAttributes, parameters.target_session_attrs ?? 'any'),
  }
}

/** The connection string for a target, password included: for `psql` and children, never for a log. */
export function formatConnectionString(target: ConnectionTarget): string {
  const login =
    encodeURIComponent(target.user) + (target.password === undefined ? '' : `:${encodeURIComponent(target.password)}`)
  const isSocket = target.addresses[0]?.host.startsWith('/')
  const hosts = isSocket ? '' : target.addresses.map(formatAddress).join(',')
  const parameters: string[] = []
  if (isSocket) {
    parameters.push(`host=${target.addresses.map(({ host }) => encodeURIComponent(host)).join(',')}`)
    if (target.addresses.some(({ port }) => port !== 5432))
      parameters.push(`port=${target.addresses.map(({ port }) => port).join(',')}`)
  }
  if (target.sslmode) parameters.push(`sslmode=${target.sslmode}`)
  if (target.sslrootcert) parameters.push(`sslrootcert=${encodeURIComponent(target.sslrootcert)}`)
  if (target.target_session_attrs !== 'any') parameters.push(`target_session_attrs=${target.target_session_attrs}`)
  const search = parameters.length > 0 ? `?${parameters.join('&')}` : ''
  return `postgresql://${login}@${hosts}/${encodeURIComponent(target.database)}${search}`
}

/** "host h, port p, database d, user u": everything an operator needs to see, without the password. */
export function describeTarget(target: ConnectionTarget): string {
  const where = target.addresses
    .map(({ host, port }) => (host.startsWith('/') ? `socket ${host}/.s.PGSQL.${port}` : `host ${host}, port ${port}`))
    .join(' or ')
  return `${where}, database ${target.database}, user ${target.user}`
}

/** True when no packet leaves the machine. */
export function isLocal(target: ConnectionTarget): boolean {
  return target.addresses.every(
    ({ host }) => host.startsWith('/') || host === 'localhost' || host === '::1' || isLoopback(host),
  )
}

function isLoopback(host: string): boolean {
  return isIP(host) === 4 && host.startsWith('127.')
}

function readParameters(search: string): Record<string, string | undefined> {
  const known = ['host', 'port', 'user', 'password', 'dbname', 'sslmode', 'sslrootcert', 'target_session_attrs']
  const found: Record<string, string> = Object.create(null)
  for (const pair of search.split('&').filter(Boolean)) {
    const [name = '', ...rest] = pair.split('=').map(decode)
    if (!known.includes(name))
      throw new Error(`has the parameter "${name}", which Bloggy does not know (${known.join(', ')}).`)
    found[name] = rest.join('=')
  }
  return found
}

/** Hosts stand before the path, each with its port, or in the parameters, where a colon is part of an address. */
function readAddresses(authority: string, hosts: string | undefined, ports: string | undefined): Address[] {
  const places =
    hosts === undefined ? authority.split(',').map(splitPlace) : hosts.split(',').map((host) => ({ host, port: '' }))
  const portList = ports?.split(',') ?? []
  if (portList.length > 1 && portList.length !== places.length) {
    throw new Error(`holds ${portList.length} ports for ${places.length} hosts.`)
  }
  return places.map((place, index) => {
    const host = place.host || 'localhost'
    const port = Number(place.port || portList[portList.length > 1 ? index : 0] || 5432)
    if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Error(`holds a port out of range for ${host}.`)
    return { host, port }
  })
}

function splitPlace(text: string): { host: string; port: string } {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/.exec(text)
  if (!match)
    throw new Error(
      'holds a host or port that is none; write user:password@host:port, and an IPv6 address in brackets.',
    )
  return { host: decode(match[1] ?? '').replace(/^\[|\]$/g, ''), port: match[2] ?? '' }
}

function choose<T extends string>(name: string, choices: readonly T[], text: string): T {
  if (!choices.includes(text as T)) throw new Error(`has ${name}=${text}; it must be one of ${choices.join(', ')}.`)
  return text as T
}

function formatAddress({ host, port }: Address): string {
  const name = encodeURIComponent(host)
  return `${host.includes(':') ? `[${name.replaceAll('%3A', ':')}]` : name}:${port}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('holds a "%" that starts no escape; write a literal one as %25.')
  }
}
