// Tags at the desk: found, renamed, made one and deleted by who may change everybody's posts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, nextPage, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { countPosts } from '../archive/queries.ts'
import { paths } from '../paths.ts'
import { rowsOnPage } from './filters.ts'

const context = await testApp()
const { app, cast, db } = context
const { ada, ben, bea, cleo, dev, rosa } = cast
const { admin } = paths

const idOf = async (name: string) =>
  (await db.selectFrom('tags').select('id').where('name', '=', name).executeTakeFirst())?.id
const requireId = async (name: string) => (await idOf(name)) ?? assert.fail(`There is no tag ${name}.`)
const namesIn = (html: string) =>
  [...html.matchAll(/<a href="\/admin\/tags\/\d+"><bdi>([^<]*)<\/bdi>/g)].map(([, name]) => unescaped(name ?? ''))
const list = async (who: typeof ada, query: Record<string, string> = {}) =>
  namesIn((await who.get(admin.tags(query))).body)
const tagsOf = async (post_id: number) => {
  const { rows } = await sql<{ name: string }>`select name from post_tags join tags on tags.id = tag_id
    where post_id = ${post_id} order by position, name`.execute(db)
  return rows.map(({ name }) => name)
}
const lastEvent = async (id: number) =>
  await db
    .selectFrom('audit_events')
    .select(['action', 'actor_id', 'description', 'details'])
    .where('subject_type', '=', 'tag')
    .where('subject_id', '=', id)
    .orderBy('id', 'desc')
    .executeTakeFirst()

describe('the list of tags', () => {
  test('shows those of drafts to who may edit all posts, and nobody else', async () => {
    await publishPost(ben, { tags: 'seen by all' })
    await writePost(bea, { tags: 'seen in a draft' })
    assert.deepEqual(await list(ada, { q: 'SEEN' }), ['seen by all', 'seen in a draft'])
    assert.deepEqual(await list(cleo, { q: 'seen' }), ['seen by all', 'seen in a draft'])
    assert.deepEqual(await list(ben, { q: 'seen' }), ['seen by all'])
    assert.deepEqual(await list(ben, { q: 'seen', sort: 'newest' }), ['seen by all'])
    await countPosts(db)
    assert.deepEqual(await list(ben, { q: 'seen', sort: 'posts' }), ['seen by all'])
    const hidden = await requireId('seen in a draft')
    assert.equal((await ben.get(admin.tag(hidden))).statusCode, 404)
    assert.equal((await dev.get(admin.tags())).statusCode, 303)
    assert.equal((await rosa.get(admin.tags())).statusCode, 403)
    assert.match((await ada.get(admin.tags({ q: 'nowhere' }))).body, /No tag is like that/)
  })

  test('is put in order by name, by number of posts and by age, a page after another, each tag once', async () => {
    await sql`insert into tags (slug, name) select 'many-' || lpad(n::text, 3, '0'), 'Many ' || n
      from generate_series(1, ${rowsOnPage * 2}::int) n`.execute(db)
    // As many have posts as fill a page: the others begin exactly on the next.
    await sql`insert into tag_counts (tag_id, posts)
      select id, 1 + id % 5 from tags where name like 'Many %' order by id limit ${rowsOnPage}`.execute(db)
    const walk = async (sort: string) => {
      const seen: string[] = []
      for (let next: string | undefined = admin.tags({ q: 'many', sort }); next;) {
        const { body } = await ada.get(next)
        const names = namesIn(body)
        assert.ok(names.length <= rowsOnPage)
        seen.push(...names)
        next = nextPage(body)
      }
      return seen
    }
    const { rows } = await sql<{ name: string; id: number; posts: number }>`
      select name, id, coalesce(posts, 0) as posts from tags left join tag_counts on tag_id = id
        where name like 'Many %' order by slug`.execute(db)
    const names = (sorted: typeof rows) => sorted.map(({ name }) => name)
    assert.deepEqual(await walk('name'), names(rows))
    assert.deepEqual(await walk('newest'), names(rows.toSorted((a, b) => b.id - a.id)))
    assert.deepEqual(await walk('posts'), names(rows.toSorted((a, b) => b.posts - a.posts || b.id - a.id)))
    for (const cursor of ['x', '1', 'W10', '9'.repeat(40), 'bnVsbA'])
      for (const sort of ['name', 'posts'])
        assert.equal((await ada.get(admin.tags({ sort, cursor }))).statusCode, 404, `${sort} ${cursor}`)
    for (const query of ['sort=nonsense', 'q=a&q=b', `q=${'x'.repeat(3000)}`, 'done=%3Cb%3E'])
      assert.equal((await ada.get(`${admin.tags()}?${query}`)).statusCode, 200, query)
  })
})

