// Hashes of the older Bloggy. What is expected is worked out here from RFC 2104 and RFC 8018 with digests alone, or
// taken from published vectors.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { kindOfStoredPassword, matchesLegacyHash, readLegacyHash } from './legacy.ts'
import { verifyPassword } from './password.ts'

const key = 'november.5.1955'
const password = 'fluxcapacitor'
const salt = 'a616e5f7f7c1fdd6'
const digests = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']

describe('a hash of the older Bloggy', () => {
  test('that it really wrote opens for its password alone', async () => {
    const stored = `pbkdf2(2000,20,sha512)$${salt}$f522c1d56b67a75deb58f510b6dd660fcb61f210`
    await opensOnlyFor(password, stored)
    assert.equal(await verifyPassword(password, stored, key), true)
    assert.equal(await verifyPassword(`${password} `, stored, key), false)
  })

  test('with the digests of PBKDF2, iterations and lengths of any kind opens', async () => {
    for (const digest of ['sha1', 'sha256', 'sha384', 'sha512']) {
      for (const [iterations, length] of [
        [1, 20],
        [1000, 20],
        [3, 128],
        [2, 1],
      ] as const) {
        const hex = pbkdf2(digest, password, salt, iterations, length).toString('hex')
        const stored = `pbkdf2(${iterations},${length},${digest})$${salt}$${hex}`
        assert.equal(await opens(password, stored, key), true, stored)
        // One byte may be that of another password, too.
        if (length > 1) await opensOnlyFor(password, stored)
      }
    }
  })

  test('is PBKDF2 as RFC 6070 has it', async () => {
    const stored = 'pbkdf2(4096,20,sha1)$salt$4b007901b765489abead49d926f721d065a429c1'
    await opensOnlyFor('password', stored)
  })

  test('in Python’s spelling of bytes opens', async () => {
    await opensOnlyFor(password, `pbkdf2(2000,20,sha512)$${salt}$b'f522c1d56b67a75deb58f510b6dd660fcb61f210'`)
  })

  for (const digest of digests) {
    test(`with ${digest} opens: salted or bare, with the key or without`, async () => {
      const forms = [
        `${digest}$${salt}$${hmac(digest, key + salt, password).toString('hex')}`,
        `${digest}$${salt}$${hash(digest, password + salt).toString('hex')}`,
        `${digest}$$${hmac(digest, key, password).toString('hex')}`,
        hmac(digest, key, password).toString('hex'),
        hash(digest, password).toString('hex'),
      ]
      for (const stored of forms) await opensOnlyFor(password, stored)
      assert.equal(new Set(forms).size, forms.length)
    })
  }

  test('is HMAC as the published vectors have it, its key followed by the salt', async () => {
    const fox = 'The quick brown fox jumps over the lazy dog'
    const [one, other] = ['k', 'ey']
    const vectors = {
      md5: '80070713463e7749b90c2dc24911e275',
      sha1: 'de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9',
      sha256: 'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8',
    }
    for (const [digest, hex] of Object.entries(vectors)) {
      assert.equal(await opens(fox, `${digest}$${other}$${hex}`, one), true, digest)
      assert.equal(await opens(fox, hex, 'key'), true, digest)
      assert.equal(await opens(fox, `${digest}$${other}$${hex}`, key), false, digest)
    }
    assert.equal(await opens('password', '5f4dcc3b5aa765d61d8327deb882cf99', key), true)
  })

  test('of PBKDF2 does not depend on the key', async () => {
    const stored = `pbkdf2(2000,20,sha512)$${salt}$f522c1d56b67a75deb58f510b6dd660fcb61f210`
    assert.equal(await opens(password, stored, 'another'), true)
  })

  test('counts every character of password and salt, as UTF-8', async () => {
    for (const [word, grains] of [
      ['пароль', 'соль'],
      ['😀😀😀😀😀😀', ''],
      ['x'.repeat(1024), 'y'.repeat(200)],
      [' blank ', ' '],
    ] as const) {
      await opensOnlyFor(word, `sha256$${grains}$${hmac('sha256', key + grains, word).toString('hex')}`)
      const hex = pbkdf2('sha512', word, grains, 2, 20).toString('hex')
      await opensOnlyFor(word, `pbkdf2(2,20,sha512)$${grains}$${hex}`)
    }
  })
})

