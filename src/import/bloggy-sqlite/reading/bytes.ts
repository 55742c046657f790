// Bytes to text by a stated rule, for what is not valid UTF-8.
import { isUtf8 } from 'node:buffer'

const windows1252 = new TextDecoder('windows-1252')
// The five bytes that Windows-1252 does not define; the decoder of the web makes control characters of them.
const undefinedBytes = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d])

/** Valid sequences stay as they are; every other byte is read as Windows-1252, the undefined ones as U+FFFD. */
export function decode(bytes: Uint8Array): { text: string; isUtf8: boolean } {
  if (isUtf8(bytes)) return { text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(), isUtf8: true }
  let text = ''
  let validFrom = 0
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at)
    if (length > 0) {
      at += length
      continue
    }
    text += Buffer.from(bytes.subarray(validFrom, at)).toString() + asWindows1252(bytes[at]!)
    at++
    validFrom = at
  }
  return { text: text + Buffer.from(bytes.subarray(validFrom)).toString(), isUtf8: false }
}

function asWindows1252(byte: number): string {
  return undefinedBytes.has(byte) ? '\uFFFD' : windows1252.decode(Uint8Array.of(byte))
}

/** The length of the valid UTF-8 sequence at this place, 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  return at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0
}
