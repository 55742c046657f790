import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { App } from '../http/app.ts'
import { postedValues } from '../http/validation.ts'
import { countAttempt, networkOf } from '../limits/queries.ts'
import { paths } from '../paths.ts'
import type { Provider } from '../provider-settings.ts'
import { refuseOpenLine } from '../sessions/cookie.ts'
import type { Door } from '../sessions/open-session.ts'
import { safeNext } from '../sessions/session.ts'
import type { CurrentSettings } from '../settings/current.ts'
import type { Providers } from './ask-provider.ts'
import { connect } from './connect.ts'
import { type Start, takeStart } from './queries.ts'
import { Refusal } from './refusal.ts'
import { refuse, refuseAndRecord } from './refuse.ts'
import { signInBy } from './sign-in.ts'
import { ProviderParams, answerAddress, browserOf, leave, requireProvider } from './start.ts'

const StartForm = Type.Object({
  next: Type.Optional(Type.String({ maxLength: 2000 })),
  keep: Type.Optional(Type.Literal('yes')),
})
// An answer holds a code, a state and little more.
const longestAnswer = 6000
const perNetwork = { most: 60, windowSeconds: 600 }

export function oauthPages(app: App, settings: CurrentSettings, providers: Providers) {
  app.post(
    paths.providerStart(':provider'),
    { schema: { params: ProviderParams, body: StartForm }, attachValidation: true },
    async (request, reply) => {
      const provider = requireProvider(app, request.params.provider)
      const values = postedValues(request.body)
      const next = safeNext(values.next?.slice(0, 2000))
      if (request.visitor) return reply.redirect(next, 303)
      const wish = { next, is_kept: values.keep === 'yes', user_id: null }
      return await leave({ app, request, reply }, providers, provider, wish)
    },
  )

  // A browser comes here from the service, with what it was told to bring. Only the browser that began it has the cookie
  // that opens it, and only once, so reading the address changes nothing for anybody else.
  app.get(
    paths.providerAnswer(':provider'),
    { schema: { params: ProviderParams }, exposeHeadRoute: false },
    async (request, reply) => {
      const provider = requireProvider(app, request.params.provider)
      // Not even this blog's own pages learn the code from the address.
      reply.header('referrer-policy', 'same-origin').header('cache-control', 'no-store')
      refuseOpenLine(app, request)
      await countAttempt(app.db, 'answer of service from', networkOf(request.ip), perNetwork)
      return await arrive({ app, request, reply }, provider)
    },
  )

  async function arrive(door: Door, provider: Provider): Promise<FastifyReply> {
    const { request, reply } = door
    let start: Start | undefined
    try {
      const answer = answerOf(app, request, provider)
      const state = stateOf(answer)
      start = await startOf(door, provider, state)
      const profile = await providers.profileOf(provider, answer, { ...start, state })
      const outcome =
        start.user_id === null
          ? await signInBy(door, { provider, profile, ...wishesOf(start), isOpen: isOpen() })
          : await connect(door, provider, profile, start.user_id)
      if (outcome === 'sent') return reply.redirect(paths.registered(), 303)
      if (typeof outcome === 'object' && 'refused' in outcome) return refuse(door, provider, outcome.refused, start)
      return reply.redirect(outcome === 'connected' ? `${paths.connections()}?done=connected` : outcome.onward, 303)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return await refuseAndRecord(door, provider, error, start)
    }
  }

  async function startOf({ request }: Door, provider: Provider, state: string): Promise<Start> {
    const browser = browserOf(app, request)
    const start = browser && (await takeStart(app.db, state, browser))
    if (!start) throw new Refusal('unasked')
    if (start.provider !== provider.id) throw new Refusal('other-issuer', 'It was begun at another service.')
    if (start.isOver) throw new Refusal('expired')
    return start
  }

  const isOpen = () => {
    const { registration_is_open, set_up_at } = settings.get()
    return registration_is_open && set_up_at !== null
  }
}

const wishesOf = (start: Start) => ({ isKept: start.is_kept, next: safeNext(start.next) })

/** Our own address, whatever the request calls us, with what stands behind it. */
function answerOf(app: App, { url }: FastifyRequest, provider: Provider): URL {
  const query = url.split('?').slice(1).join('?')
  if (query.length > longestAnswer) throw new Refusal('unasked')
  const answer = answerAddress(app, provider)
  answer.search = query
  return answer
}

function stateOf({ searchParams }: URL): string {
  const [state, ...more] = searchParams.getAll('state')
  if (!state || more.length > 0 || !/^[\w-]{43}$/.test(state)) throw new Refusal('unasked')
  return state
}
