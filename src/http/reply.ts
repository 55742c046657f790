import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply } from 'fastify'
import type { Html } from '../html/jsx-runtime.ts'

const compress = promisify(gzip)
// Below this a packet is a packet.
const worthCompressing = 1400

const htmlHeaders = { 'content-type': 'text/html; charset=utf-8', vary: 'accept-encoding, cookie' }

/** Sends a whole page. Compresses it for those who ask. */
export function sendHtml(this: FastifyReply, view: Html): FastifyReply {
  const text = `<!doctype html>${view.text}`
  this.headers(htmlHeaders)
  if (!this.hasHeader('cache-control')) this.header('cache-control', 'no-store')
  if (text.length < worthCompressing || !this.request.headers['accept-encoding']?.includes('gzip'))
    return this.send(text)
  void compress(text, { level: 5 }).then((small) => this.header('content-encoding', 'gzip').send(small))
  return this
}