describe('the page of a tag', () => {
  test('shows its posts, how many there are with drafts and the bin, and the addresses it had', async () => {
    const { slug } = await publishPost(ben, { title: 'Under it', tags: 'Looked at' })
    await writePost(ben, { tags: 'Looked at' })
    const binned = await writePost(ben, { tags: 'Looked at' })
    await ben.post(admin.postDeletion(binned.id))
    const id = await requireId('Looked at')
    for (const name of ['Looked over', 'Looked upon']) await ada.post(admin.tag(id), { name })
    const { body } = await ada.get(admin.tag(id))
    assert.match(body, /Under it/)
    assert.match(body, /on 2 posts, one of them a draft|on 2 posts, 1 of them a draft/)
    assert.match(body, /and on 1 in the bin/)
    assert.match(body, /<bdi>\/tags\/looked-at<\/bdi>[\s\S]*<bdi>\/tags\/looked-over<\/bdi>/)
    const seen = await ben.get(admin.tag(id))
    assert.match(seen.body, new RegExp(paths.post(slug)))
    assert.doesNotMatch(seen.body, /in the bin|method="post" action="\/admin\/tags/)
    for (const wrong of [999_999, 0, 'x', '9'.repeat(30)])
      assert.equal((await ada.get(admin.tag(wrong))).statusCode, 404)
  })

  test('renames it, also in the search, and shows again what cannot be taken', async () => {
    const { slug } = await publishPost(ben, { title: 'Of a colour', tags: 'Mauve' })
    await publishPost(ben, { tags: 'Taken already' })
    const id = await requireId('Mauve')
    const answer = await ada.post(admin.tag(id), { name: '  Heliotrope   tint ' })
    assert.deepEqual([answer.statusCode, answer.headers.location], [303, admin.tag(id, { done: 'renamed' })])
    assert.equal((await dev.get(paths.tag('mauve'))).headers.location, paths.tag('heliotrope-tint'))
    await context.deliverMail()
    assert.match((await dev.get(paths.search({ q: 'heliotrope' }))).body, new RegExp(paths.post(slug)))
    for (const [name, message] of [
      ['TAKEN already', /Taken already/],
      ['a, b', /comma/],
      [' ', /fill/i],
      ['\u2800\u200b', /fill|seen|need/i],
      ['x'.repeat(51), /50/],
    ] as const) {
      const refused = await ada.post(admin.tag(id), { name })
      assert.equal(refused.statusCode, 422, name)
      assert.match(errorAt(refused.body, 'name') ?? '', message)
      assert.equal(fieldOf(refused.body, 'name'), name)
    }
    assert.equal((await lastEvent(id))?.action, 'tag.renamed')
  })

  test('is changed by who may edit all posts, and by nobody else', async () => {
    await publishPost(ben, { tags: 'kept from others' })
    const id = await requireId('kept from others')
    for (const [who, status] of [
      [dev, 401],
      [rosa, 403],
      [ben, 403],
    ] as const) {
      for (const path of [admin.tag(id), admin.tagMerge(id), admin.tagDeletion(id)])
        assert.equal((await who.post(path, { name: 'x', into: '1' })).statusCode, status)
    }
    for (const path of [admin.tagMerge(id), admin.tagDeletion(id)]) assert.equal((await ben.get(path)).statusCode, 403)
    assert.equal((await cleo.post(admin.tag(id), { name: 'open to moderators' })).statusCode, 303)
  })
})

describe('two tags', () => {
  test('become one: each post has it once, drafts follow, and the old address leads there', async () => {
    const one = await publishPost(ben, { title: 'Has one', tags: 'first, JS' })
    const both = await publishPost(ben, { title: 'Has both', tags: 'JS, JavaScript' })
    const draft = await writePost(bea, { tags: 'JS' })
    await ben.post(admin.post(one.id), {
      title: 'Has one',
      body: 'x',
      tags: 'JS, JavaScript, more',
      version: '1',
      draft: 'yes',
    })
    const [id, into] = [await requireId('JS'), await requireId('JavaScript')]
    const question = await ada.get(`${admin.tagMerge(id)}?into=javascript`)
    assert.match(question.body, /on 3 posts, (1|one) of them a draft/)
    assert.equal(fieldOf(question.body, 'into'), String(into))
    const answer = await ada.post(admin.tagMerge(id), { into: String(into) })
    assert.deepEqual([answer.statusCode, answer.headers.location], [303, admin.tag(into, { done: 'merged' })])
    assert.deepEqual(await tagsOf(one.id), ['first', 'JavaScript'])
    assert.deepEqual(await tagsOf(both.id), ['JavaScript'])
    assert.deepEqual(await tagsOf(draft.id), ['JavaScript'])
    const kept = await db.selectFrom('post_drafts').select('tags').where('post_id', '=', one.id).executeTakeFirst()
    assert.equal(kept?.tags, 'JavaScript, more')
    assert.equal(await idOf('JS'), undefined)
    assert.equal((await dev.get(paths.tag('js'))).headers.location, paths.tag('javascript'))
    assert.match((await ada.get(admin.tag(into))).body, /<bdi>\/tags\/js<\/bdi>/)
    // Its posts are listed, counted and found.
    await context.deliverMail()
    const { body } = await dev.get(paths.tag('javascript'))
    assert.match(body, /Has one[\s\S]*2 posts|2 posts[\s\S]*Has one/)
    assert.match((await dev.get(paths.search({ q: 'tag:javascript' }))).body, /Has one/)
    assert.deepEqual(await lastEvent(id), {
      action: 'tag.merged',
      actor_id: ada.id,
      description: 'JS',
      details: { into: 'JavaScript', into_id: into, posts: 2 },
    })
    assert.equal((await ada.post(admin.tagMerge(id), { into: String(into) })).statusCode, 404)
  })

  test('are asked for by name, and what is no other tag is refused', async () => {
    await publishPost(ben, { tags: 'stays alone' })
    const id = await requireId('stays alone')
    for (const into of ['nobody has this', 'STAYS alone', 'stays-alone']) {
      const refused = await ada.get(`${admin.tagMerge(id)}?${new URLSearchParams({ into })}`)
      assert.equal(refused.statusCode, 422)
      assert.ok(errorAt(refused.body, 'into'))
      assert.equal(fieldOf(refused.body, 'into'), into)
    }
    assert.equal((await ada.get(`${admin.tagMerge(id)}?into=a&into=b`)).statusCode, 200)
    assert.equal((await ada.post(admin.tagMerge(id), { into: String(id) })).statusCode, 409)
    assert.equal((await ada.post(admin.tagMerge(id), { into: '999999' })).statusCode, 404)
    assert.equal((await ada.post(admin.tagMerge(id), { into: 'x' })).statusCode, 422)
    assert.equal(await requireId('stays alone'), id)
  })

  test('become one by a program as well', async () => {
    const { id: post } = await publishPost(ben, { tags: 'by hand' })
    await publishPost(ben, { tags: 'by program' })
    const [id, into] = [await requireId('by hand'), await requireId('by program')]
    const [adas, bens] = [await program(app, db, ada), await program(app, db, ben)]
    assert.equal((await bens.send('POST', paths.api.tagMerge(id), { into })).statusCode, 403)
    assert.equal((await adas.send('POST', paths.api.tagMerge(id), { into }, { 'if-match': '"x"' })).statusCode, 412)
    assert.equal((await adas.send('POST', paths.api.tagMerge(id), { into: id })).statusCode, 409)
    assert.equal((await adas.send('POST', paths.api.tagMerge(id), { into: 999_999 })).statusCode, 404)
    const merged = await adas.send('POST', paths.api.tagMerge(id), { into })
    assert.deepEqual([merged.statusCode, merged.data.id, merged.data.slug], [200, into, 'by-program'])
    assert.deepEqual(await tagsOf(post), ['by program'])
  })

  test('become one while posts with them are saved', async () => {
    const names = ['raced a', 'raced b', 'raced c']
    const posts = await Promise.all(names.map(() => publishPost(ben, { tags: names.join(', ') })))
    const [a = 0, b = 0, c = 0] = await Promise.all(names.map(requireId))
    const bens = await program(app, db, ben)
    const answers = await Promise.all([
      ...posts.flatMap(({ id }) => [1, 2].map(() => bens.send('PATCH', paths.api.post(id), { tags: names }))),
      ada.post(admin.tagMerge(a), { into: String(b) }),
      ada.post(admin.tagMerge(b), { into: String(c) }),
      ada.post(admin.tagMerge(c), { into: String(a) }),
    ])
    for (const { statusCode } of answers) assert.ok(statusCode < 500, String(statusCode))
  })
})

test('a tag is deleted after the number of its posts was said', async () => {
  const post = await publishPost(ben, { tags: 'unwanted, wanted' })
  await writePost(bea, { tags: 'unwanted' })
  const id = await requireId('unwanted')
  assert.match((await ada.get(admin.tagDeletion(id))).body, /on 2 posts, (1|one) of them a draft/)
  assert.deepEqual(await tagsOf(post.id), ['unwanted', 'wanted'])
  const answer = await ada.post(admin.tagDeletion(id))
  assert.deepEqual([answer.statusCode, answer.headers.location], [303, admin.tags({ done: 'gone' })])
  assert.deepEqual(await tagsOf(post.id), ['wanted'])
  assert.equal((await lastEvent(id))?.action, 'tag.deleted')
  assert.equal((await ada.post(admin.tagDeletion(id))).statusCode, 404)
})
