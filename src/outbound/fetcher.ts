// The only way to a host that a person named. What is checked is the address that is dialled, at each hop, so a name that
// changes its mind between a look and a connection gains nothing.
import { lookup as systemLookup } from 'node:dns'
import type { LookupAddress, LookupOptions } from 'node:dns'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { type LookupFunction, isIP } from 'node:net'
import { type Allowed, allowedFrom, isListed, isPublic } from './address.ts'
import { readBody } from './body.ts'
import { OutboundError, failed, refused } from './outbound-error.ts'

export type Wanted = {
  /** Media types without parameters; none where any will do. */
  types: string[]
  /** Posted as a browser posts a form. A redirect would send it to somebody else, so none is followed. */
  form?: URLSearchParams
  /** Posted in the same way, as JSON. */
  json?: object
  /** Sent along. A redirect would show them to somebody else, so none is followed. */
  headers?: Record<string, string>
  /** Whatever the host answers is an answer, a redirect or an error too. */
  takesAnyStatus?: boolean
  /** After decompression. */
  maxBytes: number
  /** Of more than that, the beginning will do. */
  mayCut?: boolean
  deadlineMs?: number
}

export type Fetched = {
  /** Where the last redirect led. */
  address: URL
  status: number
  type: string
  charset: string | undefined
  body: Buffer
}

/** Throws an OutboundError, whatever goes wrong. */
export type Fetcher = (address: string, wanted: Wanted) => Promise<Fetched>

export type Lookup = (name: string, options: { all: true }, done: LookupDone) => void
type LookupDone = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

type Options = {
  /** OUTBOUND_ALLOW. */
  allow: string[]
  /** The blog's own address, so that a host can see who asks. */
  origin: string
  lookup?: Lookup
}

const mostHops = 3
const defaultDeadlineMs = 5000
const maxHeaderSize = 16_384
const longestAddress = 2000

export function newFetcher({ allow, origin, lookup = systemLookup }: Options): Fetcher {
  const allowed = allowedFrom(allow)
  const headers = { 'user-agent': `Bloggy (+${origin})`, 'accept-encoding': 'gzip, deflate, br' }
  return async (address, { deadlineMs = defaultDeadlineMs, ...wanted }) => {
    const signal = AbortSignal.timeout(deadlineMs)
    try {
      return await inTime(follow(address, wanted, signal), signal)
    } catch (error) {
      if (error instanceof OutboundError) throw error
      if (signal.aborted) throw failed(`It took longer than ${deadlineMs / 1000} seconds.`)
      throw failed(`The connection failed (${(error as NodeJS.ErrnoException).code ?? (error as Error).message}).`)
    }
  }

  async function follow(address: string, wanted: Wanted, signal: AbortSignal): Promise<Fetched> {
    let url = parseAddress(address, allowed)
    for (let hop = 0; hop <= mostHops; hop++) {
      const sent = { ...headers, accept: acceptOf(wanted), ...wanted.headers }
      const response = await ask(url, sent, bodyOf(wanted), allowed, lookup, signal)
      try {
        const next = wanted.takesAnyStatus ? undefined : redirectOf(response)
        if (next !== undefined && bodyOf(wanted)) throw refused('It redirects what was posted.')
        if (next !== undefined && wanted.headers) throw refused('It redirects what was asked for in confidence.')
        if (next === undefined) return await take(response, url, wanted, signal)
        url = parseAddress(next, allowed, url)
      } finally {
        // The rest of an answer is not waited for.
        response.destroy()
      }
    }
    throw refused(`It redirects more than ${mostHops} times.`)
  }
}

/** Whatever the host does, and whatever Node makes of it, nobody waits longer than the signal. */
function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    work.then(resolve, reject)
  })
}

