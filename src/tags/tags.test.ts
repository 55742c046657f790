import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { fieldOf, listedPosts, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { cast, db } = await testApp()
const { ben, bea, dev } = cast

test('tags are shown in the order they were typed, each with a page', async () => {
  const { path } = await publishPost(ben, { title: 'Well tagged', tags: 'Night trains, bread ,Äpfel & Birnen' })

  const { body } = await dev.get(path)
  const shown = [...body.matchAll(/<a href="([^"]+)" rel="tag">([^<]+)</g)].map(([, href, name]) => [href, name])
  assert.deepEqual(shown, [
    [paths.tag('night-trains'), 'Night trains'],
    [paths.tag('bread'), 'bread'],
    [paths.tag('apfel-birnen'), 'Äpfel &amp; Birnen'],
  ])
  for (const [href] of shown) assert.match((await dev.get(String(href))).body, /Well tagged/)
})

test('tags that differ only in case, accents or blanks are one', async () => {
  const { id } = await publishPost(ben, { tags: 'Café, cafe, CAFÉ ,  café' })

  assert.equal((await tagsOf(id)).length, 1)
})

test('tags that differ in a sign, or are nothing but signs, are several, each under its own name', async () => {
  const names = ['C#', 'C++', 'C', 'F#', '.NET', 'net', '😀', '🎉', '!']
  const { id, path } = await publishPost(ben, { tags: names.join(', ') })
  await publishPost(bea, { tags: 'c++, 🎉\ufe0f, #net' })

  assert.deepEqual(await tagsOf(id), names)
  const { body } = await dev.get(path)
  const shown = [...body.matchAll(/<a href="([^"]+)" rel="tag">([^<]+)</g)]
  assert.deepEqual(
    shown.map(([, href]) => href),
    ['c-sharp', 'c-plus-plus', 'c', 'f-sharp', 'dot-net', 'net', 'u-1f600', 'u-1f389', 'u-21'].map((slug) =>
      paths.tag(slug),
    ),
  )
  const posts = await Promise.all(shown.map(async ([, href = '']) => listedPosts((await dev.get(href)).body).length))
  assert.deepEqual(posts, [1, 2, 1, 1, 1, 2, 1, 2, 1])
})

test('a tag keeps the address it had when signs did not count, and gives it to no other', async () => {
  await db
    .insertInto('tags')
    .values([
      { slug: 'objective-c', name: 'Objective C++' },
      { slug: 'tag', name: '🚂' },
    ])
    .execute()
  const { id } = await publishPost(ben, { title: 'Kept addresses', tags: 'objective c++, 🚂' })
  const other = await publishPost(bea, { tags: 'Objective C, Tag' })
  const again = await publishPost(bea, { tags: 'tag, objective-c' })

  assert.deepEqual(await tagsOf(id), ['Objective C++', '🚂'])
  assert.deepEqual(await tagsOf(other.id), ['Objective C', 'Tag'])
  assert.deepEqual(await tagsOf(again.id), ['Tag', 'Objective C'])
  for (const slug of ['objective-c', 'tag']) assert.match((await dev.get(paths.tag(slug))).body, /Kept addresses/)
  const list = (await ben.get(paths.admin.posts({ tag: 'Objective C++' }))).body
  assert.match(list, /Kept addresses/)
})

test('a tag has one name, the first that was given', async () => {
  await publishPost(ben, { tags: 'Long Walks' })
  const { path } = await publishPost(bea, { tags: 'long walks' })

  assert.match((await dev.get(path)).body, /rel="tag">Long Walks</)
})

test('ten tags are kept, each of 50 characters at most', async () => {
  const names = Array.from({ length: 15 }, (_, index) => `counted ${index}`)
  const { id } = await publishPost(ben, { tags: names.join(',') })
  const long = await publishPost(ben, { tags: `${'😀a'.repeat(40)}, ,,, ` })

  assert.deepEqual(await tagsOf(id), names.slice(0, 10))
  assert.deepEqual(await tagsOf(long.id), ['😀a'.repeat(25)])
})

test('tags that are left out in a save are taken off', async () => {
  const { id } = await publishPost(ben, { tags: 'stays, goes' })
  await ben.post(paths.admin.post(id), { title: 'Retagged', body: 'x', tags: 'stays, comes', version: '1' })

  assert.deepEqual(await tagsOf(id), ['stays', 'comes'])
  assert.equal((await dev.get(paths.tag('goes'))).statusCode, 404)
})

test('the form shows the tags again as they are', async () => {
  const { id } = await writePost(ben, { tags: 'one, two "quoted"' })

  assert.equal(fieldOf((await ben.get(paths.admin.post(id))).body, 'tags'), 'one, two "quoted"')
})

test('a tag that only drafts have is not found, on no page of its list', async () => {
  await writePost(ben, { tags: 'secret project' })

  for (const path of [
    paths.tag('secret-project'),
    paths.tag('secret-project', '9000000000000000-1'),
    paths.tag('never-used'),
  ]) {
    const response = await dev.get(path)
    assert.equal(response.statusCode, 404, path)
    assert.doesNotMatch(response.body, /secret project/)
  }
})

test('the name of a tag is text', async () => {
  const { path } = await publishPost(ben, { tags: '<img src=x onerror=alert(1)>' })

  const post = (await dev.get(path)).body
  const href = /<a href="([^"]+)" rel="tag">/.exec(post)?.[1] ?? ''
  for (const body of [post, (await dev.get(href)).body]) {
    assert.match(body, /&lt;img src=x onerror=alert\(1\)&gt;/)
    assert.doesNotMatch(body, /<img/)
  }
})

test('many posts with the same new tags, in any order, are all saved at once', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `raced ${index}`)
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const tags = [...names.slice(index % 10), ...names.slice(0, index % 10)].join(',')
      return (index % 2 ? ben : bea).post(paths.admin.posts(), { title: `Raced for tags ${index}`, body: 'x', tags })
    }),
  )

  assert.deepEqual([...new Set(answers.map(({ statusCode }) => statusCode))], [303])
  const tags = await db.selectFrom('tags').select('slug').where('slug', 'like', 'raced-%').execute()
  assert.equal(tags.length, 10)
})

async function tagsOf(post_id: number): Promise<string[]> {
  const query = db.selectFrom('post_tags').innerJoin('tags', 'tags.id', 'post_tags.tag_id').select('tags.name')
  return (await query.where('post_id', '=', post_id).orderBy('position').execute()).map(({ name }) => name)
}
