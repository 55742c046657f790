import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import type { Post } from '../mail/post.ts'
import { createPasswordReset } from './queries.ts'

/** Run twice it sends two links; using one ends both. An address without an account gets nothing. */
export async function sendPasswordReset(
  { email }: { email: string },
  { db, mailer, origin, siteTitle, messageId }: Post,
) {
  const token = await createPasswordReset(db, email)
  if (!token) return
  await mailer.send({
    to: email,
    messageId,
    subject: text('passwords.resetSubject', { site: siteTitle() }),
    text: text('passwords.resetMail', { site: siteTitle(), link: origin + paths.passwordReset(token) }),
  })
}
