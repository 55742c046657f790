import type { Config } from '../config.ts'
import type { ImportReport } from './report.ts'

type Keys = Pick<Config, 'oauthTokenKeys' | 'legacyTokenKey'>

/** When tokens of OAuth accounts were set aside: the setting that they lack, and what can be done. */
export function tokenAdvice({ tables, is_rehearsal }: ImportReport, keys: Keys): string | undefined {
  const tokens = tables.reduce((sum, { kept_aside }) => sum + (kept_aside['no-key'] ?? 0), 0)
  if (tokens === 0) return undefined
  const missing = [
    keys.oauthTokenKeys ? [] : 'OAUTH_TOKEN_KEY',
    keys.legacyTokenKey ? [] : 'OAUTH_TOKEN_ENCRYPTION_KEY',
  ].flat()
  const [is, them] = missing.length > 1 ? ['are', 'them'] : ['is', 'it']
  const why =
    missing.length > 0
      ? `because ${missing.join(' and ')} ${is} not set`
      : 'because OAUTH_TOKEN_ENCRYPTION_KEY is not the key that encrypted them'
  const deed = missing.length > 0 ? `set ${them}` : 'set the right key'
  const what = `${tokens.toLocaleString('en')} ${tokens === 1 ? 'token' : 'tokens'} of OAuth accounts`
  return is_rehearsal
    ? `${what} would be set aside, ${why}. To bring them along, ${deed} before the import.`
    : `${what} ${tokens === 1 ? 'was' : 'were'} set aside, ${why}. To bring them along, take the import back, ${deed}, and import again.`
}
