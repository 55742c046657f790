import type { Post } from '../mail/post.ts'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { text } from '../texts/texts.ts'
import { createGuestLink } from './queries.ts'

/** Run twice it sends two links, of which one can be used. A comment that was confirmed or went meanwhile gets none. */
export async function sendGuestConfirmation(
  { comment_id }: { comment_id: number },
  { db, mailer, origin, siteTitle, messageId }: Post,
) {
  const link = await createGuestLink(db, comment_id)
  if (!link) return
  const blog = siteTitle()
  await mailer.send({
    to: link.email,
    messageId,
    subject: text('guests.mailSubject', { blog }),
    text: text('guests.mailText', {
      blog,
      // What the comment says stays out: it goes to an address that somebody typed.
      title: titleOf(link),
      link: origin + paths.guestConfirmation(link.token),
    }),
  })
}
