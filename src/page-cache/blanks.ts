// A page that has something of its own in each copy: what a form of strangers is known by. It is kept with blanks in those
// places, which are filled in at each answer; what lies between is compressed once.
import { promisify } from 'node:util'
import { constants, crc32, deflateRaw } from 'node:zlib'

export type Blanks = {
  /** What stands in them now. One that the page does not show makes no blank. */
  values: readonly string[]
  /** The same for another copy, in the same order. */
  make: () => readonly string[]
}

/** What lies between the blanks, and which of the values comes after each part but the last. */
export type Cut = { parts: Buffer[]; order: number[]; make: Blanks['make'] }

/** The parts are pieces of `body`, which is held once. */
export function cut(body: Buffer, { values, make }: Blanks): Cut {
  const sorted = values
    .flatMap((value, index) => placesOf(value, body).map((at) => ({ index, at, end: at + value.length })))
    .toSorted((one, other) => one.at - other.at)
  const starts = [0, ...sorted.map(({ end }) => end)]
  const parts = starts.map((start, index) => body.subarray(start, sorted[index]?.at))
  return { parts, order: sorted.map(({ index }) => index), make }
}

/** Values are of ASCII alone, a byte for each character. */
function placesOf(value: string, body: Buffer): number[] {
  const places: number[] = []
  for (let at = body.indexOf(value); at >= 0; at = body.indexOf(value, at + value.length)) places.push(at)
  return places
}

function newValues({ order, make }: Cut): Buffer[] {
  const values = make()
  return order.map((index) => Buffer.from(values[index] ?? ''))
}

export function fill(page: Cut): Buffer {
  const values = newValues(page)
  return Buffer.concat(page.parts.flatMap((part, index) => (values[index] ? [part, values[index]] : [part])))
}

/** Each ends at a whole byte and refers to nothing before it, so that anything may come in between. */
export async function deflateParts({ parts }: Cut): Promise<Buffer[]> {
  return await Promise.all(parts.map((part) => deflate(part, { level: 6, finishFlush: constants.Z_FULL_FLUSH })))
}

/** The whole as gzip (RFC 1952), with the values as they are, in blocks that are stored (RFC 1951, 3.2.4). */
export function fillDeflated(page: Cut, deflated: Buffer[]): Buffer {
  const values = newValues(page)
  const pieces: Buffer[] = [head]
  let sum = 0
  let length = 0
  for (const [index, part] of page.parts.entries()) {
    sum = crc32(part, sum)
    length += part.length
    pieces.push(deflated[index] ?? empty)
    const value = values[index]
    if (!value) continue
    sum = crc32(value, sum)
    length += value.length
    const block = Buffer.alloc(5)
    block.writeUInt16LE(value.length, 1)
    block.writeUInt16LE(value.length ^ 0xffff, 3)
    pieces.push(block, value)
  }
  const end = Buffer.from([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0])
  end.writeUInt32LE(sum, 5)
  end.writeUInt32LE(length, 9)
  pieces.push(end)
  return Buffer.concat(pieces)
}

const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
const empty = Buffer.alloc(0)
const deflate = promisify(deflateRaw)
