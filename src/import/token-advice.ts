import type { Config } from '../config.ts'
import type { ImportReport } from './report.ts'
import { text } from '../texts/texts.ts'

type Keys = Pick<Config, 'oauthTokenKeys' | 'legacyTokenKey'>

/** When tokens of OAuth accounts were set aside: the setting that they lack, and what can be done. */
export function tokenAdvice({ tables, is_rehearsal }: ImportReport, keys: Keys): string | undefined {
  const tokens = tables.reduce((sum, { kept_aside }) => sum + (kept_aside['no-key'] ?? 0), 0)
  if (tokens === 0) return undefined
  const lacks = { ours: !keys.oauthTokenKeys, old: !keys.legacyTokenKey }
  const why = lacks.ours && lacks.old ? 'both' : lacks.ours ? 'ours' : lacks.old ? 'old' : 'wrong'
  return is_rehearsal
    ? text('imports.tokensInRehearsal', { count: tokens, why })
    : text('imports.tokensAside', { count: tokens, why })
}
