import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply } from 'fastify'
import type { Html } from '../html/jsx-runtime.ts'

const compress = promisify(gzip)
// Below this a packet is a packet.
const worthCompressing = 1400

/** Sends a whole page. Compresses it for those who ask. */
export function sendHtml(this: FastifyReply, view: Html): FastifyReply {
  const body = Buffer.from(`<!doctype html>${view.text}`)
  this.type('text/html; charset=utf-8').header('vary', 'accept-encoding, cookie')
  if (!this.hasHeader('cache-control')) this.header('cache-control', 'no-store')
  const accepted = this.request.headers['accept-encoding']
  if (!accepted?.includes('gzip') || body.length < worthCompressing) return this.send(body)
  void compress(body, { level: 5 }).then((small) => this.header('content-encoding', 'gzip').send(small))
  return this
}
