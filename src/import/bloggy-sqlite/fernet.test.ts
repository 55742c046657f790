// The first vectors are those of the specification: https://github.com/fernet/spec
import assert from 'node:assert/strict'
import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { FernetError, decryptFernet } from './fernet.ts'

const key = Buffer.from('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=', 'base64url')
const published = 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=='

describe('a Fernet token', () => {
  test('of the specification is read, with its padding or without, however old it is', () => {
    assert.equal(decryptFernet(published, key), 'hello')
    assert.equal(decryptFernet(published.replaceAll('=', ''), key), 'hello')
  })

  test('is read whatever its text is', () => {
    for (const text of ['', 'x', 'x'.repeat(15), 'x'.repeat(16), 'x'.repeat(5000), 'жетон 😀', '\ufeffmark', 'a\0b'])
      assert.equal(decryptFernet(encrypt(Buffer.from(text)), key), text)
  })

  test('of another key says so', () => {
    const other = randomBytes(32)
    assertReason('wrong key', published, other)
    // Either half of the key.
    assertReason('wrong key', published, Buffer.concat([other.subarray(0, 16), key.subarray(16)]))
    assertReason('damaged', encrypt(Buffer.from('hello'), { cipherKey: other.subarray(16) }))
  })

  test('with one bit changed is refused, wherever it is', () => {
    const bytes = Buffer.from(published, 'base64url')
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      assertReason(at === 0 ? 'damaged' : 'wrong key', changed.toString('base64url'))
    }
  })

  test('that is not whole, or none at all, is damaged', () => {
    const bytes = Buffer.from(published, 'base64url')
    for (const length of [0, 1, 9, 25, 56, 57, 72])
      assertReason('damaged', bytes.subarray(0, length).toString('base64url'))
    for (const text of [
      '',
      ' ',
      'ya29.a0AfH6SM',
      `${published} `,
      `${published}\n`,
      published.replace('_', '/'),
      '%%%%',
    ])
      assertReason('damaged', text)
    const whole = Buffer.concat([bytes, Buffer.alloc(1)])
    assertReason('damaged', whole.toString('base64url'))
  })

  test('that was signed and cannot be text is damaged', () => {
    assertReason('damaged', encrypt(Buffer.from([0xff, 0xfe, 0xfd])))
    // Padding of none, of too much and of different bytes.
    for (const padding of [0, 17, 255]) assertReason('damaged', encrypt(Buffer.alloc(16, padding), { isPadded: true }))
    assertReason('damaged', encrypt(Buffer.from([...Buffer.alloc(14), 1, 2]), { isPadded: true }))
  })

  test('and its key are in no message', () => {
    for (const [token, wrong] of [
      [published, randomBytes(32)],
      ['secret-token', key],
    ] as const) {
      assert.throws(
        () => decryptFernet(token, wrong),
        (error: Error) => ![token, key.toString('base64url')].some((secret) => String(error.stack).includes(secret)),
      )
    }
  })
})

function assertReason(reason: FernetError['reason'], token: string, with_key = key): void {
  assert.throws(
    () => decryptFernet(token, with_key),
    (error) => error instanceof FernetError && error.reason === reason,
    `${reason}: ${token}`,
  )
}

function encrypt(text: Buffer, { cipherKey = key.subarray(16), isPadded = false } = {}): string {
  const [head, iv] = [Buffer.from('800000000000000000', 'hex'), randomBytes(16)]
  const cipher = createCipheriv('aes-128-cbc', cipherKey, iv).setAutoPadding(!isPadded)
  const signed = Buffer.concat([head, iv, cipher.update(text), cipher.final()])
  const mac = createHmac('sha256', key.subarray(0, 16)).update(signed).digest()
  return Buffer.concat([signed, mac]).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}
