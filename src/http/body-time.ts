import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { App } from './app.ts'

const bodyMs = 60_000

/** The longest that an upload may take. */
export const uploadMs = 6 * 3600 * 1000

/** How long a body may take to arrive. Node has one limit for all requests, and an upload may take hours. */
export function limitBodyTime(app: App): void {
  app.addHook('onRequest', ({ raw }, _, done) => {
    if (raw.headers['content-length'] || raw.headers['transfer-encoding']) {
      watch(
        raw,
        setTimeout(() => cut(raw), bodyMs),
      )
    }
    done()
  })
}

/** For a door that takes uploads, once it knows from whom: as long as something comes, it may go on. */
export function letBodyTakeLong({ raw }: FastifyRequest): void {
  let read = raw.socket.bytesRead
  watch(
    raw,
    setInterval(() => {
      if (raw.socket.bytesRead === read) cut(raw)
      read = raw.socket.bytesRead
    }, bodyMs),
  )
}

function watch(raw: IncomingMessage, timer: NodeJS.Timeout): void {
  clearTimeout(timers.get(raw))
  timers.set(raw, timer.unref())
  raw.once('close', () => clearTimeout(timer))
}

/** When it is here, the connection may serve another request already. */
function cut(raw: IncomingMessage): void {
  clearTimeout(timers.get(raw))
  if (!raw.complete) raw.destroy()
}

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>()
