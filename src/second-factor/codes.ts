// Codes of an app (RFC 6238) and codes on paper.
import { createHash, randomInt } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { Type } from 'typebox'

export const Code = Type.String({ minLength: 1, maxLength: 40 })

const period = 30
/** A phone's clock may be half a minute off, and people type. */
const stepsOff = 1

const totp = (secret: string, names: { issuer?: string; label?: string } = {}) =>
  new TOTP({ ...names, algorithm: 'SHA1', digits: 6, period, secret: Secret.fromBase32(secret) })

export function newSecret(): string {
  return new Secret({ size: 20 }).base32
}

/** What an app reads from the picture. */
export function addressFor(secret: string, issuer: string, label: string): string {
  // A colon parts the two in the address, and apps take it apart there.
  const plain = (name: string) => name.replaceAll(':', ' ').slice(0, 60)
  return totp(secret, { issuer: plain(issuer), label: plain(label) }).toString()
}

/** Groups of four are easier to type. */
export function inGroups(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ')
}

/** The half minute that a code belongs to; undefined for a code of none, or of one too far off. */
export function stepOf(secret: string, code: string, seconds: number): number | undefined {
  const digits = squeeze(code)
  if (!/^\d{6}$/.test(digits)) return undefined
  const delta = totp(secret).validate({ token: digits, timestamp: seconds * 1000, window: stepsOff })
  return delta === null ? undefined : Math.floor(seconds / period) + delta
}

const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const codeLength = 16
const codesAtOnce = 10

/** Sixteen of 32 letters are 80 bits: nobody finds them from their hashes. */
export function newRecoveryCodes(): string[] {
  const code = () => Array.from({ length: codeLength }, () => letters[randomInt(letters.length)]).join('')
  return Array.from({ length: codesAtOnce }, () => code().replace(/(.{4})(?=.)/g, '$1-'))
}

/** Undefined for what cannot be one. */
export function hashOfRecoveryCode(code: string): Buffer | undefined {
  const squeezed = squeeze(code).toUpperCase()
  if (squeezed.length !== codeLength) return undefined
  return createHash('sha256').update(squeezed).digest()
}

function squeeze(code: string): string {
  return code.normalize('NFKC').replace(/[\s\p{Dash}]/gu, '')
}
