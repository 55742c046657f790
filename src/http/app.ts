// The web application's frame: what every request passes through before a door opens.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { parse } from 'node:querystring'
import formbody from '@fastify/formbody'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, {
  LogController,
  errorCodes,
  type FastifyBaseLogger,
  type FastifyInstance,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify'
import type { Config } from '../config.ts'
import type { Db } from '../db/pool.ts'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { limitBodyTime, uploadMs } from './body-time.ts'
import { InOnePiece } from './in-one-piece.ts'
import type { PageKey } from './keeping.ts'
import { sendHtml } from './reply.ts'
import type { ErrorReporter } from './error-report.ts'
import { newAjv, whenAsked } from './validators.ts'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** Who is asking, once a session was read; the feature that signs people in fills it. */
export type Visitor = {
  id: number
  name: string
  slug: string
  email: string | null
  roles: ReadonlySet<string>
  permissions: ReadonlySet<string>
  /** With the account; who is so by an address learns it when they comment. */
  is_banned?: boolean
  /** A role of theirs asks for a second factor: its rights do not count before there is one. */
  lacksFactor?: boolean
}

export type Surroundings = {
  db: Db
  config: Config
  logger: FastifyBaseLogger
  errors: ErrorReporter
}

declare module 'fastify' {
  interface FastifyInstance {
    db: Db
    config: Config
    errors: ErrorReporter
  }
  interface FastifyRequest {
    visitor: Visitor | null
    /** What every page shows around its content. */
    page: Page
  }
  interface FastifyReply {
    html: (view: Html) => FastifyReply
  }
}

const smallBody = 64 * 1024
/** Everything is answered within ten seconds, and the answer takes a moment, too. */
const handlerTimeoutMs = 9500

export function newApp({ db, config, logger, errors }: Surroundings): App {
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    http: { ServerResponse: InOnePiece },
    genReqId: () => randomUUID(),
    bodyLimit: smallBody,
    trustProxy: config.trustedProxies ?? false,
    // Parameters have their limits in the schemas, so that a longer one is answered by a page.
    routerOptions: { maxParamLength: 65_536 },
    rewriteUrl: ({ url = '/' }) => readable(url),
    requestTimeout: uploadMs,
    // Longer than a statement may run: what is still silent then is a server that is frozen or cut off.
    handlerTimeout: handlerTimeoutMs,
    connectionTimeout: 0,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  }).withTypeProvider<TypeBoxTypeProvider>()
  const ajv = newAjv({ allErrors: true, useDefaults: true, addUsedSchema: false })
  app.setValidatorCompiler(({ schema }) => whenAsked(ajv, schema as object))
  app.server.headersTimeout = 10_000
  limitBodyTime(app)
  limitWrites(app)
  app.decorate('db', db)
  app.decorate('config', config)
  app.decorate('errors', errors)
  app.decorateRequest('visitor', null)
  app.decorateReply('html', sendHtml)
  app.decorate('pageKeeper', null)
  app.decorateReply('pageKeys', null)
  app.decorateReply('pageUntil', null)
  app.decorateReply('pageBlanks', null)
  app.decorateReply('keep', function keep(...keys: PageKey[]) {
    if (!this.request.visitor) this.pageKeys = keys
    return this
  })
  // Pages take forms only.
  app.removeAllContentTypeParsers()
  void app.register(formbody, { bodyLimit: smallBody, parser: parseForm })
  return app
}

/**
 * The limit of a handler once more for what has a body: when that is read, Node says "close" of the request, and Fastify
 * (5.12) ends its own limit as if the visitor had left. What was waited for before counts, as where a connection was short to count
 * the request; that a body is long on its way does not.
 */
function limitWrites(app: App): void {
  const begun = new WeakMap<IncomingMessage, number>()
  const spent = new WeakMap<IncomingMessage, number>()
  const sinceBegin = (raw: IncomingMessage) => performance.now() - (begun.get(raw) ?? performance.now())
  app.addHook('onRequest', ({ method, raw }, _, done) => {
    if (method !== 'GET') begun.set(raw, performance.now())
    done()
  })
  app.addHook('preParsing', ({ raw }, _, payload, done) => {
    if (begun.has(raw) && !raw.complete) spent.set(raw, sinceBegin(raw))
    done(null, payload)
  })
  app.addHook('preValidation', ({ method, raw, routeOptions }, reply, done) => {
    const { handlerTimeout = 0, url } = routeOptions
    if (handlerTimeout > 0 && method !== 'GET' && method !== 'HEAD') {
      const late = () => {
        if (!reply.sent) void reply.send(new errorCodes.FST_ERR_HANDLER_TIMEOUT(handlerTimeout, url))
      }
      const left = handlerTimeout - (spent.get(raw) ?? sinceBegin(raw))
      const timer = setTimeout(late, Math.max(1, left)).unref()
      reply.raw.once('close', () => clearTimeout(timer))
    }
    done()
  })
}

/** A path with broken percent-encoding is taken as it stands: a page says that it leads nowhere. */
function readable(url: string): string {
  const [path = '', ...rest] = url.split('?')
  if (!path.includes('%')) return url
  try {
    decodeURIComponent(path)
    return url
  } catch {
    return [path.replaceAll('%', '%25'), ...rest].join('?')
  }
}

// The list of posts has the most, one for each of its fifty and a few; the form of a post has seventeen. Taking apart a
// million takes seconds.
const mostFields = 100

function parseForm(text: string): Record<string, unknown> {
  let fields = 1
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) fields++
  if (fields > mostFields) throw Object.assign(new Error('Too many fields.'), { statusCode: 400 })
  // Browsers write a line break as two characters, scripts as one; kept is one.
  return parse(text.replace(/%0D%0A/gi, '%0A'))
}
