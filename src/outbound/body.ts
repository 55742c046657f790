// The body of an answer, unpacked, and never more of it than was asked for.
import type { IncomingMessage } from 'node:http'
import { type Readable, type Transform, addAbortSignal, pipeline } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { refused } from './outbound-error.ts'

const unpackers: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/** Counts what was unpacked: a few kilobytes can hold gigabytes. */
export async function readBody(
  response: IncomingMessage,
  { maxBytes, mayCut = false }: { maxBytes: number; mayCut?: boolean },
  signal: AbortSignal,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of addAbortSignal(signal, unpacked(response))) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size <= maxBytes) continue
    if (!mayCut) throw refused(`It is larger than ${maxBytes} bytes.`)
    break
  }
  return Buffer.concat(chunks).subarray(0, maxBytes)
}

function unpacked(response: IncomingMessage): Readable {
  const coding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (coding === 'identity') return response
  const unpacker = unpackers[coding]?.()
  // Also two at once, which nobody needs.
  if (!unpacker) throw refused(`It is packed as "${coding.slice(0, 40)}".`)
  // The loop that reads it says the error.
  pipeline(response, unpacker, () => {})
  return unpacker
}
