import { paths } from '../paths.ts'
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
    subject: `A new password for ${siteTitle()}`,
    text: `Somebody, probably you, asked for a new password at ${siteTitle()}.

To choose one, open this link within half an hour:

${origin}${paths.passwordReset(token)}

If it was not you, do nothing: your password stays as it is.
`,
  })
}
