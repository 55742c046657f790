// Lists of posts, page by page.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { listedPosts, nextPage, publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { pageSize } from './post.ts'

const { app, cast, db } = await testApp()
const { ben, dev } = cast

for (const moments of ['different', 'equal'] as const) {
  describe(`45 posts of ${moments} moments`, async () => {
    const name = moments === 'equal' ? 'Eve' : 'Dora'
    const tag = `tag of ${name}`
    const writer = await newcomer(app, db, name, 'author')
    const posts: string[] = []
    for (let count = 0; count < 45; count++) posts.push((await publishPost(writer, { tags: tag })).path)
    if (moments === 'equal') {
      const moment = new Date('2024-02-29T12:00:00.123Z')
      await db.updateTable('posts').set({ published_at: moment }).where('author_id', '=', writer.id).execute()
    }
    const newestFirst = posts.toReversed()

    test('are three pages of their author, none twice and none missing', async () => {
      const pages = await walk(paths.author(name.toLowerCase()))

      assert.deepEqual(
        pages.map((page) => page.length),
        [20, 20, 5],
      )
      assert.deepEqual(pages.flat(), newestFirst)
    })

    test('are three pages of their tag', async () => {
      const pages = await walk(paths.tag(`tag-of-${name.toLowerCase()}`))

      assert.deepEqual(
        pages.map((page) => page.length),
        [20, 20, 5],
      )
      assert.deepEqual(pages.flat(), newestFirst)
    })

    test('are on the front pages, each once', async () => {
      const all = (await walk(paths.home())).flat()

      assert.equal(new Set(all).size, all.length)
      assert.deepEqual(
        all.filter((path) => posts.includes(path)),
        newestFirst,
      )
    })

    test('are in the list of the writer, each once', async () => {
      const found: string[] = []
      let next: string | undefined = paths.admin.posts()
      while (next) {
        const { body } = await writer.get(next)
        found.push(...[...body.matchAll(/<a href="(\/admin\/posts\/\d+)">/g)].map(([, href]) => String(href)))
        next = nextPage(body)
      }
      assert.equal(found.length, 45)
      assert.equal(new Set(found).size, 45)
    })
  })
}

test('a page stays what it was while posts are added at the front', async () => {
  const writer = await newcomer(app, db, 'Fay', 'author')
  for (let count = 0; count < pageSize + 3; count++) await publishPost(writer)
  const first = await dev.get(paths.author('fay'))
  const second = nextPage(first.body) ?? ''
  const before = listedPosts((await dev.get(second)).body)

  await publishPost(writer)

  assert.equal(before.length, 3)
  assert.deepEqual(listedPosts((await dev.get(second)).body), before)
})

test('exactly one page has no next one', async () => {
  const writer = await newcomer(app, db, 'Gus', 'author')
  for (let count = 0; count < pageSize; count++) await publishPost(writer)

  const { body } = await dev.get(paths.author('gus'))
  assert.equal(listedPosts(body).length, pageSize)
  assert.equal(nextPage(body), undefined)
})

test('a place in a list that cannot be is not found', async () => {
  await publishPost(ben, { tags: 'places' })
  const places = [
    '',
    'x',
    '1',
    '-',
    '1-',
    '-1',
    '1-2-3',
    '1-x',
    ' 1-1',
    '1-1 ',
    '1.5-1',
    '1e3-1',
    '9'.repeat(17) + '-1',
    '1-' + '9'.repeat(17),
    "1-1' or 1=1",
    '\0',
    '١-١',
  ]
  for (const list of [paths.home(), paths.author('ben'), paths.tag('places'), paths.admin.posts()]) {
    for (const place of places) {
      const response = await ben.get(`${list}?before=${encodeURIComponent(place)}`)
      assert.equal(response.statusCode, 404, `${list} ${place}`)
    }
    assert.equal((await ben.get(`${list}?before=1-1&before=2-2`)).statusCode, 404)
  }
})

test('the place farthest away is an answer like any other', async () => {
  await publishPost(ben)

  const last = await dev.get(paths.home('-9999999999999999-1'))
  assert.equal(last.statusCode, 200)
  assert.match(last.body, /There is nothing further back/)
  assert.doesNotMatch(last.body, /No posts here so far/)
  assert.ok(listedPosts((await dev.get(paths.home('9999999999999999-9999999999999999'))).body).length > 0)
})

async function walk(path: string): Promise<string[][]> {
  const pages: string[][] = []
  for (let next: string | undefined = path; next && pages.length < 20;) {
    const response = await dev.get(next)
    assert.equal(response.statusCode, 200)
    pages.push(listedPosts(response.body))
    next = nextPage(response.body)
  }
  return pages
}
