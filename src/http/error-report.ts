// Errors to Sentry, Bugsink or GlitchTip, as an envelope: https://develop.sentry.dev/sdk/data-model/envelopes/
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { FastifyBaseLogger } from 'fastify'

export type ErrorReporter = (error: Error, context?: { requestId?: string; method?: string; route?: string }) => void

const timeoutMs = 3000
// A storm of errors must not become a storm of reports.
const mostUnderWay = 5

/** Reports in the background and never fails. Without a DSN it does nothing. Bodies, cookies and addresses stay here. */
export function errorReporter(dsn: URL | undefined, environment: string, logger: FastifyBaseLogger): ErrorReporter {
  if (!dsn) return () => {}
  const project = dsn.pathname.slice(dsn.pathname.lastIndexOf('/') + 1)
  const prefix = dsn.pathname.slice(0, dsn.pathname.lastIndexOf('/'))
  const endpoint = `${dsn.protocol}//${dsn.host}${prefix}/api/${project}/envelope/`
  const authorisation = `Sentry sentry_version=7, sentry_key=${dsn.username}, sentry_client=bloggy/0.1`
  let underWay = 0
  return (error, context = {}) => {
    if (underWay >= mostUnderWay) return
    underWay++
    void fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-sentry-envelope', 'x-sentry-auth': authorisation },
      body: envelope(error, environment, context),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    })
      .then((response) => response.body?.cancel())
      .catch((reason: Error) => logger.warn({ reason: reason.message }, 'error report not delivered'))
      .finally(() => underWay--)
  }
}

function envelope(
  error: Error,
  environment: string,
  context: { requestId?: string; method?: string; route?: string },
): string {
  const id = randomUUID().replaceAll('-', '')
  const event = {
    event_id: id,
    timestamp: Date.now() / 1000,
    platform: 'node',
    level: 'error',
    environment,
    server_name: hostname(),
    release: 'bloggy@0.1.0',
    transaction: context.route && `${context.method} ${context.route}`,
    tags: context.requestId && { request_id: context.requestId },
    exception: {
      values: [{ type: error.name, value: error.message, stacktrace: { frames: frames(error.stack ?? '') } }],
    },
  }
  return `${JSON.stringify({ event_id: id })}\n${JSON.stringify({ type: 'event' })}\n${JSON.stringify(event)}\n`
}

function frames(stack: string) {
  const lines = stack.matchAll(/^ {4}at (?:(.+?) \()?(?:file:\/\/)?(.+?):(\d+):(\d+)\)?$/gm)
  return [...lines].toReversed().map(([, name, file, line, column]) => ({
    function: name ?? '<anonymous>',
    filename: file,
    lineno: Number(line),
    colno: Number(column),
    in_app: !file?.includes('node_modules') && !file?.startsWith('node:'),
  }))
}
