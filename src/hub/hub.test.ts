// A hub that runs here is told of news: with the post or not at all, often enough and no more.
import assert from 'node:assert/strict'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { formats } from '../feeds/feed.ts'
import { paths } from '../paths.ts'
import { pausesMinutes, postsAtOnce } from './hub.ts'

const origin = 'https://blog.example'
const context = await testApp({ SITE_URL: origin, OUTBOUND_ALLOW: '127.0.0.1' })
const { cast, db, settings, logged } = context
const { bea, ben, dev } = cast

type Told = { method: string | undefined; type: string | undefined; mode: string | null; urls: string[] }
const told: Told[] = []
let answer: [status: number, headers?: Record<string, string>] = [204]
const server = http.createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    const form = new URLSearchParams(body)
    const { method, headers } = request
    told.push({ method, type: headers['content-type'], mode: form.get('hub.mode'), urls: form.getAll('hub.url') })
    response.writeHead(...answer).end()
  })
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
after(() => server.close())
const hub = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hub`

async function setHub(hub_url: string) {
  await db
    .updateTable('settings')
    .set({ hub_url, version: sql`version + 1` })
    .execute()
  await settings.refresh()
}

/** Runs the jobs that wait, those of later too, and answers what the hub heard. */
async function toldBy(work: () => Promise<unknown>): Promise<Told[]> {
  told.length = 0
  await work()
  await hasten()
  await context.deliverMail()
  return [...told]
}

const hasten = async () =>
  await sql`update graphile_worker._private_jobs set run_at = now() where run_at > now() and id in (
    select id from graphile_worker.jobs where task_identifier = 'tell-hub')`.execute(db)
const waiting = async () =>
  (await sql<{ run_at: Date }>`select run_at from graphile_worker.jobs where task_identifier = 'tell-hub'`.execute(db))
    .rows
const pings = async () => await db.selectFrom('hub_pings').selectAll().execute()
const feedsBelow = (...pages: string[]) =>
  pages.flatMap((page) => Object.keys(formats).map((file) => `${origin}${page}/${file}`))

describe('without a hub', () => {
  test('nothing is noted, and feeds name none', async () => {
    await publishPost(ben, { title: 'Before' })
    assert.deepEqual(await pings(), [])
    assert.deepEqual(await waiting(), [])
    for (const file of Object.keys(formats)) {
      const { body, headers } = await dev.get(paths.feed('', file))
      assert.equal(headers.link, undefined)
      assert.doesNotMatch(body, /hub/)
    }
  })
})

describe('with a hub', () => {
  test('feeds name it, in their head and in the answer’s', async () => {
    await setHub(hub)
    for (const page of ['', paths.author('ben')])
      for (const file of Object.keys(formats)) {
        const { body, headers } = await dev.get(paths.feed(page, file))
        assert.equal(headers.link, `<${hub}>; rel="hub", <${origin}${page}/${file}>; rel="self"`)
        if (file === 'feed.json')
          assert.deepEqual((JSON.parse(body) as { hubs: unknown }).hubs, [{ type: 'WebSub', url: hub }])
        else assert.match(body, new RegExp(`<(atom:)?link rel="hub" href="${hub}"/>`))
      }
    const { headers } = await dev.get(paths.feed(paths.postComments('before'), 'atom.xml'))
    assert.equal(headers.link, undefined, 'Comments are no news for it.')
  })

  test('it is told of every feed with a post that comes out', async () => {
    const news = await toldBy(() =>
      publishPost(ben, { title: 'News', tags: 'One, Two', series: 'Parts', authors: 'bea' }),
    )
    assert.equal(news.length, 1)
    const [{ method, type, mode, urls } = { urls: [] as string[] }] = news as [Told]
    assert.deepEqual([method, type, mode], ['POST', 'application/x-www-form-urlencoded', 'publish'])
    const pages = ['', '/authors/ben', '/authors/bea', '/series/parts', '/tags/one', '/tags/two']
    assert.deepEqual(urls.toSorted(), feedsBelow(...pages).toSorted())
    for (const url of urls) assert.equal((await dev.get(url.slice(origin.length))).statusCode, 200, url)
    assert.deepEqual(await pings(), [])
    assert.deepEqual(await waiting(), [])
  })

  test('it is told of a change, of a post by the clock, and of one that is back', async () => {
    const { id } = await publishPost(ben, { title: 'Changing' })
    await toldBy(async () => {})
    const form = { title: 'Changed', body: 'x', version: '1' }
    assert.equal((await toldBy(() => ben.post(paths.admin.post(id), form))).length, 1)
    await ben.post(paths.admin.postDeletion(id))
    assert.equal((await toldBy(() => ben.post(paths.admin.binRestoration(id)))).length, 1)
    const draft = await writePost(ben, { title: 'By the clock' })
    await db
      .updateTable('posts')
      .set({ published_at: sql<Date>`now()` })
      .where('id', '=', draft.id)
      .execute()
    await db
      .insertInto('scheduled_posts')
      .values({ post_id: draft.id, appears_at: sql<Date>`now()` })
      .execute()
    await sql`select graphile_worker.add_job('note-appearance', ${JSON.stringify({ post_id: draft.id })}::text::json)`.execute(
      db,
    )
    await context.deliverMail()
    assert.deepEqual(
      (await pings()).map(({ post_id }) => post_id),
      [draft.id],
    )
    assert.equal((await toldBy(async () => {})).length, 1)
    assert.deepEqual(await pings(), [])
  })

  test('it is told nothing of drafts, pages, and posts that are in no list', async () => {
    const news = await toldBy(async () => {
      await writePost(ben, { title: 'A draft', tags: 'Secret' })
      await publishPost(ben, { title: 'Page', kind: 'page' })
      for (const visibility of ['unlisted', 'private'])
        await publishPost(ben, { title: visibility, visibility, tags: 'Secret' })
    })
    assert.deepEqual(news, [])
    const { id } = await publishPost(ben, { title: 'Hidden at once', tags: 'Secret' })
    await db.updateTable('posts').set({ visibility: 'private' }).where('id', '=', id).execute()
    const [left] = await toldBy(async () => {})
    assert.deepEqual(left?.urls, feedsBelow(''), 'Neither its tag nor its author is named.')
  })

  test('a publication that fails tells nobody', async () => {
    await assert.rejects(
      db.transaction().execute(async (db) => {
        const { recordDeed } = await import('../posts/deeds.ts')
        const { id } = await db.selectFrom('posts').select('id').where('title', '=', 'News').executeTakeFirstOrThrow()
        await recordDeed(db, 'post.published', id, { id: ben.id, ip: null }, 'News')
        throw new Error('rolled back')
      }),
      /rolled back/,
    )
    assert.deepEqual(await pings(), [])
    assert.deepEqual(await waiting(), [])
  })

  test('many posts at once are told of together, some at a time', async () => {
    const count = postsAtOnce + 5
    const news = await toldBy(async () => {
      for (let at = 0; at < count; at++) await publishPost(bea, { title: `Many ${at}` })
    })
    assert.ok(news.length <= 3, `${news.length} questions for ${count} posts.`)
    assert.deepEqual(news[0]?.urls.toSorted(), feedsBelow('', '/authors/bea').toSorted())
    await toldBy(async () => {})
    assert.deepEqual(await pings(), [])
  })

  test('one that does not answer is asked again after pauses, and then no more', async () => {
    answer = [503]
    assert.equal((await toldBy(() => publishPost(ben, { title: 'Unheard' }))).length, 1)
    for (const minutes of pausesMinutes) {
      assert.equal((await pings()).length, 1)
      const [job, ...more] = await waiting()
      assert.deepEqual(more, [])
      const pause = ((job?.run_at.getTime() ?? 0) - Date.now()) / 60_000
      assert.ok(pause > minutes - 0.9 && pause < minutes + 0.1, `${pause} minutes, not ${minutes}`)
      assert.equal((await toldBy(async () => {})).length, 1)
    }
    assert.deepEqual(await pings(), [])
    assert.deepEqual(await waiting(), [])
    answer = [204]
    assert.equal((await toldBy(() => publishPost(ben, { title: 'Heard' }))).length, 1)
  })

  test('one that refuses, or sends us elsewhere, is left alone, and the log says so', async () => {
    for (const [given, reason] of [
      [[404], 'It answered 404.'],
      [[302, { location: '/other' }], 'It redirects what was posted.'],
    ] as [typeof answer, string][]) {
      answer = given
      assert.equal((await toldBy(() => publishPost(ben, { title: 'Refused' }))).length, 1)
      assert.ok(logged().includes(reason), reason)
      assert.deepEqual([await pings(), await waiting()], [[], []])
    }
    answer = [204]
  })

  test('one on a network that is not public is not asked', async () => {
    await setHub('http://10.0.0.1/hub')
    assert.deepEqual(await toldBy(() => publishPost(ben, { title: 'Inside' })), [])
    assert.ok(logged().includes('10.0.0.1 is no address of the public internet'))
    assert.deepEqual(await pings(), [])
  })

  test('taken off, it hears no more', async () => {
    await setHub(hub)
    await publishPost(ben, { title: 'Last' })
    await setHub('')
    assert.deepEqual(await toldBy(async () => {}), [])
    assert.deepEqual(await pings(), [])
  })
})
