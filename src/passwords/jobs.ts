import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import type { Post } from '../mail/post.ts'
import { createPasswordReset } from './queries.ts'

/** Run twice it sends two links; using one ends both. An address without an account gets nothing. */
export async function sendPasswordReset(
  { email, by }: { email: string; by?: string },
  { db, mailer, origin, siteTitle, messageId }: Post,
) {
  const isFirst = by !== undefined
  const token = await createPasswordReset(db, email, isFirst)
  if (!token) return
  const [site, link] = [siteTitle(), origin + paths.passwordReset(token)]
  await mailer.send({
    to: email,
    messageId,
    subject: isFirst ? text('passwords.firstSubject', { site }) : text('passwords.resetSubject', { site }),
    text: isFirst ? text('passwords.firstMail', { site, link, name: by }) : text('passwords.resetMail', { site, link }),
  })
}
