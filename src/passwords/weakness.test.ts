// Passwords that others try first are refused wherever one is chosen.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { after, beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { newBlog, testApp } from '../../test/app.ts'
import { bloggy } from '../../test/bloggy.ts'
import { newcomer, password } from '../../test/cast.ts'
import { testLimits } from '../../test/database.ts'
import { errorAt } from '../../test/pages.ts'
import { linkIn, send, signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'
import { createSetupLink } from '../setup/queries.ts'
import { holdsKey, keyOf, makeFilter, readFilter, writeFilter } from './filter.ts'
import { weaknessOf } from './weakness.ts'

const blog = await testApp()
const { app, db, deliverMail } = blog
const folder = mkdtempSync(join(tmpdir(), 'bloggy-breached-'))
after(() => rmSync(folder, { recursive: true, force: true }))

beforeEach(() => sql`delete from attempts`.execute(db))

describe('a password that many have', () => {
  const common = [
    'password123',
    'Football',
    'iloveyou',
    'Dragon2024!',
    'p@ssw0rd',
    'PASSWORD1',
    'dragondragon',
    '!!monkey!!',
  ]
  const good = ['correct horse battery', 'a new sentence', 'Xq7#fLw9', 'tomatoes under the bridge', '雨が降る前に帰る']

  test('is known, with what people do to it; others are not', () => {
    const own = { name: 'Zed', email: 'zed@example.org', site: 'Notes' }
    for (const word of common)
      assert.match(weaknessOf({ breachedPasswords: undefined }, word, own) ?? '', /Many people/, word)
    for (const word of good) assert.equal(weaknessOf({ breachedPasswords: undefined }, word, own), undefined, word)
  })

  test('is refused at registration, whoever has the address', async () => {
    await newcomer(app, db, 'Known', 'viewer')
    const answers = []
    for (const email of ['known@example.com', 'unknown@example.com']) {
      const answer = await send(blog, paths.register(), { name: 'Reg', email, password: 'password123' })
      assert.equal(answer.statusCode, 422)
      assert.match(errorAt(answer.body, 'password') ?? '', /Many people have used this password/)
      assert.doesNotMatch(answer.body, /password123/)
      answers.push(answer.body.replaceAll(email, ''))
    }
    assert.equal(answers[0], answers[1])
    assert.deepEqual(await deliverMail(), [])
  })

  test('is refused when it is changed, and the old one stays', async () => {
    const person = await newcomer(app, db, 'Changer', 'viewer')
    const answer = await person.post(paths.password(), { old_password: password, password: 'Football' })
    assert.equal(answer.statusCode, 422)
    assert.match(errorAt(answer.body, 'password') ?? '', /Many people/)
    assert.equal((await signIn(blog, person.email)).statusCode, 303)
  })

  test('is refused behind a link from mail, which stays good', async () => {
    const person = await newcomer(app, db, 'Resetting', 'viewer')
    await send(blog, paths.forgottenPassword(), { email: person.email })
    const link = linkIn((await deliverMail())[0]?.text ?? '')
    for (const word of ['password123', 'resetting2026'])
      assert.equal((await send(blog, link, { password: word })).statusCode, 422, word)
    assert.equal((await send(blog, link, { password: 'a new sentence' })).statusCode, 303)
  })

  test('is refused at set-up', async () => {
    const fresh = await newBlog()
    const token = (await createSetupLink(fresh.db)) ?? ''
    const form = { title: 'Harbour Notes', description: '', name: 'Olga', email: 'olga@example.com' }
    for (const word of ['password123', 'harbournotes', 'Olga1984!']) {
      const answer = await send(fresh, paths.setup(token), { ...form, password: word })
      assert.equal(answer.statusCode, 422, word)
      assert.ok(errorAt(answer.body, 'password'), word)
    }
    assert.equal((await send(fresh, paths.setup(token), { ...form, password: 'a new sentence' })).statusCode, 303)
  })

  test('of before goes on to sign in', async () => {
    const person = await newcomer(app, db, 'Elder', 'viewer')
    const { hashPassword } = await import('./password.ts')
    const set = { password_hash: await hashPassword('password123') }
    await db.updateTable('users').set(set).where('id', '=', person.id).execute()
    assert.equal((await signIn(blog, person.email, { password: 'password123' })).statusCode, 303)
  })
})

test('a password of one’s own name, address or the blog’s title is refused', () => {
  const own = { name: 'Ada Lovelace', email: 'countess@analytical.example', site: 'Engine Notes' }
  const check = (word: string) => weaknessOf({ breachedPasswords: undefined }, word, own)
  for (const word of [
    'adalovelace',
    'Ada-Lovelace-1815',
    'Lovelace!1815',
    'l0velace1815',
    'countess@analytical.example',
    'Countess1',
    'analytical99',
    'engine notes',
    'EngineNotes2026!',
    'ｅｎｇｉｎｅｎｏｔｅｓ',
  ])
    assert.match(check(word) ?? '', /your name, your address/, word)
  for (const word of ['lovelace of the seven seas', 'notes on a scandal', '1815 181 518 15'])
    assert.equal(check(word), undefined, word)
  assert.equal(
    weaknessOf({ breachedPasswords: undefined }, 'tomatoes and rain', { name: '', email: null, site: '' }),
    undefined,
  )
})

describe('a list of one’s own', () => {
  test('is made from hashes and words, and is asked besides the common ones', async () => {
    const sha1 = (word: string) => createHash('sha1').update(word).digest('hex').toUpperCase()
    const list = join(folder, 'list.txt')
    writeFileSync(list, `${sha1('seen very often')}:120\r\n${sha1('seen but rarely')}:3\nplain words here\n`)
    const output = join(folder, 'own.filter')
    const run = bloggy(['breached-passwords', '--least', '100', '--output', output, list])
    assert.equal(await run.ended, 0, run.stderr())
    assert.match(run.stdout(), /2 passwords/)

    const stricter = await newBlog({ BREACHED_PASSWORDS: output }, { ...blog, limits: testLimits })
    const refuses = async (word: string) => {
      const form = { name: 'Reg', email: 'someone@example.com', password: word }
      return (await send(stricter, paths.register(), form)).statusCode === 422
    }
    assert.equal(await refuses('seen very often'), true)
    assert.equal(await refuses('plain words here'), true)
    assert.equal(await refuses('password123'), true)
    assert.equal(await refuses('seen but rarely'), false)
    await deliverMail()
  })

  test('that cannot be read, or is empty, is said', async () => {
    const empty = join(folder, 'empty.txt')
    writeFileSync(empty, '\n')
    for (const [words, said] of [
      [['--output', join(folder, 'x'), join(folder, 'gone.txt')], /cannot be read \(ENOENT\)/],
      [['--output', join(folder, 'x'), empty], /no password in these lists/],
      [['--output', join(folder, 'no', 'x'), '--least', 'many', empty], /--least is a number/],
    ] as const) {
      const run = bloggy(['breached-passwords', ...words])
      assert.equal(await run.ended, 2)
      assert.match(run.stderr(), said)
    }
    const run = bloggy(['show-config'], { BREACHED_PASSWORDS: empty })
    assert.equal(await run.ended, 1)
    assert.match(run.stderr(), /BREACHED_PASSWORDS names .* no file that bloggy breached-passwords made/)
  })
})

test('the filter holds every key that it was made of, and few others', () => {
  for (const count of [0, 1, 2, 3, 100, 30_000]) {
    const words = Array.from({ length: count }, (_, at) => `word ${at}`)
    const filter = readFilter(writeFilter(makeFilter(BigUint64Array.from([...words, ...words].map(keyOf)))))
    assert.ok(filter)
    assert.ok(words.every((word) => holdsKey(filter, keyOf(word))))
    let wrong = 0
    for (let at = 0; at < 30_000; at++) if (holdsKey(filter, keyOf(`other ${at}`))) wrong++
    // One in 65,536 is expected; twenty in 30,000 would be an error.
    assert.ok(wrong < 20, `${wrong}`)
  }
  assert.equal(readFilter(Buffer.from('something else entirely')), undefined)
})
