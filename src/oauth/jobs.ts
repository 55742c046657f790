import type { FastifyBaseLogger } from 'fastify'
import type { Post } from '../mail/post.ts'
import { paths } from '../paths.ts'
import type { Provider } from '../provider-settings.ts'
import { createConfirmation } from '../registrations/queries.ts'
import { text } from '../texts/texts.ts'
import type { Providers } from './ask-provider.ts'
import { findAddress } from './queries.ts'
import { Refusal } from './refusal.ts'
import { TokenError, decryptToken, purposeOfTokens } from './token-encryption.ts'

type Told = { email: string; service: string }

/**
 * Run twice it sends two links, both good. It says by what, so that nobody opens the door to a stranger; not in
 * whose name: whoever chose that would write into other people's mail.
 */
export async function sendProviderConfirmation(
  { email, service }: Told,
  { db, mailer, origin, siteTitle, messageId }: Post,
) {
  const token = await createConfirmation(db, email, null)
  if (!token) return
  await mailer.send({
    to: email,
    messageId,
    subject: text('registrations.confirmSubject', { site: siteTitle() }),
    text: text('oidc.confirmMail', {
      site: siteTitle(),
      service,
      link: origin + paths.confirmation(token),
    }),
  })
}

export async function sendProviderNotice({ email, service }: Told, { mailer, origin, siteTitle, messageId }: Post) {
  await mailer.send({
    to: email,
    messageId,
    subject: text('registrations.knownSubject', { site: siteTitle() }),
    text: text('oidc.knownMail', {
      site: siteTitle(),
      service,
      signin: origin + paths.signIn(),
      connections: origin + paths.connections(),
    }),
  })
}

export async function sendConnectionNotice(
  { user_id, service }: { user_id: number; service: string },
  { db, mailer, origin, siteTitle, messageId }: Post,
) {
  const email = await findAddress(db, user_id)
  if (!email) return
  await mailer.send({
    to: email,
    messageId,
    subject: text('oidc.connectedSubject', { site: siteTitle(), service }),
    text: text('oidc.connectedMail', { site: siteTitle(), service, connections: origin + paths.connections() }),
  })
}

type Revoked = { provider: string; account_id: number; token: string }
type Revoking = {
  services: Providers
  providers: readonly Provider[]
  keys: readonly Buffer[]
  logger: FastifyBaseLogger
}

/** Once, and what the service makes of it changes nothing: the token is gone here. */
export async function revokeToken(
  { provider: key, account_id, token }: Revoked,
  { services, providers, keys, logger }: Revoking,
): Promise<void> {
  const provider = providers.find((provider) => provider.key === key)
  if (!provider) return
  let clear: string
  try {
    clear = decryptToken(token, purposeOfTokens(account_id), keys)
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    logger.warn({ service: provider.id, reason: error.message }, 'a token cannot be read to revoke it')
    return
  }
  try {
    await services.revoke(provider, clear)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    logger.warn({ service: provider.id, reason: error.message }, 'a token was not revoked')
  }
}
