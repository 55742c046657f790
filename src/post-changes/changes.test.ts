// One change to many posts: what is done, what is left and why, and the way back.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import type { Person } from '../../test/cast.ts'
import { fieldOf, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { mostChanged } from './change.ts'

const { cast, db } = await testApp()
const { ada, ben, bea, cleo, rosa, dev } = cast

describe('many posts at once', () => {
  test('are published, and taken off the blog again', async () => {
    const posts = [await writePost(ben), await writePost(ben), await publishPost(ben, { title: 'Out already' })]
    const { body } = await change(ben, 'publish', posts)
    assert.match(body, /2 posts published\./)
    assert.match(body, /<strong>Out already<\/strong> was like that already/)
    for (const post of posts) assert.ok((await find(post)).published_at)
    assert.match((await change(ben, 'unpublish', posts)).body, /3 posts taken off the blog\./)
    for (const post of posts) assert.equal((await find(post)).published_at, null)
    assert.match((await change(ben, 'unpublish', posts)).body, /No post taken off the blog\./)
  })

  test('are moved to the bin, and all of them come back with one button', async () => {
    const posts = [await publishPost(ben), await writePost(ben), await writePost(ben)]
    const before = await Promise.all(posts.map(find))
    const { body } = await change(ben, 'bin', posts)
    assert.match(body, /3 posts moved to the bin\./)
    for (const { id } of posts) assert.equal((await ben.get(paths.admin.post(id))).statusCode, 404)
    const undo = formOf(body, paths.admin.binRestorations())
    assert.deepEqual(undo.toSorted(), posts.map(({ id }) => String(id)).toSorted())

    const restored = await ben.post(paths.admin.binRestorations(), undo.map((id) => `post=${id}`).join('&'))
    assert.equal(restored.statusCode, 200)
    assert.match(restored.body, /3 posts back as before\./)
    const after = await Promise.all(posts.map(find))
    assert.deepEqual(
      after.map(({ published_at }) => published_at),
      before.map(({ published_at }) => published_at),
    )
    // A second time there is nothing to do.
    const again = await ben.post(paths.admin.binRestorations(), undo.map((id) => `post=${id}`).join('&'))
    assert.match(again.body, /No post back as before\./)
    assert.match(again.body, /3 are not here any more/)
  })

  test('get a tag and lose it, each with a revision', async () => {
    const posts = [await writePost(ben, { tags: 'Bread' }), await writePost(ben)]
    assert.match(
      (await change(ben, 'add-tag', posts, { tag: ' Night  Trains ' })).body,
      /2 posts given the tag Night Trains/,
    )
    assert.deepEqual(await Promise.all(posts.map(tagsOf)), ['Bread, Night Trains', 'Night Trains'])
    const { body } = await change(ben, 'add-tag', posts, { tag: 'night trains' })
    assert.match(body, /No post given the tag Night Trains/)
    assert.match(body, /2 posts left as before/)
    assert.match((await change(ben, 'remove-tag', posts, { tag: 'night-trains' })).body, /2 posts freed of the tag/)
    assert.deepEqual(await Promise.all(posts.map(tagsOf)), ['Bread', ''])
    const revisions = await db
      .selectFrom('post_revisions')
      .select('tags')
      .where('post_id', '=', posts[0]?.id ?? 0)
      .orderBy('number')
      .execute()
    assert.deepEqual(
      revisions.map(({ tags }) => tags),
      ['Bread', 'Bread, Night Trains', 'Bread'],
    )
  })

  test('with ten tags get no eleventh, and changes that wait keep their own tags', async () => {
    const full = await writePost(ben, { title: 'Full', tags: '1,2,3,4,5,6,7,8,9,10' })
    const rewritten = await publishPost(ben, { title: 'Rewritten' })
    await ben.post(paths.admin.post(rewritten.id), { title: 'New', body: 'x', version: '1', draft: 'yes' })
    const { body } = await change(ben, 'add-tag', [full, rewritten], { tag: 'eleven' })
    assert.match(body, /<strong>Full<\/strong> has ten tags already/)
    assert.match(body, /<strong>Rewritten<\/strong> has unpublished changes/)
  })

  test('are shown by no link of the author they are taken from', async () => {
    const { id } = await publishPost(ben, { title: 'Given', body: 'x' })
    const made = await ben.post(paths.admin.postLinks(id), { days: '7' })
    const link = new URL(unescaped(/<a class="long" href="([^"]+)"/.exec(made.body)?.[1] ?? '')).pathname
    assert.equal((await dev.get(link)).statusCode, 200)
    await change(cleo, 'author', [{ id }], { author: 'Bea' })
    assert.equal((await dev.get(link)).statusCode, 404)
  })

  test('are given to another author by those who edit everybody’s', async () => {
    const posts = [await writePost(ben), await writePost(ada)]
    assert.match((await change(cleo, 'author', posts, { author: 'Bea' })).body, /2 posts given to Bea/)
    for (const post of posts) assert.equal((await find(post)).author_id, bea.id)
    assert.equal((await change(bea, 'author', posts, { author: 'Ben' })).statusCode, 403)
    assert.match((await change(cleo, 'author', posts, { author: 'Nemo' })).body, /Nobody here is called Nemo/)
    assert.match((await change(cleo, 'author', posts, { author: 'Rosa' })).body, /Rosa may not write posts here/)
    for (const post of posts) assert.equal((await find(post)).author_id, bea.id)
  })
})

describe('a post among them', () => {
  test('that somebody changed meanwhile is left as it is', async () => {
    const [quiet, busy] = [await writePost(ben, { title: 'Quiet' }), await writePost(ben, { title: 'Busy' })]
    const shown = [await chosen(quiet), await chosen(busy)]
    await cleo.post(paths.admin.post(busy.id), { title: 'Busy', body: 'Of Cleo', version: '1' })
    const { body } = await send(ben, `change=bin&${shown.map((post) => `post=${post}`).join('&')}`)
    assert.match(body, /1 post moved to the bin/)
    assert.match(body, /<strong>Busy<\/strong> was changed by somebody else/)
    assert.equal((await ben.get(paths.admin.post(busy.id))).statusCode, 200)
  })

  test('that is somebody else’s is not changed, and nothing is told of it', async () => {
    const mine = await writePost(ben)
    const theirs = await publishPost(bea, { title: 'A title of Bea' })
    for (const what of ['publish', 'unpublish', 'add-tag', 'remove-tag', 'bin']) {
      const { body } = await change(ben, what, [mine, theirs], { tag: 'x' })
      assert.match(body, /One is not here any more/, what)
      assert.doesNotMatch(body, /A title of Bea/)
    }
    assert.ok((await find(theirs)).published_at)
    assert.equal(await tagsOf(theirs), '')
    // One that never was is answered with the same words.
    assert.match((await send(ben, 'change=bin&post=999999-1')).body, /One is not here any more/)
  })

  test('of somebody else cannot be had back from the bin', async () => {
    const theirs = await writePost(bea)
    await bea.post(paths.admin.postDeletion(theirs.id))
    assert.match((await ben.post(paths.admin.binRestorations(), `post=${theirs.id}`)).body, /No post back/)
    assert.equal((await bea.get(paths.admin.post(theirs.id))).statusCode, 404)
  })

  test('sent twice is changed once', async () => {
    const post = await writePost(ben)
    const one = await chosen(post)
    assert.match((await send(ben, `change=publish&post=${one}&post=${one}`)).body, /1 post published/)
    assert.doesNotMatch((await send(ben, `change=publish&post=${one}`)).body, /1 post published/)
  })
})

describe('a form for many posts', () => {
  test('names a page of posts at most', async () => {
    const form = (count: number) =>
      `change=publish&${Array.from({ length: count }, (_, index) => `post=${900_000 + index}-1`).join('&')}`
    assert.equal((await send(ben, form(mostChanged))).statusCode, 200)
    assert.equal((await send(ben, form(mostChanged + 1))).statusCode, 422)
    const bin = (count: number) => Array.from({ length: count }, (_, index) => `post=${900_000 + index}`).join('&')
    assert.equal((await ben.post(paths.admin.binRestorations(), bin(mostChanged))).statusCode, 200)
    assert.equal((await ben.post(paths.admin.binRestorations(), bin(mostChanged + 1))).statusCode, 404)
  })

  test('that asks for nothing that can be done changes nothing', async () => {
    const post = await writePost(ben)
    const one = await chosen(post)
    for (const form of [
      '',
      'change=publish',
      `post=${one}`,
      `change=nonsense&post=${one}`,
      `change=toString&post=${one}`,
      'change=publish&post=x',
      `change=publish&post=${post.id}`,
      `change=publish&change=bin&post=${one}`,
      `change=add-tag&post=${one}`,
      `change=add-tag&tag=+&post=${one}`,
      `change=add-tag&tag=a,b&post=${one}`,
      `change=add-tag&tag=${'x'.repeat(51)}&post=${one}`,
      `change=publish&post=${'9'.repeat(17)}-1`,
    ]) {
      const response = await send(ben, form)
      assert.equal(response.statusCode, 422, form)
      assert.match(response.body, /Nothing changed/)
    }
    assert.equal((await send(ben, `change=publish&post=${'9'.repeat(16)}-999999999`)).statusCode, 200)
    assert.equal((await find(post)).published_at, null)
  })

  test('leads back to the list with the filters it came from, and nowhere else', async () => {
    const back = async (value: string) => {
      const post = await writePost(ben)
      const { body } = await change(ben, 'publish', [post], { back: value })
      return unescaped(/<a class="button second" href="([^"]+)">Back/.exec(body)?.[1] ?? '')
    }
    assert.equal(await back('state=draft&tag=Bread'), paths.admin.posts({ state: 'draft', tag: 'Bread' }))
    assert.equal(await back('https://evil.example/?state=draft'), paths.admin.posts())
    assert.equal(fieldOf((await ben.get(paths.admin.posts({ state: 'draft' }))).body, 'back'), 'state=draft')
  })

  test('is taken from writers alone', async () => {
    const post = await writePost(ben)
    assert.equal((await change(rosa, 'publish', [post])).statusCode, 403)
    assert.equal((await change(dev, 'publish', [post])).statusCode, 401)
    assert.equal((await rosa.post(paths.admin.binRestorations(), `post=${post.id}`)).statusCode, 403)
    assert.equal((await dev.post(paths.admin.binRestorations(), `post=${post.id}`)).statusCode, 401)
  })

  test('from two people at once leaves each post changed by one of them', async () => {
    const posts = await Promise.all(Array.from({ length: 8 }, () => writePost(ben)))
    const pairs = await Promise.all(posts.map(chosen))
    const answers = await Promise.all([
      send(ben, `change=publish&${pairs.map((one) => `post=${one}`).join('&')}`),
      send(
        ada,
        `change=bin&${pairs
          .toReversed()
          .map((one) => `post=${one}`)
          .join('&')}`,
      ),
    ])
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [200, 200],
    )
    const done = answers.map(({ body }) => Number(/(\d+) posts? (?:published|moved)/.exec(body)?.[1] ?? 0))
    assert.deepEqual(done.toSorted(), [0, 8])
  })
})

type Written = { id: number }

async function change(who: Person, what: string, posts: Written[], more: Record<string, string> = {}) {
  const form = new URLSearchParams({ change: what, ...more })
  for (const post of posts) form.append('post', await chosen(post))
  return await send(who, form.toString())
}

async function send(who: Person, form: string) {
  return await who.post(paths.admin.postChanges(), form)
}

/** The value of the box beside a post. */
async function chosen(post: Written): Promise<string> {
  return `${post.id}-${(await find(post)).version}`
}

async function find({ id }: Written) {
  return await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

async function tagsOf({ id }: Written): Promise<string> {
  const rows = await db
    .selectFrom('post_tags')
    .innerJoin('tags', 'tags.id', 'post_tags.tag_id')
    .select('tags.name')
    .where('post_id', '=', id)
    .orderBy('position')
    .execute()
  return rows.map(({ name }) => name).join(', ')
}

/** The posts that a form on the page names. */
function formOf(html: string, action: string): string[] {
  const form = html.slice(html.indexOf(`action="${action}"`))
  const inside = form.slice(0, form.indexOf('</form>'))
  return [...inside.matchAll(/name="post" value="(\d+)"/g)].map(([, id]) => id ?? '')
}
