// What every address below /api/v1 has in common, told by posts.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ada, bea, ben, rosa } = cast
const bens = await program(app, db, ben)
const nobody = await program(app, db)
const posts = paths.api.posts()

describe('a token', () => {
  test('is made on a page with the password, shown once, and does what its person may', async () => {
    const form = { name: 'Backup', scope: 'posts:read', days: '30', password: 'wrong password' }
    assert.equal((await ben.post(paths.tokens(), form)).statusCode, 422)
    const made = await ben.post(paths.tokens(), { ...form, password: 'correct horse battery' })
    assert.equal(made.statusCode, 201)
    const [token = ''] = /bloggy_[\w-]{43}/.exec(made.body) ?? []
    assert.doesNotMatch((await ben.get(paths.tokens())).body, /bloggy_/)
    const { id } = await writePost(ben, { title: 'A draft of Ben' })
    const get = (path: string) => app.inject({ url: path, headers: { authorization: `Bearer ${token}` } })
    assert.equal((await get(paths.api.post(id))).json().body !== undefined, true)
    assert.equal((await nobody.get(paths.api.post(id))).statusCode, 404)

    const [, number = ''] = /\/account\/tokens\/(\d+)\/end/.exec((await ben.get(paths.tokens())).body) ?? []
    assert.equal((await bea.post(paths.tokenEnd(number))).statusCode, 404)
    assert.equal((await ben.post(paths.tokenEnd(number))).statusCode, 303)
    const over = await get(paths.api.post(id))
    assert.equal(over.statusCode, 401)
    assert.equal(over.json().code, 'invalid_token')
    assert.match(String(over.headers['www-authenticate']), /^Bearer .*invalid_token/)
  })

  test('does no more than its scopes, however much its person may', async () => {
    const reading = await program(app, db, ada, ['posts:read'])
    const answer = await reading.send('POST', posts, { title: 'Not this', body: 'No.' })
    assert.equal(answer.statusCode, 403)
    assert.equal(answer.data.code, 'insufficient_scope')
  })

  test('is good for nothing when it has ended, or its person may not sign in', async () => {
    const late = await program(app, db, bea)
    assert.equal((await late.get(posts)).statusCode, 200)
    await db
      .updateTable('api_tokens')
      .set({ expires_at: sql<Date>`now()` })
      .where('user_id', '=', bea.id)
      .execute()
    assert.equal((await late.get(posts)).statusCode, 401)
    const closed = await program(app, db, rosa)
    await db.updateTable('users').set({ state: 'disabled' }).where('id', '=', rosa.id).execute()
    assert.equal((await closed.get(posts)).statusCode, 401)
    await db.updateTable('users').set({ state: 'active' }).where('id', '=', rosa.id).execute()
  })

  test('is the only thing that counts: a cookie alone is nobody', async () => {
    const { id } = await writePost(ben)
    assert.equal((await ben.get(paths.api.post(id))).statusCode, 404)
    const answer = await app.inject({
      method: 'POST',
      url: posts,
      headers: { cookie: ben.cookie, 'content-type': 'application/json' },
      payload: '{"title":"By a cookie","body":"No."}',
    })
    assert.equal(answer.statusCode, 401)
  })

  test('of another form, or in another scheme, is none', async () => {
    for (const authorization of [
      'Bearer',
      'Bearer x',
      `Basic ${'a'.repeat(50)}`,
      `Bearer bloggy_${'a'.repeat(43)}`,
      '\u00e9',
    ]) {
      assert.equal((await nobody.get(posts, { authorization })).statusCode, 401, authorization)
    }
  })
})

