// Passwords as the older Bloggy kept them. They are read here and never written: the first sign-in replaces them.
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { readArgon2id } from './argon2id.ts'

export type LegacyHash = {
  digest: string
  salt: string
  hash: Buffer
  /** Of PBKDF2; the other forms have none. */
  iterations: number | undefined
}

const derive = promisify(pbkdf2)

const stretched = /^pbkdf2\((\d{1,7}),(\d{1,3}),(sha1|sha256|sha384|sha512)\)\$([^$]*)\$(?:b'([\da-f]+)'|([\da-f]+))$/
const salted = /^(sha512|sha384|sha256|sha224|sha1|md5)\$([^$]*)\$([\da-f]+)$/i
const bare = /^[\da-f]+$/
const bytesOf: Record<string, number> = { md5: 16, sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 }

// A file that is imported says how much work its hashes are. The older Bloggy asked for 2000 iterations and 20 bytes.
const mostIterations = 1_000_000
const mostBytes = 128
const mostCharacters = 1024

/** Undefined for what is no hash of the older Bloggy, and for one with more work than anybody may ask for. */
export function readLegacyHash(text: string): LegacyHash | undefined {
  if (text.length > mostCharacters) return undefined
  return readStretched(text) ?? readSalted(text) ?? readBare(text)
}

/** The key is used where it was when the password was kept; nobody can tell from the hash, so both ways are tried. */
export async function matchesLegacyHash(password: string, legacy: LegacyHash, key: string): Promise<boolean> {
  const { digest, salt, hash, iterations } = legacy
  if (iterations) return timingSafeEqual(await derive(password, salt, iterations, hash.length, digest), hash)
  const withKey = createHmac(digest, key + salt)
    .update(password)
    .digest()
  const without = createHash(digest)
    .update(password + salt)
    .digest()
  return [withKey, without].map((found) => timingSafeEqual(found, hash)).includes(true)
}

/**
 * What a column of passwords holds: a hash that signs in as it is, one of the older Bloggy that signs in and is
 * replaced, a hash that nobody here can verify, or else, it must be feared, the password itself.
 */
export function kindOfStoredPassword(text: string): 'argon2id' | 'legacy' | 'unverifiable' | 'clear' {
  if (readArgon2id(text)) return 'argon2id'
  if (readLegacyHash(text)) return 'legacy'
  return foreign.some((shape) => shape.test(text)) ? 'unverifiable' : 'clear'
}

// Hashes of other programs, and those of the older Bloggy that are cut off or ask for too much. Taken for a password
// in clear, such a hash would open the account for whoever has seen it.
const foreign = [
  /^pbkdf2\(/,
  /^\$(argon2(i|d|id)|2[abxy]?|bcrypt[\w-]*|pbkdf2[\w-]*|scrypt)\$/,
  /^\$(sha1|md5|apr1|gy|[15-7y])\$[^]*[./\w]{20}$/,
  /^(argon2|bcrypt|pbkdf2|scrypt|sha\d|md5)[^$]*\$[^$]*\$/i,
  /^[a-z][^$\s]*\$[^$\s]*\$[\da-f]{16,}$/i,
  /^\{[\w.-]+\}[$./\w+=-]{16,}$/,
  /^(0x|\\x)?[\da-f]{32,}$/i,
]

function readStretched(text: string): LegacyHash | undefined {
  const [, count, length, digest = '', salt = '', quoted, plain = ''] = stretched.exec(text) ?? []
  const [iterations, bytes, hex] = [Number(count), Number(length), quoted ?? plain]
  const isSane = iterations >= 1 && iterations <= mostIterations && bytes >= 1 && bytes <= mostBytes
  return isSane && hex.length === bytes * 2 ? { digest, salt, hash: Buffer.from(hex, 'hex'), iterations } : undefined
}

function readSalted(text: string): LegacyHash | undefined {
  const [, name = '', salt = '', hex = ''] = salted.exec(text) ?? []
  return fixed(name.toLowerCase(), salt, hex)
}

/** Which digest it is can only be told from its length. */
function readBare(text: string): LegacyHash | undefined {
  const digest = Object.keys(bytesOf).find((name) => text.length === (bytesOf[name] ?? 0) * 2)
  return digest && bare.test(text) ? fixed(digest, '', text) : undefined
}

function fixed(digest: string, salt: string, hex: string): LegacyHash | undefined {
  if (hex.length === 0 || hex.length !== (bytesOf[digest] ?? 0) * 2) return undefined
  return { digest, salt, hash: Buffer.from(hex, 'hex'), iterations: undefined }
}
