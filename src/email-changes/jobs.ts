import type { Post } from '../mail/post.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import { createEmailLink } from './queries.ts'

/** Run twice it sends two links, of which the later one opens. */
export async function sendEmailChange(
  { user_id }: { user_id: number },
  { db, mailer, origin, siteTitle, messageId }: Post,
) {
  const found = await createEmailLink(db, user_id)
  if (!found) return
  await mailer.send({
    to: found.email,
    messageId,
    subject: text('team.emailSubject', { site: siteTitle() }),
    text: text('team.emailMail', { site: siteTitle(), link: origin + paths.emailChange(found.token) }),
  })
}

/** To the address that the account had: whoever reads it learns that it opens nothing any more. */
export async function sendEmailNotice({ email }: { email: string }, { mailer, siteTitle, messageId }: Post) {
  await mailer.send({
    to: email,
    messageId,
    subject: text('team.emailNoticeSubject', { site: siteTitle() }),
    text: text('team.emailNoticeMail', { site: siteTitle() }),
  })
}
