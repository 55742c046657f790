// Takes an upload to disk as it comes: nothing of it is held in memory, and nothing stays when it breaks off.
import { createWriteStream } from 'node:fs'
import { mkdir, stat, statfs } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Multipart } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { letBodyTakeLong } from '../http/body-time.ts'
import { fingerprintOf } from './bloggy-sqlite/file/fingerprint.ts'
import { bytes } from './progress.ts'
import { type Task, type Upload, makePlace, removeUpload, tasks } from './uploads.ts'
import { text } from '../texts/texts.ts'

/** With the task that was chosen, so that the form can be shown again as it was. */
export type Refused = { status: number; message: string; task: string }
export type Taken = Omit<Upload, 'uploaded_by' | 'state' | 'message' | 'import_id'>

// What stands around the file in the request, and what the disk keeps for everybody else.
const frameBytes = 64 * 1024
const reserveBytes = 256 * 1024 * 1024

export async function receive(request: FastifyRequest, folder: string, maxBytes: number): Promise<Taken | Refused> {
  const refuse = (status: number, message: string, task = '') => ({ status, message, task })
  if (!request.isMultipart()) return refuse(422, text('imports.chooseFile'))
  letBodyTakeLong(request)
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > maxBytes + frameBytes) return refuse(413, tooLarge(maxBytes))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const free = await freeBytes(folder)
  if (announced + reserveBytes > free) return refuse(413, noRoom(free))

  let task = ''
  let place: Awaited<ReturnType<typeof makePlace>> | undefined
  let trouble: string | undefined
  let isTooLarge = false
  try {
    for await (const part of request.parts({ limits: { ...limits, fileSize: maxBytes } })) {
      if (part.type === 'field') {
        if (part.fieldname === 'task' && typeof part.value === 'string') task = part.value
      } else if (place || part.fieldname !== 'file') {
        part.file.resume()
        if (part.filename) trouble = place ? text('imports.oneFile') : text('imports.chooseFile')
      } else {
        place = await makePlace(folder, part.filename ?? '')
        await store(part, place.path)
        isTooLarge = part.file.truncated
      }
    }
    if (isTooLarge) return refuse(413, tooLarge(maxBytes), task)
    if (trouble) return refuse(422, trouble, task)
    const size = place ? (await stat(place.path)).size : 0
    if (!place || size === 0) return refuse(422, text('imports.fileIsEmpty'), task)
    if (!isTask(task)) return refuse(422, text('imports.chooseTask'), task)
    const taken = {
      token: place.token,
      file_name: place.name,
      bytes: size,
      fingerprint: await fingerprintOf(place.path),
      uploaded_at: new Date().toISOString(),
      task,
    }
    place = undefined
    return taken
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    if (code === 'ENOSPC' || code === 'EDQUOT') return refuse(413, noRoom(await freeBytes(folder)), task)
    // What the parser or the line says; anything else is ours.
    if (!isOfSender(error)) throw error
    return refuse(422, text('imports.brokenOff'), task)
  } finally {
    if (place) await removeUpload(folder, place.token)
    // What is not read would hold up the answer.
    request.raw.resume()
  }
}

const limits = { fieldNameSize: 100, fieldSize: 1000, fields: 10, files: 3, parts: 13, headerPairs: 50 }

async function store(part: Extract<Multipart, { type: 'file' }>, path: string): Promise<void> {
  await pipeline(part.file, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }))
}

function isTask(task: string): task is Task {
  return tasks.some((one) => one === task)
}

/** Errors of the file system have a number. */
function isOfSender(error: unknown): boolean {
  return error instanceof Error && !('errno' in error && 'syscall' in error && 'path' in error)
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

function tooLarge(maxBytes: number): string {
  return text('imports.tooLarge', { most: bytes(maxBytes) })
}

function noRoom(free: number): string {
  return text('imports.noRoom', { free: bytes(free) })
}
