// Lets standbys answer readers. Who wrote is shown what they wrote: a cookie says how far a standby has to be for them.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type LogPosition, type Replicas, askingReplica, longestLagMs } from '../db/replicas.ts'
import type { App } from '../http/app.ts'
import { flightOf } from '../page-cache/answer.ts'
import type { Watch } from '../page-cache/watch.ts'
import { paths } from '../paths.ts'
import { otherCookieName, setOtherCookie } from '../sessions/cookie.ts'

const cookie = 'position'
/** Longer than a replica that answers may be behind, and than it takes to notice that it is. */
const cookieSeconds = longestLagMs / 1000 + 5
const pattern = /^(\d{1,9})\.(\d{1,15})$/

/** Comes after those hooks that read the session and begin a page for the cache. */
export function readFromReplicas(app: App, replicas: Replicas, watch: Watch | undefined): void {
  const ends = new WeakMap<FastifyRequest, () => void>()

  app.addHook('preHandler', (request, _, done) => {
    const replica = mayAsk(request) ? pickFor(request) : undefined
    if (!replica) return done()
    ends.set(
      request,
      askingReplica(replica, done, (but) => pickFor(request, but)),
    )
  })
  // What goes on after the answer asks the primary.
  app.addHook('onResponse', (request, _, done) => {
    ends.get(request)?.()
    done()
  })
  app.addHook('onSend', async (request, reply) => {
    if (isReading(request) || !isOfPerson(request) || reply.statusCode >= 400) return
    await notePosition(reply)
  })

  const pickFor = (request: FastifyRequest, but?: string) => {
    const own = readPosition(request.cookies[otherCookieName(app, cookie)])
    if (own === 'unknown') return undefined
    if (!flightOf(request.raw)) return replicas.pick(own, but)
    // A page that is kept has to have all that this process was told of; nobody who is not signed in has a cookie here.
    const told = watch?.told()
    return told && replicas.pick(told, but)
  }

  const notePosition = async (reply: FastifyReply) => {
    const position = await replicas.position().catch(() => undefined)
    // Where nobody knows, only the primary will do.
    const value = position ? `${position.timeline}.${position.position}` : 'none'
    setOtherCookie(app, reply, cookie, value, cookieSeconds)
  }
}

/** A page for readers, or the search. */
function mayAsk(request: FastifyRequest): boolean {
  const { config, url } = request.routeOptions
  return isReading(request) && (config.isKept === true || url === paths.search())
}

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Programs are answered by the primary. */
function isOfPerson({ headers, url }: FastifyRequest): boolean {
  return headers.authorization === undefined && !url.startsWith('/api/')
}

/** Undefined for whoever wrote nothing. */
function readPosition(text: string | undefined): LogPosition | 'unknown' | undefined {
  if (text === undefined) return undefined
  const [, timeline, position] = pattern.exec(text) ?? []
  return timeline && position ? { timeline: Number(timeline), position: Number(position) } : 'unknown'
}