describe('a list', () => {
  test('goes on page by page in any order, without a post twice or missing', async () => {
    const slugs = []
    for (let count = 0; count < 7; count++) slugs.push((await publishPost(ben, { tags: 'Paged' })).slug)
    // The same moment for some: the id tells them apart.
    const tagged = sql<boolean>`id in (select post_id from post_tags join tags on tags.id = tag_id where tags.slug = 'paged')`
    const moment = sql<Date>`timestamptz '2020-05-05 05:05:05.123456Z' + (id / 3) * interval '1 microsecond'`
    await db.updateTable('posts').set({ published_at: moment }).where(tagged).execute()
    for (const sort of ['published_at', '-published_at', 'updated_at', '-updated_at', 'id', '-id']) {
      const found: string[] = []
      let next: string | null = ''
      while (next !== null) {
        const query = new URLSearchParams({ tag: 'paged', limit: '2', sort, ...(next && { cursor: next }) })
        const { data } = await nobody.get(`${posts}?${query}`)
        found.push(...data.data.map(({ slug }: { slug: string }) => slug))
        next = data.next
      }
      assert.deepEqual(found, sort.startsWith('-') ? slugs.toReversed() : slugs, sort)
    }
  })

  test('knows its parameters, and says which one is wrong', async () => {
    const { data: first } = await nobody.get(`${posts}?tag=paged&limit=1`)
    const cases = {
      'limit=0': 'limit',
      'limit=101': 'limit',
      'limit=x': 'limit',
      'sort=title': 'sort',
      'sort=published_at;drop': 'sort',
      'password=x': 'password',
      'fields=id,password_hash': 'fields',
      'fields=': 'fields',
      'include=body,email': 'include',
      'cursor=x': 'cursor',
      [`cursor=${first.next}&sort=id`]: 'cursor',
      [`cursor=${Buffer.from('["-published_at","x",1]').toString('base64url')}`]: 'cursor',
      [`cursor=${Buffer.from('["-published_at","999999999999999999999",1]').toString('base64url')}`]: 'cursor',
      'published_after=yesterday': 'published_after',
      'published_after=0000-01-01T00:00:00Z': 'published_after',
      'published_after=2020-01-01T00:00:00%2B20:00': 'published_after',
      [`published_after=2020-01-01T00:00:00.${'1'.repeat(200)}Z`]: 'published_after',
      'limit=1&limit=2': 'limit',
      'include=html&limit=21': 'limit',
    }
    for (const [query, parameter] of Object.entries(cases)) {
      const { statusCode, data, headers } = await nobody.get(`${posts}?${query}`)
      assert.deepEqual([statusCode, data.code, data.errors?.[0]?.parameter], [422, 'invalid', parameter], query)
      assert.match(String(headers['content-type']), /^application\/problem\+json/)
    }
  })

  test('shows fields that were asked for, and texts only then', async () => {
    const { data } = await nobody.get(`${posts}?tag=paged&fields=title`)
    assert.deepEqual(Object.keys(data.data[0]), ['id', 'title'])
    const whole = (await nobody.get(`${posts}?tag=paged`)).data.data[0]
    assert.equal('html' in whole || 'body' in whole, false)
    const withText = (await nobody.get(`${posts}?tag=paged&include=html,body`)).data.data[0]
    assert.deepEqual(['html' in withText, 'body' in withText], [true, false])
  })

  test('has drafts for who may see them alone', async () => {
    await writePost(bea, { title: 'A secret of Bea' })
    const titles = async (who: typeof bens) => {
      const { data } = await who.get(`${posts}?state=draft&limit=100`)
      return (data.data ?? []).map(({ title }: { title: string }) => title) as string[]
    }
    assert.equal((await titles(bens)).includes('A secret of Bea'), false)
    assert.equal((await titles(await program(app, db, ada))).includes('A secret of Bea'), true)
    assert.equal((await nobody.get(`${posts}?state=draft`)).statusCode, 401)
    assert.equal((await (await program(app, db, rosa)).get(`${posts}?state=draft`)).statusCode, 403)
  })
})

describe('a request whose body takes its time', () => {
  /** The body ends after `meanwhile`, and later than an answer that was looked up may be believed. */
  const sendSlowly = async (url: string, headers: Record<string, string>, body: string, meanwhile: () => unknown) => {
    async function* parts() {
      yield body.slice(0, 5)
      await wait(100)
      await meanwhile()
      await wait(600)
      yield body.slice(5)
    }
    return await app.inject({ method: 'POST', url, headers, payload: Readable.from(parts()) })
  }

  test('is answered by what its token, session and person may do when it is here', async () => {
    const json = { 'content-type': 'application/json' }
    const body = JSON.stringify({ title: 'Too late', text: 'Too late.' })
    const adas = await program(app, db, ada)
    let count = 0
    const late = async (url: string, meanwhile: (id: number) => unknown) => {
      const person = await newcomer(app, db, `Late${(count += 1)}`, 'author')
      const { token } = await program(app, db, person)
      const headers = { ...json, authorization: `Bearer ${token}` }
      const wish = url === posts ? JSON.stringify({ title: 'Too late', body: 'Too late.' }) : body
      return (await sendSlowly(url, headers, wish, () => meanwhile(person.id))).statusCode
    }
    const author = (await adas.get(`${paths.api.roles()}?limit=100`)).data.data.find(
      ({ name }: { name: string }) => name === 'author',
    )
    for (const url of [posts, paths.legacy.apiList('posts')]) {
      assert.equal(await late(url, () => undefined), 201, url)
      assert.equal(await late(url, (id) => adas.send('POST', paths.api.userClosing(id))), 401, url)
      assert.equal(await late(url, (id) => adas.send('DELETE', paths.api.userRole(id, author.id))), 403, url)
    }
    const found = await sql<{ n: number }>`select count(*)::int as n from posts where title = 'Too late'`.execute(db)
    assert.equal(found.rows[0]?.n, 2)
    // Of a long form the session is looked at before it is read.
    const guest = await newcomer(app, db, 'Latest', 'author')
    const headers = { cookie: guest.cookie, 'content-type': 'application/x-www-form-urlencoded' }
    const form = new URLSearchParams({ title: 'Too late', body: 'x'.repeat(70_000) }).toString()
    const out = () => adas.send('POST', paths.api.userClosing(guest.id))
    const answer = await sendSlowly(paths.admin.posts(), headers, form, out)
    assert.equal(answer.statusCode, 401)
  })
})