// Right but for one thing: the hash fits what is asked for.
const tooMuch = [
  `pbkdf2(0,20,sha512)$${salt}$${'ab'.repeat(20)}`,
  `pbkdf2(1000001,20,sha512)$${salt}$${'ab'.repeat(20)}`,
  `pbkdf2(99999999999999999999,20,sha512)$${salt}$${'ab'.repeat(20)}`,
  `pbkdf2(1,0,sha512)$${salt}$`,
  `pbkdf2(1,129,sha512)$${salt}$${'ab'.repeat(129)}`,
  `pbkdf2(1,99999999,sha512)$${salt}$ab`,
  `pbkdf2(-1,20,sha512)$${salt}$${'ab'.repeat(20)}`,
  `pbkdf2(1e3,20,sha512)$${salt}$${'ab'.repeat(20)}`,
  `pbkdf2(2,20,md5)$${salt}$${pbkdf2('md5', password, salt, 2, 20).toString('hex')}`,
  `pbkdf2(2,20,whirlpool)$${salt}$${'ab'.repeat(20)}`,
  `pbkdf2(2,20,sha512)$${salt}$${pbkdf2('sha512', password, salt, 2, 19).toString('hex')}`,
  `pbkdf2(2,20,sha512)$${salt}$b'${pbkdf2('sha512', password, salt, 2, 20).toString('hex')}`,
  `pbkdf2(2,20,sha512)$${'y'.repeat(2000)}$${pbkdf2('sha512', password, 'y'.repeat(2000), 2, 20).toString('hex')}`,
  `sha512$${salt}$${hash('sha512', password + salt)
    .toString('hex')
    .slice(2)}`,
  `sha256$${salt}$${hash('sha512', password + salt).toString('hex')}`,
  `sha256$${salt}$`,
  `sha3-256$${salt}$${hash('sha3-256', password + salt).toString('hex')}`,
  `ripemd160$${salt}$${'ab'.repeat(20)}`,
]
const foreign = [
  '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
  `$argon2i$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
  `$argon2id$v=19$m=9999999,t=99,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
  '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
  'scrypt:32768:8:1$salt$abcdef0123456789',
  'pbkdf2:sha256:600000$salt$abcdef0123456789',
  'pbkdf2_sha256$600000$salt$m0rGYmVuD2Rv3wQeKVkOVw==',
  '$6$salt$IxDD3jeSOb5eB1CX5LBsqZFVkJdido3OUILO5Ifz5iwMuTS4XMS130MTSuDDl3aCI6WouIL9AjRbLCelDCy.g.',
  '$1$salt$qJH7.N4xYta3aEG/dfqo/0',
]
const damaged = [
  '5F4DCC3B5AA765D61D8327DEB882CF99',
  '0x5f4dcc3b5aa765d61d8327deb882cf99',
  '5f4dcc3b5aa765d61d8327deb882cf99ab',
  '{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3',
  '$2b$12$R9h',
  'pbkdf2(2000,20',
]
const clear = [
  'password',
  'password123',
  'x',
  '',
  '$',
  '$$',
  '$100$ for coffee',
  'cash$and$carry',
  'deadbeef',
  'a'.repeat(31),
  '$1$million',
  '{braces}',
  'пароль',
  '0x' + 'ab'.repeat(15) + 'zz',
]

