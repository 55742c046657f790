// Turns whatever was thrown into an answer. A person can mend an AppError; anything else is logged once and reported.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError, conflict, notFound, statusOf } from '../errors.ts'
import { ErrorPage } from '../html/error-page.tsx'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import type { App } from './app.ts'
import { isOutage } from './outage.ts'
import { postedValues } from './validation.ts'

const retryAfterSeconds = 5

/** Asked before an address is said not to be here. Undefined when they know of none. */
export type Elsewhere = {
  /** No route has the address. */
  unknown: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>
  /** Its route found nothing. */
  missing: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>
}

const nowhere: Elsewhere = { unknown: async () => undefined, missing: async () => undefined }

export function handleErrors(app: App, elsewhere: Elsewhere = nowhere): void {
  const methodsOf = rememberRoutes(app)

  // Doors show what is wrong with a form. An address that cannot be is not found before one opens.
  app.addHook('preHandler', (request, _, done) => {
    const context = request.validationError?.validationContext
    done(context === 'params' || context === 'querystring' ? notFound() : undefined)
  })

  app.setErrorHandler(async (thrown: Error & { statusCode?: number; validationContext?: string }, request, reply) => {
    // Half a form and then silence: the visitor's line, not the database.
    if ((thrown as { code?: string }).code === 'FST_ERR_HANDLER_TIMEOUT' && !request.raw.complete) {
      return show(request, reply.header('connection', 'close'), 408, text('errors.tooSlow'))
    }
    const error = recognise(thrown)
    if (error instanceof AppError) {
      const isMissing = error.kind === 'not_found' && isRead(request) && !reply.sent
      // A failing look must not hide that there is nothing.
      const found = isMissing ? await elsewhere.missing(request, reply).catch(() => undefined) : undefined
      return found ?? answerPerson(error, request, reply)
    }
    if (error.status < 500) return show(request, reply, error.status, error.message)
    if (error.status === 503) {
      request.log.warn({ reason: thrown.message }, 'database not available')
      reply.header('retry-after', retryAfterSeconds)
      return show(request, reply, 503, text('errors.outage'))
    }
    request.log.error({ err: thrown }, 'request failed')
    app.errors(thrown, { requestId: request.id, method: request.method, route: request.routeOptions.url ?? '' })
    return show(request, reply, 500, text('errors.ours', { number: request.id }))
  })

  app.setNotFoundHandler(async (request, reply) => {
    const found = isRead(request) ? await elsewhere.unknown(request, reply) : undefined
    if (found) return found
    const methods = methodsOf(request.url)
    if (methods.length === 0) return answerPerson(notFound(), request, reply)
    reply.header('allow', methods.join(', '))
    return show(request, reply, 405, text('errors.wrongMethod', { method: request.method }))
  })
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

function answerPerson(error: AppError, request: FastifyRequest, reply: FastifyReply) {
  if (error.retryAfter) reply.header('retry-after', Math.ceil(error.retryAfter))
  if (error.kind === 'unauthenticated' && request.method === 'GET' && !wantsJson(request)) {
    return reply.redirect(paths.signIn(request.url), 303)
  }
  return show(request, reply, statusOf[error.kind], error.message, error)
}

function show(request: FastifyRequest, reply: FastifyReply, status: number, message: string, error?: AppError) {
  reply.code(status).header('cache-control', 'no-store')
  if (wantsJson(request)) {
    const fields = error && Object.keys(error.fields).length > 0 ? { fields: error.fields } : {}
    return reply.send({ error: { kind: error?.kind ?? kindOf(status), message, ...fields } })
  }
  const back = pageBefore(request, request.server.config.siteUrl.origin)
  return reply.html(ErrorPage({ page: request.page, status, message, kept: keptText(request), back }))
}

/** What was typed into a form that could not be taken, to be shown again. */
function keptText(request: FastifyRequest): string[] {
  const values = Object.entries(postedValues(request.body)).filter(
    ([name, value]) => !notTyped.test(name) && !(name === 'reason' && isOneWord.test(value)),
  )
  return values.map(([, value]) => value).filter((value) => value.trim() !== '')
}

/** What a form carries along, what is chosen in it, and what nobody else should see. */
const notTyped =
  /password|token|^(version|submission_key|mark|website|guest_name|guest_email|tell_thread|tell_post|is_told_of_comments|draft|publish|parent|kind|visibility|comment|comments|one|change|post|ids|back|next|keep|email|days|even_used|seen|ticked|code|into|roles|scope|which|\w+_is_open)$/

/** Chosen from a list in one form, and typed as a sentence in another. */
const isOneWord = /^[\w-]+$/

/** The page of this blog that the form was on: what the browser says of it. */
function pageBefore({ method, headers }: FastifyRequest, origin: string): string | undefined {
  if (method !== 'POST' || !headers.referer || !URL.canParse(headers.referer)) return undefined
  const url = new URL(headers.referer)
  return url.origin === origin ? url.pathname + url.search : undefined
}

function kindOf(status: number): string {
  return status < 500 ? 'invalid' : status === 503 ? 'unavailable' : 'internal'
}

function recognise(
  thrown: Error & { statusCode?: number; validationContext?: string },
): AppError | { status: number; message: string } {
  if (thrown instanceof AppError) return thrown
  // What the write belongs to was removed while it was on its way.
  if ((thrown as { code?: string }).code === '23503') return conflict(text('errors.ownerGone'))
  if (thrown.validationContext === 'params' || thrown.validationContext === 'querystring') return notFound()
  if (thrown.validationContext) return { status: 422, message: text('errors.otherForm') }
  if (isOutage(thrown)) return { status: 503, message: thrown.message }
  const status = thrown.statusCode
  if (!status || status >= 500) return { status: 500, message: thrown.message }
  return { status, message: plainly(status) }
}

function plainly(status: number): string {
  if (status === 413) return text('errors.tooLarge')
  if (status === 414) return text('errors.longAddress')
  if (status === 415) return text('errors.formsOnly')
  return text('errors.notUnderstood')
}

/** Programs name JSON; browsers name HTML as well. */
export function wantsJson(request: FastifyRequest): boolean {
  const accepted = request.headers.accept ?? ''
  return accepted.includes('application/json') && !accepted.includes('text/html')
}

/** Which methods an address has, so that a wrong method is told from a wrong address. */
function rememberRoutes(app: App): (url: string) => string[] {
  const routes: { pattern: RegExp; methods: string[] }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`)
    routes.push({ pattern, methods: [method].flat() })
  })
  return (url) => {
    const path = url.split('?', 1)[0] ?? ''
    return [...new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods))]
  }
}
