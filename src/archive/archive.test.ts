// Every post by its year and month, and every tag.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { listedPosts, nextPage, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { tagsOnPage } from './archive.ts'
import { countPosts } from './queries.ts'

const { cast, db, deliverMail } = await testApp()
const { ben, dev } = cast

async function date(id: number, moment: string) {
  await sql`update posts set published_at = ${moment}::text::timestamptz where id = ${id}`.execute(db)
}

/** Each link of a list with its count, such as `July 2019: 2 posts`. */
function counted(html: string): string[] {
  return [
    ...html.matchAll(
      /<a href="[^"]*">(?:<time[^>]*>|<bdi>)?([^<]*)(?:<\/time>|<\/bdi>)?<\/a> <span class="count">([^<]*)</g,
    ),
  ].map(([, name, count]) => `${name}: ${count}`)
}

test('without posts the archive and the tags say so', async () => {
  assert.match((await dev.get(paths.archive())).body, /<p class="empty">No posts here so far/)
  assert.match((await dev.get(paths.tags())).body, /<p class="empty">No post has a tag so far/)
  assert.equal((await dev.get(paths.archiveYear('2019'))).statusCode, 404)
})

describe('the archive', () => {
  test('leads to years and months with their numbers of posts, newest first', async () => {
    const posts = []
    for (const moment of [
      '2018-12-31T23:59:59Z',
      '2019-01-01T00:00:00Z',
      '2019-07-04T12:00:00Z',
      '2019-07-31T23:59:59Z',
    ]) {
      const { id, path } = await publishPost(ben, { title: `Of ${moment}` })
      await date(id, moment)
      posts.unshift(path)
    }
    await countPosts(db)
    const archive = await dev.get(paths.archive())
    assert.deepEqual(counted(archive.body), [
      '2019: 3 posts',
      'July 2019: 2 posts',
      'January 2019: 1 post',
      '2018: 1 post',
      'December 2018: 1 post',
    ])
    const year = await dev.get(paths.archiveYear('2019'))
    assert.deepEqual(listedPosts(year.body), posts.slice(0, 3))
    assert.deepEqual(counted(year.body), ['July 2019: 2 posts', 'January 2019: 1 post'])
    assert.deepEqual(listedPosts((await dev.get(paths.archiveMonth('2019', '07'))).body), posts.slice(0, 2))
    assert.deepEqual(listedPosts((await dev.get(paths.archiveMonth('2018', '12'))).body), posts.slice(3))
    assert.match((await dev.get(paths.home())).body, /<a href="\/archive">/)
    assert.doesNotMatch(archive.body, /Without a date/)
    assert.equal((await dev.get(paths.archiveUndated())).statusCode, 404)
  })

  test('has what lists have, and nothing else', async () => {
    const hidden = [
      await publishPost(ben, { visibility: 'unlisted' }),
      await publishPost(ben, { visibility: 'private' }),
      await publishPost(ben, { title: 'A page of 2016', kind: 'page' }),
    ]
    for (const { id } of hidden) await date(id, '2016-05-05T00:00:00Z')
    const members = await publishPost(ben, { visibility: 'members' })
    await date(members.id, '2015-05-05T00:00:00Z')
    const later = await publishPost(ben)
    await sql`update posts set published_at = now() + interval '400 days' where id = ${later.id}`.execute(db)
    const unknown = await publishPost(ben, { title: 'Of no date' })
    await date(unknown.id, '1970-01-01T00:00:00Z')
    await writePost(ben)
    await countPosts(db)

    const { body } = await dev.get(paths.archive())
    assert.ok(counted(body).includes('May 2015: 1 post'))
    assert.doesNotMatch(body, /2016|1970/)
    assert.equal((await dev.get(paths.archiveYear('2016'))).statusCode, 404)
    // What has no date is found all the same.
    assert.match(body, /<a href="\/archive\/undated">Without a date</)
    const undated = await dev.get(paths.archiveUndated())
    assert.deepEqual(listedPosts(undated.body), [unknown.path])
    const next = String(new Date(Date.now() + 400 * 86_400_000).getUTCFullYear())
    assert.doesNotMatch(body, new RegExp(`/archive/${next}`))
  })

  test('is paged within its year, however far the page before reached', async () => {
    for (let count = 0; count < 25; count++) {
      const { id } = await publishPost(ben, { title: `Many ${count}` })
      await date(id, `2012-03-${String(count + 1).padStart(2, '0')}T00:00:00Z`)
    }
    for (const begin of [paths.archiveYear('2012'), paths.archiveMonth('2012', '03')]) {
      const first = await dev.get(begin)
      assert.equal(listedPosts(first.body).length, 20)
      const more = nextPage(first.body) ?? ''
      assert.ok(more.startsWith(`${begin}?before=`))
      const second = await dev.get(more)
      assert.equal(listedPosts(second.body).length, 5)
      assert.equal(nextPage(second.body), undefined)
    }
    const newest = `${Date.now() * 1000}-99`
    assert.equal(listedPosts((await dev.get(paths.archiveYear('2012', newest))).body)[0], '/posts/many-24')
    assert.match((await dev.get(paths.archiveYear('2012', '-1-1'))).body, /nothing further back/)
  })

  test('knows no year and month that are none', async () => {
    for (const path of [
      '/archive/0000',
      '/archive/99999',
      '/archive/x',
      '/archive/2019/13',
      '/archive/2019/00',
      '/archive/2019/7',
    ])
      assert.equal((await dev.get(path)).statusCode, 404, path)
    for (const path of ['/archive/0001', '/archive/9999', '/archive/9999/12', '/archive/2012?before=x'])
      assert.equal((await dev.get(path)).statusCode, 404, path)
  })

  test('is counted again when a post goes, and by one of two at a time', async () => {
    const { id } = await publishPost(ben)
    await date(id, '2011-11-11T00:00:00Z')
    await Promise.all([countPosts(db), countPosts(db), countPosts(db)])
    assert.match((await dev.get(paths.archive())).body, /November 2011/)
    await ben.post(paths.admin.publicationEnd(id))
    await deliverMail()
    assert.doesNotMatch((await dev.get(paths.archive())).body, /November 2011/)
  })
})

