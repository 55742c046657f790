// Who may not comment here: an account, a guest or a range of addresses, for a while or until it is lifted.
import { isIPv4 } from 'node:net'
import { Type } from 'typebox'
import { plainAddress } from '../http/network-address.ts'

/** Of an e-mail address. */
export const longestWho = 254

export const BanForm = Type.Object({
  /** The address of somebody's page, or their name; the e-mail of a guest; or a range of addresses. */
  who: Type.String({ minLength: 1, maxLength: longestWho, pattern: '\\S' }),
  reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }),
  days: Type.Optional(Type.String({ pattern: '^\\s*\\d{0,4}\\s*$' })),
})

export const mostBanDays = 3650
export const bansOnPage = 50

/** Wider ones hold whole countries. */
const widest = { 4: 16, 6: 32 }

/** `192.0.2.0/24` as PostgreSQL takes it; undefined for what is no range, which may be a name. */
export function rangeOf(text: string): { network: string; isTooWide: boolean } | undefined {
  const [typed = '', length, ...rest] = text.trim().split('/')
  const address = plainAddress(typed)
  if (address === null || typed.includes('%') || rest.length > 0) return undefined
  const most = isIPv4(typed) ? 32 : 128
  if (length !== undefined && !(/^\d{1,3}$/.test(length) && Number(length) <= most)) return undefined
  const family = isIPv4(address) ? 4 : 6
  // `::ffff:192.0.2.1/120` is 192.0.2.1/24.
  const isMapped = family === 4 && !isIPv4(typed)
  // One household usually has a whole /64.
  const bits = length === undefined ? (family === 4 ? 32 : 64) : Number(length) - (isMapped ? 96 : 0)
  return { network: `${address}/${bits}`, isTooWide: bits < widest[family] }
}
