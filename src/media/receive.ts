// Takes pictures to disk as they come: nothing of them is held in memory, and nothing stays when the line breaks off.
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { FastifyRequest } from 'fastify'
import { letBodyTakeLong } from '../http/body-time.ts'
import { altTrouble, mostFilesAtOnce, nameOf } from './media.ts'
import type { Sent } from './upload.ts'
import { text } from '../texts/texts.ts'

export type Refused = { status: number; message: string; field?: 'file' | 'alt' }
type Received = { files: Sent[]; tooLarge: Sent[]; fields: Record<string, string> }

// What stands around a file in the request, and what the disk keeps for everybody else.
const frameBytes = 64 * 1024
const reserveBytes = 256 * 1024 * 1024
const brokenOffMs = 3600 * 1000

/** Hands what came to `work`, and takes it from the disk afterwards. */
export async function receive<T>(
  request: FastifyRequest,
  { folder, maxMb, mostFiles = mostFilesAtOnce }: { folder: string; maxMb: number; mostFiles?: number },
  work: (received: Received) => Promise<T>,
): Promise<T | Refused> {
  const maxBytes = maxMb * 1_000_000
  if (!request.isMultipart()) return { status: 422, message: text('media.choose'), field: 'file' }
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > mostFiles * maxBytes + frameBytes) return { status: 413, message: tooLarge(maxMb), field: 'file' }
  letBodyTakeLong(request)
  const place = join(folder, randomBytes(12).toString('hex'))
  try {
    await makeFolder(place)
    const { bavail, bsize } = await statfs(place)
    if (announced + reserveBytes > bavail * bsize) return { status: 507, message: text('media.noRoom') }
    const received = await read(request, place, maxBytes, mostFiles)
    return 'status' in received ? received : await work(received)
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    if (['ENOSPC', 'EDQUOT', 'EROFS'].includes(code)) return { status: 507, message: text('media.noRoom') }
    throw error
  } finally {
    await rm(place, { recursive: true, force: true })
    // What is not read would hold up the answer.
    request.raw.resume()
  }
}

/** Made with all above it at once, Node 24 says of a disk that may not be written to that there is no such folder. */
async function makeFolder(place: string): Promise<void> {
  await mkdir(place, { mode: 0o700 }).catch(async (error: { code?: string }) => {
    if (error.code !== 'ENOENT') throw error
    await mkdir(place, { recursive: true, mode: 0o700 })
  })
}

async function read(
  request: FastifyRequest,
  place: string,
  maxBytes: number,
  mostFiles: number,
): Promise<Received | Refused> {
  const received: Received = { files: [], tooLarge: [], fields: {} }
  const refuse = (message: string, field: 'file' | 'alt' = 'file'): Refused => ({ status: 422, message, field })
  try {
    for await (const part of request.parts({ limits: { ...limits, files: mostFiles, fileSize: maxBytes } })) {
      if (part.type === 'field') {
        if (typeof part.value === 'string') received.fields[part.fieldname] = part.value
      } else if (part.fieldname !== 'file') {
        part.file.resume()
      } else {
        const sent = {
          path: join(place, `sent-${received.files.length + received.tooLarge.length}`),
          name: nameOf(part.filename),
        }
        await pipeline(part.file, createWriteStream(sent.path, { flags: 'wx', mode: 0o600 }))
        if (part.file.truncated) {
          received.tooLarge.push(sent)
          await rm(sent.path)
        } else if ((await stat(sent.path)).size > 0 || part.filename) {
          received.files.push(sent)
        }
      }
    }
  } catch (error) {
    if (isOurs(error)) throw error
    const isMany = (error as { code?: string }).code === 'FST_FILES_LIMIT'
    return refuse(isMany ? text('media.tooMany', { most: mostFiles }) : text('media.brokenOff'))
  }
  if (received.files.length + received.tooLarge.length === 0) return refuse(text('media.choose'))
  const trouble = altTrouble(received.fields.alt ?? '')
  return trouble ? refuse(trouble, 'alt') : received
}

const limits = { fieldNameSize: 100, fieldSize: 8000, fields: 10, parts: 40, headerPairs: 50 }

/** Errors of the file system have a number; what the parser or the line says is the sender's. */
function isOurs(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && 'syscall' in error && 'path' in error
}

/** What a server that was killed left. */
export async function removeBrokenOff(folder: string, now = Date.now()): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (found && now - found.mtimeMs > brokenOffMs) await rm(path, { recursive: true, force: true })
  }
}

export function tooLarge(maxMb: number): string {
  return text('media.tooLarge', { megabytes: maxMb })
}
