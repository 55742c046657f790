// What programs of the older Bloggy send, and what they get.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { type Program, program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ada, ben, bea, cleo, rosa } = cast
const adas = await program(app, db, ada)
const bens = await program(app, db, ben)
const beas = await program(app, db, bea)
const cleos = await program(app, db, cleo)
const rosas = await program(app, db, rosa)
const nobody = await program(app, db)
const all = paths.legacy.apiList
const one = paths.legacy.apiItem
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

describe('posts', () => {
  test('are made, read, changed and deleted in the older forms', async () => {
    const made = await bens.send('POST', all('posts'), { title: 'One', text: 'Some *words*.', date: 'x', extra: 7 })
    assert.equal(made.statusCode, 201, made.body)
    const { id, date } = made.data
    assert.match(date, moment)
    assert.deepEqual(made.data, { id, title: 'One', text: 'Some *words*.', date })
    assert.deepEqual((await nobody.get(one('posts', id))).data, { id, title: 'One', text: 'Some words.', date })
    for (const method of ['PUT', 'PATCH']) {
      const changed = await bens.send(method, one('posts', id), { title: `By ${method}` })
      assert.deepEqual(
        [changed.statusCode, changed.data.title, changed.data.text],
        [200, `By ${method}`, 'Some *words*.'],
      )
    }
    const gone = await bens.send('DELETE', one('posts', id))
    assert.deepEqual([gone.statusCode, gone.data], [200, {}])
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { statusCode, data } = await bens.send(
        method,
        one('posts', id),
        method === 'PUT' ? { title: 'x' } : undefined,
      )
      assert.deepEqual([statusCode, data], [404, { errors: { id: 'record not found' } }], method)
    }
    const events = await db
      .selectFrom('audit_events')
      .select('action')
      .where('subject_type', '=', 'post')
      .where('subject_id', '=', id)
      .orderBy('id')
      .execute()
    assert.ok(events.length >= 4, JSON.stringify(events))
  })

  test('come as JSON, as a form or in parts, and as nothing where the JSON is none', async () => {
    const headers = { authorization: `Bearer ${bens.token}` }
    const form = await app.inject({
      method: 'POST',
      url: all('posts'),
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ title: 'A form', text: 'Of a browser.' }).toString(),
    })
    assert.deepEqual([form.statusCode, form.json().title], [201, 'A form'])
    const parts = (...fields: string[]) =>
      `${fields.map((field) => `--x\r\ncontent-disposition: form-data; ${field}\r\n`).join('')}--x--\r\n`
    const send = (payload: string, type = 'multipart/form-data; boundary=x') =>
      app.inject({ method: 'POST', url: all('posts'), headers: { ...headers, 'content-type': type }, payload })
    const multipart = await send(parts('name="title"\r\n\r\nIn parts', 'name="text"\r\n\r\nTwo of them.'))
    assert.deepEqual([multipart.statusCode, multipart.json().title], [201, 'In parts'])
    for (const body of ['{', '', '[1]', '"x"', '['.repeat(5000)]) {
      const { statusCode, data } = await bens.send('POST', all('posts'), body)
      assert.deepEqual([statusCode, Object.keys(data.errors)], [422, ['title', 'text']], body.slice(0, 10))
    }
    for (const [payload, type] of [
      [parts('name="title"; filename="x.txt"\r\n\r\nA file'), undefined],
      ['--x\r\n', undefined],
      ['--x\r\ncontent-disposition: form-data; name="title"\r\n\r\ncut', undefined],
      ['nothing', 'multipart/form-data'],
      [parts('name="__proto__"\r\n\r\nx'), undefined],
      [parts(...Array.from({ length: 30 }, (_, at) => `name="f${at}"\r\n\r\nx`)), undefined],
      ['<x/>', 'application/xml'],
    ] as const) {
      const { statusCode, json } = await send(payload, type)
      assert.ok(statusCode >= 400 && statusCode < 500, `${statusCode} ${payload.slice(0, 60)}`)
      assert.ok(json().errors)
    }
  })

  test('say by field what cannot be', async () => {
    const cases: [unknown, string[]][] = [
      [{}, ['title', 'text']],
      [{ title: 'x' }, ['text']],
      [{ title: '  ', text: 'x' }, ['title']],
      [{ title: 'x'.repeat(513), text: 'x' }, ['title']],
      [{ title: 'x', text: 'x'.repeat(500_001) }, ['text']],
      [{ title: ['x'], text: { a: 1 } }, ['title', 'text']],
      [{ title: 'x', text: null }, ['text']],
      [{ title: 'x', text: 'y', user: ada.id }, ['user']],
      [{ title: 'x', text: 'y', user: 'ada' }, ['user']],
    ]
    for (const [body, fields] of cases) {
      const { statusCode, data } = await bens.send('POST', all('posts'), body)
      assert.deepEqual([statusCode, Object.keys(data.errors)], [422, fields], JSON.stringify(body).slice(0, 60))
    }
    assert.equal((await bens.send('POST', all('posts'), { title: 'a\u0000b', text: 'y' })).statusCode, 422)
    const mine = await bens.send('POST', all('posts'), { title: 5, text: 'y', user: ben.id })
    assert.deepEqual([mine.statusCode, mine.data.title], [201, '5'])
  })

  test('are changed by those who may, and drafts and private ones found by nobody else', async () => {
    const { id } = await publishPost(ben)
    const draft = await writePost(ben)
    const unlisted = await publishPost(ben, { visibility: 'unlisted' })
    const members = await publishPost(ben, { visibility: 'members', body: 'For members.' })
    const body = { title: 'Taken over' }
    assert.equal((await nobody.send('POST', all('posts'), { title: 'x', text: 'y' })).statusCode, 401)
    assert.equal((await nobody.send('PUT', one('posts', id), body)).statusCode, 401)
    assert.equal((await nobody.send('DELETE', one('posts', id))).statusCode, 401)
    assert.equal((await rosas.send('POST', all('posts'), { title: 'x', text: 'y' })).statusCode, 403)
    for (const who of [beas, rosas]) {
      assert.equal((await who.send('PUT', one('posts', id), body)).statusCode, 403)
      assert.equal((await who.send('DELETE', one('posts', id))).statusCode, 403)
      assert.equal((await who.send('PUT', one('posts', draft.id), body)).statusCode, 404)
    }
    assert.equal((await cleos.send('PATCH', one('posts', id), body)).data.title, 'Taken over')
    for (const hidden of [draft, unlisted]) {
      for (const who of [nobody, rosas, beas]) assert.equal((await who.get(one('posts', hidden.id))).statusCode, 404)
      assert.equal((await bens.get(one('posts', hidden.id))).statusCode, 200)
    }
    assert.equal((await nobody.get(one('posts', members.id))).data.text, null)
    assert.equal((await rosas.get(one('posts', members.id))).data.text, 'For members.')
    for (const bad of ['0', 'x', '-1', '9'.repeat(30), '1.5'])
      assert.deepEqual((await nobody.get(one('posts', bad))).data, { errors: { id: 'record not found' } })
  })

  test('are listed in pages as the older one had them, whatever is asked', async () => {
    const { rows } = await sql<{ id: number }>`select id from posts
      where published_at <= now() and visibility in ('public', 'members') order by id`.execute(db)
    const ids = rows.map(({ id }) => id)
    assert.ok(ids.length > 4)
    const list = async (query: string) => {
      const { data } = await nobody.get(`${all('posts')}?${query}`)
      return { ids: data.data.map(({ id }: { id: number }) => id), ...data.meta }
    }
    const total_objects = ids.length
    const whole = { ids, object: 'list', has_more: false, total_objects }
    assert.deepEqual(await list(''), whole)
    assert.deepEqual(await list('page=1&page_size=2'), { ...whole, ids: ids.slice(0, 2), has_more: true })
    assert.deepEqual(await list('page=2&page_size=2'), { ...whole, ids: ids.slice(2, 4), has_more: true })
    assert.deepEqual(await list('page=99'), { ...whole, ids: [] })
    assert.deepEqual(await list('sort_by=-id&page_size=1'), { ...whole, ids: ids.slice(-1), has_more: true })
    for (const query of [
      'page=0',
      'page=x',
      'page_size=0',
      'page_size=51',
      'sort_by=title',
      'where={"id":1}',
      'page=1&page=2',
    ])
      assert.deepEqual(await list(query), whole, query)
    const deep = await nobody.get(`${all('posts')}?page=999999999`)
    assert.deepEqual([deep.statusCode, Object.keys(deep.data.errors)], [400, ['page']])
  })
})

