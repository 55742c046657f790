// /api/v1: who asks, how often, in what form the answer goes back. What there is to ask for is in the features' api.ts.
import { createHash } from 'node:crypto'
import multipart from '@fastify/multipart'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { comingBy } from '../audit/way.ts'
import { joined } from '../db/joined.ts'
import { onceMore } from '../db/once-more.ts'
import { AppError, forbidden } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { newAjv, whenAsked } from '../http/validators.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'
import { countRequest, readBearer, readBearerAgain } from './bearer.ts'
import type { Answer, Call, Described, Endpoint, Register } from './endpoint.ts'
import { openApiDocument } from './openapi.ts'
import { version } from '../version.ts'
import { Problem, problemBody, problems } from './problem.ts'
import { claimKey, keepAnswer } from './queries.ts'
import { type Thrown, recognise } from './recognise.ts'
import { isStillSeen } from './replay.ts'
import { ReferencePage } from './reference-views.tsx'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether a form with files is taken, and no JSON. */
    isForm?: boolean
  }
  interface FastifyRequest {
    /** What the token of this request is good for; null without one. */
    scopes: ReadonlySet<string> | null
    /** What its person called that token. */
    tokenName: string | null
  }
}

const retryAfterSeconds = 5
const uploadMs = 30 * 60 * 1000
// Nothing here is deeper; a body of brackets alone would fill the stack of whoever walks through it.
const deepest = 12
const prefix = '/api/v1'
const below = (path: string) => path.slice(prefix.length)

export function restApi(app: App, operator: Visitor | undefined, describe: (register: Register) => void): void {
  const endpoints: Described[] = []
  app.decorateRequest('scopes', null)
  app.decorateRequest('tokenName', null)
  void app.register(
    async (api) => {
      const scoped = api as unknown as App
      scoped.removeAllContentTypeParsers()
      const isJson = /^application\/(merge-patch\+)?json(;|$)/
      scoped.addContentTypeParser(isJson, { parseAs: 'string' }, (request, body, done) => {
        // Many clients name the type of a body that they do not send.
        if (body === '' && !request.routeOptions.schema?.body) return done(null)
        const read = parsed(String(body))
        if (read instanceof Problem) done(read)
        else done(null, read)
      })
      // The first mistake alone: of a million there would be a million, and a pattern may be slow on what is too long.
      const options = { allErrors: false, useDefaults: true, strict: false }
      // In an address everything is a text.
      const [strict, lenient] = [newAjv(options), newAjv({ ...options, coerceTypes: true })]
      scoped.setValidatorCompiler(({ schema, httpPart }) =>
        whenAsked(httpPart === 'body' ? strict : lenient, schema as object),
      )
      scoped.setSerializerCompiler(() => JSON.stringify)
      scoped.setErrorHandler((thrown: Error, request, reply) => answerProblem(scoped, thrown, request, reply))
      scoped.setNotFoundHandler((request, reply) => {
        const methods = methodsOf(endpoints, request.url)
        if (methods.length === 0) return sendProblem(new Problem('not_found', text('errors.noPage')), request, reply)
        reply.header('allow', methods.join(', '))
        const detail = text('errors.wrongMethod', { method: request.method })
        return sendProblem(new Problem('method_not_allowed', detail), request, reply)
      })
      scoped.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'private, no-cache').header('vary', 'authorization, accept-encoding')
        if (operator) {
          request.visitor = operator
          return
        }
        await readBearer(scoped, request, reply)
        await countRequest(scoped, request, reply)
      })
      if (!operator)
        scoped.addHook('preHandler', async (request, reply) => await readBearerAgain(scoped, request, reply))
      noteWay(scoped, operator !== undefined)

      // Only where a file is wanted is a form with files taken.
      const forms: Array<(forms: App) => void> = []
      // Asked again where an answer is given again.
      const looks: ShownObject[] = []
      describe((endpoint, handler) => {
        endpoints.push(endpoint as unknown as Described)
        if (endpoint.method === 'GET' && endpoint.answer.status === 200)
          looks.push({ endpoint: endpoint as unknown as Described, handler: handler as ShownObject['handler'] })
        if (endpoint.bodyType) forms.push((inner) => addRoute(inner, endpoint, handler, looks))
        else addRoute(scoped, endpoint, handler, looks)
      })
      void scoped.register(async (inner) => {
        inner.removeAllContentTypeParsers()
        await inner.register(multipart, { throwFileSizeLimit: false })
        for (const add of forms) add(inner as unknown as App)
      })
      const document = () => (written ??= openApiDocument(endpoints, app.config.siteUrl.origin))
      let written: ReturnType<typeof openApiDocument> | undefined
      const index = () => ({
        name: 'Bloggy',
        version,
        openapi: app.config.siteUrl.origin + paths.api.document(),
        reference: app.config.siteUrl.origin + paths.api.reference(),
      })
      scoped.route({ method: 'GET', url: '/', handler: async (_, reply) => reply.send(index()) })
      scoped.get(below(paths.api.document()), async (_, reply) => reply.send(document()))
      scoped.get(below(paths.api.reference()), async (request, reply) =>
        reply.header('cache-control', 'no-store').html(ReferencePage({ page: request.page, document: document() })),
      )
    },
    { prefix },
  )
}

