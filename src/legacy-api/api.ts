// /api/posts and the like, in the forms of the older Bloggy, for the programs that were made for it.
import multipart from '@fastify/multipart'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem, problems } from '../api/problem.ts'
import { countRequest, readBearer, readBearerAgain } from '../api/bearer.ts'
import { type Thrown, recognise } from '../api/recognise.ts'
import { noteWay, parsed } from '../api/rest-api.ts'
import { AppError } from '../errors.ts'
import type { App } from '../http/app.ts'
import { paths } from '../paths.ts'
import { formLimit } from '../posts/post.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import type { Collection } from './collection.ts'
import { comments } from './comments.ts'
import { permissions, roles, users } from './people.ts'
import { posts } from './posts.ts'
import { Refused, deepest, errorsOf, noRecord, pagingOf, statusOf } from './shape.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The body arrived and was taken apart. */
    isWhole: boolean
  }
}

const retryAfterSeconds = 5
const prefix = '/api'
const below = (path: string) => path.slice(prefix.length) || '/'

export function legacyApi(app: App, settings: CurrentSettings): void {
  const collections = {
    posts: posts(app),
    comments: comments(app, settings),
    users: users(app),
    roles: roles(app),
    permissions: permissions(app),
  }
  app.decorateRequest('isWhole', false)
  void app.register(
    async (api) => {
      const scoped = api as unknown as App
      takeBodies(scoped)
      scoped.setErrorHandler((thrown: Error, request, reply) => answerError(scoped, thrown, request, reply))
      scoped.setNotFoundHandler((request, reply) => answerError(scoped, noRecord(), request, reply))
      scoped.addHook('onRequest', async (request, reply) => {
        // A cookie of this site counts as well: what another site sends with it is refused before.
        reply.header('cache-control', 'private, no-cache').header('vary', 'authorization, cookie, accept-encoding')
        await readBearer(scoped, request, reply)
        await countRequest(scoped, request, reply)
      })
      scoped.addHook('preHandler', async (request, reply) => await readBearerAgain(scoped, request, reply))
      noteWay(scoped)
      const handler = async () => root(Object.keys(collections))
      scoped.route({ method: 'GET', url: below(paths.legacy.api()), prefixTrailingSlash: 'no-slash', handler })
      scoped.get(below(paths.legacy.openApi()), (_, reply) => reply.redirect(paths.api.document(), 301))
      scoped.get(below(paths.legacy.apiPage()), (_, reply) => reply.redirect(paths.api.reference(), 301))
      for (const [name, collection] of Object.entries(collections)) addRoutes(scoped, name, collection)
    },
    { prefix },
  )
}

function root(names: string[]) {
  return {
    message: 'Bloggy REST API',
    version: '1.0.0',
    documentation: { swagger_ui: paths.legacy.apiPage(), openapi_spec: paths.legacy.openApi() },
    endpoints: Object.fromEntries(names.map((name) => [name, paths.legacy.apiList(name)])),
  }
}

function addRoutes(app: App, name: string, { noun, list, read, create, update, remove }: Collection): void {
  const [all, one] = [below(paths.legacy.apiList(name)), below(paths.legacy.apiItem(name, ':id'))]
  const route = (method: string[], url: string, handler: (request: FastifyRequest) => Promise<unknown>) => {
    const isRead = method[0] === 'GET'
    const scope = `${noun}:${isRead ? 'read' : 'write'}`
    app.route({
      method,
      url,
      ...(!isRead && { bodyLimit: formLimit }),
      handler: async (request, reply) => {
        if (request.scopes && !request.scopes.has(scope))
          throw new Problem('insufficient_scope', text('api.scopeNeeded', { scope }))
        return reply.code(method[0] === 'POST' ? 201 : 200).send(await handler(request))
      },
    })
  }

  route(['GET'], all, async ({ query, visitor }) => {
    const paging = pagingOf(query)
    if (paging.offset + paging.limit > deepest)
      throw new Refused(400, { page: text('api.legacyTooDeep', { most: deepest }) })
    return await list(visitor, paging)
  })
  route(['GET'], one, async (request) => await read(request.visitor, idOf(request)))
  if (create) route(['POST'], all, create)
  if (update) route(['PUT', 'PATCH'], one, async (request) => await update(request, idOf(request)))
  if (remove) {
    route(['DELETE'], one, async (request) => {
      await remove(request, idOf(request))
      return {}
    })
  }
}

function idOf({ params }: FastifyRequest): number {
  const { id } = params as { id: string }
  if (!/^[1-9]\d{0,14}$/.test(id)) throw noRecord()
  return Number(id)
}

/** JSON, and both kinds of forms; files in them are passed over. */
function takeBodies(app: App): void {
  app.addContentTypeParser(/^application\/json(;|$)/, { parseAs: 'string' }, (_, body, done) => {
    const read = parsed(String(body))
    // Nobody was told what was wrong with it.
    done(null, read instanceof Problem ? {} : read)
  })
  // Without a limit of its own for all parts together: that of the length is looked at first.
  app.addHook('preParsing', async ({ headers, routeOptions }) => {
    if (!headers['content-type']?.startsWith('multipart/')) return
    if (!(Number(headers['content-length'] ?? Infinity) <= routeOptions.bodyLimit))
      throw new Problem('too_large', text('errors.tooLarge'))
  })
  app.addHook('preHandler', (request, _, done) => {
    request.isWhole = true
    done()
  })
  void app.register(multipart, {
    attachFieldsToBody: 'keyValues',
    limits: { fields: 20, files: 0, parts: 20, fieldSize: formLimit, fieldNameSize: 100 },
  })
}

/** What takes parts apart throws errors without a status. */
function isCutOff(request: FastifyRequest, thrown: Thrown): boolean {
  const isInParts = request.headers['content-type']?.startsWith('multipart/') ?? false
  return (
    isInParts &&
    !request.isWhole &&
    !(thrown instanceof AppError || thrown instanceof Problem) &&
    thrown.statusCode !== 413
  )
}

function answerError(app: App, thrown: Thrown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('cache-control', 'no-store')
  if (thrown instanceof Refused) return reply.code(thrown.status).send({ errors: thrown.errors })
  const problem = isCutOff(request, thrown)
    ? new Problem('malformed', text('errors.notUnderstood'))
    : recognise(thrown, request)
  const status = statusOf(problem.code, problems[problem.code])
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="Bloggy"')
  if (problem.code === 'unavailable') reply.header('retry-after', retryAfterSeconds)
  if (thrown instanceof AppError && thrown.retryAfter) reply.header('retry-after', Math.ceil(thrown.retryAfter))
  if (problem.code === 'internal') {
    request.log.error({ err: thrown }, 'request failed')
    app.errors(thrown, { requestId: request.id, method: request.method, route: request.routeOptions.url ?? '' })
  }
  return reply.code(status).send({ errors: errorsOf(problem) })
}
