// The way from one post to the next.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { mostPartsBelow } from '../series/series.ts'

const { cast, db } = await testApp()
const { ben, dev, rosa } = cast

const part = (html: string, name: string) => new RegExp(`<nav class="${name}"[^]*?</nav>`).exec(html)?.[0] ?? ''
const linkOf = (html: string, rel: string) =>
  [...html.matchAll(/<a ([^>]*)>/g)]
    .find(([, found = '']) => found.includes(`rel="${rel}"`))?.[1]
    ?.match(/href="([^"]*)"/)?.[1]

async function neighbours(path: string) {
  const found = part((await dev.get(path)).body, 'neighbours')
  return [linkOf(found, 'prev'), linkOf(found, 'next')]
}

describe('the posts before and after', () => {
  test('are those of the stream by date, without what is in no list', async () => {
    const first = await publishPost(ben)
    assert.deepEqual(await neighbours(first.path), [undefined, undefined])
    const second = await publishPost(ben, { visibility: 'members' })
    const hidden = []
    for (const visibility of ['unlisted', 'private']) hidden.push(await publishPost(ben, { visibility }))
    await publishPost(ben, { title: 'A page between', kind: 'page' })
    const third = await publishPost(ben)
    assert.deepEqual(await neighbours(first.path), [undefined, second.path])
    assert.deepEqual(await neighbours(second.path), [first.path, third.path])
    assert.deepEqual(await neighbours(third.path), [second.path, undefined])
    assert.deepEqual(await neighbours(hidden[0]?.path ?? ''), [undefined, undefined])
  })

  test('are found among posts of one moment, by their numbers', async () => {
    const posts = [await publishPost(ben), await publishPost(ben), await publishPost(ben)]
    const moment = '2010-01-01T00:00:00.123456Z'
    const ids = posts.map(({ id }) => id)
    await sql`update posts set published_at = ${moment}::text::timestamptz where id in (${sql.join(ids)})`.execute(db)
    assert.deepEqual(await neighbours(posts[1]?.path ?? ''), [posts[0]?.path, posts[2]?.path])
  })

  test('are in their own language and direction', async () => {
    await publishPost(ben, { title: 'خبز الجاودار', language: 'ar' })
    const { path } = await publishPost(ben)
    assert.match(part((await dev.get(path)).body, 'neighbours'), /<bdi lang="ar">خبز الجاودار</)
  })
})

describe('a part of a series', () => {
  test('says which it is of how many, and leads to the others', async () => {
    const parts = []
    for (const number of ['3', '1', '2'])
      parts.push((await publishPost(ben, { title: `Number ${number}`, series: 'In order', series_part: number })).path)
    await publishPost(ben, { title: 'Hidden part', series: 'In order', series_part: '4', visibility: 'private' })
    const [three, one, two] = parts
    const box = part((await dev.get(two ?? '')).body, 'series')
    assert.match(box, /Part 2 of 3 of <a href="\/series\/in-order">In order<\/a>/)
    assert.deepEqual([linkOf(box, 'prev'), linkOf(box, 'next')], [one, three])
    assert.match(box, /<summary>All 3 parts<\/summary>/)
    assert.match(box, /aria-current="page"><bdi>Number 2</)
    const last = part((await rosa.get(three ?? '')).body, 'series')
    assert.match(last, /Part 3 of 3/)
    assert.equal(linkOf(last, 'next'), undefined)
  })

  test('of very many leads to the page of the series instead of listing them', async () => {
    const { id, path } = await publishPost(ben, { series: 'Without end' })
    await sql`
      insert into posts (slug, title, body, body_html, published_at, series_id)
        select 'endless-' || n, 'Endless ' || n, 'x', 'x', now() + n * interval '1 second' - interval '1 day',
            (select series_id from posts where id = ${id})
          from generate_series(1, ${mostPartsBelow}::int) n`.execute(db)
    const box = part((await dev.get(path)).body, 'series')
    assert.match(box, new RegExp(`Part ${mostPartsBelow + 1} of ${mostPartsBelow + 1} of`))
    assert.doesNotMatch(box, /<details>/)
    assert.equal(linkOf(box, 'prev'), paths.post(`endless-${mostPartsBelow}`))
  })
})

test('a page has nothing around it', async () => {
  await publishPost(ben, { title: 'Imprint', kind: 'page' })
  const { body } = await rosa.get(paths.page('imprint'))
  assert.doesNotMatch(body, /class="(neighbours|related|reactions|series)"/)
})
