// Texts of the environment into what settings hold. Each throws the rest of a sentence that begins with the name.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { type ConnectionTarget, parseConnectionString } from './db/connection-string.ts'

export function asIs(text: string): string {
  return text
}

export function oneOf<const T extends string>(...choices: T[]) {
  return (text: string): T => {
    if (!choices.includes(text as T)) throw new Error(`is "${text}"; it must be one of ${choices.join(', ')}.`)
    return text as T
  }
}

export function between(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new Error(`is "${text}"; it must be a whole number from ${least} to ${most}.`)
    }
    return value
  }
}

export function yesOrNo(text: string): boolean {
  if (!['yes', 'no', 'true', 'false', '1', '0'].includes(text)) throw new Error(`is "${text}"; it must be yes or no.`)
  return ['yes', 'true', '1'].includes(text)
}

export function atLeast(length: number) {
  return (text: string): string => {
    if (text.length < length) throw new Error(`is too short; it needs at least ${length} characters.`)
    return text
  }
}

/** Of a passphrase of backups. */
export const leastPassphrase = 12

/** 32 bytes, in hex or in base64 of either alphabet. */
export function key32(text: string): Buffer {
  if (/^[\da-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (/^[\w+/-]{43}=?$/.test(text)) return Buffer.from(text, 'base64')
  throw new Error('must be 32 bytes in base64 or hex; `openssl rand -base64 32` makes such a key.')
}

export function siteUrl(text: string): URL {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new Error(`is "${text}"; it must be an address such as https://blog.example.`)
  }
  if (url.pathname !== '/' || url.search || url.hash || url.username || url.password) {
    throw new Error(`is "${text}"; it must be an origin alone, without a path.`)
  }
  if (url.protocol === 'http:' && !isLoopbackName(url.hostname)) {
    throw new Error(
      `is "${text}"; sign-in cookies need https:// anywhere but on localhost. Put a TLS proxy in front and name its https address.`,
    )
  }
  return url
}

/** True for names that never leave the machine. */
export function isLoopbackName(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '[::1]' ||
    name === '::1' ||
    /^127(\.\d+){3}$/.test(name)
  )
}

/** One server each: which of them answers is found out here. */
export function replicas(text: string): ConnectionTarget[] {
  const targets = text
    .split(/\s+|,(?=postgres(?:ql)?:)/)
    .filter(Boolean)
    .map(parseConnectionString)
  if (targets.some(({ addresses }) => addresses.length > 1))
    throw new Error(
      'names several hosts in one address; give each standby an address of its own, with a blank between.',
    )
  if (targets.length > 8) throw new Error(`names ${targets.length} standbys; 8 are the most.`)
  return targets
}

export function addresses(text: string): string[] {
  const list = text.split(',').map((item) => item.trim())
  const wrong = list.filter((item) => !isNetwork(item))
  if (wrong.length > 0) throw new Error(`holds "${wrong.join('", "')}", which is no address or network.`)
  return list
}

export function hostsAndNetworks(text: string): string[] {
  const list = text
    .split(',')
    .map((item) => item.trim().toLowerCase())
    .filter(Boolean)
  const wrong = list.filter((item) => !isNetwork(item) && (!/^[a-z\d.-]+$/.test(item) || /^[\d.]+$/.test(item)))
  if (wrong.length > 0) throw new Error(`holds "${wrong.join('", "')}", which is no host, address or network.`)
  return list
}

function isNetwork(item: string): boolean {
  const [address = '', prefix = '0', ...rest] = item.split('/')
  const longest = isIP(address) === 4 ? 32 : 128
  return isIP(address) > 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest && rest.length === 0
}

export function smtpUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || !url.hostname) {
    throw new Error('must look like smtp://user:password@mail.example:587.')
  }
  return text
}

export function mailAddress(text: string): string {
  if (!/^[^\r\n]*[^\s@]+@[^\s@]+>?$/.test(text)) throw new Error(`is "${text}"; it must be a mail address.`)
  return text
}

export function bucketUrl(text: string): URL {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || !/^\/[^/]+\/?$/.test(url.pathname) || url.username || url.search) {
    throw new Error('must be the address of a bucket, such as https://s3.example/bucket.')
  }
  return url
}

/** A secret in the address would be in the table of `show-config`. */
export function purgeUrl(text: string): URL {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.hash) {
    throw new Error('must be an http or https address without a name or password in it.')
  }
  return url
}

export function headerLine(text: string): { name: string; value: string } {
  const [, name, value] = /^([\w-]{1,100}): *([\x21-\x7e](?:[\x20-\x7e]{0,2000}[\x21-\x7e])?)$/.exec(text) ?? []
  if (!name || !value) throw new Error('must look like "Authorization: Bearer <token>".')
  if (reserved.test(name)) throw new Error(`names ${name}, which Bloggy sets itself.`)
  return { name: name.toLowerCase(), value }
}

const reserved = /^(host|connection|transfer-encoding|upgrade|te|trailer|expect|content-\w+|surrogate-key)$/i

/** A path, or the address of a bucket. */
export function folderOrBucket(text: string): string | URL {
  return /^https?:/.test(text) ? bucketUrl(text) : resolve(text)
}

export function sentryDsn(text: string): URL {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || !url.username || !/\/\d+$/.test(url.pathname)) {
    throw new Error('must look like https://key@errors.example/1.')
  }
  return url
}

/** What `bloggy breached-passwords` made. */
export function breachedFile(path: string): string {
  let bytes: Buffer | undefined
  try {
    bytes = readFileSync(path)
  } catch (error) {
    throw new Error(`names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
  if (!bytes.toString('latin1', 0, 8).startsWith('bloggyX1'))
    throw new Error(`names ${path}, which is no file that bloggy breached-passwords made.`)
  return path
}
