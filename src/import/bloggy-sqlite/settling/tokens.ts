// Tokens of OAuth accounts: out of the old blog's encryption, into ours.
import { decryptToken, encryptToken, purposeOfTokens } from '../../../oauth/token-encryption.ts'
import { type Decision, change } from './book.ts'
import type { Converted } from '../reading/convert.ts'
import { decryptFernet } from '../fernet.ts'
import type { Run } from '../run.ts'

const columns = ['access_token_encrypted', 'refresh_token_encrypted'] as const

/** The reason to set the row aside, or null when both tokens are encrypted anew. */
export function reencrypt(values: Record<string, Converted>, decision: Decision, { keys }: Run): string | null {
  const { row } = decision
  if (values.access_token_encrypted === null) return 'refused'
  const clear = columns.map((column) => {
    const value = values[column]
    return typeof value === 'string' && value !== '' ? clearToken(value, row.values[0] as number, keys) : null
  })
  if (!keys.ours || clear.includes(undefined)) {
    // What lies in the file in clear is not copied into leftovers.
    for (const column of columns) {
      if (isClear(values[column])) for (const name of names[column]) delete row.whole[name]
    }
    return 'no-key'
  }
  for (const [index, column] of columns.entries()) {
    const value = values[column]
    const token = clear[index]
    if (token === null || token === undefined) continue
    values[column] = encryptToken(token, purposeOfTokens(values.oauth_account_id as number), keys.ours)
    change(decision, 'token-reencrypted', column, isClear(value) ? '(was not encrypted)' : value)
  }
  return null
}

const names = {
  access_token_encrypted: ['access_token_encrypted', 'access_token'],
  refresh_token_encrypted: ['refresh_token_encrypted', 'refresh_token'],
}

/** The token itself; undefined without the key that it takes. An export of this Bloggy holds our own encryption. */
export function clearToken(value: string, account: number, { old, ours }: Run['keys']): string | undefined {
  if (isClear(value)) return value
  try {
    if (value.startsWith('v1.')) return ours && decryptToken(value, purposeOfTokens(account), ours)
    return old && decryptFernet(value, old)
  } catch {
    return undefined
  }
}

/** Every Fernet token begins with its version, 0x80, and a time before the year 2242. */
function isClear(value: Converted | undefined): boolean {
  return typeof value === 'string' && value !== '' && !value.startsWith('gAAAAA') && !value.startsWith('v1.')
}
