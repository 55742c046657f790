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

function wordsFor(
  what: Omit<Jobs['send-safety-mail'], 'user_id'>,
  site: string,
): { subject: string; sentence: string } {
  const { at, device = '', place = '', left = 0 } = what
  switch (what.kind) {
    case 'codes-guessed':
      return {
        subject: text('factor.guessedSubject', { site }),
        sentence: text('factor.guessedMail', { site, place, at }),
      }
    case 'factor-on':
      return { subject: text('factor.onSubject', { site }), sentence: text('factor.onMail', { site, at }) }
    case 'factor-off':
      return { subject: text('factor.offSubject', { site }), sentence: text('factor.offMail', { site, at }) }
    case 'factor-removed':
      return { subject: text('factor.offSubject', { site }), sentence: text('factor.removedMail', { site, at }) }
    case 'recovery-codes-made':
      return { subject: text('factor.codesSubject', { site }), sentence: text('factor.codesMail', { site, at }) }
    case 'recovery-code-used':
      return { subject: text('factor.usedSubject', { site }), sentence: text('factor.usedMail', { site, at, left }) }
    case 'new-place':
      return {
        subject: text('factor.newPlaceSubject', { site }),
        sentence: text('factor.newPlaceMail', { site, device, place, at }),
      }
  }
}
