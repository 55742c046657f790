// What a post has beside its text, through its form and its pages.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, listedPosts, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { isReserved } from './details.ts'

const context = await testApp()
const { app, cast, db } = context
const { ada, ben, bea, cleo, dev, rosa } = cast

const find = async (id: number) =>
  await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

/** Saves the form as it is, but for these fields. */
async function change(id: number, fields: Record<string, string>, who = ben) {
  const { title, body, version } = await find(id)
  return await who.post(paths.admin.post(id), { title, body, version: String(version), ...fields })
}

describe('an address', () => {
  test('can be chosen, in any script, and is checked', async () => {
    const { path } = await publishPost(ben, { title: 'Anything', slug: ' My Čosen Address! ' })
    assert.equal(path, paths.post('my-cosen-address'))
    assert.equal((await publishPost(ben, { slug: '日本 語' })).path, paths.post('日本-語'))

    const refused = await ben.post(paths.admin.posts(), { title: 'Dots', body: 'Typed', slug: '…' })
    assert.equal(refused.statusCode, 422)
    assert.match(errorAt(refused.body, 'slug') ?? '', /letters or digits/)
    assert.equal(fieldOf(refused.body, 'body'), 'Typed')
    assert.match(refused.body, /<details class="calm post-details" open/)
  })

  test('that another post has or had is refused, and the text comes back', async () => {
    const first = await publishPost(ben, { title: 'First owner' })
    await change(first.id, { slug: 'first-owner-moved' })
    for (const slug of ['first-owner', 'first-owner-moved']) {
      const refused = await bea.post(paths.admin.posts(), { title: 'Second', body: 'Kept words', slug })
      assert.equal(refused.statusCode, 422, slug)
      assert.match(errorAt(refused.body, 'slug') ?? '', /Another post has the address/)
      assert.equal(fieldOf(refused.body, 'body'), 'Kept words')
    }
    // One that nobody chose takes the next free one.
    assert.equal((await publishPost(bea, { title: 'First owner' })).path, paths.post('first-owner-2'))
  })

  test('that a post had leads to it for ever, through any number of changes, and back again', async () => {
    const { id } = await publishPost(ben, { title: 'Moving house' })
    for (const slug of ['moved-once', 'moved-twice', 'moved-thrice'])
      assert.equal((await change(id, { slug })).statusCode, 303)

    for (const slug of ['moving-house', 'moved-once', 'moved-twice']) {
      const { statusCode, headers } = await dev.get(paths.post(slug))
      assert.deepEqual([statusCode, headers.location], [301, paths.post('moved-thrice')], slug)
    }
    await change(id, { slug: 'moving-house' })
    assert.equal((await dev.get(paths.post('moving-house'))).statusCode, 200)
    assert.equal((await dev.get(paths.post('moved-thrice'))).headers.location, paths.post('moving-house'))
  })

  test('is remembered while the post is off the blog', async () => {
    const { id } = await publishPost(ben, { title: 'Taken off' })
    await ben.post(paths.admin.publicationEnd(id))
    await change(id, { slug: 'taken-off-and-moved' })
    assert.equal((await dev.get(paths.post('taken-off'))).statusCode, 404)
    await ben.post(paths.admin.publication(id))
    assert.equal((await dev.get(paths.post('taken-off'))).headers.location, paths.post('taken-off-and-moved'))
  })

  test('follows the title of a draft, until somebody chooses it or the post is out', async () => {
    const { id } = await writePost(ben, { title: 'Wor' })
    await change(id, { title: 'Working title', slug: 'wor' })
    assert.equal((await find(id)).slug, 'working-title')
    // A choice that looks as if it were made from the title is one.
    await change(id, { slug: 'working-title-b' })
    await change(id, { title: 'Working title, again', slug: 'working-title-b' })
    assert.equal((await find(id)).slug, 'working-title-b')
    await change(id, { slug: '' })
    assert.equal((await find(id)).slug, 'working-title-again')
    await change(id, { slug: 'chosen' })
    await change(id, { title: 'Another title', slug: 'chosen' })
    assert.equal((await find(id)).slug, 'chosen')

    const out = await publishPost(ben, { title: 'Out already' })
    await change(out.id, { title: 'Out with another title', slug: 'out-already' })
    assert.equal((await find(out.id)).slug, 'out-already')
    assert.deepEqual(await db.selectFrom('old_slugs').select('slug').where('post_id', '=', id).execute(), [])
  })

  test('of a post that waits is nobody’s memory: it follows the title, and leaves nothing behind', async () => {
    const { id } = await writePost(ben, { title: 'Waiting' })
    await ben.post(paths.admin.schedule(id), { appears_at: '2033-01-01T00:00' })
    await change(id, { title: 'Waiting longer', slug: 'waiting' })
    assert.equal((await find(id)).slug, 'waiting-longer')
    assert.deepEqual(await db.selectFrom('old_slugs').select('slug').where('post_id', '=', id).execute(), [])
  })

  test('that is chosen for several new posts at once is one’s, and the others are told', async () => {
    const wish = { title: 'Wishes', body: 'x', slug: 'wanted' }
    const answers = await Promise.all([1, 2, 3, 4].map(() => ben.post(paths.admin.posts(), wish)))
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [303, 422, 422, 422])
    const rows = await db.selectFrom('posts').select('slug').where('slug', 'like', 'wanted%').execute()
    assert.deepEqual(rows, [{ slug: 'wanted' }])
  })

  test('that is made from one title for several drafts at once is another for each', async () => {
    const ids = []
    for (let count = 0; count < 5; count++) ids.push((await writePost(ben, { title: `Draft ${count}` })).id)
    const answers = await Promise.all(
      ids.map((id, index) => change(id, { title: 'All the same', slug: `draft-${index}` })),
    )
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [303, 303, 303, 303, 303],
    )
  })

  test('wanted by many at once goes to one of them', async () => {
    const ids = []
    for (let count = 0; count < 6; count++) ids.push((await publishPost(ben, { title: `Racer ${count}` })).id)
    const answers = await Promise.all(ids.map((id) => change(id, { slug: 'the-prize' })))
    const codes = answers.map(({ statusCode }) => statusCode).toSorted()
    assert.deepEqual(codes, [303, 422, 422, 422, 422, 422])
    for (const { statusCode, body } of answers) if (statusCode === 422) assert.ok(errorAt(body, 'slug'))
  })
})

