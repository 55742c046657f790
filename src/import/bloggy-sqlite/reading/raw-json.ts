// Values of SQLite as JSON that PostgreSQL takes and that leads back to the value.
import type { Raw } from './convert.ts'

export type Json =
  | string
  | number
  | null
  | { base64: string }
  | { integer: string }
  | { real: string }
  | { bytes: number }

// jsonb holds strings up to 256 MB.
const longestBytes = 32_000_000

/** Text, numbers and NULL as they are; bytes, what is not text to JSON, and numbers that JSON has not as an object. */
export function jsonOf(value: Raw): Json {
  if (value === null) return null
  if (typeof value === 'string') return isStorable(value) ? shortEnough(value) : bytesOf(Buffer.from(value))
  if (typeof value === 'bigint') return { integer: String(value) }
  if (typeof value === 'number') return Number.isFinite(value) ? value : { real: String(value) }
  return bytesOf(value)
}

function bytesOf(bytes: Uint8Array): Json {
  if (bytes.length > longestBytes) return { bytes: bytes.length }
  return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') }
}

function shortEnough(text: string): Json {
  return text.length > longestBytes ? { bytes: Buffer.byteLength(text) } : text
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