/** Throws for what nothing is asked of: other schemes and ports, names and passwords, addresses of this network. */
function parseAddress(address: string, allowed: Allowed, base?: URL): URL {
  const url = address.length <= longestAddress ? URL.parse(address, base) : null
  if (!url) throw refused('That is no web address.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refused('Only http and https are asked.')
  if (url.username || url.password) throw refused('An address with a name or a password in it is not asked.')
  const host = hostOf(url)
  const isTrusted = isListed(allowed, host)
  // URL leaves the port of the scheme out.
  if (url.port && !['80', '443'].includes(url.port) && !isTrusted) throw refused(`Port ${url.port} is not asked.`)
  // The resolver is not asked about numbers, and what it knows of this machine's own name differs.
  const isOwn = /(^|\.)localhost$/.test(host) || (isIP(host) > 0 && !isPublic(host))
  if (isOwn && !isTrusted) throw notPublic(host)
  return url
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

function acceptOf({ types }: Wanted): string {
  return types.length === 0 ? '*/*' : types.join(', ')
}

type Posted = { type: string; text: string }

function bodyOf({ form, json }: Wanted): Posted | undefined {
  if (json) return { type: 'application/json', text: JSON.stringify(json) }
  return form && { type: 'application/x-www-form-urlencoded', text: form.toString() }
}

function ask(
  url: URL,
  headers: Record<string, string>,
  body: Posted | undefined,
  allowed: Allowed,
  lookup: Lookup,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const posted = body && {
    'content-type': body.type,
    'content-length': String(Buffer.byteLength(body.text)),
  }
  const method = body ? 'POST' : 'GET'
  const { request } = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    // A connection of its own: one that was kept open was checked for somebody else.
    const asked = request(url, {
      agent: false,
      method,
      headers: { ...headers, ...posted },
      signal,
      maxHeaderSize,
      lookup: guarded(lookup, allowed),
    })
    asked.on('error', reject).on('upgrade', (_, socket) => {
      socket.destroy()
      reject(refused('It answered 101.'))
    })
    // Nothing is left waiting when a connection ends without a word.
    asked.on('close', () => reject(failed('It closed the connection.')))
    asked.on('response', (response) => resolve(response.on('error', () => {}))).end(body?.text)
  })
}

/** Hands the addresses on that were checked, and those are dialled. One that is not public spoils the name. */
function guarded(lookup: Lookup, allowed: Allowed): LookupFunction {
  return (name: string, options: LookupOptions, done) => {
    lookup(name, { all: true }, (error, addresses) => {
      if (error) return done(error, '', 0)
      const host = name.replace(/\.$/, '').toLowerCase()
      const bad = addresses.find(
        ({ address }) => !isPublic(address) && !isListed(allowed, address) && !isListed(allowed, host),
      )
      if (bad) return done(notPublic(bad.address), '', 0)
      const [first] = addresses
      if (!first) return done(failed('The name has no address.'), '', 0)
      if (options.all) done(null, addresses)
      else done(null, first.address, first.family)
    })
  }
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  return [301, 302, 303, 307, 308].includes(statusCode) ? headers.location : undefined
}

async function take(response: IncomingMessage, address: URL, wanted: Wanted, signal: AbortSignal): Promise<Fetched> {
  const status = response.statusCode ?? 0
  if (!wanted.takesAnyStatus) {
    if (status === 429 || status >= 500) throw failed(`It answered ${status}.`)
    if (status < 200 || status > 299) throw refused(`It answered ${status}.`)
  }
  const [type = '', ...parameters] = (response.headers['content-type'] ?? '').split(';').map((part) => part.trim())
  if (wanted.types.length > 0 && !wanted.types.includes(type.toLowerCase()))
    throw refused(`It is of the type "${type.slice(0, 80)}".`)
  const charset = parameters.map((part) => /^charset="?([\w.:-]{1,40})"?$/i.exec(part)?.[1]).find(Boolean)
  return { address, status, type: type.toLowerCase(), charset, body: await readBody(response, wanted, signal) }
}

function notPublic(address: string): OutboundError {
  return refused(`${address} is no address of the public internet. OUTBOUND_ALLOW can list it.`)
}
