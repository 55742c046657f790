// What was encrypted with an older key is encrypted with the first one, so that the older can be taken out.
import type { Db } from '../db/pool.ts'
import { listTokensAfter, replaceTokens } from './queries.ts'
import { TokenError, decryptToken, encryptToken, isUnderFirstKey, purposeOfTokens } from './token-encryption.ts'

export type Counts = { again: number; before: number; unreadable: number }

/** A second run finds nothing to do. Each row is changed by itself, so it may be stopped. */
export async function encryptAgain(db: Db, keys: readonly Buffer[]): Promise<Counts> {
  const counts = { again: 0, before: 0, unreadable: 0 }
  let after = 0
  for (;;) {
    const rows = await listTokensAfter(db, after)
    const last = rows.at(-1)
    if (!last) return counts
    after = last.id
    for (const row of rows) {
      const { access_token_encrypted, refresh_token_encrypted } = row
      const both = [access_token_encrypted, refresh_token_encrypted]
      if (both.every((token) => token === null || isUnderFirstKey(token, keys))) {
        counts.before++
        continue
      }
      const purpose = purposeOfTokens(row.oauth_account_id)
      const renewed = (token: string) => encryptToken(decryptToken(token, purpose, keys), purpose, keys)
      try {
        await replaceTokens(db, row, {
          access_token_encrypted: renewed(access_token_encrypted),
          refresh_token_encrypted: refresh_token_encrypted && renewed(refresh_token_encrypted),
        })
        counts.again++
      } catch (error) {
        if (!(error instanceof TokenError)) throw error
        counts.unreadable++
      }
    }
  }
}