describe('a change', () => {
  test('is refused when it was made for another state', async () => {
    const { data, headers, statusCode } = await bens.send('POST', posts, {
      title: 'One',
      body: 'Text',
      tags: ['a', 'b'],
    })
    assert.equal(statusCode, 201)
    assert.equal(headers.location, paths.api.post(data.id))
    const path = paths.api.post(data.id)
    const etag = String(headers.etag)
    assert.equal((await bens.get(path, { 'if-none-match': etag })).statusCode, 304)
    const changed = await bens.send('PATCH', path, { title: 'Two' }, { 'if-match': etag })
    assert.deepEqual([changed.statusCode, changed.data.title, changed.data.body], [200, 'Two', 'Text'])
    assert.deepEqual(
      changed.data.tags.map(({ name }: { name: string }) => name),
      ['a', 'b'],
    )
    const late = await bens.send('PATCH', path, { title: 'Three' }, { 'if-match': etag })
    assert.deepEqual([late.statusCode, late.data.code], [412, 'changed'])
    assert.equal((await bens.send('DELETE', path, undefined, { 'if-match': etag })).statusCode, 412)
    assert.equal(
      (await bens.send('DELETE', path, undefined, { 'if-match': String(changed.headers.etag) })).statusCode,
      204,
    )
    assert.equal((await bens.get(path)).statusCode, 404)
    assert.equal((await bens.send('POST', paths.api.postRestoration(data.id))).statusCode, 200)
  })

  test('says with a pointer what cannot be taken, and changes nothing', async () => {
    const before = await db
      .selectFrom('posts')
      .select(({ fn }) => fn.countAll().as('count'))
      .executeTakeFirstOrThrow()
    const cases: [unknown, string, string][] = [
      [{ title: 'x' }, '/body', 'required'],
      [{ title: 'x', body: 'y', author_id: 1 }, '/author_id', 'unknown'],
      [{ title: ' ', body: 'y' }, '/title', 'wrong_form'],
      [{ title: 'x', body: 'y', tags: [1] }, '/tags/0', 'wrong_type'],
      [{ title: 'x', body: 'y', tags: ['one, two'] }, '/tags/0', 'wrong_form'],
      [{ title: 'x', body: 'y', language: 'not one' }, '/language', 'invalid'],
      [{ title: 'x', body: 'y', series_part: 3 }, '/series_part', 'invalid'],
      [{ title: 'x\u0000', body: 'y' }, '/title', 'invalid'],
      [['x'], '', 'wrong_type'],
    ]
    for (const [body, pointer, code] of cases) {
      const { statusCode, data } = await bens.send('POST', posts, body)
      assert.deepEqual(
        [statusCode, data.errors?.[0]?.pointer, data.errors?.[0]?.code],
        [422, pointer, code],
        JSON.stringify(body),
      )
    }
    const malformed = ['{', '', '[[[[[[[[[[[[[[', `${'['.repeat(30_000)}`, '{"a":'.repeat(20)]
    for (const body of malformed)
      assert.equal((await bens.send('POST', posts, body)).data.code, 'malformed', body.slice(0, 20))
    const form = await bens.send('POST', posts, 'title=x', { 'content-type': 'application/x-www-form-urlencoded' })
    assert.deepEqual([form.statusCode, form.data.code], [415, 'not_json'])
    const after = await db
      .selectFrom('posts')
      .select(({ fn }) => fn.countAll().as('count'))
      .executeTakeFirstOrThrow()
    assert.deepEqual(after, before)
  })

  test('of many mistakes names the first, and is read from nobody who may not write', async () => {
    const wrong = { title: 'x', body: 'y', tags: Array(20_000).fill(`${'a'.repeat(100)},`) }
    const { statusCode, data } = await bens.send('POST', posts, wrong)
    assert.deepEqual([statusCode, data.errors.length], [422, 1])
    const reader = await program(app, db, rosa)
    for (const [method, path] of [
      ['POST', posts],
      ['PATCH', paths.api.post(1)],
    ] as const)
      assert.equal((await reader.send(method, path, '{ not read')).statusCode, 403)
  })

  test('with a key is done once, also when it is sent ten times at once', async () => {
    const headers = { 'idempotency-key': 'a-key-of-mine' }
    const body = { title: 'Only one', body: 'Of these.' }
    const sent = await Promise.all(Array.from({ length: 10 }, () => bens.send('POST', posts, body, headers)))
    assert.deepEqual(new Set(sent.map(({ statusCode }) => statusCode)), new Set([201]))
    assert.equal(new Set(sent.map(({ data }) => data.id)).size, 1)
    assert.equal(sent.filter((one) => one.headers['idempotency-replayed'] === 'true').length, 9)
    const other = await bens.send('POST', posts, { ...body, title: 'Another' }, headers)
    assert.deepEqual([other.statusCode, other.data.code], [422, 'key_reused'])
    // Somebody else's key is another key.
    assert.equal((await (await program(app, db, ada)).send('POST', posts, body, headers)).statusCode, 201)
    // What failed may be tried again.
    const again = { 'idempotency-key': 'tried-twice' }
    assert.equal((await bens.send('POST', posts, { ...body, slug: '***' }, again)).statusCode, 422)
    assert.equal((await bens.send('POST', posts, body, again)).statusCode, 201)
    assert.equal((await bens.send('POST', posts, body, { 'idempotency-key': 'has blanks' })).data.code, 'malformed')
  })

  test('with a key shows what it showed to who may still see it, and no more', async () => {
    const write = (key: string, more = {}) =>
      bens.send('POST', posts, { title: 'Mine once', body: 'My own words.', ...more }, { 'idempotency-key': key })
    const giveAway = (id: number, more = {}) =>
      db
        .updateTable('posts')
        .set({ author_id: bea.id, ...more })
        .where('id', '=', id)
        .execute()
    for (const [key, more] of [
      ['a-draft', {}],
      ['a-public-post', { state: 'published' }],
    ] as const) {
      const made = await write(key, more)
      assert.equal((await write(key, more)).headers['idempotency-replayed'], 'true')
      await giveAway(made.data.id)
      const again = await write(key, more)
      assert.deepEqual([again.statusCode, again.data.code], [403, 'forbidden'], key)
      assert.doesNotMatch(again.body, /own words/)
    }
    const post = await publishPost(bea)
    const say = () =>
      bens.send('POST', paths.api.postComments(post.id), { body: 'Said.' }, { 'idempotency-key': 'a-comment' })
    assert.equal((await say()).statusCode, 201)
    const again = await say()
    assert.deepEqual([again.statusCode, again.headers['idempotency-replayed']], [201, 'true'])
    await giveAway(post.id, { visibility: 'private' })
    assert.ok([403, 404].includes((await say()).statusCode))
  })

  test('is answered again also where its address has no number: of oneself, and of many at once', async () => {
    const { id } = await publishPost(ben)
    const shared = await publishPost(ada)
    const adas = await program(app, db, ada)
    const said = await bens.send('POST', paths.api.postComments(shared.id), { body: 'Among many.' })
    const deeds = [
      [bens, 'PATCH', paths.api.me(), { about: 'Of me.' }, 'of-me'],
      [bens, 'POST', paths.api.postChanges(), { ids: [id], change: 'unpublish' }, 'of-many'],
      [
        adas,
        'POST',
        paths.api.commentDecisions(),
        { comments: [{ id: said.data.id, version: said.data.version }], decision: 'spam' },
        'of-many',
      ],
    ] as const
    for (const [who, method, path, body, key] of deeds) {
      const send = () => who.send(method, path, body, { 'idempotency-key': key })
      const first = await send()
      const again = await send()
      assert.equal(first.statusCode, 200, `${path} ${first.body}`)
      const replayed = again.headers['idempotency-replayed']
      assert.deepEqual([again.statusCode, replayed, again.data], [200, 'true', first.data], path)
    }
  })

  test('of many at once is the same as of each alone', async () => {
    const mine = await writePost(ben)
    const theirs = await writePost(bea)
    const { data } = await bens.send('POST', paths.api.postChanges(), {
      change: 'publish',
      ids: [mine.id, theirs.id, 999_999],
    })
    assert.deepEqual(data, { changed: [mine.id], unchanged: [theirs.id, 999_999] })
  })
})

