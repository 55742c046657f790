// Tokens as Emmett kept them: Fernet, with a moment and a nonce that the caller chooses, so that a file is always the same.
import { createCipheriv, createHash, createHmac } from 'node:crypto'

/** The key the old blog had: 16 bytes that sign, 16 that encrypt. */
export const fernetKey = Buffer.from('bloggy-test-signbloggy-test-hide').toString('base64url') + '='

export function encryptFernet(text: string, key = fernetKey, seconds = 1_760_277_802): string {
  const bytes = Buffer.from(key, 'base64url')
  const start = Buffer.alloc(9)
  start[0] = 0x80
  start.writeBigUInt64BE(BigInt(seconds), 1)
  const iv = createHash('sha256').update(text).digest().subarray(0, 16)
  const cipher = createCipheriv('aes-128-cbc', bytes.subarray(16, 32), iv)
  const body = Buffer.concat([start, iv, cipher.update(text, 'utf8'), cipher.final()])
  const signature = createHmac('sha256', bytes.subarray(0, 16)).update(body).digest()
  return withPadding(Buffer.concat([body, signature]).toString('base64url'))
}

function withPadding(base64: string): string {
  return base64 + '='.repeat((4 - (base64.length % 4)) % 4)
}
