import type { Post } from '../mail/post.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import { daysOpen } from './invitation.ts'
import { createInvitationLink } from './queries.ts'

/** Run twice it sends two links, of which the later one opens. */
export async function sendInvitation(
  { invitation_id }: { invitation_id: number },
  { db, mailer, origin, siteTitle, messageId }: Post,
) {
  const found = await createInvitationLink(db, invitation_id)
  if (!found) return
  const site = siteTitle()
  const name = found.inviter ?? site
  const link = origin + paths.invitation(found.token)
  await mailer.send({
    to: found.email,
    messageId,
    subject: text('team.inviteSubject', { site }),
    text: found.hasAccount
      ? text('team.inviteKnownMail', { site, name, link, days: daysOpen })
      : text('team.inviteMail', { site, name, link, days: daysOpen }),
  })
}