describe('the list of tags', () => {
  test('has each with the posts that readers find under it, and so has its page', async () => {
    for (let count = 0; count < 2; count++) await publishPost(ben, { tags: 'Rye bread, 酸面包, خبز' })
    await publishPost(ben, { tags: 'Hidden things', visibility: 'unlisted' })
    await writePost(ben, { tags: 'Unwritten' })
    await deliverMail()
    const { body } = await dev.get(paths.tags())
    assert.deepEqual(
      counted(body).filter((line) => /bread|面包|خبز|Hidden|Unwritten/.test(line)),
      ['Rye bread: 2 posts', 'خبز: 2 posts', '酸面包: 2 posts'],
    )
    assert.match((await dev.get(paths.tag('rye-bread'))).body, /2 posts · <a href="\/tags">All tags<\/a>/)
  })

  test('is paged', async () => {
    const names = Array.from({ length: tagsOnPage + 5 }, (_, index) => `z${String(index).padStart(4, '0')}`)
    await db
      .insertInto('tags')
      .values(names.map((name) => ({ name, slug: name })))
      .execute()
    const { id } = await publishPost(ben)
    await sql`insert into post_tags (post_id, tag_id) select ${id}, tags.id from tags where slug like 'z0%'`.execute(db)
    await countPosts(db)
    const first = await dev.get(paths.tags('y'))
    assert.equal(counted(first.body).length, tagsOnPage)
    const second = await dev.get(nextPage(first.body) ?? '')
    assert.equal(counted(second.body).filter((line) => line.startsWith('z')).length, 5)
    assert.match((await dev.get(paths.tags('龠'))).body, /There are no more tags/)
  })
})
