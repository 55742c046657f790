// A revision as the page that readers would have got, and the revision of a moment.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const context = await testApp()
const { cast, db } = context
const { ada, ben, bea, cleo, dev, rosa } = cast

async function save(id: number, form: Record<string, string>) {
  const version = fieldOf((await ben.get(paths.admin.post(id))).body, 'version') ?? ''
  const response = await ben.post(paths.admin.post(id), { title: 'A post', ...form, version })
  assert.equal(response.statusCode, 303, response.body)
}

async function setMoments(post_id: number, ...moments: string[]) {
  for (const [index, created_at] of moments.entries()) {
    await db
      .updateTable('post_revisions')
      .set({ created_at: new Date(created_at) })
      .where('post_id', '=', post_id)
      .where('number', '=', index + 1)
      .execute()
  }
  await db
    .updateTable('posts')
    .set({ created_at: new Date(moments[0] ?? '') })
    .where('id', '=', post_id)
    .execute()
}

const asOf = (id: number, at: string, who = ben) =>
  who.get(`${paths.admin.revisionAt(id)}?at=${encodeURIComponent(at)}`)

async function setZone(time_zone: string) {
  await db.updateTable('settings').set({ time_zone }).execute()
  await context.settings.refresh()
}

describe('a revision as a page', () => {
  test('is what readers would have got: text, picture, tags, language, authors and excerpt', async () => {
    const details = {
      excerpt: 'In short.',
      picture_url: 'https://example.com/lamp.png',
      picture_alt: 'A lamp',
      language: 'de',
      authors: 'cleo, bea',
    }
    const { id, path } = await publishPost(ben, { title: 'Erst', body: 'Wie *zuerst*.', tags: 'Licht', ...details })
    const nothing = { excerpt: '', picture_url: '', picture_alt: '', language: '', authors: '', tags: '' }
    await save(id, { title: 'Then', body: 'As it *is*.', ...nothing })

    assert.match(
      (await ben.get(paths.admin.revision(id, 1))).body,
      new RegExp(`href="${paths.admin.revisionPage(id, 1)}"`),
    )
    const { body } = await ben.get(paths.admin.revisionPage(id, 1))
    assert.match(body, /<article class="post h-entry" lang="de" dir="ltr">/)
    assert.match(body, /<h1 class="p-name">Erst<\/h1>/)
    assert.match(body, /Wie <em>zuerst<\/em>/)
    assert.match(body, /<img [^>]*lamp\.png[^>]*alt="A lamp"/)
    assert.match(body, /<a href="\/tags\/licht" rel="tag">Licht<\/a>/)
    assert.match(body, /<meta name="description" content="In short\."/)
    assert.deepEqual(
      [...body.matchAll(/rel="author"><bdi>([^<]*)/g)].map(([, name]) => name),
      ['Ben', 'Cleo', 'Bea'],
    )
    const then = (await ben.get(paths.admin.revisionPage(id, 2))).body
    assert.match(then, /As it <em>is<\/em>/)
    assert.doesNotMatch(then, /lamp|licht|lang="de"|Cleo/)
    assert.match((await dev.get(path)).body, /As it <em>is<\/em>/)
  })

  test('says what it is, leads back, and is for no index and no cache', async () => {
    const { id } = await writePost(ben, { title: '<b>Bold</b>', body: 'x' })
    const { body, headers } = await ben.get(paths.admin.revisionPage(id, 1))
    assert.match(body, /role="note">Revision 1 of <a href="[^"]*">&lt;b&gt;Bold&lt;\/b&gt;<\/a>, saved/)
    assert.match(body, new RegExp(`href="${paths.admin.revision(id, 1)}"`))
    assert.equal(headers['x-robots-tag'], 'noindex')
    assert.equal(headers['cache-control'], 'no-store')
  })

  test('of plain text, and of a page, is one', async () => {
    const { id } = await writePost(ben, { title: 'About', body: '*stars*', kind: 'page' })
    await db.updateTable('post_revisions').set({ body_format: 'plain' }).where('post_id', '=', id).execute()
    const { body } = await ben.get(paths.admin.revisionPage(id, 1))
    assert.match(body, /\*stars\*/)
    assert.doesNotMatch(body, /Comments/)
  })

  test('is for who may edit the post, and is none where there is no revision', async () => {
    const { id } = await writePost(ben, { body: 'one' })
    for (const [who, expected] of [
      [ben, 200],
      [cleo, 200],
      [ada, 200],
      [bea, 404],
      [rosa, 404],
      [dev, 303],
    ] as const)
      assert.equal((await who.get(paths.admin.revisionPage(id, 1))).statusCode, expected, who.name)
    for (const number of ['2', '999999999'])
      assert.equal((await ben.get(paths.admin.revisionPage(id, number))).statusCode, 404, number)
    for (const number of ['0', '-1', 'x', '9999999999', '1.5'])
      assert.ok([400, 404, 422].includes((await ben.get(paths.admin.revisionPage(id, number))).statusCode), number)
  })
})

