// The beginning of a sign-in by another service, and what ties its end to the same browser.
import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { countAttempt, networkOf } from '../limits/queries.ts'
import { paths } from '../paths.ts'
import type { Provider } from '../provider-settings.ts'
import { otherCookieName, refuseOpenLine, setOtherCookie } from '../sessions/cookie.ts'
import type { Door } from '../sessions/open-session.ts'
import type { Providers } from './ask-provider.ts'
import { beginStart } from './queries.ts'
import { Refusal } from './refusal.ts'
import { refuseAndRecord } from './refuse.ts'
import { LeavingPage } from './views.tsx'

export const ProviderParams = Type.Object({ provider: Type.String({ maxLength: 60, pattern: '^[a-z\\d-]+$' }) })

const cookie = 'start'
const lifetimeSeconds = 600
const perNetwork = { most: 30, windowSeconds: 600 }

type Wish = { next: string; is_kept: boolean; user_id: number | null }

/** The browser goes by itself: a form may not lead to another site, and neither may what answers it. */
export async function leave(door: Door, providers: Providers, provider: Provider, wish: Wish): Promise<FastifyReply> {
  const { request, reply } = door
  try {
    const there = await begin(door, providers, provider, wish)
    reply.header('referrer-policy', 'same-origin')
    return reply.html(LeavingPage({ page: request.page, label: provider.label, there: there.href }))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return await refuseAndRecord(door, provider, error, wish)
  }
}

/** Answers where the browser is to go. Throws a Refusal when the service does not say. */
async function begin({ app, request, reply }: Door, providers: Providers, provider: Provider, wish: Wish) {
  refuseOpenLine(app, request)
  await countAttempt(app.db, 'sign-in by service from', networkOf(request.ip), perNetwork)
  const [state, nonce, verifier] = [newSecret(), newSecret(), newSecret()]
  const there = await providers.addressOf(provider, answerAddress(app, provider), { state, nonce, verifier })
  // One value for all the pages that a browser began at.
  const browser = browserOf(app, request) ?? newSecret()
  await beginStart(app.db, state, browser, { ...wish, provider: provider.id, verifier, nonce })
  setOtherCookie(app, reply, cookie, browser, lifetimeSeconds)
  return there
}

/** What the browser was given at the beginning. */
export function browserOf(app: App, request: FastifyRequest): string | undefined {
  const value = request.cookies[otherCookieName(app, cookie)]
  return value && /^[\w-]{43}$/.test(value) ? value : undefined
}

/** The address that is entered at the service. */
export function answerAddress({ config }: App, { id }: Provider): URL {
  return new URL(paths.providerAnswer(id), config.siteUrl)
}

export function requireProvider({ config }: App, id: string): Provider {
  const provider = config.providers.find((provider) => provider.id === id)
  if (!provider) throw notFound()
  return provider
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
