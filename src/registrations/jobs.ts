import type { Post } from '../mail/post.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import { createConfirmation } from './queries.ts'

/** Run twice it sends two links, both good. An address that was confirmed meanwhile gets none. */
export async function sendConfirmation(
  { email, next, registration_id }: { email: string; next?: string; registration_id?: number },
  { db, mailer, origin, siteTitle, messageId }: Post,
) {
  // A job of before registrations had rows has none; its person signs in and gets another.
  const token = registration_id && (await createConfirmation(db, email, registration_id))
  if (!token) return
  await mailer.send({
    to: email,
    messageId,
    subject: text('registrations.confirmSubject', { site: siteTitle() }),
    text: text('registrations.confirmMail', { site: siteTitle(), link: origin + paths.confirmation(token, next) }),
  })
}

export async function sendRegistrationNotice(
  { email }: { email: string },
  { mailer, origin, siteTitle, messageId }: Post,
) {
  await mailer.send({
    to: email,
    messageId,
    subject: text('registrations.knownSubject', { site: siteTitle() }),
    text: text('registrations.knownMail', {
      site: siteTitle(),
      signin: origin + paths.signIn(),
      forgotten: origin + paths.forgottenPassword(),
    }),
  })
}
