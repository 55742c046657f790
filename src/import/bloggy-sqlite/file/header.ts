// The first bytes of a file: what it is before SQLite is asked.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import { RefusedFile, printable } from './refused-file.ts'

export type Header = {
  pageSize: number
  /** As the header counts them, which a -wal or a journal beside the file may correct. */
  pages: number
  isWal: boolean
  encoding: 'UTF-8' | 'UTF-16le' | 'UTF-16be'
}

const magic = 'SQLite format 3\0'
const headerBytes = 100

/** The path without links, as the files beside it carry its last name. Throws RefusedFile when it is no file. */
export async function realFile(path: string): Promise<string> {
  try {
    const real = await realpath(path)
    const facts = await stat(real)
    if (facts.isDirectory()) {
      throw new RefusedFile('not a file', `${printable(path)} is a folder. Name the SQLite file that lies in it.`)
    }
    if (!facts.isFile()) {
      throw new RefusedFile(
        'not a file',
        `${printable(path)} is no plain file. Copy the database to one and name that.`,
      )
    }
    return real
  } catch (error) {
    throw pathRefusal(path, error)
  }
}

/** Throws RefusedFile when the file is none that SQLite could read. */
export async function readHeader(path: string): Promise<Header> {
  const bytes = await firstBytes(path)
  if (bytes.length === 0) {
    throw new RefusedFile(
      'empty',
      `${printable(path)} is empty: it has no bytes. The old blog's data lies in another file, or in a backup.`,
    )
  }
  if (!bytes.toString('latin1').startsWith(magic)) throw stranger(path, bytes)
  if (bytes.length < headerBytes) {
    throw new RefusedFile(
      'truncated',
      `${printable(path)} begins like an SQLite file and ends after ${bytes.length} bytes. Take another copy of it.`,
    )
  }
  const stored = bytes.readUInt16BE(16)
  const pageSize = stored === 1 ? 65_536 : stored
  const [writes, reads] = [bytes[18] ?? 0, bytes[19] ?? 0]
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0 || reads > 2) {
    throw new RefusedFile(
      'unknown format',
      `${printable(path)} begins like an SQLite file, but no SQLite known here wrote the rest of its first page: ` +
        'it is damaged, or encrypted with its first words left readable. Take another copy, or decrypt it first.',
    )
  }
  const encodings = { 2: 'UTF-16le', 3: 'UTF-16be' } as const
  const encoding = encodings[bytes.readUInt32BE(56) as 2 | 3] ?? 'UTF-8'
  return { pageSize, pages: bytes.readUInt32BE(28), isWal: writes === 2 || reads === 2, encoding }
}

/** How many pages the header counts, and how many the file holds. */
export function countPages(path: string): { counted: number; there: number } {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const bytes = Buffer.alloc(headerBytes)
    readSync(file, bytes, 0, headerBytes, 0)
    // 65 536 does not fit and is written as 1.
    const stored = bytes.readUInt16BE(16)
    const pageSize = stored === 1 ? 65_536 : stored || 1
    return { counted: bytes.readUInt32BE(28), there: Math.floor(fstatSync(file).size / pageSize) }
  } finally {
    closeSync(file)
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  try {
    // Without waiting for somebody to write, should it have become a pipe.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(4096), position: 0 })
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw pathRefusal(path, error)
  }
}

function stranger(path: string, bytes: Buffer): RefusedFile {
  const name = printable(path)
  const text = asText(bytes)
  if (text !== undefined && /^\s*(--|pragma|begin|create|insert)\b/i.test(text)) {
    return new RefusedFile(
      'dump',
      `${name} is SQL text, not a database. Make a database of it first: sqlite3 blog.db < ${shellWord(path)}`,
    )
  }
  if (text !== undefined) {
    return new RefusedFile('text', `${name} is a text file, not an SQLite database. Name the .db file of the old blog.`)
  }
  const known = formats.find(([start]) => bytes.toString('latin1').startsWith(start))?.[1]
  if (known) {
    return new RefusedFile('not SQLite', `${name} is ${known}, not an SQLite database. Unpack or convert it first.`)
  }
  return new RefusedFile(
    'not SQLite',
    `${name} does not begin like an SQLite database. It is another kind of file, or it is encrypted: ` +
      'if so, write a decrypted copy with the program that has its key.',
  )
}

const formats: [start: string, name: string][] = [
  ['\x1f\x8b', 'packed with gzip'],
  ['PK\x03\x04', 'a ZIP archive'],
  ['BZh', 'packed with bzip2'],
  ['\xfd7zXZ', 'packed with xz'],
  ['\x28\xb5\x2f\xfd', 'packed with zstd'],
  ['PGDMP', 'a dump of PostgreSQL'],
  ['\xd9\xd5\x05\xf9\x20\xa1\x63\xd7', 'the rollback journal of a database'],
  ['\x37\x7f\x06\x82', 'the -wal of a database'],
  ['\x37\x7f\x06\x83', 'the -wal of a database'],
  ['** This file contains an SQLite 2', 'a database of SQLite 2'],
]

/** The text of the bytes, or undefined when they hold anything but text. */
function asText(bytes: Buffer): string | undefined {
  for (const encoding of bytes[0] === 0xff || bytes[0] === 0xfe ? ['utf-16le', 'utf-16be'] : ['utf-8']) {
    try {
      // The last character may be cut in two.
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true })
      // oxlint-disable-next-line no-control-regex -- what no text has is what is looked for
      if (!/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text)) return text
    } catch {}
  }
  return undefined
}

function pathRefusal(path: string, error: unknown): unknown {
  const name = printable(path)
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new RefusedFile('absent', `There is no file ${name}. Look at the spelling and the folder.`)
  }
  if (code === 'ELOOP')
    return new RefusedFile('absent', `${name} is a link that leads to itself. Name the file itself.`)
  if (code === 'EACCES' || code === 'EPERM') {
    return new RefusedFile(
      'not readable',
      `${name} may not be read by this user. Run the import as the user whose file it is, or copy the file.`,
    )
  }
  return error
}

function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : 'FILE'
}
