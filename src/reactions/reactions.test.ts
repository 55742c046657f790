// One press of a button says what somebody thinks of a post.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { newcomer, type Person } from '../../test/cast.ts'
import { newBlog, testApp } from '../../test/app.ts'
import { fieldOf, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const blog = await testApp()
const { app, cast, db, settings } = blog
const { ada, ben, cleo, rosa, dev } = cast

async function choose(reactions: string) {
  const version = fieldOf((await ada.get(paths.admin.settings())).body, 'version') ?? ''
  const form = { title: 'Test Notes', description: '', language: 'en', comments_are_open: 'yes', reactions, version }
  const answer = await ada.post(paths.admin.settings(), { ...form, registration_is_open: 'yes' })
  assert.equal(answer.statusCode, 303, answer.body)
}

/** What the page says, such as `Like 3 people`, chosen ones with a star. */
function shown(html: string): string[] {
  const part = /<section class="reactions"[^]*?<\/section>/.exec(html)?.[0] ?? ''
  return [...part.matchAll(/<(?:button|li)([^>]*)>([^]*?)<\/(?:button|li)>/g)].map(
    ([, attributes = '', inside = '']) => {
      const words = inside.replace(/<span aria-hidden="true">.*?<\/span>/, '').replace(/<[^>]*>/g, '')
      return `${attributes.includes('aria-pressed="true"') ? '*' : ''}${words.replace(/\s+/g, ' ').trim()}`
    },
  )
}

const press = (person: Person, slug: string, reaction: string, more: Record<string, string> = {}) =>
  person.post(paths.reaction(slug), { reaction, ...more })

/** From the counts that pages show, and from the reactions themselves. */
async function counted(post_id: number) {
  const { rows } = await sql<{ kept: number; real: number }>`
    select (select coalesce(sum(people), 0)::int from reaction_counts where post_id = ${post_id}) as kept,
      (select count(*)::int from reactions where post_id = ${post_id}) as real`.execute(db)
  return rows[0]
}

describe('a reaction', () => {
  test('is one for each person and post, can be another, and taken back', async () => {
    const { slug, path, id } = await publishPost(ben)
    assert.deepEqual(shown((await rosa.get(path)).body), ['Like', 'Love', 'New to me', 'Thanks'])
    const answer = await press(rosa, slug, 'like')
    assert.equal(answer.statusCode, 303)
    assert.equal(answer.headers.location, `${path}#reactions`)
    await press(cleo, slug, 'like')
    await press(cleo, slug, 'like')
    assert.deepEqual(shown((await rosa.get(path)).body), ['*Like 2 people', 'Love', 'New to me', 'Thanks'])
    await press(rosa, slug, 'thanks')
    assert.deepEqual(shown((await rosa.get(path)).body), ['Like 1 person', 'Love', 'New to me', '*Thanks 1 person'])
    for (let twice = 0; twice < 2; twice++) await press(rosa, slug, 'none')
    assert.deepEqual(shown((await rosa.get(path)).body), ['Like 1 person', 'Love', 'New to me', 'Thanks'])
    assert.deepEqual(await counted(id), { kept: 1, real: 1 })
  })

  test('says with each button what it wants, so that pressing twice does the same', async () => {
    const { slug, path } = await publishPost(ben)
    await press(rosa, slug, 'love')
    const page = (await rosa.get(path)).body
    assert.match(page, /<button name="reaction" value="like" aria-pressed="false">/)
    assert.match(page, /<button name="reaction" value="none" aria-pressed="true">/)
  })

  test('of many at once, and of one who presses all buttons at once, is counted exactly', async () => {
    const { slug, id } = await publishPost(ben)
    const crowd = await Promise.all(
      Array.from({ length: 12 }, (_, index) => newcomer(app, db, `Crowd${index}`, 'viewer')),
    )
    const other = await newBlog({}, blog as never)
    const wishes = ['like', 'love', 'none', 'insight', 'thanks', 'like']
    const answers = await Promise.all(
      crowd.flatMap((person, index) =>
        wishes.map((wish, at) => {
          const { app: server } = at % 2 === 0 ? other : blog
          const payload = `reaction=${wishes[(at + index) % wishes.length]}`
          const headers = { cookie: person.cookie, 'content-type': 'application/x-www-form-urlencoded' }
          return server.inject({ method: 'POST', url: paths.reaction(slug), headers, payload })
        }),
      ),
    )
    assert.ok(answers.every(({ statusCode }) => statusCode === 303))
    const now = await counted(id)
    assert.equal(now?.kept, now?.real)
    assert.ok((now?.real ?? 0) <= crowd.length)
    const { rows } = await sql<{ kind: string; kept: number; real: number }>`
      select kind, sum(people)::int as kept,
          (select count(*)::int from reactions where post_id = ${id} and reactions.kind = reaction_counts.kind) as real
        from reaction_counts where post_id = ${id} group by kind`.execute(db)
    for (const { kind, kept, real } of rows) assert.equal(kept, real, kind)
  })

  test('goes with its account, and with its post', async () => {
    const { slug, id } = await publishPost(ben)
    const gone = await newcomer(app, db, 'Gone', 'viewer')
    await press(gone, slug, 'like')
    await press(rosa, slug, 'like')
    await db.deleteFrom('users').where('id', '=', gone.id).execute()
    assert.deepEqual(await counted(id), { kept: 1, real: 1 })
    await db.deleteFrom('posts').where('id', '=', id).execute()
    assert.deepEqual(await counted(id), { kept: 0, real: 0 })
  })

  test('that is none of ours is refused, whatever is sent', async () => {
    const { slug, id } = await publishPost(ben)
    for (const form of ['', 'reaction=hate', 'reaction=like&reaction=love', 'reaction=like&guest=x', 'reaction=%00'])
      assert.equal((await rosa.post(paths.reaction(slug), form)).statusCode, 422, form)
    assert.equal((await press(rosa, 'nowhere', 'like')).statusCode, 404)
    assert.deepEqual(await counted(id), { kept: 0, real: 0 })
  })

  test('is limited for each person', async () => {
    const { slug } = await publishPost(ben)
    const busy = await newcomer(app, db, 'Busy', 'viewer')
    const statuses: number[] = []
    for (let count = 0; count < 61; count++)
      statuses.push((await press(busy, slug, count % 2 ? 'none' : 'like')).statusCode)
    assert.deepEqual([...new Set(statuses.slice(0, 60))], [303])
    assert.equal(statuses[60], 429)
  })
})

describe('a post that not everybody may open', () => {
  test('takes reactions of those who can', async () => {
    const members = await publishPost(ben, { visibility: 'members' })
    const hidden = await publishPost(ben, { visibility: 'private' })
    const draft = await writePost(ben, { title: 'A draft with reactions' })
    const page = await publishPost(ben, { title: 'A page with reactions', kind: 'page' })
    assert.equal((await press(rosa, members.slug, 'like')).statusCode, 303)
    assert.equal((await press(rosa, hidden.slug, 'like')).statusCode, 404)
    assert.equal((await press(ben, hidden.slug, 'like')).statusCode, 303)
    assert.equal((await press(ben, 'a-draft-with-reactions', 'like')).statusCode, 404)
    assert.equal((await press(ben, 'a-page-with-reactions', 'like')).statusCode, 404)
    assert.ok(draft.id && page.id)

    const teaser = (await dev.get(members.path)).body
    assert.doesNotMatch(teaser, /class="reactions"/)
    assert.equal((await press(dev, members.slug, 'like')).statusCode, 401)
  })

  test('or whose reactions are off shows none and takes none', async () => {
    const { slug, path, id } = await publishPost(ben, { reactions: 'off' })
    assert.doesNotMatch((await rosa.get(path)).body, /class="reactions"/)
    assert.equal((await press(rosa, slug, 'like')).statusCode, 409)
    const { title, body, version } = await db
      .selectFrom('posts')
      .select(['title', 'body', 'version'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    assert.match((await ben.get(paths.admin.post(id))).body, /<option value="off" selected>/)
    await ben.post(paths.admin.post(id), { title, body, version: String(version), reactions: '' })
    assert.equal((await press(rosa, slug, 'like')).statusCode, 303)
  })
})

describe('strangers', () => {
  test('see what others said and the way in, while only accounts may react', async () => {
    const { slug, path } = await publishPost(ben)
    await press(rosa, slug, 'insight')
    const page = (await dev.get(path)).body
    assert.deepEqual(shown(page), ['New to me 1 person'])
    assert.match(
      page,
      /href="\/sign-in\?next=[^"]*#?[^"]*">Sign in<\/a> or <a href="\/register\?next=[^"]*">register<\/a> to react/,
    )
    assert.equal((await press(dev, slug, 'like')).statusCode, 401)
  })

  test('may react when the owner lets them, with a cookie that comes with the first reaction', async () => {
    await choose('everyone')
    const { slug, path, id } = await publishPost(ben)
    const first = await dev.get(path)
    assert.equal(first.headers['set-cookie'], undefined)
    const guest = fieldOf(first.body, 'guest') ?? ''
    const answer = await press(dev, slug, 'like', { guest })
    assert.equal(answer.statusCode, 303)
    const cookie = String(answer.headers['set-cookie'])
    assert.match(cookie, /^bloggy-guest=[\w-]{22}; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Lax$/)
    // The same page sent once more, before the cookie was there.
    await press(dev, slug, 'like', { guest })
    assert.deepEqual(await counted(id), { kept: 1, real: 1 })

    const known = { cookie: cookie.split(';')[0] ?? '' }
    const page = await dev.get(path, known)
    assert.deepEqual(shown(page.body), ['*Like 1 person', 'Love', 'New to me', 'Thanks'])
    assert.equal(fieldOf(page.body, 'guest'), undefined)
    assert.equal((await dev.post(paths.reaction(slug), { reaction: 'love' }, known)).headers['set-cookie'], undefined)
    assert.deepEqual(shown((await dev.get(path)).body), ['Like', 'Love 1 person', 'New to me', 'Thanks'])
  })

  test('cannot be followed from post to post by what is stored', async () => {
    await choose('everyone')
    const posts = [await publishPost(ben), await publishPost(ben)]
    for (const { slug } of posts) await press(dev, slug, 'like', { guest: 'x'.repeat(22) })
    const ids = posts.map(({ id }) => id)
    const rows = await db.selectFrom('reactions').select('guest_hash').where('post_id', 'in', ids).execute()
    assert.equal(new Set(rows.map(({ guest_hash }) => guest_hash?.toString('hex'))).size, 2)
  })

  test('of one network may react so often, whatever cookies they make up', async () => {
    await choose('everyone')
    const { slug, id } = await publishPost(ben)
    const from = (ip: string, cookie: string) =>
      app.inject({
        method: 'POST',
        url: paths.reaction(slug),
        remoteAddress: ip,
        headers: {
          cookie: `bloggy-guest=${cookie.padEnd(22, 'a')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        payload: 'reaction=like',
      })
    const statuses: number[] = []
    for (let count = 0; count < 41; count++) statuses.push((await from('198.51.100.7', `made-up-${count}`)).statusCode)
    assert.deepEqual(statuses.slice(38), [303, 303, 429])
    assert.equal((await from('198.51.100.8', 'made-up-x')).statusCode, 303)
    assert.deepEqual(await counted(id), { kept: 41, real: 41 })
  })

  test('and everybody else find none when the owner turns them off', async () => {
    const { slug, path } = await publishPost(ben)
    await press(rosa, slug, 'like')
    await choose('off')
    assert.doesNotMatch((await rosa.get(path)).body, /class="reactions"/)
    assert.equal((await press(rosa, slug, 'none')).statusCode, 409)
    await choose('accounts')
    assert.equal(settings.get().reactions, 'accounts')
    assert.deepEqual(shown((await dev.get(path)).body), ['Like 1 person'])
  })
})