describe('what is kept as a password', () => {
  test('opens for nobody when it is a hash of another kind or asks for too much, and is quick to say so', async () => {
    for (const stored of [...tooMuch, ...foreign, ...damaged]) {
      // What asks for too much would take minutes, which the limit of the test does not give.
      assert.equal(await verifyPassword(password, stored, key), false, stored)
    }
  })

  test('opens for nobody when it is the password itself', async () => {
    for (const stored of clear) assert.equal(await verifyPassword(stored, stored, key), false, stored)
  })

  test('does not stop the others when it asks for all that is allowed', async () => {
    const hex = 'ab'.repeat(128)
    const slow = verifyPassword(password, `pbkdf2(1000000,128,sha512)$${salt}$${hex}`, key)
    let turns = 0
    const clock = setInterval(() => turns++, 5)
    assert.equal(await slow, false)
    clearInterval(clock)
    assert.ok(turns > 10, `${turns} turns of the event loop`)
  })

  test('is told apart', () => {
    const kinds = (list: string[]) => list.map((stored) => kindOfStoredPassword(stored))
    const legacy = [
      `pbkdf2(2000,20,sha512)$${salt}$f522c1d56b67a75deb58f510b6dd660fcb61f210`,
      `pbkdf2(1000,20,sha512)$${salt}$b'f522c1d56b67a75deb58f510b6dd660fcb61f210'`,
      ...digests.flatMap((digest) => {
        const hex = hash(digest, password).toString('hex')
        return [hex, `${digest}$${salt}$${hex}`, `${digest.toUpperCase()}$$${hex}`]
      }),
    ]
    const ours = [`$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`]
    assert.deepEqual(new Set(kinds(legacy)), new Set(['legacy']))
    assert.deepEqual(kinds(ours), ['argon2id'])
    for (const stored of [...tooMuch, ...foreign, ...damaged])
      assert.equal(kindOfStoredPassword(stored), 'unverifiable', stored)
    for (const stored of clear) assert.equal(kindOfStoredPassword(stored), 'clear', stored)
  })

  test('is told apart at once, however long it is', () => {
    const begun = performance.now()
    for (const unit of ['$', 'a', 'ab$', 'pbkdf2(', 'a$b', 'sha1$', 'f', '(1,1,sha1)$', '$1$', '{a}', 'a '])
      kindOfStoredPassword(unit.repeat(200_000))
    // A pattern that goes back and forth would take hours.
    assert.ok(performance.now() - begun < 20_000)
  })
})

/** Without the work that only takes time. */
async function opens(password: string, stored: string, key: string): Promise<boolean> {
  const legacy = readLegacyHash(stored)
  return legacy !== undefined && (await matchesLegacyHash(password, legacy, key))
}

async function opensOnlyFor(right: string, stored: string): Promise<void> {
  assert.equal(await opens(right, stored, key), true, stored)
  for (const wrong of ['', `${right} `, ` ${right}`, right.slice(1), right.slice(0, -1), `${right}${right}`, stored])
    assert.equal(await opens(wrong, stored, key), false, `${wrong} opens ${stored}`)
}

function hash(digest: string, ...parts: (string | Buffer)[]): Buffer {
  return createHash(digest)
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest()
}

/** RFC 2104. */
function hmac(digest: string, key: string | Buffer, message: string | Buffer): Buffer {
  const blockLength = ['sha384', 'sha512'].includes(digest) ? 128 : 64
  const bytes = Buffer.from(key)
  const padded = Buffer.alloc(blockLength)
  ;(bytes.length > blockLength ? hash(digest, bytes) : bytes).copy(padded)
  const [inner, outer] = [0x36, 0x5c].map((pad) => padded.map((byte) => byte ^ pad)) as [Buffer, Buffer]
  return hash(digest, outer, hash(digest, inner, message))
}

/** RFC 8018, section 5.2. */
function pbkdf2(digest: string, password: string, salt: string, iterations: number, length: number): Buffer {
  const blocks: Buffer[] = []
  while (Buffer.concat(blocks).length < length) {
    let last = hmac(digest, password, Buffer.concat([Buffer.from(salt), Buffer.from([0, 0, 0, blocks.length + 1])]))
    const sum = Buffer.from(last)
    for (let count = 1; count < iterations; count++) {
      last = hmac(digest, password, last)
      for (const [at, byte] of last.entries()) sum[at] = (sum[at] ?? 0) ^ byte
    }
    blocks.push(sum)
  }
  return Buffer.concat(blocks).subarray(0, length)
}
