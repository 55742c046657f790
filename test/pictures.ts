// Pictures to send, ways to send them, and a store that speaks S3.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import S3rver from 's3rver'
import sharp from 'sharp'
import type { App } from '../src/http/app.ts'
import { paths } from '../src/paths.ts'
import type { Person } from './cast.ts'
import { multipart } from './importing.ts'
import { freePort } from './tcp-server.ts'

type Kind = 'jpeg' | 'png' | 'webp'

let count = 0

/** No two are alike: stripes of colours, blue below. */
export function picture(width = 600, height = 400, kind: Kind = 'jpeg') {
  const tint = { r: (count += 7) % 256, g: (count * 3) % 256, b: 20 }
  const band = { create: { width, height: Math.max(1, height >> 1), channels: 3 as const, background: tint } }
  return sharp({ create: { width, height, channels: 3, background: { r: 0, g: 30, b: 200 + (count % 50) } } })
    .composite([{ input: band, top: 0, left: 0 }])
    .toFormat(kind)
}

/** A moving picture with a frame for each colour. */
export async function movingPicture(width: number, height: number, frames: number): Promise<Buffer> {
  const raw = Buffer.alloc(width * height * frames * 3)
  for (let at = 0; at < raw.length; at++) raw[at] = Math.floor(at / (width * height * 3)) * 23 + (at % 3) * 40
  const image = sharp(raw, { raw: { width, height: height * frames, channels: 3, pageHeight: height } })
  return await image.gif({ delay: Array<number>(frames).fill(80), loop: 0 }).toBuffer()
}

export type Added = { id: number; url: string; markdown: string; width: number; height: number; alt: string }
type Sending = { name?: string; fields?: Record<string, string>; path?: string; accept?: string }

export async function sendPicture(
  app: App,
  who: Person,
  content: Buffer | Buffer[],
  { name = 'cat.jpg', fields = {}, path = paths.admin.media(), accept = 'application/json' }: Sending = {},
): Promise<LightMyRequestResponse> {
  const parts = [content].flat().map((one, index) => ({
    name: 'file',
    filename: index === 0 ? name : `${index}-${name}`,
    content: one,
  }))
  const texts = Object.entries(fields).map(([field, text]) => ({ name: field, content: text }))
  const { type, body } = multipart([...texts, ...parts])
  const headers = { cookie: who.cookie, 'content-type': type, accept }
  return await app.inject({ method: 'POST', url: path, headers, payload: body })
}

export async function addPicture(app: App, who: Person, content?: Buffer, sending: Sending = {}): Promise<Added> {
  const response = await sendPicture(app, who, content ?? (await picture().toBuffer()), sending)
  assert.equal(response.statusCode, 201, response.body)
  return response.json()
}

/** The addresses of the files that an address in a text leads to. */
export async function fileBehind(who: Person, url: string): Promise<string> {
  const response = await who.get(url)
  assert.equal(response.statusCode, 302, response.body)
  return String(response.headers.location)
}

export type Bucket = { settings: Record<string, string>; stop: () => Promise<void>; start: () => Promise<void> }

export async function startBucket(): Promise<Bucket> {
  const directory = mkdtempSync(join(tmpdir(), 'bloggy-bucket-'))
  const port = await freePort()
  const newServer = () =>
    new S3rver({ address: '127.0.0.1', port, silent: true, directory, configureBuckets: [{ name: 'pictures' }] })
  let server: S3rver | undefined
  const start = async () => {
    server = newServer()
    await server.run()
  }
  const stop = async () => {
    await server?.close()
    server = undefined
  }
  after(async () => {
    await stop()
    rmSync(directory, { recursive: true, force: true })
  })
  await start()
  const settings = {
    MEDIA_S3_URL: `http://127.0.0.1:${port}/pictures`,
    MEDIA_S3_REGION: 'us-east-1',
    MEDIA_S3_ACCESS_KEY: 'S3RVER',
    MEDIA_S3_SECRET_KEY: 'S3RVER',
  }
  return { settings, start, stop }
}
