import { Writable } from 'node:stream'
import type { FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import type { Config } from '../config.ts'
import type { App } from './app.ts'
import { newLines } from './lines.ts'

/** Beyond it, what nobody reads is dropped, so that a log that stands still does not fill the memory. */
const mostUnwritten = 16 * 1024 * 1024

/**
 * JSON lines on standard output, several in one write, a tenth of a second late at most; short text on a terminal.
 * What is not written yet is written when the process ends, unless it is killed.
 */
export function newLogger(config: Config, isOneOfMany = false): FastifyBaseLogger {
  const isText = config.logFormat === 'text' || (config.logFormat === 'auto' && process.stdout.isTTY)
  return pino(
    {
      level: config.logLevel,
      base: isOneOfMany ? { process: process.pid } : undefined,
      timestamp: isoTime,
    },
    isText ? textStream() : newLines(isOneOfMany ? longestPiece : longestChunk, mostUnwritten),
  )
}

/** What Docker reads at once. */
const longestChunk = 16_384
/** A pipe takes so many bytes at once, without anything of another process in between. */
const longestPiece = 4096

let timeMs = 0
let time = ''

/** Lines of one millisecond share its text. */
function isoTime(): string {
  const now = Date.now()
  if (now !== timeMs) {
    timeMs = now
    time = `,"time":"${new Date(now).toISOString()}"`
  }
  return time
}

/** One line a request, when its answer is on the way. Addresses that hold a token are logged as their pattern. */
export function logRequests(app: App): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url
    const path = route?.includes(':token') || route?.includes(':key') ? route : withoutTokens(request.url)
    request.log.info(
      {
        method: request.method,
        path: path?.slice(0, 500),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        visitor: request.visitor?.id,
      },
      'request',
    )
    done()
  })
}

/** A mistyped link still holds its token. */
function withoutTokens(url: string): string | undefined {
  return url
    .split('?', 1)[0]
    ?.replace(/\/(confirm|setup|unsubscribe|reset|email_verification|password_reset)\/[^/]+/g, '/$1/…')
}

function textStream(): Writable {
  return new Writable({
    write(chunk: Buffer, _, done) {
      process.stdout.write(`${textLine(JSON.parse(chunk.toString()))}\n`, () => done())
    },
  })
}

type Line = {
  time: string
  level: number
  msg: string
  method?: string
  path?: string
  status?: number
  ms?: number
  err?: { stack?: string }
}

function textLine({ time, level, msg, method, path, status, ms, err, ...rest }: Line): string {
  const clock = new Date(time).toTimeString().slice(0, 8)
  if (method) return `${clock}  ${status}  ${method} ${path}  ${ms} ms`
  const { reqId: _, ...more } = rest as Record<string, unknown>
  const details = Object.keys(more).length > 0 ? ` ${JSON.stringify(more)}` : ''
  const name = level >= 50 ? 'error: ' : level >= 40 ? 'warning: ' : ''
  return `${clock}  ${name}${msg}${details}${err?.stack ? `\n${err.stack}` : ''}`
}