describe('a page', () => {
  test('stands at the top, in no list, without comments', async () => {
    const { id } = await publishPost(ben, { title: 'About us', kind: 'page', tags: 'about', body: 'Who we are.' })
    const page = await dev.get('/about-us')
    assert.equal(page.statusCode, 200)
    assert.match(page.body, /Who we are\./)
    assert.doesNotMatch(page.body, /Comments/)
    assert.match(page.body, /<link rel="canonical" href="[^"]*\/about-us"/)

    for (const list of [paths.home(), paths.author('ben')])
      assert.ok(!listedPosts((await dev.get(list)).body).some((href) => href.includes('about-us')), list)
    assert.equal((await dev.get(paths.tag('about'))).statusCode, 404)
    assert.equal((await ada.post(paths.postComments('about-us'), { body: 'Hello' })).statusCode, 404)
    for (const from of [paths.post('about-us'), paths.legacy.post(id)])
      assert.equal((await dev.get(from)).headers.location, '/about-us')
  })

  test('that becomes a post leads there, and the other way round', async () => {
    const { id } = await publishPost(ben, { title: 'Changing kind', kind: 'page' })
    await change(id, { kind: 'post' })
    assert.equal((await dev.get('/changing-kind')).headers.location, paths.post('changing-kind'))
    await change(id, { kind: 'page' })
    assert.equal((await dev.get(paths.post('changing-kind'))).headers.location, '/changing-kind')
  })

  test('has one address, however it is spelt', async () => {
    await publishPost(ben, { title: 'Spelt', kind: 'page' })
    for (const url of ['/spelt/', '/spelt//']) assert.equal((await dev.get(url)).headers.location, '/spelt', url)
  })

  test('that is private is not told of, however its address is spelt', async () => {
    await publishPost(ben, { title: 'Hidden thing', kind: 'page', visibility: 'private' })
    for (const url of ['/hidden-thing/', '/hidden%2Dthing', '/hidden-thing//', '/hidden-thing']) {
      for (const who of [dev, rosa, bea]) assert.equal((await who.get(url)).statusCode, 404, `${who.name} ${url}`)
      const { statusCode, headers } = await cleo.get(url)
      assert.deepEqual(
        [statusCode, headers.location],
        url === '/hidden-thing' ? [200, undefined] : [301, '/hidden-thing'],
      )
    }
  })

  test('cannot take an address of the blog itself', async () => {
    for (const slug of ['admin', 'sign-in', 'posts', 'Metrics']) {
      const refused = await ben.post(paths.admin.posts(), { title: 'Taken', body: 'x', kind: 'page', slug })
      assert.equal(refused.statusCode, 422, slug)
      assert.match(errorAt(refused.body, 'slug') ?? '', /The blog itself uses/)
    }
    const { id } = await publishPost(ben, { title: 'Admin', kind: 'page' })
    assert.equal((await find(id)).slug, 'admin-2')
  })

  test('every first part of an address of the blog is reserved', () => {
    const routes = app.printRoutes({ commonPrefix: false }).matchAll(/^(?:├|└)── (\/[^ ]*) \(/gm)
    const parts = [...routes].map(([, path]) => path?.split('/')[1] ?? '').filter(Boolean)
    // No address that a post or a page can have has a dot.
    const missing = parts.filter((part) => !/^:|\./.test(part) && !isReserved(part))
    assert.deepEqual(missing, [])
  })
})

describe('who may read', () => {
  test('an unlisted post: everybody with its address; machines are told to leave it alone', async () => {
    const { id, path } = await publishPost(ben, { title: 'Whispered', visibility: 'unlisted', tags: 'whispers' })
    const page = await dev.get(path)
    assert.equal(page.statusCode, 200)
    // Numbers can be counted through.
    assert.equal((await dev.get(paths.legacy.post(id))).statusCode, 404)
    assert.match(page.body, /<meta name="robots" content="noindex"/)
    assert.ok(!listedPosts((await dev.get(paths.home())).body).includes(path))
    assert.equal((await dev.get(paths.tag('whispers'))).statusCode, 404)
  })

  test('a post for members: those who signed in; others see the excerpt', async () => {
    const { path } = await publishPost(ben, {
      title: 'For friends',
      visibility: 'members',
      excerpt: 'What it is about',
      body: 'The secret recipe',
    })
    await rosa.post(`${path}/comments`, { body: 'A telling comment' })
    const outside = await dev.get(path)
    assert.equal(outside.statusCode, 200)
    assert.match(outside.body, /What it is about/)
    assert.doesNotMatch(outside.body, /secret recipe|telling comment/)
    assert.match(outside.body, /for members of this blog/)
    assert.match((await rosa.get(path)).body, /secret recipe/)
    assert.ok(listedPosts((await dev.get(paths.home())).body).includes(path))
  })

  test('a private post: its editors; for all others it is not there', async () => {
    const { id, path } = await publishPost(ben, { title: 'Just us', visibility: 'private', tags: 'hush' })
    for (const who of [dev, rosa, bea]) {
      assert.equal((await who.get(path)).statusCode, 404)
      assert.equal((await who.get(paths.legacy.post(id))).statusCode, 404)
      assert.equal((await who.get(paths.tag('hush'))).statusCode, 404)
    }
    assert.equal((await rosa.post(`${path}/comments`, { body: 'Let me in' })).statusCode, 404)
    for (const who of [ben, ada]) assert.equal((await who.get(path)).statusCode, 200)
    await change(id, { slug: 'just-us-moved' })
    assert.equal((await dev.get(path)).statusCode, 404)
    for (const from of [path, paths.legacy.post(id)])
      assert.equal((await ben.get(from)).headers.location, paths.post('just-us-moved'))
  })

  test('lists follow when it changes', async () => {
    const { id, path } = await publishPost(ben, { title: 'In and out', tags: 'in-and-out' })
    const isListed = async () => [
      listedPosts((await dev.get(paths.home())).body).includes(path),
      (await dev.get(paths.tag('in-and-out'))).statusCode === 200,
    ]
    assert.deepEqual(await isListed(), [true, true])
    await change(id, { visibility: 'unlisted', tags: 'in-and-out' })
    assert.deepEqual(await isListed(), [false, false])
    await change(id, { visibility: 'public', tags: 'in-and-out' })
    assert.deepEqual(await isListed(), [true, true])
  })
})

describe('several authors', () => {
  test('are named, have the post on their pages, and may edit it', async () => {
    const { id, path } = await publishPost(ben, { title: 'Together', authors: 'bea' })
    const { body } = await dev.get(path)
    assert.deepEqual(
      [...body.matchAll(/rel="author"><bdi>([^<]+)</g)].map(([, name]) => name),
      ['Ben', 'Bea'],
    )
    for (const slug of ['ben', 'bea'])
      assert.ok(listedPosts((await dev.get(paths.author(slug))).body).includes(path), slug)
    assert.equal((await bea.get(paths.admin.post(id))).statusCode, 200)
    assert.equal((await change(id, { authors: 'bea', body: 'Bea was here' }, bea)).statusCode, 303)
    assert.equal((await cleo.get(paths.admin.post(id))).statusCode, (await cleo.get(paths.admin.post(1))).statusCode)

    // The post is out, so that it is here is no secret.
    await change(id, { authors: '' })
    assert.equal((await bea.get(paths.admin.post(id))).statusCode, 403)
  })

  test('who are not there are named, and nothing is saved', async () => {
    const { id } = await publishPost(ben, { title: 'Alone after all' })
    const refused = await change(id, { authors: 'nobody-here', body: 'Kept in the form' })
    assert.equal(refused.statusCode, 422)
    assert.match(errorAt(refused.body, 'authors') ?? '', /nobody with the address \/authors\/nobody-here/)
    assert.equal(fieldOf(refused.body, 'body'), 'Kept in the form')
    assert.notEqual((await find(id)).body, 'Kept in the form')
  })
})

describe('other details', () => {
  test('show on the page, and an excerpt of one’s own stays when the text changes', async () => {
    const { id, path } = await publishPost(ben, {
      title: 'Detailed',
      excerpt: 'In my own words',
      picture_url: 'https://example.com/lamp.jpg',
      picture_alt: 'A lamp',
      language: 'de',
      canonical_url: 'https://example.com/first',
    })
    await change(id, { body: 'A new beginning' })
    const { body } = await dev.get(path)
    assert.match(body, /<meta name="description" content="In my own words"/)
    assert.match(body, /<img src="https:\/\/example\.com\/lamp\.jpg" alt="A lamp"/)
    assert.match(body, /<article class="post h-entry" lang="de" dir="ltr"/)
    assert.match(body, /<link rel="canonical" href="https:\/\/example\.com\/first"/)
    await change(id, { excerpt: '' })
    assert.match((await dev.get(path)).body, /content="A new beginning"/)
  })

  const wrong: [string, Record<string, string>][] = [
    ['picture_url', { picture_url: 'javascript:alert(1)', picture_alt: 'x' }],
    ['picture_url', { picture_url: '/', picture_alt: 'x' }],
    ['picture_url', { picture_url: '//example.com/x.png', picture_alt: 'x' }],
    ['picture_url', { picture_url: 'http://example.com/x.png', picture_alt: 'x' }],
    ['picture_alt', { picture_url: 'https://example.com/x.png' }],
    ['canonical_url', { canonical_url: '/here' }],
    ['canonical_url', { canonical_url: 'javascript:alert(1)//https://' }],
    ['language', { language: 'engl' }],
    ['series_part', { series: 'A series', series_part: '0' }],
    ['series_part', { series: 'A series', series_part: 'two' }],
    ['series_part', { series_part: '2' }],
    ['visibility', { visibility: 'secret' }],
    ['kind', { kind: 'novel' }],
    ['authors', { authors: 'a b c d e f g h i j k' }],
    ['excerpt', { excerpt: 'x'.repeat(501) }],
  ]
  for (const [field, fields] of wrong) {
    test(`are refused with ${JSON.stringify(fields).slice(0, 60)}, and nothing is lost`, async () => {
      const response = await ben.post(paths.admin.posts(), { title: 'Wrong', body: 'Long work', ...fields })
      assert.equal(response.statusCode, 422)
      assert.ok(errorAt(response.body, field), field)
      assert.equal(fieldOf(response.body, 'body'), 'Long work')
    })
  }

  test('wait in the draft of a published post', async () => {
    const { id, path } = await publishPost(ben, { title: 'Waiting details' })
    await change(id, { draft: 'yes', visibility: 'private', slug: 'not-yet', excerpt: 'Not yet' })
    assert.equal((await dev.get(path)).statusCode, 200)
    assert.equal(fieldOf((await ben.get(paths.admin.post(id))).body, 'slug'), 'not-yet')
    await change(id, {})
    assert.equal((await dev.get(path)).statusCode, 404)
    assert.equal((await ben.get(paths.post('not-yet'))).statusCode, 200)
  })

  test('are part of revisions: compared, and restored but for address and readers', async () => {
    const { id } = await writePost(ben, { title: 'Revised details', excerpt: 'Before', visibility: 'members' })
    await change(id, { excerpt: 'After', visibility: 'private', slug: 'revised-and-moved' })
    const comparison = (await ben.get(paths.admin.revision(id, 2))).body
    assert.match(comparison, /Excerpt: <del>Before<\/del><ins class="apart">After<\/ins>/)
    await ben.post(paths.admin.revisionRestoration(id, 1))
    const { own_excerpt, visibility, slug } = await find(id)
    assert.deepEqual(
      { own_excerpt, visibility, slug },
      { own_excerpt: 'Before', visibility: 'private', slug: 'revised-and-moved' },
    )
  })
})

describe('a series', () => {
  test('has its parts in order, and each part knows its neighbours', async () => {
    const part = (title: string, series_part: string) => publishPost(ben, { title, series: 'A long trip', series_part })
    const second = await part('Trip, on the way', '2')
    const first = await part('Trip, leaving', '1')
    const last = await part('Trip, at last', '')
    await publishPost(ben, { title: 'Trip, hidden', series: 'A long trip', visibility: 'private' })
    const { body } = await dev.get(paths.series('a-long-trip'))
    assert.match(body, /A series in 3 parts/)
    assert.deepEqual(listedPosts(body), [first.path, second.path, last.path])

    const middle = (await dev.get(second.path)).body
    assert.match(middle, /Part 2 of 3 of <a href="\/series\/a-long-trip">A long trip<\/a>/)
    assert.match(middle, new RegExp(`rel="prev" href="${first.path}"`))
    assert.match(middle, new RegExp(`rel="next" href="${last.path}"`))
  })

  test('that only drafts and private posts have is not found', async () => {
    await writePost(ben, { series: 'Secret plans' })
    await publishPost(ben, { series: 'Secret plans', visibility: 'private' })
    assert.equal((await dev.get(paths.series('secret-plans'))).statusCode, 404)
  })
})
