// Tokens as the older Bloggy encrypted them: https://github.com/fernet/spec
import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'

/** Its message holds neither token nor key. A token that was changed cannot be told from one of another key. */
export class FernetError extends Error {
  readonly reason: 'wrong key' | 'damaged'

  constructor(reason: 'wrong key' | 'damaged') {
    super(messages[reason])
    this.reason = reason
  }
}

const messages = {
  'wrong key': 'This token was encrypted with another key, or was changed since.',
  damaged: 'This is no encrypted token, or not all of it.',
}

// Version and time, initialisation vector, ciphertext in blocks, MAC.
const head = 9
const block = 16
const macLength = 32

/** The text of a token. Its age does not matter, as it did not to the older Bloggy. `key` has 32 bytes. */
export function decryptFernet(token: string, key: Buffer): string {
  const bytes = bytesOf(token)
  const signed = bytes.subarray(0, -macLength)
  const mac = createHmac('sha256', key.subarray(0, 16)).update(signed).digest()
  if (!timingSafeEqual(mac, bytes.subarray(-macLength))) throw new FernetError('wrong key')

  const decipher = createDecipheriv('aes-128-cbc', key.subarray(16), signed.subarray(head, head + block))
  try {
    const text = Buffer.concat([decipher.update(signed.subarray(head + block)), decipher.final()])
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)
  } catch {
    // Padding or text that nobody with the key would have written.
    throw new FernetError('damaged')
  }
}

function bytesOf(token: string): Buffer {
  const bytes = Buffer.from(/^[\w-]+={0,2}$/.test(token) ? token : '', 'base64url')
  const ciphertext = bytes.length - head - block - macLength
  if (bytes[0] !== 0x80 || ciphertext < block || ciphertext % block !== 0) throw new FernetError('damaged')
  return bytes
}