function methodsOf(endpoints: Described[], url: string): string[] {
  const path = url.split('?', 1)[0] ?? ''
  const isHere = (pattern: string) => new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+')}$`).test(path)
  return [...new Set(endpoints.filter((one) => isHere(one.path)).map(({ method }) => method))]
}

export function parsed(body: string): unknown {
  let depth = 0
  for (let at = 0; at < body.length && depth <= deepest; at++) {
    const sign = body[at]
    if (sign === '"') at = endOfText(body, at)
    else if (sign === '{' || sign === '[') depth++
    else if (sign === '}' || sign === ']') depth--
  }
  if (depth > deepest) return new Problem('malformed', text('api.tooDeep', { most: deepest }))
  try {
    return JSON.parse(body, (name, value: unknown) => (name === '__proto__' ? undefined : value))
  } catch {
    return new Problem('malformed', text('api.noJson'))
  }
}

function endOfText(body: string, start: number): number {
  for (let at = start + 1; at < body.length; at++) {
    if (body[at] === '\\') at++
    else if (body[at] === '"') return at
  }
  return body.length
}

/** After the body was read, whose arrival would lose the way. */
export function noteWay(app: App, isCommand = false): void {
  app.addHook('preHandler', (request, _, done) => {
    const { tokenName } = request
    if (isCommand) comingBy({ origin: 'command' }, done)
    else if (tokenName !== null) comingBy({ origin: 'token', token_name: tokenName }, done)
    else done()
  })
}

function addRoute<Params extends TSchema, Query extends TSchema, Body extends TSchema>(
  app: App,
  endpoint: Endpoint<Params, Query, Body>,
  handler: (call: Call<Params, Query, Body>) => Promise<Answer>,
  looks: readonly ShownObject[],
): void {
  const { method, path, params, query, body, bodyLimit, answer, scope, who, mayBring } = endpoint
  const isForm = endpoint.bodyType !== undefined
  app.route({
    method,
    url: below(path),
    // The parts of a form are looked at as they come.
    schema: { ...(params && { params }), ...(query && { querystring: query }), ...(body && !isForm && { body }) },
    ...(bodyLimit !== undefined && { bodyLimit }),
    ...(isForm && { bodyLimit: Number.MAX_SAFE_INTEGER, handlerTimeout: uploadMs, config: { isForm } }),
    ...(endpoint.longest !== undefined && { handlerTimeout: endpoint.longest }),
    // Who may not come in does not learn what is wrong with what was brought.
    preParsing: async (request) => {
      if (who !== 'everyone' && !request.visitor) throw new Problem('unauthenticated', text('api.needsToken'))
      if (request.scopes && !request.scopes.has(scope))
        throw new Problem('insufficient_scope', text('api.scopeNeeded', { scope }))
      if (mayBring && request.visitor && !mayBring(request.visitor)) throw forbidden()
    },
    handler: async (request, reply) => {
      const call: Call<Params, Query, Body> = callOf(app, request, reply, endpoint as unknown as Described, looks)
      const { body, etag, location } = await handler(call)
      if (reply.sent) return reply
      if (location) reply.header('location', location)
      if (etag) reply.header('etag', etag)
      const isKnown = method === 'GET' && etag !== undefined && namesOf(request.headers['if-none-match']).has(etag)
      if (isKnown) return reply.code(304).send()
      if (answer.status === 204) return reply.code(204).send()
      return reply.code(answer.status).type('application/json').send(body)
    },
  })
}

type Transaction = Parameters<typeof joined>[0]
type ShownObject = { endpoint: Described; handler: (call: Call<never, never, never>) => Promise<Answer> }