describe('who asks', () => {
  test('shows a token with its scopes, or a session of this site', async () => {
    const reading = await program(app, db, ben, ['posts:read'])
    assert.equal((await reading.get(all('posts'))).statusCode, 200)
    assert.equal((await reading.send('POST', all('posts'), { title: 'x', text: 'y' })).statusCode, 403)
    assert.equal((await reading.get(all('users'))).statusCode, 403)
    const send = (headers: Record<string, string>) =>
      app.inject({
        method: 'POST',
        url: all('posts'),
        headers: { 'content-type': 'application/json', ...headers },
        payload: JSON.stringify({ title: 'By a session', text: 'Here.' }),
      })
    assert.equal((await send({ cookie: ben.cookie })).statusCode, 201)
    assert.equal((await send({ cookie: ben.cookie, 'sec-fetch-site': 'cross-site' })).statusCode, 403)
    assert.equal((await send({ cookie: ben.cookie, origin: 'https://evil.example' })).statusCode, 403)
    assert.equal((await send({})).statusCode, 401)
    // The token says who it is, and no cookie beside it makes it more.
    const both = await send({ cookie: ada.cookie, authorization: `Bearer ${rosas.token}` })
    assert.equal(both.statusCode, 403)
    const wrong = await send({ cookie: ada.cookie, authorization: 'Bearer bloggy_none' })
    assert.equal(wrong.statusCode, 401)
    assert.match(String(wrong.headers['www-authenticate']), /^Bearer/)
  })
})

