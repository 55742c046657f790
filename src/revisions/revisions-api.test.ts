// Revisions, drafts beside a published text, and moments to appear at, by programs.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ada, bea, ben, cleo, dev, rosa } = cast
const adas = await program(app, db, ada)
const beas = await program(app, db, bea)
const bens = await program(app, db, ben)
const rosas = await program(app, db, rosa)
const nobody = await program(app, db)
const { api } = paths
// Told that a post is not theirs where they may read it.
const seen = (status: number) => (status === 404 ? 403 : status)
const strangers = [
  [nobody, 401],
  [rosas, 404],
  [beas, 404],
] as const

const deeds = async (id: number) => {
  const events = await db
    .selectFrom('audit_events')
    .select(['action', 'actor_id'])
    .where('subject_type', '=', 'post')
    .where('subject_id', '=', id)
    .orderBy('id')
    .execute()
  return events.map(({ action, actor_id }) => `${action} ${actor_id}`)
}

describe('revisions', () => {
  test('are listed and read by who may edit the post', async () => {
    const { id } = await writePost(ben, { title: 'First title', body: 'First text.', tags: 'one, two' })
    await bens.send('PATCH', api.post(id), { title: 'Second title', body: 'Second text.' })
    const list = (await bens.get(`${api.revisions(id)}?limit=1`)).data
    assert.deepEqual([list.data[0].id, list.data[0].title, 'body' in list.data[0]], [2, 'Second title', false])
    const next = (await bens.get(`${api.revisions(id)}?limit=1&cursor=${list.next}`)).data
    assert.deepEqual([next.data[0].id, next.next], [1, null])
    const { details, created_at, ...first } = (await adas.get(api.revision(id, 1))).data
    assert.deepEqual(first, {
      id: 1,
      kind: 'saved',
      name: null,
      title: 'First title',
      body: 'First text.',
      format: 'markdown',
      tags: ['one', 'two'],
      characters: 11,
      author: 'Ben',
    })
    assert.deepEqual([details.visibility, typeof created_at], ['public', 'string'])
    for (const [who, status] of strangers) {
      assert.equal((await who.get(api.revisions(id))).statusCode, status)
      assert.equal((await who.get(api.revision(id, 1))).statusCode, status)
      assert.equal((await who.send('POST', api.revisionRestoration(id, 1))).statusCode, status)
    }
    for (const number of ['0', '3', 'x', '9'.repeat(30)])
      assert.equal((await bens.get(api.revision(id, number))).statusCode, 404, number)
    assert.equal((await bens.get(api.revisions(999_999))).statusCode, 404)
  })

  test('are gone back to: a draft at once, a published post by a draft beside it', async () => {
    const draft = await writePost(ben, { title: 'Was this', body: 'Then.' })
    await bens.send('PATCH', api.post(draft.id), { title: 'Is that', body: 'Now.', visibility: 'private' })
    const etag = String((await bens.get(api.post(draft.id))).headers.etag)
    const path = api.revisionRestoration(draft.id, 1)
    const back = await bens.send('POST', path, undefined, { 'if-match': etag })
    assert.deepEqual([back.statusCode, back.data.title, back.data.body], [200, 'Was this', 'Then.'])
    // Who reads it is no matter of its text.
    assert.equal(back.data.visibility, 'private')
    assert.equal((await bens.send('POST', path, undefined, { 'if-match': etag })).statusCode, 412)
    assert.ok((await deeds(draft.id)).includes(`post.restored ${ben.id}`))

    const out = await publishPost(ben, { title: 'Out', body: 'Old words.' })
    await bens.send('PATCH', api.post(out.id), { body: 'New words.' })
    const kept = await bens.send('POST', api.revisionRestoration(out.id, 1))
    assert.deepEqual([kept.statusCode, kept.data.body, kept.data.has_draft], [200, 'New words.', true])
    assert.match((await dev.get(paths.post(out.slug))).body, /New words/)
    assert.equal((await bens.get(api.postDraft(out.id))).data.body, 'Old words.')
    assert.equal((await bens.send('POST', api.revisionRestoration(out.id, 99))).statusCode, 404)
  })
})