describe('a post as of a moment', () => {
  test('is the revision that was current then, by the clock of the blog', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'one' })
    await save(id, { body: 'two' })
    await setMoments(id, '2026-07-01T07:05:30Z', '2026-07-03T10:00:00Z')
    await setZone('Europe/Berlin')
    const list = (await ben.get(paths.admin.revisions(id))).body
    assert.match(list, /type="datetime-local"/)
    assert.match(list, /In the zone of the blog: Europe\/Berlin/)
    for (const [at, number] of [
      ['2026-07-01T09:05', 1],
      ['2026-07-01T09:05:00', 1],
      ['2026-07-03T11:59', 1],
      ['2026-07-03T12:00', 2],
      ['2026-07-20T00:00', 2],
    ] as const) {
      const response = await asOf(id, at)
      assert.equal(response.statusCode, 303, at)
      assert.equal(response.headers.location, paths.admin.revision(id, number), at)
    }
    await setZone('UTC')
  })

  test('that was not there yet, or of which nothing is kept from then, is said to be so', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'one' })
    await setMoments(id, '2026-07-01T07:05:30Z')
    const early = await asOf(id, '2026-07-01T07:04')
    assert.equal(early.statusCode, 404)
    assert.equal(errorAt(early.body, 'at'), 'The post was not there yet.')
    assert.match(early.body, /class="error-summary"[^>]*>The post was not there yet\./)
    assert.equal(fieldOf(early.body, 'at'), '2026-07-01T07:04')
    assert.match(early.body, />Revision 1</)

    await db
      .updateTable('posts')
      .set({ created_at: new Date('2011-01-01T00:00:00Z') })
      .where('id', '=', id)
      .execute()
    assert.match(errorAt((await asOf(id, '2020-01-01T00:00')).body, 'at') ?? '', /no revision from then is kept/)
  })

  test('that is none, still to come or left out by clocks is refused', async () => {
    const { id } = await writePost(ben, { title: 'A post', body: 'one' })
    for (const at of [
      '',
      'yesterday',
      '2026-02-30T10:00',
      '2026-13-45T99:99',
      '0000-01-01T00:00',
      '2026-07-01',
      '<b>',
    ]) {
      const response = await asOf(id, at)
      assert.equal(response.statusCode, 422, at)
      assert.equal(errorAt(response.body, 'at'), 'Please give a day and a time.', at)
      assert.equal(unescaped(fieldOf(response.body, 'at') ?? ''), at)
    }
    for (const query of ['', '?at=2026-01-01T00:00&at=2026-01-01T00:00'])
      assert.equal((await ben.get(paths.admin.revisionAt(id) + query)).statusCode, 422, query)
    assert.match(errorAt((await asOf(id, '9999-12-31T23:59')).body, 'at') ?? '', /still to come/)
    await setZone('Europe/Berlin')
    assert.match(
      errorAt((await asOf(id, '2026-03-29T02:30')).body, 'at') ?? '',
      /no 02:30 on that day in Europe\/Berlin/,
    )
    await setZone('UTC')
  })

  test('is for who may edit it', async () => {
    const { id } = await writePost(ben, { body: 'one' })
    for (const [who, expected] of [
      [bea, 404],
      [rosa, 404],
      [dev, 303],
    ] as const)
      assert.equal((await asOf(id, '2020-01-01T00:00', who)).statusCode, expected, who.name)
    assert.match(String((await asOf(id, '2020-01-01T00:00', dev)).headers.location), /sign-in/)
  })
})
