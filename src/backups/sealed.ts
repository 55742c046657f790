// A stream behind a passphrase: AES-256-GCM in chunks, each bound to its place, the last one marked as such (the STREAM
// construction of Hoang, Reyhanitabar, Rogaway and Vizár). The key comes from the passphrase by scrypt, for each file anew.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { BackupDamaged, WrongPassphrase } from './damage.ts'
import { type Bytes, Taker, inPieces } from './pieces.ts'

/** The first bytes of a sealed file, then the salt, then what tells a wrong passphrase from damage. */
export const sealedMagic = Buffer.from('BLOGGY-SEALED-1\n', 'latin1')

/** The work of it is what makes guessing slow; tests of the rest may do less. */
type KeysOf = (passphrase: string, salt: Buffer) => Promise<{ key: Buffer; check: Buffer }>

export async function* seal(parts: Bytes, passphrase: string, keysOf: KeysOf = byScrypt): AsyncGenerator<Buffer> {
  const salt = randomBytes(saltBytes)
  const { key, check } = await keysOf(passphrase, salt)
  const header = Buffer.concat([sealedMagic, salt, check])
  yield header
  let number = 0
  let waiting: Buffer | undefined
  const closed = (chunk: Buffer, isLast: boolean): Buffer => {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number++, isLast)).setAAD(header)
    return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()])
  }
  for await (const chunk of inPieces(parts, chunkBytes)) {
    if (waiting) yield closed(waiting, false)
    waiting = chunk
  }
  // There is always a last one, if it is empty.
  yield closed(waiting ?? Buffer.alloc(0), true)
}

/** Nothing comes out that was not checked. Throws WrongPassphrase and BackupDamaged. */
export async function* unseal(parts: Bytes, passphrase: string, keysOf: KeysOf = byScrypt): AsyncGenerator<Buffer> {
  const taker = new Taker(parts)
  try {
    const header = await taker.exactly(sealedMagic.length + saltBytes + checkBytes)
    const salt = header.subarray(sealedMagic.length, sealedMagic.length + saltBytes)
    const { key, check } = await keysOf(passphrase, salt)
    if (!timingSafeEqual(check, header.subarray(-checkBytes)))
      throw new WrongPassphrase('The passphrase is not the one of this backup.')
    let next = await taker.upTo(chunkBytes + tagBytes)
    for (let number = 0; ; number++) {
      const sealed = next
      next = await taker.upTo(chunkBytes + tagBytes)
      const isLast = next.length === 0
      yield opened(sealed, key, nonceOf(number, isLast), header)
      if (isLast) return
    }
  } finally {
    await taker.close()
  }
}

function opened(sealed: Buffer, key: Buffer, nonce: Buffer, header: Buffer): Buffer {
  if (sealed.length < tagBytes) throw new BackupDamaged('it ends too early')
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(header)
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()])
  } catch (error) {
    throw new BackupDamaged('an encrypted part was changed, or it ends too early', error)
  }
}

/** A chunk that changed its place, or is not the last where the file ends, has another nonce and does not open. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(number), 3)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

const byScrypt: KeysOf = async (passphrase, salt) => {
  const secret = await derive(passphrase.normalize('NFC'), salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 160 << 20 })
  const part = (name: string, length: number) => Buffer.from(hkdfSync('sha256', secret, salt, name, length))
  return { key: part('bloggy backup, content', 32), check: part('bloggy backup, check', checkBytes) }
}

const derive = promisify(scrypt) as (
  passphrase: string,
  salt: Buffer,
  length: number,
  options: object,
) => Promise<Buffer>

export const chunkBytes = 65_536
const saltBytes = 32
const checkBytes = 16
const tagBytes = 16