describe('a draft beside a published text', () => {
  test('is kept, read, published and dropped, while readers see what was published', async () => {
    const { id, slug } = await publishPost(ben, { title: 'Out', body: 'For readers.', tags: 'kept', excerpt: 'Short.' })
    const path = api.postDraft(id)
    assert.equal((await bens.get(path)).statusCode, 404)
    const put = await bens.send('PUT', path, { title: 'Out, again', body: 'Not yet.', language: 'de' })
    assert.equal(put.statusCode, 200, put.body)
    const { title, body, tags, excerpt, language, updated_by, authors, series_part } = put.data
    assert.deepEqual(
      { title, body, tags, excerpt, language, updated_by, authors, series_part },
      {
        title: 'Out, again',
        body: 'Not yet.',
        tags: ['kept'],
        excerpt: 'Short.',
        language: 'de',
        updated_by: 'Ben',
        authors: [],
        series_part: null,
      },
    )
    const read = await bens.get(path)
    assert.deepEqual([read.data, read.headers.etag], [put.data, put.headers.etag])
    assert.match((await dev.get(paths.post(slug))).body, /For readers/)
    assert.equal((await bens.get(api.post(id))).data.has_draft, true)
    assert.doesNotMatch(JSON.stringify((await nobody.get(api.post(id))).data), /Not yet|has_draft/)

    for (const [who, status] of strangers) {
      assert.equal((await who.get(path)).statusCode, seen(status))
      assert.equal((await who.send('PUT', path, { title: 'x', body: 'y' })).statusCode, seen(status))
      assert.equal((await who.send('DELETE', path)).statusCode, seen(status))
      assert.equal((await who.send('POST', api.postDraftPublication(id))).statusCode, seen(status))
    }
    const etag = String(put.headers.etag)
    const second = await bens.send('PUT', path, { title: 'Out, again', body: 'Now.', tags: [] }, { 'if-match': etag })
    assert.deepEqual([second.statusCode, second.data.tags, second.data.language], [200, [], 'de'])
    for (const method of ['PUT', 'DELETE'])
      assert.equal(
        (await bens.send(method, path, method === 'PUT' ? { title: 'x', body: 'y' } : undefined, { 'if-match': etag }))
          .statusCode,
        412,
      )
    const published = await bens.send('POST', api.postDraftPublication(id))
    assert.deepEqual(
      [published.statusCode, published.data.body, published.data.has_draft, published.data.state],
      [200, 'Now.', false, 'published'],
    )
    assert.match((await dev.get(published.data.url.replace(/^https?:\/\/[^/]+/, ''))).body, /Now\./)
    assert.equal((await bens.send('POST', api.postDraftPublication(id))).statusCode, 404)

    await bens.send('PUT', path, { title: 'Third', body: 'Dropped.' })
    assert.equal((await bens.send('DELETE', path)).statusCode, 204)
    assert.equal((await bens.get(path)).statusCode, 404)
    assert.equal((await bens.send('DELETE', path)).statusCode, 404)
    assert.equal((await deeds(id)).at(-1), `post.draft-deleted ${ben.id}`)
  })

  test('needs a published text, and fields that can be taken', async () => {
    const draft = await writePost(ben, { title: 'Not out' })
    const refused = await bens.send('PUT', api.postDraft(draft.id), { title: 'x', body: 'y' })
    assert.deepEqual([refused.statusCode, refused.data.code], [409, 'conflict'])
    const { id } = await publishPost(ben, { title: 'Out here' })
    for (const [body, pointer] of [
      [{ title: 'x' }, '/body'],
      [{ title: 'x', body: 'y', state: 'published' }, '/state'],
      [{ title: 'x', body: 'y', language: 'not one' }, '/language'],
      [{ title: 'x', body: 'y', authors: ['nobody-of-that-name'] }, '/authors'],
    ] as const) {
      const answer = await bens.send('PUT', api.postDraft(id), body)
      assert.deepEqual([answer.statusCode, answer.data.errors?.[0]?.pointer], [422, pointer])
    }
    assert.equal((await bens.get(api.postDraft(id))).statusCode, 404)
  })
})

