import type { Jobs } from '../db/enqueue.ts'
import type { Post } from '../mail/post.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import { findMailbox } from './queries.ts'

/** Tells somebody what happened to their account, and what to do if it was not them. */
export async function sendSafetyMail(
  { user_id, ...what }: Jobs['send-safety-mail'],
  { db, mailer, origin, siteTitle, messageId }: Post,
): Promise<void> {
  const to = await findMailbox(db, user_id)
  if (!to) return
  const site = siteTitle()
  const { subject, sentence } = wordsFor(what, site)
  const body = text('factor.mailFrame', {
    sentence,
    sessions: origin + paths.sessions(),
    forgotten: origin + paths.forgottenPassword(),
  })
  await mailer.send({ to, messageId, subject, text: body })
}

function wordsFor(what: Omit<Jobs['send-safety-mail'], 'user_id'>, site: string) {
  const { at, device = '', place = '' } = what
  return {
    subject: text('factor.newPlaceSubject', { site }),
    sentence: text('factor.newPlaceMail', { site, device, place, at }),
  }
}
