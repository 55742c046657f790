import { createHook } from 'node:async_hooks'
import assert from 'node:assert/strict'
import { argon2Sync, createHash } from 'node:crypto'
import { test } from 'node:test'
import { hashPassword, verifyPassword as verify } from './password.ts'

const right = 'correct horse battery staple'
const verifyPassword = (password: string, hash: string | null | undefined) => verify(password, hash, 'november.5.1955')

test('a password is kept as argon2id with the cost that OWASP asks for', async () => {
  const hash = await hashPassword(right)

  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  const [, , , , nonce = '', tag = ''] = hash.split('$')
  const again = argon2Sync('argon2id', {
    message: right,
    nonce: Buffer.from(nonce, 'base64'),
    memory: 19_456,
    passes: 2,
    parallelism: 1,
    tagLength: 32,
  })
  assert.equal(again.toString('base64').replace(/=+$/, ''), tag)
})

test('the same password is kept differently each time', async () => {
  assert.notEqual(await hashPassword(right), await hashPassword(right))
})

test('only the right password opens', async () => {
  const hash = await hashPassword(right)

  assert.equal(await verifyPassword(right, hash), true)
  for (const wrong of ['', `${right} `, right.slice(1), right.toUpperCase(), `${right}\0`])
    assert.equal(await verifyPassword(wrong, hash), false, wrong)
})

test('every character counts, of any script and at any place', async () => {
  for (const [one, other] of [
    ['x'.repeat(72) + 'a', 'x'.repeat(72) + 'b'],
    ['x'.repeat(1023) + 'a', 'x'.repeat(1023) + 'b'],
    ['пароль-один', 'пароль-одна'],
    ['😀😀😀😀😀😀😀😀', '😀😀😀😀😀😀😀😁'],
    ['密码密码密码密码', '密码密码密码密马'],
    ['null\0byte one', 'null\0byte two'],
  ] as const) {
    const hash = await hashPassword(one)
    assert.equal(await verifyPassword(one, hash), true)
    assert.equal(await verifyPassword(other, hash), false)
  }
})

test('a hash with another cost is still read', async () => {
  const nonce = Buffer.from('sixteen bytes !!')
  const tag = argon2Sync('argon2id', { message: right, nonce, memory: 8192, passes: 3, parallelism: 2, tagLength: 24 })
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  const hash = `$argon2id$v=19$m=8192,t=3,p=2$${text(nonce)}$${text(tag)}`

  assert.equal(await verifyPassword(right, hash), true)
  assert.equal(await verifyPassword('wrong', hash), false)
})

const nonce = 'A'.repeat(22)
const tag = 'A'.repeat(43)
const noHashes = [
  null,
  undefined,
  '',
  right,
  '$argon2id$',
  `$argon2i$v=19$m=19456,t=2,p=1$${nonce}$${tag}`,
  `$argon2id$v=16$m=19456,t=2,p=1$${nonce}$${tag}`,
  // More work than anybody may ask for, and less than there is.
  `$argon2id$v=19$m=9999999,t=2,p=1$${nonce}$${tag}`,
  `$argon2id$v=19$m=19456,t=99,p=1$${nonce}$${tag}`,
  `$argon2id$v=19$m=19456,t=2,p=99$${nonce}$${tag}`,
  `$argon2id$v=19$m=8,t=2,p=2$${nonce}$${tag}`,
  `$argon2id$v=19$m=19456,t=0,p=1$${nonce}$${tag}`,
  '$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA',
  'pbkdf2(1000,20,sha512)$aa$bb',
]

const legacyHash = `md5$pepper$${createHash('md5').update(`${right}pepper`).digest('hex')}`

test('every hash costs one run of argon2, also one of the older Bloggy, an unreadable one, and none', async () => {
  const own = await hashPassword(right)
  for (const hash of [own, legacyHash, ...noHashes])
    for (const password of [right, 'wrong']) {
      assert.equal(await argon2Runs(() => verifyPassword(password, hash)), 1, `${password} for ${hash}`)
    }
})

/** How many runs of argon2 the work starts. */
async function argon2Runs(work: () => Promise<unknown>): Promise<number> {
  let runs = 0
  const hook = createHook({ init: (_, type) => void (runs += Number(type === 'ARGON2REQUEST')) }).enable()
  await work()
  hook.disable()
  return runs
}

test('what is no hash opens for nobody', async () => {
  for (const hash of noHashes) assert.equal(await verifyPassword(right, hash), false, String(hash))
})

test('a crowd waits in line, and a longer line is sent away: also who has no account', async () => {
  // Two at work and a hundred waiting.
  const crowd = Array.from({ length: 102 }, () => hashPassword(right))
  // That they have to wait shows that they are given the same work.
  const late = [...[...noHashes, legacyHash].map((hash) => verifyPassword(right, hash)), hashPassword(right)]
  for (const answer of await Promise.allSettled(late)) {
    assert.equal(answer.status, 'rejected')
    assert.equal(answer.reason.kind, 'busy')
  }

  await Promise.all(crowd)
  assert.equal(await verifyPassword(right, await hashPassword(right)), true)
})