describe('an address', () => {
  test('that is not there, or takes another method, says so in the same form', async () => {
    const missing = await nobody.get('/api/v1/nothing')
    assert.deepEqual([missing.statusCode, missing.data.code], [404, 'not_found'])
    const wrong = await bens.send('PUT', posts, {})
    assert.deepEqual([wrong.statusCode, wrong.data.code], [405, 'method_not_allowed'])
    assert.match(String(wrong.headers.allow), /GET, POST/)
    for (const id of ['0', 'x', '-1', '99999999999999999999', '1.5']) {
      assert.equal((await nobody.get(paths.api.post(id))).data.code, 'not_found', id)
    }
  })

  test('may be asked so often in a minute, and says how often it still may', async () => {
    const { headers } = await nobody.get(posts)
    const [, left = ''] = /r=(\d+)/.exec(String(headers.ratelimit)) ?? []
    await sql`update attempts set count = count + ${Number(left)} where key like 'api:%'`.execute(db)
    const over = await nobody.get(posts)
    assert.deepEqual([over.statusCode, over.data.code], [429, 'too_many'])
    assert.match(String(over.headers['retry-after']), /^\d+$/)
    await sql`delete from attempts`.execute(db)
  })

  test('with a wrong token counts like one without, also for older programs', async () => {
    for (const [path, wrong] of [
      [posts, `bloggy_${'x'.repeat(43)}`],
      [posts, 'no token'],
      [paths.legacy.apiList('posts'), `bloggy_${'x'.repeat(43)}`],
    ] as const) {
      const ask = async () => (await nobody.get(path, { authorization: `Bearer ${wrong}` })).statusCode
      assert.equal(await ask(), 401)
      await sql`update attempts set count = count + 119 where key like 'api:%'`.execute(db)
      assert.equal(await ask(), 429)
      await sql`delete from attempts`.execute(db)
    }
  })
})

