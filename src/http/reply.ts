import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply } from 'fastify'
import type { Html } from '../html/jsx-runtime.ts'
import { bytesOf } from './in-one-piece.ts'
import { isBeingKept } from './keeping.ts'
import { formsTaken } from './negotiation.ts'

const compress = promisify(gzip)
// Below this a packet is a packet.
const worthCompressing = 1400

/** Sends a whole page. */
export function sendHtml(this: FastifyReply, view: Html): FastifyReply {
  if (!this.hasHeader('cache-control')) this.header('cache-control', 'no-store')
  this.header('vary', 'accept-encoding, cookie')
  return sendText(this, `<!doctype html>${view.text}`, 'text/html')
}

/** Compressed for those who ask. */
export function sendText(reply: FastifyReply, text: string, type: string): FastifyReply {
  reply.header('content-type', `${type}; charset=utf-8`)
  if (!reply.hasHeader('vary')) reply.header('vary', 'accept-encoding')
  // Where nothing is said, a shared cache chooses how long.
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'public, no-cache')
  if (isBeingKept(reply) && reply.server.pageKeeper?.keep(reply, text)) return reply.code(304).send()
  if (text.length < worthCompressing || !formsTaken(reply.request.headers['accept-encoding']).includes('gzip'))
    return reply.send(bytesOf(text))
  void compress(text, { level: 5 }).then((small) => reply.header('content-encoding', 'gzip').send(small))
  return reply
}