describe('comments', () => {
  test('are made, listed, changed and deleted by the rules of the pages', async () => {
    const post = await publishPost(ben)
    const made = await rosas.send('POST', all('comments'), { text: 'Well said.', post: String(post.id) })
    assert.equal(made.statusCode, 201, made.body)
    const { id, date } = made.data
    assert.match(date, moment)
    assert.deepEqual(made.data, { id, text: 'Well said.', date, post: post.id })
    assert.deepEqual((await nobody.get(one('comments', id))).data, made.data)
    const list = (await nobody.get(all('comments'))).data
    assert.deepEqual(list.data, [made.data])
    assert.deepEqual(list.meta, { object: 'list', has_more: false, total_objects: 1 })
    assert.equal((await beas.send('PUT', one('comments', id), { text: 'Not I' })).statusCode, 403)
    assert.equal(
      (await rosas.send('PUT', one('comments', id), { text: 'Better.', post: post.id })).data.text,
      'Better.',
    )
    assert.deepEqual(Object.keys((await rosas.send('PATCH', one('comments', id), { post: 1 })).data.errors), ['post'])
    for (const body of [{ text: 'x' }, { text: 'x', post: 999_999 }, { text: 'x', post: 'y' }, { text: 'x', post: -1 }])
      assert.deepEqual(Object.keys((await rosas.send('POST', all('comments'), body)).data.errors), ['post'])
    assert.deepEqual(
      Object.keys((await rosas.send('POST', all('comments'), { text: ' ', post: post.id })).data.errors),
      ['text'],
    )
    assert.equal((await nobody.send('POST', all('comments'), { text: 'x', post: post.id })).statusCode, 401)
    const named = await rosas.send('POST', all('comments'), { text: 'x', post: post.id, user: ada.id })
    assert.deepEqual(Object.keys(named.data.errors), ['user'])
    assert.deepEqual((await rosas.send('DELETE', one('comments', id))).data, {})
    assert.equal((await nobody.get(one('comments', id))).statusCode, 404)
    assert.deepEqual((await nobody.get(all('comments'))).data.data, [])
  })

  test('below drafts, posts for members and the queue are for nobody else', async () => {
    const members = await publishPost(ben, { visibility: 'members' })
    const made = await rosas.send('POST', all('comments'), { text: 'Among us.', post: members.id })
    assert.equal((await nobody.get(one('comments', made.data.id))).statusCode, 404)
    assert.deepEqual((await nobody.get(all('comments'))).data.data, [])
    assert.equal((await beas.get(all('comments'))).data.data.length, 1)
    await db.updateTable('comments').set({ state: 'hidden' }).where('id', '=', made.data.id).execute()
    assert.deepEqual((await beas.get(all('comments'))).data.data, [])
    const draft = await writePost(ben)
    const below = await bens.send('POST', all('comments'), { text: 'x', post: draft.id })
    assert.deepEqual([below.statusCode, Object.keys(below.data.errors)], [422, ['post']])
    await db.updateTable('settings').set({ comments_wait: 'every' }).execute()
  })
})

test('users are read with the fields of old, and never a hash', async () => {
  await db.updateTable('users').set({ first_name: 'Ben', last_name: 'Old' }).where('id', '=', ben.id).execute()
  const shown = async (who: Program) => (await who.get(one('users', ben.id))).data
  const names = { id: ben.id, first_name: 'Ben', last_name: 'Old' }
  for (const who of [nobody, rosas, cleos]) assert.deepEqual(await shown(who), { ...names, email: null })
  for (const who of [adas, bens]) assert.deepEqual(await shown(who), { ...names, email: ben.email })
  assert.equal((await nobody.get(all('users'))).statusCode, 401)
  assert.deepEqual(
    (await rosas.get(all('users'))).data.data.map(({ id }: { id: number }) => id),
    [ben.id],
  )
  const { data, body } = await adas.get(all('users'))
  assert.equal(data.meta.total_objects, 5)
  assert.doesNotMatch(body, /password|hash|argon/)
  assert.equal((await nobody.get(one('users', rosa.id))).statusCode, 404)
  for (const method of ['POST', 'PUT', 'DELETE'])
    assert.equal((await adas.send(method, method === 'POST' ? all('users') : one('users', ben.id), {})).statusCode, 404)
})