function callOf(
  app: App,
  request: FastifyRequest,
  reply: FastifyReply,
  { answer: { status, ...shape } }: Pick<Described, 'answer'>,
  looks: readonly ShownObject[],
): Call<never, never, never> {
  const someone = () => {
    if (!request.visitor) throw new Problem('unauthenticated', text('api.needsToken'))
    return request.visitor
  }
  const asked = { path: request.url.split('?', 1)[0] ?? '', schema: 'schema' in shape ? shape.schema : undefined }
  const asks = () =>
    looks.map(({ endpoint, handler }) => ({
      endpoint,
      show: async (params: Record<string, unknown>) => {
        const call = callOf(app, request, reply, endpoint, [])
        return await handler({ ...call, params: params as never, query: {} as never })
      },
    }))
  return {
    request,
    reply,
    visitor: request.visitor,
    params: request.params as never,
    query: request.query as never,
    body: request.body as never,
    someone,
    actor: () => ({ id: someone().id, ip: request.ip }),
    write: async (work) => {
      const key = keyOf(request)
      const visitor = someone()
      // A file comes after the handler began.
      await readBearerAgain(app, request, reply)
      if (!holdsAll(someone(), heldBy(visitor))) throw forbidden()
      const user_id = visitor.id
      const request_hash = key === undefined ? undefined : hashOf(request)
      const writeAll = async (whole: Transaction) => {
        const db = joined(whole)
        if (key === undefined || !request_hash) return { answer: await work(db), first: undefined }
        const first = await claimKey(db, { user_id, key, request_hash })
        if (first === 'other') throw new Problem('key_reused', text('api.keyReused'))
        if (first) return { answer: JSON.parse(first.answer) as Answer & { held?: string[] }, first }
        const answer = await work(db)
        const kept = JSON.stringify({ ...answer, held: heldBy(visitor) })
        await keepAnswer(db, user_id, key, { status, answer: kept })
        return { answer, first }
      }
      // With a key, whether it was done before the connection was lost is known by then.
      const { answer, first }: Awaited<ReturnType<typeof writeAll>> = await onceMore(
        async () => await app.db.transaction().execute(writeAll),
        () => key !== undefined,
      )
      if (!first) return answer
      // After the transaction: those who wait for a connection to look would wait for each other.
      const { held = [], ...kept } = answer as Answer & { held?: string[] }
      // What the answer shows was for who had these rights, and saw its object.
      const isTheirs = async () => holdsAll(visitor, held) && (await isStillSeen(asks(), asked, kept))
      if (kept.body !== undefined && !(await isTheirs())) throw new Problem('forbidden', text('api.rightsLost'))
      reply.header('idempotency-replayed', 'true')
      return kept
    },
    requireMatch: (etag) => {
      const given = request.headers['if-match']
      if (given === undefined || given.trim() === '*' || namesOf(given).has(etag)) return
      throw new Problem('changed', text('api.changed'))
    },
  }
}

function holdsAll(visitor: Visitor, held: string[]): boolean {
  const now = new Set(heldBy(visitor))
  return held.every((right) => now.has(right))
}

function heldBy({ roles, permissions }: Visitor): string[] {
  return [...[...roles].map((role) => `role ${role}`), ...permissions]
}

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
function keyOf({ headers }: FastifyRequest): string | undefined {
  const given = headers['idempotency-key']
  if (given === undefined) return undefined
  const key = String(given).replace(/^"(.*)"$/, '$1')
  if (/^[\x21-\x7e]{1,200}$/.test(key)) return key
  throw new Problem('malformed', text('api.wrongKey'))
}

function hashOf({ method, url, body }: FastifyRequest): Buffer {
  return createHash('sha256')
    .update(`${method} ${url}\n${JSON.stringify(body ?? null)}`)
    .digest()
}

function namesOf(header: string | undefined): Set<string> {
  return new Set((header ?? '').split(',').map((name) => name.trim().replace(/^W\//, '')))
}

function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = problems[problem.code]
  if (status === 401) {
    const error = problem.code === 'invalid_token' ? ', error="invalid_token"' : ''
    reply.header('www-authenticate', `Bearer realm="Bloggy"${error}`)
  }
  const body = problemBody(problem, request, paths.api.reference())
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(body))
}

function answerProblem(app: App, thrown: Thrown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = recognise(thrown, request)
  if (problem.code === 'internal') {
    request.log.error({ err: thrown }, 'request failed')
    app.errors(thrown, { requestId: request.id, method: request.method, route: request.routeOptions.url ?? '' })
  }
  if (problem.code === 'unavailable') {
    request.log.warn({ reason: thrown.message }, 'database not available')
    reply.header('retry-after', retryAfterSeconds)
  }
  if (problem.code === 'timed_out') reply.header('connection', 'close')
  if (thrown instanceof AppError && thrown.retryAfter) reply.header('retry-after', Math.ceil(thrown.retryAfter))
  return sendProblem(problem, request, reply)
}
