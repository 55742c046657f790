// Tokens of other services as they are kept: `v1.<key id>.<base64url of nonce, ciphertext and tag>`, AES-256-GCM.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const nonceLength = 12
const tagLength = 16

/**
 * The first of the keys encrypts. `purpose` says what the token is and whose, and is needed to decrypt: a token that
 * is copied into another row is worth nothing there.
 */
export function encryptToken(token: string, purpose: string, [key]: readonly Buffer[]): string {
  if (!key) throw new TokenError('OAUTH_TOKEN_KEY is not set, so no token can be kept.')
  const nonce = randomBytes(nonceLength)
  const head = `v1.${idOf(key)}`
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagLength }).setAAD(boundTo(head, purpose))
  const sealed = Buffer.concat([nonce, cipher.update(token, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${head}.${sealed.toString('base64url')}`
}

/** Whose tokens, of those in `oauth_tokens`. */
export function purposeOfTokens(oauthAccountId: number): string {
  return `oauth account ${oauthAccountId}`
}

/** Any of the keys decrypts what it encrypted, so that a new one can be put before those in use. */
export function decryptToken(text: string, purpose: string, keys: readonly Buffer[]): string {
  const [, head = '', id, body = ''] = /^(v1\.([\da-f]{8}))\.([\w-]+)$/.exec(text) ?? []
  const bytes = Buffer.from(body, 'base64url')
  if (bytes.length < nonceLength + tagLength) throw new TokenError('This is no encrypted token, or not all of it.')
  const key = keys.find((key) => idOf(key) === id)
  if (!key) throw new TokenError(`OAUTH_TOKEN_KEY lacks the key ${id}, with which this token was encrypted.`)

  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceLength), { authTagLength: tagLength })
  decipher.setAAD(boundTo(head, purpose)).setAuthTag(bytes.subarray(-tagLength))
  const opened = decipher.update(bytes.subarray(nonceLength, -tagLength))
  try {
    return Buffer.concat([opened, decipher.final()]).toString('utf8')
  } catch {
    throw new TokenError('This token was changed, or belongs to something else.')
  }
}

/** False for what another key encrypted, and for what is no encrypted token. */
export function isUnderFirstKey(text: string, [key]: readonly Buffer[]): boolean {
  return key !== undefined && text.startsWith(`v1.${idOf(key)}.`)
}

/** Why a token cannot be kept or read. */
export class TokenError extends Error {}

function idOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8)
}

function boundTo(head: string, purpose: string): Buffer {
  return Buffer.from(`${head}.${purpose}`)
}
