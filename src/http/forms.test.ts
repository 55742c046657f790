// What is taken of a form, and what is not.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { password } from '../../test/cast.ts'
import { errorAt, fieldOf, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db, logged } = await testApp()
const { ada, ben, rosa, dev } = cast

after(() => assert.doesNotMatch(logged(), /"level":[56]0/, 'Something was an error of ours.'))

test('a page has nothing that HTML has no place for, whatever is in the database', async () => {
  const old = 'Old\u0001\u000B\u0085\uFFFE\uFFFF\u{1FFFF}er 👩‍👩‍👧 שלום'
  const body_html = `<p>${old}</p><a href="java\u0085script:alert(1)">x</a>`
  const post = await publishPost(ben, { title: 'New', body: 'New', tags: 'new' })
  await sql`update posts set title = ${old}, body_html = ${body_html}, excerpt = ${old} where id = ${post.id}`.execute(
    db,
  )
  await sql`update tags set name = ${old}`.execute(db)
  const comment = {
    post_id: post.id,
    author_id: rosa.id,
    body: old,
    body_html: `<p>${old}</p>`,
    body_format: 'markdown',
  }
  await db.insertInto('comments').values(comment).execute()
  for (const path of [post.path, paths.home(), paths.search({ q: old }), `${paths.home()}${encodeURIComponent(old)}`]) {
    const { body } = await dev.get(path)
    // What a parser of HTML complains about.
    const odd = Array.from(body).filter((one) => /[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(one) && !/\s/.test(one))
    assert.deepEqual(odd, [], path)
    assert.doesNotMatch(body, /javascript:/)
    if (path === post.path) assert.ok(body.includes('<p>Old\u200Ber 👩‍👩‍👧 שלום</p>'))
  }
})

describe('a form', () => {
  const good = { title: 'Taken', body: 'A text.' }

  test('of another type than a browser sends is refused', async () => {
    for (const type of [
      'application/json',
      'text/plain',
      'multipart/form-data; boundary=x',
      'text/html',
      'application/x-www-form-urlencodedx',
      'garbage',
      '',
    ]) {
      const response = await ben.post(paths.admin.posts(), '{"title":"T","body":"B"}', { 'content-type': type })
      assert.equal(response.statusCode, 415, type)
      assert.match(response.body, /forms only/)
    }
    assert.equal(
      (
        await ben.post(paths.admin.posts(), good, {
          'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
        })
      ).statusCode,
      303,
    )
  })

  test('that is too large is refused before it is read', async () => {
    assert.equal((await dev.post(paths.signIn(), `email=${'x'.repeat(70_000)}`)).statusCode, 413)
    assert.equal((await rosa.post(paths.profile(), `name=${'x'.repeat(70_000)}`)).statusCode, 413)
    assert.equal((await ben.post(paths.admin.posts(), `title=T&body=${'x'.repeat(7_000_000)}`)).statusCode, 413)
  })

  test('with characters that PostgreSQL cannot hold is refused with a word beside the field', async () => {
    const before = await count()
    for (const character of ['%00', 'a%00b']) {
      for (const field of ['title', 'body', 'tags']) {
        const form = { title: 'T', body: 'B', tags: 'x' }
        const text = Object.entries(form)
          .map(([name, value]) => `${name}=${name === field ? character : value}`)
          .join('&')
        const response = await ben.post(paths.admin.posts(), text)
        assert.equal(response.statusCode, 422, text)
      }
    }
    assert.equal((await ben.post(paths.admin.posts(), 'title=T&body=B&%00=1')).statusCode, 422)
    assert.equal(await count(), before)
  })

  test('with such a character comes back with all that was typed beside it', async () => {
    const form = { title: 'Kept\0 title', body: 'Kept body', excerpt: 'Kept\0 excerpt', picture_alt: 'Kept alt' }
    const { id } = await writePost(ben)
    for (const path of [paths.admin.posts(), paths.admin.post(id)]) {
      const response = await ben.post(path, { ...form, version: '1' })
      assert.equal(response.statusCode, 422)
      assert.match(errorAt(response.body, 'excerpt') ?? '', /cannot be kept/)
      assert.equal(errorAt(response.body, 'body'), undefined)
      for (const [name, value] of Object.entries(form))
        assert.equal(fieldOf(response.body, name), value.replace('\0', ''), name)
    }
    const redirect = await ada.post(paths.admin.redirects(), { from_path: '/a\0b', to_address: '/typed' })
    assert.ok(errorAt(redirect.body, 'from_path'))
    assert.equal(fieldOf(redirect.body, 'to_address'), '/typed')
    const signIn = await dev.post(paths.signIn(), { email: 'ben@example.com', password: 'secret\0 words' })
    assert.equal(signIn.statusCode, 422)
    assert.doesNotMatch(signIn.body, /secret words/)
  })

  test('loses what no page may have and nobody sees, and titles and names what turns the words beside them', async () => {
    const kept = 'é e\u0301 👩‍👩‍👧 \u2067שלום \u2066C++\u2069\u2069\u200F'
    const typed = `\u0001a\u000B\u007F\u0085\uFDD0\uFFFE\uFFFF\u{1FFFE}\u{10FFFF}b ${kept}`
    const turned = `\u202E\u2069${typed}\u2067\u2066`
    const [line, text] = [`ab ${kept}`, `\u202E\u2069ab ${kept}\u2067\u2066`]
    const tags = `${turned},\u2068c,d\u2069`
    const post = await publishPost(ben, { title: `T${turned}.`, body: `${turned}.`, tags, series: turned })
    const row = await db.selectFrom('posts').select(['title', 'body']).where('id', '=', post.id).executeTakeFirst()
    assert.deepEqual(row, { title: `T${line}.`, body: `${text}.` })
    const { rows } = await sql<{ name: string }>`
      select name from tags join post_tags on tag_id = tags.id where post_id = ${post.id} order by length(name), name
    `.execute(db)
    const series = await sql<{ name: string }>`select title as name from series`.execute(db)
    const words = (name: string) => name.normalize('NFC').replaceAll(/\u200F$/g, '')
    assert.deepEqual(
      [...rows, ...series.rows].map(({ name }) => words(name)),
      ['c', 'd', words(line), words(line)],
    )

    assert.equal((await rosa.post(paths.postComments(post.slug), { body: turned })).statusCode, 303)
    const said = await db.selectFrom('comments').select('body').where('post_id', '=', post.id).executeTakeFirst()
    assert.equal(said?.body, text)
    const newer = 'a \u0001 long passphrase'
    const passwords = { old_password: password, password: newer }
    assert.equal((await rosa.post(paths.password(), passwords)).statusCode, 303)
    for (const [words, code] of [
      [newer, 303],
      [newer.replace('\u0001', ''), 422],
    ] as const)
      assert.equal((await dev.post(paths.signIn(), { email: rosa.email, password: words })).statusCode, code)
  })

  test('that cannot come back is kept as text, whatever its fields are called', async () => {
    const redirect = await dev.post(paths.admin.redirects(), { from_path: '/typed', to_address: '/also-typed' })
    assert.equal(redirect.statusCode, 401)
    for (const text of ['/typed', '/also-typed']) assert.ok(redirect.body.includes(`>${text}</pre>`), text)
    const passwords = await dev.post(paths.password(), { old_password: 'old secret', password: 'new secret' })
    assert.equal(passwords.statusCode, 401)
    assert.doesNotMatch(passwords.body, /secret/)
    const { id } = await writePost(ben)
    const named = await ben.post(paths.admin.revisionName(id, 1), { name: 'A\0 name' })
    assert.equal(named.statusCode, 422)
    assert.match(named.body, />A name<\/pre>/)
  })

  test('with bytes that are no UTF-8 is stored well-formed or refused', async () => {
    for (const bytes of ['%ff%fe', '%ed%a0%80', '%c3', '%', '%zz', '%u0041', '\ud800']) {
      const response = await ben.post(paths.admin.posts(), `title=Odd bytes&body=${bytes}`)
      assert.ok([303, 422].includes(response.statusCode), `${bytes}: ${response.statusCode}`)
    }
    for (const { body } of await db.selectFrom('posts').select('body').where('title', '=', 'Odd bytes').execute())
      assert.ok(body.isWellFormed())
  })

  test('with a field twice is told so', async () => {
    const response = await ben.post(paths.admin.posts(), 'title=A&title=B&body=C')

    assert.equal(response.statusCode, 422)
    assert.equal(errorAt(response.body, 'title'), 'Please give this once, as text.')
  })

  test('with names that JavaScript uses itself harms nothing', async () => {
    for (const name of [
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      '__proto__[polluted]',
      'constructor[prototype][polluted]',
      'hasOwnProperty',
      'then',
    ]) {
      const text = new URLSearchParams([
        ['title', 'Named oddly'],
        ['body', 'x'],
        [name, 'yes'],
        [name, 'again'],
      ]).toString()
      assert.equal((await ben.post(paths.admin.posts(), text)).statusCode, 303, name)
      assert.equal((await ben.post(paths.admin.posts(), `title=&body=&${name}=yes`)).statusCode, 422, name)
    }
    assert.equal(({} as { polluted?: string }).polluted, undefined)
  })

  test('without anything in it is a form with nothing filled in', async () => {
    for (const path of [
      paths.admin.posts(),
      paths.signIn(),
      paths.register(),
      paths.forgottenPassword(),
      paths.password(),
      paths.profile(),
    ]) {
      assert.equal((await ben.post(path, '')).statusCode, 422, path)
      assert.equal(
        (await app.inject({ method: 'POST', url: path, headers: { cookie: ben.cookie } })).statusCode,
        422,
        path,
      )
    }
  })

  test('of more than a hundred fields is refused before it is taken apart', async () => {
    const text = Array.from({ length: 3000 }, (_, index) => `f${index}=x`).join('&')
    assert.equal((await ben.post(paths.admin.posts(), `title=Many&body=x&${text}`)).statusCode, 400)
  })

  test('that is long is read only from somebody who is known', async () => {
    const form = { title: 'Long', body: 'x'.repeat(100_000) }
    for (const cookie of ['', 'bloggy=nonsense']) {
      assert.equal((await dev.post(paths.admin.posts(), form, { cookie })).statusCode, 401)
    }
    assert.equal((await ben.post(paths.admin.posts(), form)).statusCode, 303)
  })
})

async function count(): Promise<number> {
  const { total } = await db
    .selectFrom('posts')
    .select((query) => query.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}
