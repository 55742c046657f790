// How tokens of other services are kept.
import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { decryptToken, encryptToken } from './token-encryption.ts'

const [key, older, stranger] = [randomBytes(32), randomBytes(32), randomBytes(32)] as const
const purpose = 'access token of 7'
const token = 'ya29.a0AfH6SMBx'

describe('a token of another service', () => {
  test('comes back as it was, whatever it is', () => {
    for (const text of ['', token, 'x'.repeat(5000), 'жетон 😀', 'a\0b'])
      assert.equal(decryptToken(encryptToken(text, purpose, [key]), purpose, [key]), text)
  })

  test('is AES-256-GCM with version, key and purpose bound to it', () => {
    const kept = encryptToken(token, purpose, [key])
    const [version, id, body = ''] = kept.split('.')
    assert.equal(version, 'v1')
    assert.equal(id, createHash('sha256').update(key).digest('hex').slice(0, 8))

    const bytes = Buffer.from(body, 'base64url')
    assert.equal(bytes.length, 12 + token.length + 16)
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
    decipher.setAAD(Buffer.from(`v1.${id}.${purpose}`)).setAuthTag(bytes.subarray(-16))
    assert.equal(decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8'), token)
  })

  test('that was encrypted elsewhere in this form is read', () => {
    const id = createHash('sha256').update(key).digest('hex').slice(0, 8)
    const nonce = Buffer.from('000102030405060708090a0b', 'hex')
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(`v1.${id}.${purpose}`))
    const body = Buffer.concat([nonce, cipher.update(token), cipher.final(), cipher.getAuthTag()])
    assert.equal(decryptToken(`v1.${id}.${body.toString('base64url')}`, purpose, [key]), token)
  })

  test('is kept differently each time, and never as it is', () => {
    const kept = Array.from({ length: 50 }, () => encryptToken(token, purpose, [key]))
    assert.equal(new Set(kept.map((text) => text.slice(0, 28))).size, 50)
    for (const text of kept) assert.ok(!text.includes(token))
  })

  test('is worth nothing for another purpose', () => {
    const kept = encryptToken(token, purpose, [key])
    for (const other of ['', 'access token of 8', 'refresh token of 7', `${purpose} `])
      assert.throws(() => decryptToken(kept, other, [key]), /was changed, or belongs to something else/)
  })

  test('with one bit changed is refused, wherever it is', () => {
    const [version, id, body = ''] = encryptToken(token, purpose, [key]).split('.')
    const bytes = Buffer.from(body, 'base64url')
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      const text = `${version}.${id}.${changed.toString('base64url')}`
      assert.throws(() => decryptToken(text, purpose, [key]), /was changed/)
    }
  })

  test('that is not whole, or none at all, is refused', () => {
    const kept = encryptToken('', purpose, [key])
    for (const text of ['', token, kept.slice(0, -2), kept.slice(1), kept.replace('v1', 'v2'), `${kept}=`, `${kept}\n`])
      assert.throws(() => decryptToken(text, purpose, [key]), /is no encrypted token, or not all of it/, text)
  })

  test('is in no message, and neither is a key', () => {
    const kept = encryptToken(token, purpose, [key])
    for (const [text, keys] of [
      [token, [key]],
      [kept, [stranger]],
      [`${kept.slice(0, -3)}AAA`, [key]],
    ] as const) {
      assert.throws(
        () => decryptToken(text, purpose, keys),
        (error: Error) =>
          ![token, kept, ...['hex', 'base64'].map((form) => key.toString(form as 'hex'))].some((secret) =>
            String(error.stack).includes(secret),
          ),
      )
    }
  })
})

describe('a new key', () => {
  test('before the old one encrypts, and both decrypt', () => {
    const before = encryptToken(token, purpose, [older])
    const after = encryptToken(token, purpose, [key, older])

    assert.equal(decryptToken(before, purpose, [key, older]), token)
    assert.equal(decryptToken(after, purpose, [key, older]), token)
    assert.equal(decryptToken(after, purpose, [key]), token)
    assert.throws(() => decryptToken(after, purpose, [older]), /lacks the key/)
  })

  test('alone says which one is missing', () => {
    const id = createHash('sha256').update(older).digest('hex').slice(0, 8)
    const kept = encryptToken(token, purpose, [older])
    assert.throws(() => decryptToken(kept, purpose, [key]), new RegExp(`OAUTH_TOKEN_KEY lacks the key ${id}`))
    assert.throws(() => decryptToken(kept, purpose, []), /lacks the key/)
  })
})

test('without a key no token is kept', () => {
  assert.throws(() => encryptToken(token, purpose, []), /OAUTH_TOKEN_KEY is not set/)
})
