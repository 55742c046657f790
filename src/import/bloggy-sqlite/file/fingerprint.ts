import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/** Of the whole content, without the counters that SQLite changes in a copy. */
export async function fingerprintOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(1 << 20)
  await using file = await open(path)
  for (let isFirst = true; ; isFirst = false) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
    if (bytesRead === 0) return hash.digest('hex')
    if (isFirst) {
      buffer.fill(0, 24, 44)
      buffer.fill(0, 92, 100)
    }
    hash.update(buffer.subarray(0, bytesRead))
  }
}