describe('a moment to appear at', () => {
  test('is set with the post or later, moved, and taken back', async () => {
    const made = await bens.send('POST', api.posts(), {
      title: 'Later',
      body: 'Wait.',
      state: 'scheduled',
      appears_at: '2033-05-01T09:30:15+02:00',
    })
    assert.deepEqual(
      [made.statusCode, made.data.state, made.data.published_at],
      [201, 'scheduled', '2033-05-01T07:30:15.000Z'],
    )
    const path = api.post(made.data.id)
    assert.equal((await nobody.get(path)).statusCode, 404)
    const moved = await bens.send('PATCH', path, { appears_at: '2031-01-01T00:00:00Z', title: 'Later still' })
    assert.deepEqual([moved.data.published_at, moved.data.title], ['2031-01-01T00:00:00.000Z', 'Later still'])
    assert.equal((await bens.send('PATCH', path, { state: 'scheduled' })).data.state, 'scheduled')
    const waiting = await db.selectFrom('scheduled_posts').select('post_id').execute()
    assert.deepEqual(waiting, [{ post_id: made.data.id }])
    assert.equal((await bens.send('PATCH', path, { state: 'draft' })).data.state, 'draft')
    assert.deepEqual(await db.selectFrom('scheduled_posts').select('post_id').execute(), [])
    const again = await bens.send('PATCH', path, { state: 'scheduled', appears_at: '2032-01-01T00:00:00Z' })
    assert.equal(again.data.state, 'scheduled')
    assert.equal((await bens.send('PATCH', path, { state: 'published' })).data.state, 'published')
    const deed = `post.scheduled ${ben.id}`
    assert.equal((await deeds(made.data.id)).filter((one) => one === deed).length, 3)
  })

  test('that cannot be is refused with the field, and nothing is written', async () => {
    const { id } = await writePost(ben, { title: 'Stays' })
    const out = await publishPost(ben, { title: 'Is out' })
    const at = (appears_at: unknown, state: string | undefined = 'scheduled') => ({
      state,
      appears_at,
      title: 'Changed',
    })
    for (const body of [
      at('2020-01-01T00:00:00Z'),
      at('2999-01-01T00:00:00Z'),
      at('0000-01-01T00:00:00Z'),
      at('0000-01-01T00:00:00+14:00'),
      at('9999-12-31T23:59:59-23:00'),
      at('2016-12-31T23:59:60Z'),
      at('tomorrow'),
      at('2033-01-01'),
      at(null),
      at(1e300),
      at('2033-01-01T00:00:00Z', 'draft'),
      at('2033-01-01T00:00:00Z', 'published'),
      { state: 'scheduled', title: 'Changed' },
      { appears_at: '2033-01-01T00:00:00Z', title: 'Changed' },
    ]) {
      const answer = await bens.send('PATCH', api.post(id), body)
      assert.equal(answer.statusCode, 422, `${JSON.stringify(body)} ${answer.body}`)
      assert.equal(answer.data.errors[0].pointer, '/appears_at')
      const made = await bens.send('POST', api.posts(), { body: 'x', ...body })
      assert.equal(made.statusCode, 422, JSON.stringify(body))
    }
    const late = await bens.send('PATCH', api.post(out.id), at('2033-01-01T00:00:00Z'))
    assert.deepEqual([late.statusCode, late.data.errors[0].pointer], [422, '/appears_at'])
    assert.equal((await bens.get(api.post(out.id))).data.title, 'Is out')
    assert.deepEqual(
      [(await bens.get(api.post(id))).data.title, (await bens.get(api.post(id))).data.state],
      ['Stays', 'draft'],
    )
    assert.equal((await nobody.get(`${api.posts()}?published_after=0000-01-01T00:00:00Z`)).statusCode, 422)
    assert.ok((await nobody.get(`${api.posts()}?published_after=2016-12-31T23:59:60Z`)).statusCode < 500)
  })

  test('is set by who may publish, and by nobody else', async () => {
    const { id } = await writePost(ben, { title: 'Guarded' })
    const body = { state: 'scheduled', appears_at: '2033-01-01T00:00:00Z' }
    for (const [who, status] of strangers)
      assert.equal((await who.send('PATCH', api.post(id), body)).statusCode, who === rosas ? 403 : status)
    const made = { title: 'x', body: 'y', ...body }
    assert.equal((await rosas.send('POST', api.posts(), made)).statusCode, 403)
    const cleos = await program(app, db, cleo, ['posts:read'])
    assert.equal((await cleos.send('PATCH', api.post(id), body)).data.code, 'insufficient_scope')
  })
})
