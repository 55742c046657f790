// What a tar file is made of, as POSIX has it (ustar), for files alone: a block that says what comes, then the file, filled
// up to whole blocks; two empty blocks are the end.
import { BackupDamaged } from './damage.ts'

export const blockBytes = 512
export const endOfTar = Buffer.alloc(2 * blockBytes)

/** The block before a file. */
export function headerOf(name: string, bytes: number, modifiedAt: Date): Buffer {
  const block = Buffer.alloc(blockBytes)
  if (Buffer.byteLength(name) > nameBytes) throw new Error(`${name} is too long a name.`)
  block.write(name, 0)
  writeOctal(block, 0o600, 100, 8)
  writeOctal(block, 0, 108, 8)
  writeOctal(block, 0, 116, 8)
  writeOctal(block, bytes, 124, 12)
  writeOctal(block, Math.floor(modifiedAt.getTime() / 1000), 136, 12)
  block.write('0', 156)
  block.write('ustar\x0000', 257, 'latin1')
  writeOctal(block, sumOf(block), 148, 7)
  block.write(' ', 155)
  return block
}

/** What the last block lacks. */
export function padding(bytes: number): Buffer {
  return Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes)
}

/** What comes behind this block; undefined behind an empty one. Throws BackupDamaged. */
export function readHeader(block: Buffer): { name: string; bytes: number } | undefined {
  if (block.equals(emptyBlock)) return undefined
  const isWhole = readOctal(block, 148, 8) === sumOf(block) && block.toString('latin1', 257, 262) === 'ustar'
  if (!isWhole || block[156] !== '0'.charCodeAt(0)) throw new BackupDamaged('a part begins with something else')
  const end = block.indexOf(0)
  return { name: block.toString('utf8', 0, Math.min(end, nameBytes)), bytes: readOctal(block, 124, 12) }
}

/** Of all bytes, with blanks where the sum itself stands. */
function sumOf(block: Buffer): number {
  let sum = 8 * 32
  for (const [at, byte] of block.entries()) if (at < 148 || at >= 156) sum += byte
  return sum
}

function writeOctal(block: Buffer, value: number, at: number, length: number): void {
  const digits = value.toString(8).padStart(length - 1, '0')
  if (digits.length >= length) throw new Error(`${value} has no place in a tar header.`)
  block.write(`${digits}\0`, at, 'latin1')
}

function readOctal(block: Buffer, at: number, length: number): number {
  const digits = /^[0-7]+/.exec(block.toString('latin1', at, at + length))?.[0]
  if (!digits) throw new BackupDamaged('a part does not say how long it is')
  return Number.parseInt(digits, 8)
}

const nameBytes = 100
const emptyBlock = Buffer.alloc(blockBytes)
