import type { Post } from '../mail/post.ts'
import { paths } from '../paths.ts'
import { createConfirmation } from './queries.ts'

/** Run twice it sends two links, both good. An address that was confirmed meanwhile gets none. */
export async function sendConfirmation(
  { email }: { email: string },
  { db, mailer, origin, siteTitle, messageId }: Post,
) {
  const token = await createConfirmation(db, email)
  if (!token) return
  await mailer.send({
    to: email,
    messageId,
    subject: `Confirm your address for ${siteTitle()}`,
    text: `Somebody, probably you, registered at ${siteTitle()} with this address.

To confirm it, open this link within two days:

${origin}${paths.confirmation(token)}

If it was not you, do nothing: the account stays closed.
`,
  })
}

export async function sendRegistrationNotice(
  { email }: { email: string },
  { mailer, origin, siteTitle, messageId }: Post,
) {
  await mailer.send({
    to: email,
    messageId,
    subject: `You already have an account at ${siteTitle()}`,
    text: `Somebody, probably you, tried to register at ${siteTitle()} with this address, which has an account already.

Sign in:               ${origin}${paths.signIn()}
Forgotten password:    ${origin}${paths.forgottenPassword()}

If it was not you, do nothing: nothing was changed.
`,
  })
}
