// The library by programs: files come as a form, everything else is JSON.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import files from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { describe, mock, test } from 'node:test'
import { type Program, type Sent, program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { multipart } from '../../test/importing.ts'
import { publishPost } from '../../test/pages.ts'
import { picture } from '../../test/pictures.ts'
import { paths } from '../paths.ts'

const { app, cast, config, db } = await testApp({ MEDIA_MAX_MB: '1' })
const { ada, bea, ben, dev, rosa } = cast
const adas = await program(app, db, ada)
const beas = await program(app, db, bea)
const bens = await program(app, db, ben)
const rosas = await program(app, db, rosa)
const nobody = await program(app, db)
const { api } = paths

type Upload = { content?: Buffer; name?: string; alt?: string; method?: 'POST' | 'PUT'; path?: string; key?: string }

async function send(who: Program, upload: Upload = {}, headers: Record<string, string> = {}): Promise<Sent> {
  const { content = await picture().toBuffer(), name = 'cat.jpg', alt, method = 'POST', path = api.media() } = upload
  const { type, body } = multipart([
    ...(alt === undefined ? [] : [{ name: 'alt', content: alt }]),
    { name: 'file', filename: name, content },
  ])
  const response = await app.inject({
    method,
    url: path,
    headers: {
      'content-type': type,
      ...(who.token && { authorization: `Bearer ${who.token}` }),
      ...(upload.key && { 'idempotency-key': upload.key }),
      ...headers,
    },
    payload: body,
  })
  return Object.assign(response, { data: response.body === '' ? {} : response.json() }) as Sent
}

const count = async () =>
  Number((await db.selectFrom('media').select(db.fn.countAll().as('count')).executeTakeFirst())?.count)

describe('a picture', () => {
  test('for which there is no room is 507, and nothing is kept of it', async () => {
    const before = await count()
    // As statfs(2) says of a disk that is full.
    const full = mock.method(files, 'statfs', () => Promise.resolve({ bavail: 0, bsize: 4096 }))
    syncBuiltinESMExports()
    const refused = await send(bens)
    full.mock.restore()
    syncBuiltinESMExports()
    assert.equal(full.mock.callCount(), 1)
    assert.deepEqual([refused.statusCode, refused.data.status, refused.data.code], [507, 507, 'no_room'])
    assert.equal(refused.data.type, '/api/v1/reference#no_room')
    assert.equal(await count(), before)
    assert.deepEqual(readdirSync(join(config.dataFolder, 'media-arriving')), [])
    assert.equal((await send(bens)).statusCode, 201)
  })

  test('is uploaded as a form, and shown by its address at once', async () => {
    const answer = await send(bens, { name: 'Holiday.jpg', alt: ' A beach ' })
    assert.equal(answer.statusCode, 201, answer.body)
    const { id, url, thumbnail_url, created_at, updated_at, ...rest } = answer.data
    assert.equal(answer.headers.location, api.medium(id))
    assert.deepEqual(rest, {
      name: 'Holiday.jpg',
      alt: 'A beach',
      markdown: `![A beach](${new URL(url).pathname})`,
      width: 600,
      height: 400,
      is_animated: false,
      is_used: false,
      uploaded_by: 'Ben',
      version: 1,
    })
    assert.ok(created_at && updated_at)
    assert.equal((await dev.get(new URL(url).pathname)).statusCode, 302)
    assert.equal((await dev.get(new URL(thumbnail_url).pathname)).headers['content-type'], 'image/webp')
    const read = await beas.get(api.medium(id))
    assert.deepEqual([read.data, read.headers.etag], [answer.data, answer.headers.etag])
    for (const name of ['place', 'files_id', 'key', 'sizes']) assert.equal(name in read.data, false, name)
  })

  test('sent twice with one key is there once', async () => {
    const content = await picture().toBuffer()
    const before = await count()
    const [one, two] = await Promise.all([
      send(bens, { content, key: 'upload-1' }),
      send(bens, { content, key: 'upload-1' }),
    ])
    assert.deepEqual([one.statusCode, two.statusCode], [201, 201])
    assert.deepEqual([one.data, await count()], [two.data, before + 1])
    const other = await send(bens, { key: 'upload-1' })
    assert.deepEqual([other.statusCode, other.data.code], [422, 'key_reused'])
  })

  test('that is none, too large, of nobody or no form is refused, and nothing stays', async () => {
    const before = await count()
    for (const [who, status, code] of [
      [nobody, 401, 'unauthenticated'],
      [rosas, 403, 'forbidden'],
      [await program(app, db, ben, ['media:read', 'posts:write']), 403, 'insufficient_scope'],
    ] as const) {
      const answer = await send(who)
      assert.deepEqual([answer.statusCode, answer.data.code], [status, code])
    }
    const text = await send(bens, { content: Buffer.from('No picture at all.') })
    assert.deepEqual([text.statusCode, text.data.errors[0].pointer], [422, '/file'])
    const large = await send(bens, { content: Buffer.alloc(1_000_001, 7) })
    assert.deepEqual([large.statusCode, large.data.code], [413, 'too_large'])
    const wordy = await send(bens, { alt: 'x'.repeat(1001) })
    assert.deepEqual([wordy.statusCode, wordy.data.errors[0].pointer], [422, '/alt'])
    assert.equal((await send(bens, { alt: 'a\0b' })).statusCode, 422)
    const json = await bens.send('POST', api.media(), { file: 'x' })
    assert.deepEqual([json.statusCode, json.data.code], [415, 'not_json'])
    assert.match(json.data.detail, /multipart\/form-data/)
    const empty = await app.inject({
      method: 'POST',
      url: api.media(),
      headers: { 'content-type': 'multipart/form-data; boundary=x', authorization: `Bearer ${bens.token}` },
      payload: '--x--\r\n',
    })
    assert.equal(empty.statusCode, 422, empty.body)
    // A form is for files alone.
    const post = await send(bens, { path: api.posts() })
    assert.deepEqual([post.statusCode, post.data.code], [415, 'not_json'])
    assert.equal(await count(), before)
    assert.deepEqual(readdirSync(join(config.dataFolder, 'media-arriving')), [])
  })

  test('gets other words from who uploaded it or may edit all posts', async () => {
    const { data } = await send(bens)
    const path = api.medium(data.id)
    const etag = String((await bens.get(path)).headers.etag)
    for (const [who, status] of [
      [nobody, 401],
      [rosas, 403],
      [beas, 403],
    ] as const) {
      assert.equal((await who.send('PATCH', path, { alt: 'Mine' })).statusCode, status)
      assert.equal((await who.send('DELETE', path)).statusCode, status)
      assert.equal((await send(who, { method: 'PUT', path: api.mediumFile(data.id) })).statusCode, status)
    }
    const changed = await bens.send('PATCH', path, { alt: 'A cat' }, { 'if-match': etag })
    assert.deepEqual([changed.statusCode, changed.data.alt, changed.data.name], [200, 'A cat', 'cat.jpg'])
    assert.equal((await bens.send('PATCH', path, { alt: 'Late' }, { 'if-match': etag })).statusCode, 412)
    assert.equal((await adas.send('PATCH', path, { name: 'Owned.jpg' })).data.version, 3)
    for (const body of [{}, { name: ' ' }, { alt: 'x'.repeat(1001) }, { version: 1 }, { uploaded_by: 1 }])
      assert.equal((await bens.send('PATCH', path, body)).statusCode, 422, JSON.stringify(body))
    for (const id of [999_999, '0', 'x', '9'.repeat(30)])
      assert.equal((await bens.send('PATCH', api.medium(id), { alt: 'x' })).statusCode, 404)
  })

  test('gets another file under the same address', async () => {
    const { data } = await send(bens)
    const path = api.mediumFile(data.id)
    const etag = String((await bens.get(api.medium(data.id))).headers.etag)
    const content = await picture(300, 300).toBuffer()
    const replaced = await send(bens, { method: 'PUT', path, content }, { 'if-match': etag })
    assert.deepEqual([replaced.statusCode, replaced.data.width, replaced.data.url], [200, 300, data.url])
    const late = await send(bens, { method: 'PUT', path }, { 'if-match': etag })
    assert.deepEqual([late.statusCode, late.data.code], [412, 'changed'])
    assert.equal((await send(bens, { method: 'PUT', path, content: Buffer.from('x') })).statusCode, 422)
    assert.equal((await send(bens, { method: 'PUT', path: api.mediumFile(999_999) })).statusCode, 404)
  })

  test('is deleted; one that a text uses only where that is said', async () => {
    const { data } = await send(bens)
    const path = api.medium(data.id)
    await publishPost(ben, { body: data.markdown })
    const used = await bens.send('DELETE', path)
    assert.deepEqual([used.statusCode, used.data.code], [409, 'conflict'])
    assert.equal((await bens.send('DELETE', `${path}?even_used=maybe`)).statusCode, 422)
    assert.equal((await bens.send('DELETE', path, undefined, { 'if-match': '"x"' })).statusCode, 412)
    assert.equal((await bens.send('DELETE', `${path}?even_used=true`)).statusCode, 204)
    assert.equal((await bens.get(path)).statusCode, 404)
    assert.equal((await bens.send('DELETE', path)).statusCode, 404)
  })
})

test('the library is listed for writers, found by words', async () => {
  await send(bens, { name: 'findable one.jpg', alt: 'Words' })
  await send(beas, { name: 'findable two.jpg' })
  for (const [who, status] of [
    [nobody, 401],
    [rosas, 403],
  ] as const) {
    assert.equal((await who.get(api.media())).statusCode, status)
    assert.equal((await who.get(api.medium(1))).statusCode, status)
  }
  const names = async (query: string) => {
    const { data } = await bens.get(`${api.media()}?${query}`)
    return data.data.map(({ name }: { name: string }) => name) as string[]
  }
  assert.deepEqual(await names('q=FINDABLE'), ['findable two.jpg', 'findable one.jpg'])
  assert.deepEqual(await names('q=findable&sort=id&limit=1'), ['findable one.jpg'])
  assert.deepEqual(await names('q=findable&show=without-alt'), ['findable two.jpg'])
  assert.deepEqual(await names(`q=${'%25'}`), [])
  assert.equal((await bens.get(`${api.media()}?show=all`)).statusCode, 422)
  const { data } = await bens.get(`${api.media()}?fields=id,url&limit=1`)
  assert.deepEqual(Object.keys(data.data[0]), ['id', 'url'])
})
