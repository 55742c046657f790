import type { Db } from '../db/pool.ts'
import { forbidden } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { canModerate } from '../moderation/moderation.ts'
import { text } from '../texts/texts.ts'
import { type Found, findBan } from './queries.ts'

type Coming = { visitor: Visitor | null; ip: string; guest_id?: number | null }

/** Why somebody may not comment, in a sentence for them; undefined for almost everybody. */
export async function banSentence(
  db: Db,
  { visitor, ip, guest_id = null }: Coming,
  language: string,
  deed: 'comment' | 'report' = 'comment',
): Promise<string | undefined> {
  if (canModerate(visitor)) return undefined
  const found = await findBan(db, { user_id: visitor?.id ?? null, guest_id, ip })
  return found && sentenceOf(found, language, deed)
}

export function sentenceOf({ reason, expires_at }: Found, language: string, deed: 'comment' | 'report' = 'comment') {
  if (!expires_at) return text('moderation.bannedForGood', { reason, deed })
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(expires_at)
  return text('moderation.banned', { date, reason, deed })
}

/** As above, on a page with a form: asks PostgreSQL only of who is known to be banned. */
export async function knownBanSentence(
  db: Db,
  { visitor, ip }: Coming,
  language: string,
  deed: 'comment' | 'report' = 'comment',
): Promise<string | undefined> {
  return visitor?.is_banned ? await banSentence(db, { visitor, ip }, language, deed) : undefined
}

export async function requireNoBan(db: Db, coming: Coming, language: string): Promise<void> {
  const sentence = await banSentence(db, coming, language)
  if (sentence) throw forbidden(sentence)
}