test('roles and permissions are read and written with the rights of the admin pages', async () => {
  const roles = (await cleos.get(all('roles'))).data
  assert.deepEqual(roles.data.map(({ name }: { name: string }) => name).toSorted(), [
    'admin',
    'author',
    'moderator',
    'viewer',
  ])
  assert.deepEqual(Object.keys(roles.data[0]).toSorted(), ['created_at', 'description', 'id', 'name'])
  assert.match(roles.data[0].created_at, moment)
  for (const [who, status] of [
    [nobody, 401],
    [rosas, 403],
    [bens, 403],
  ] as const) {
    assert.equal((await who.get(all('roles'))).statusCode, status)
    assert.equal((await who.get(all('permissions'))).statusCode, status)
    assert.equal((await who.send('POST', all('roles'), { name: 'x' })).statusCode, status)
  }
  const made = await adas.send('POST', all('roles'), { name: 'helper', description: 'Helps.' })
  assert.deepEqual([made.statusCode, made.data.name], [201, 'helper'])
  // The name that it has is no name that another has.
  const same = await adas.send('PUT', one('roles', made.data.id), { name: 'helper', description: 'Helps more.' })
  assert.deepEqual([same.statusCode, same.data.description], [200, 'Helps more.'])
  for (const name of ['', '1', 'ADMIN', 'x'.repeat(80)]) {
    const { statusCode, data } = await adas.send('POST', all('roles'), { name })
    assert.deepEqual([statusCode, Object.keys(data.errors)], [422, ['name']], name)
  }
  assert.equal((await cleos.send('DELETE', one('roles', made.data.id))).statusCode, 403)
  assert.deepEqual((await adas.send('DELETE', one('roles', made.data.id))).data, {})
  const admin = roles.data.find(({ name }: { name: string }) => name === 'admin')
  assert.equal((await adas.send('DELETE', one('roles', admin.id))).statusCode, 409)

  const given = { resource: 'newsletter', action: 'send', scope: '', description: 'Send.', name: 'ignored' }
  const permission = await adas.send('POST', all('permissions'), given)
  assert.deepEqual([permission.statusCode, permission.data.name], [201, 'newsletter.send'])
  const path = one('permissions', permission.data.id)
  assert.equal((await adas.send('PATCH', path, { ...given, description: 'Mail.' })).data.description, 'Mail.')
  assert.deepEqual(Object.keys((await adas.send('PUT', path, { action: 'stop' })).data.errors), ['action'])
  assert.equal((await adas.send('DELETE', path)).statusCode, 404)
  assert.equal((await cleos.get(`${all('permissions')}?page_size=50`)).data.data.length, 32)
  for (const body of [{}, { resource: 'A b', action: 'x' }, { ...given }, { ...given, scope: 'all' }])
    assert.equal((await adas.send('POST', all('permissions'), body)).statusCode, 422)
})

test('the root names the collections, and old addresses of documents lead on', async () => {
  const { data } = await nobody.get(paths.legacy.api())
  assert.deepEqual([data.message, data.version, data.endpoints.posts], ['Bloggy REST API', '1.0.0', '/api/posts'])
  assert.equal((await nobody.get(paths.legacy.openApi())).headers.location, paths.api.document())
  assert.equal((await nobody.get(paths.legacy.apiPage())).headers.location, paths.api.reference())
  for (const path of ['/api/nothing', '/api/posts/1/comments'])
    assert.deepEqual((await nobody.get(path)).data, { errors: { id: 'record not found' } })
  // The other interface keeps its own form.
  assert.equal((await nobody.get('/api/v1/nothing')).data.code, 'not_found')
})

test('a body that is too long is refused, of a stranger sooner', async () => {
  const long = JSON.stringify({ title: 'x', text: 'y'.repeat(100_000) })
  assert.equal((await nobody.send('POST', all('posts'), long)).statusCode, 401)
  assert.equal((await bens.send('POST', all('posts'), long)).statusCode, 201)
  const longer = JSON.stringify({ title: 'x', text: 'y'.repeat(7_000_000) })
  const refused = await bens.send('POST', all('posts'), longer)
  assert.deepEqual([refused.statusCode, Object.keys(refused.data.errors)], [413, ['request']])
  const made = await newcomer(app, db, 'Late', 'viewer')
  assert.equal((await (await program(app, db, made)).get(all('posts'))).statusCode, 200)
})