test('what is found by its link alone is not found by counting', async () => {
  const { id, slug } = await publishPost(ben, { visibility: 'unlisted', title: 'Hidden in plain sight' })
  const answer = await rosa.post(paths.postComments(slug), { body: 'Below it.' })
  const [, comment = ''] = /comment=(\d+)/.exec(String(answer.headers.location)) ?? []
  const hidden = [
    paths.api.post(id),
    paths.api.postComments(id),
    paths.api.comment(comment),
    paths.commentPlace(comment),
  ]
  for (const path of [...hidden, `/api/posts/${id}`, `/api/comments/${comment}`]) {
    assert.equal((await nobody.get(path)).statusCode, 404, path)
    assert.equal((await bea.get(path)).statusCode, 404, path)
  }
  assert.equal((await rosa.get(paths.commentPlace(comment))).statusCode, 303)
  assert.equal((await (await program(app, db, ben)).get(paths.api.postComments(id))).statusCode, 200)
})

test('wrong tokens count as requests of their network, and a right one goes on', async () => {
  const bens = await program(app, db, ben)
  for (const path of [posts, paths.legacy.apiList('posts')]) {
    await sql`delete from attempts`.execute(db)
    const guess = async () =>
      await nobody.get(path, { authorization: `Bearer bloggy_${'a'.repeat(43)}`, cookie: ben.cookie })
    const { statusCode, headers } = await guess()
    assert.equal(statusCode, 401, path)
    const [, left = ''] = /r=(\d+)/.exec(String(headers.ratelimit)) ?? []
    assert.equal(left, '119', path)
    await sql`update attempts set count = count + ${Number(left)} where key like 'api:%'`.execute(db)
    const over = await guess()
    assert.equal(over.statusCode, 429, path)
    assert.match(String(over.headers['retry-after']), /^\d+$/)
    assert.equal((await bens.get(path)).statusCode, 200, path)
  }
  await sql`delete from attempts`.execute(db)
})

test('the document and its page are there for everyone, the page without a script', async () => {
  const { data } = await nobody.get(paths.api.document())
  assert.equal(data.openapi, '3.1.1')
  assert.equal(data.paths['/api/v1/posts/{id}'].patch.operationId, 'updatePost')
  const index = await nobody.get(paths.api.root())
  const leads = [index.data.openapi, index.data.reference].map((address: string) => new URL(address).pathname)
  assert.deepEqual([index.data.name, ...leads], ['Bloggy', paths.api.document(), paths.api.reference()])
  const page = await nobody.get(paths.api.reference())
  assert.match(page.body, /updatePost/)
  assert.doesNotMatch(page.body, /<script/)
})
