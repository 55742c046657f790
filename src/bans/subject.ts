import type { Db } from '../db/pool.ts'
import { invalid } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { findAuthorNamed } from '../post-list/queries.ts'
import { text } from '../texts/texts.ts'
import { isEmail, normaliseEmail } from '../users/user.ts'
import { rangeOf } from './ban.ts'
import { type Subject, mayModerate } from './queries.ts'

/** Whom the words mean. Throws `invalid` for nobody, for who moderates, and for half of the world. */
export async function subjectOf(db: Db, who: string, visitor: Visitor): Promise<Subject> {
  const refuse = (message: string) => invalid(message, { who: message })
  const range = rangeOf(who)
  if (range?.isTooWide) throw refuse(text('moderation.banTooWide'))
  if (range) return { network: range.network }
  const email = normaliseEmail(who)
  if (isEmail(email)) return { email }
  const person = await findAuthorNamed(db, who.trim())
  if (!person) throw refuse(text('moderation.banNobody', { name: who.trim() }))
  if (person.id === visitor.id) throw refuse(text('moderation.banYourself'))
  if (await mayModerate(db, person.id)) throw refuse(text('moderation.banModerator', { name: person.name }))
  return { user_id: person.id }
}
