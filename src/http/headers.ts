import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { App } from './app.ts'

/** What every answer says about how it may be used. */
export function headersOfAll({ config }: App): Record<string, string> {
  const isEncrypted = config.siteUrl.protocol === 'https:'
  return {
    'content-security-policy': policy(isEncrypted),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), interest-cohort=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(isEncrypted && { 'strict-transport-security': 'max-age=31536000' }),
  }
}

export function securityHeaders(app: App): void {
  const headers = headersOfAll(app)
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers).header('x-request-id', request.id)
    done()
  })
}

/** For a page of the admin that is better with a script of ours: files of public/, which may ask this blog. */
export function allowScripts(reply: FastifyReply): FastifyReply {
  const policy = String(reply.getHeader('content-security-policy'))
  return reply.header('content-security-policy', policy.replace(asking, `script-src 'self'; ${asking}`))
}

/** For a page with a frame that shows pages of this blog; the frame's own page has to let itself be framed. */
export function allowFrames(reply: FastifyReply): FastifyReply {
  return reply.header(
    'content-security-policy',
    `${String(reply.getHeader('content-security-policy'))}; frame-src 'self'`,
  )
}

/** For a page that a page of ours shows in a frame, with one style in it that is known by its hash. */
export function allowFraming(reply: FastifyReply, style?: string): FastifyReply {
  const policy = String(reply.getHeader('content-security-policy'))
  const hash = style === undefined ? '' : ` 'sha256-${createHash('sha256').update(style).digest('base64')}'`
  return reply.header(
    'content-security-policy',
    policy
      .replace("frame-ancestors 'none'", "frame-ancestors 'self'")
      .replace("style-src 'self'", `style-src 'self'${hash}`),
  )
}

// Without a script nothing asks; but tools that look at a page from inside, such as Lighthouse, read robots.txt so.
const asking = "connect-src 'self'"

/** Nothing inline, nothing from elsewhere but pictures; no script at all. */
function policy(isEncrypted: boolean): string {
  const rules = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' https:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return [...rules, ...(isEncrypted ? ['upgrade-insecure-requests'] : []), asking].join('; ')
}
