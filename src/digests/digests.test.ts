// What a job finds out about posts: how long they take to read, and which are alike.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { fieldOf, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { rankByLikeness } from './likeness.ts'
import { askToDigest, lacksDigests } from './queries.ts'

const { cast, db, deliverMail } = await testApp()
const { ada, ben, rosa, dev } = cast

/** The addresses of the related posts on a page, the most alike first. */
async function related(path: string): Promise<string[]> {
  const part = /<aside class="related"[^]*?<\/aside>/.exec((await dev.get(path)).body)?.[0] ?? ''
  return [...part.matchAll(/<a href="([^"]*)"/g)].map(([, href = '']) => href)
}

async function change(id: number, fields: Record<string, string>) {
  const { title, body, version } = await db
    .selectFrom('posts')
    .select(['title', 'body', 'version'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const answer = await ben.post(paths.admin.post(id), { title, body, version: String(version), ...fields })
  assert.equal(answer.statusCode, 303, answer.body)
}

const bread = 'Sourdough rye bread wants a warm kitchen, patience and a heavy iron pot with a lid.'
const trains = 'The night train to Vienna leaves at nine, with a sleeping car and a restaurant car.'

describe('related posts', () => {
  test('share tags and words, the most alike first, three at most', async () => {
    const one = await publishPost(ben, { title: 'Rye at home', body: bread, tags: 'kitchen, rye' })
    const two = await publishPost(ben, {
      title: 'Rye in a pot',
      body: bread.replace('warm', 'hot'),
      tags: 'kitchen, rye',
    })
    const three = await publishPost(ben, { title: 'Soup', body: 'Onions, slowly.', tags: 'kitchen' })
    const four = await publishPost(ben, { title: 'Night train', body: trains, tags: 'rails' })
    const five = await publishPost(ben, { title: 'Cake', body: 'Butter and sugar.', tags: 'kitchen' })
    const six = await publishPost(ben, { title: 'Tea', body: 'Leaves and water.', tags: 'kitchen' })
    await deliverMail()
    const found = await related(one.path)
    assert.equal(found.length, 3)
    assert.equal(found[0], two.path)
    assert.ok(!found.includes(four.path))
    for (const path of found.slice(1)) assert.ok([three.path, five.path, six.path].includes(path), path)
    assert.equal((await related(two.path))[0], one.path)
  })

  test('are found by words alone where there are no tags', async () => {
    const one = await publishPost(ben, { title: 'Sleeping cars', body: `${trains} And then to Venice.` })
    const two = await publishPost(ben, { title: 'Restaurant cars', body: `${trains} And then to Zagreb.` })
    await deliverMail()
    assert.ok((await related(one.path)).includes(two.path))
    assert.ok((await related(two.path)).includes(one.path))
  })

  test('are those that everybody may find, from the moment on that one is hidden', async () => {
    const own = await publishPost(ben, { title: 'Hidden things', tags: 'hidden things' })
    const open = await publishPost(ben, { title: 'Open', tags: 'hidden things' })
    const shut = []
    for (const visibility of ['unlisted', 'private', 'members'])
      shut.push(await publishPost(ben, { title: `Is ${visibility}`, tags: 'hidden things', visibility }))
    await writePost(ben, { title: 'A draft of it', tags: 'hidden things' })
    await deliverMail()
    assert.deepEqual(await related(own.path), [open.path])
    // A post for members leads to posts that all may read.
    assert.ok((await related(shut[2]?.path ?? '')).includes(open.path))
    await ben.post(paths.admin.publicationEnd(open.id))
    assert.deepEqual(await related(own.path), [])
  })

  test('follow a change of tags, of the post and of those that it was like', async () => {
    const one = await publishPost(ben, { title: 'Moves away', body: 'Alpha.', tags: 'first place' })
    const two = await publishPost(ben, { title: 'Stays here', body: 'Beta.', tags: 'first place' })
    const three = await publishPost(ben, { title: 'Waits there', body: 'Gamma.', tags: 'second place' })
    await deliverMail()
    assert.deepEqual(await related(one.path), [two.path])
    await change(one.id, { tags: 'second place' })
    await deliverMail()
    assert.deepEqual(await related(one.path), [three.path])
    assert.deepEqual(await related(three.path), [one.path])
  })

  test('are no parts of its own series, which have links of their own', async () => {
    const one = await publishPost(ben, { title: 'Delta', body: 'Epsilon.', tags: 'apart', series: 'Apart' })
    await publishPost(ben, { title: 'Zeta', body: 'Eta.', tags: 'apart', series: 'Apart' })
    const other = await publishPost(ben, { title: 'Theta', body: 'Iota.', tags: 'apart' })
    await deliverMail()
    assert.deepEqual(await related(one.path), [other.path])
  })

  test('are shown nowhere when the owner turns them off', async () => {
    const { path } = await publishPost(ben, { title: 'Kappa', body: 'Lambda.', tags: 'switched' })
    await publishPost(ben, { title: 'My', body: 'Ny.', tags: 'switched' })
    await deliverMail()
    assert.equal((await related(path)).length, 1)
    const version = () => ada.get(paths.admin.settings()).then(({ body }) => fieldOf(body, 'version') ?? '')
    const form = { title: 'Test Notes', description: '', language: 'en', comments_are_open: 'yes' }
    await ada.post(paths.admin.settings(), { ...form, version: await version() })
    assert.deepEqual(await related(path), [])
    assert.doesNotMatch((await ada.get(paths.admin.settings())).body, /name="related_posts_are_shown"[^>]*checked/)
    await ada.post(paths.admin.settings(), { ...form, version: await version(), related_posts_are_shown: 'yes' })
    assert.equal((await related(path)).length, 1)
  })

  test('are found among many with a bounded look, in the words of every language', async () => {
    await sql`
      insert into posts (slug, title, body, body_html, published_at, author_id)
        select 'crowd-' || n, 'Crowd ' || n, 'Nothing in particular.', '', now() - n * interval '1 minute', ${ben.id}
          from generate_series(1, 500) n`.execute(db)
    const one = await publishPost(ben, {
      title: '黑麦酸面包',
      body: '黑麦酸面包需要一个温暖的厨房和一口铁锅。',
      tags: '面包',
    })
    await sql`insert into post_tags (post_id, tag_id) select posts.id, tags.id from posts, tags
      where posts.slug like 'crowd-%' and tags.name = '面包'`.execute(db)
    const two = await publishPost(ben, {
      title: '酸面包和铁锅',
      body: '一口铁锅，一个温暖的厨房，黑麦酸面包。',
      tags: '面包',
    })
    await deliverMail()
    assert.equal((await related(one.path))[0], two.path)
  })
})

describe('the round over all posts', () => {
  test('gives those a digest that came without one, in steps, and no more', async () => {
    await sql`
      insert into posts (slug, title, body, body_html, published_at)
        select 'imported-' || n, 'Imported ' || n, repeat('word ', 441), '', now() from generate_series(1, 60) n`.execute(
      db,
    )
    assert.ok(await lacksDigests(db))
    await askToDigest(db)
    await deliverMail()
    assert.equal(await lacksDigests(db), false)
    const { rows } = await sql<{ posts: number; digests: number }>`
      select count(*)::int as posts, count(post_digests.post_id)::int as digests from posts
        left join post_digests on post_id = id and of_version = version
        where kind = 'post' and published_at is not null`.execute(db)
    assert.equal(rows[0]?.digests, rows[0]?.posts)
    assert.match((await dev.get('/posts/imported-7')).body, /<span>3 minutes to read<\/span>/)
  })
})

describe('the time that a post takes to read', () => {
  test('is counted by words, by characters where words have no blanks, and not at all for nothing', async () => {
    const cases: [string, RegExp][] = [
      ['word '.repeat(220), /<span>1 minute to read<\/span>/],
      ['word '.repeat(221), /<span>2 minutes to read<\/span>/],
      ['字'.repeat(501), /<span>2 minutes to read<\/span>/],
      [`[word](https://example.com/${'a-'.repeat(500)})`, /<span>1 minute to read<\/span>/],
    ]
    for (const [body, expected] of cases) {
      const { path } = await publishPost(ben, { body })
      await deliverMail()
      assert.match((await dev.get(path)).body, expected)
    }
    const { path } = await publishPost(ben, { body: '---' })
    await deliverMail()
    assert.doesNotMatch((await dev.get(path)).body, /to read</)
  })

  test('stands above the teaser of a post for members, and follows a change', async () => {
    const { id, path } = await publishPost(ben, {
      body: 'word '.repeat(700),
      visibility: 'members',
      excerpt: 'A taste.',
    })
    await deliverMail()
    const teaser = (await dev.get(path)).body
    assert.match(teaser, /<span>4 minutes to read<\/span>/)
    assert.match(teaser, /A taste\.<\/p><p class="members">The whole text is for members/)
    assert.match(teaser, /<a href="\/sign-in\?next=[^"]*">Sign in<\/a>/)
    await change(id, { body: 'word '.repeat(100) })
    await deliverMail()
    assert.match((await rosa.get(path)).body, /<span>1 minute to read<\/span>/)
  })
})

test('texts that share rare words are more alike than texts that share common ones', () => {
  const filler = 'and then the thing was there and the other was not'
  const candidates = ['zebra crossing', 'the thing was there', 'quagga and zebra'].map((words, id) => ({
    id,
    title: '',
    text: `${filler} ${words}`,
    tag_weight: 0.1,
  }))
  assert.deepEqual(rankByLikeness({ title: '', text: `${filler} quagga zebra` }, candidates, 2), [2, 0])
  assert.deepEqual(rankByLikeness({ title: '', text: '' }, [], 6), [])
})
