// What the script of a post with live comments asks for: the stream, the same now and then, and the comments.
import assert from 'node:assert/strict'
import { type IncomingMessage, get } from 'node:http'
import { describe, test } from 'node:test'
import { newBlog, testApp } from '../../test/app.ts'
import { serve, webSettings } from '../../test/browser.ts'
import { testLimits } from '../../test/database.ts'
import { publishPost } from '../../test/pages.ts'
import { assetPath, assets } from '../html/assets.ts'
import { paths } from '../paths.ts'

const blog = await testApp({ ...(await webSettings()), LIVE_STREAMS_PER_NETWORK: '1000' })
const { app, cast, db, settings } = blog
const { ada, ben, cleo, rosa, dev } = cast
const origin = await serve(blog)
const place = { ...blog, limits: testLimits }
await db.updateTable('settings').set({ comments_are_live: true }).execute()
await settings.refresh()

describe('the page of a post', () => {
  test('has no script where comments are not live', async () => {
    const off = await newBlog({}, place)
    const { path } = await publishPost(ben)
    await db.transaction().execute(async (db) => {
      await db.updateTable('settings').set({ comments_are_live: false }).execute()
    })
    await off.settings.refresh()
    const page = await off.app.inject(path)
    await db.updateTable('settings').set({ comments_are_live: true }).execute()

    assert.doesNotMatch(page.body, /<script(?! type="application\/ld\+json")|data-live|data-place|comments\.css/)
    assert.doesNotMatch(String(page.headers['content-security-policy']), /script-src/)
    const form = { language: 'en', title: 'Test Notes', description: '', version: String(settings.get().version) }
    const saved = await ada.post(paths.admin.settings(), {
      ...form,
      comments_are_open: 'yes',
      comments_are_live: 'yes',
    })
    assert.equal(saved.statusCode, 303, saved.body)
    assert.equal(settings.get().comments_are_live, true)
  })

  test('has one script of less than 3 KB where they are, and only there', async () => {
    const { path, id } = await publishPost(ben)
    const page = await dev.get(path)
    const scripts = [...page.body.matchAll(/<script[^>]*src="([^"]+)"/g)].map(([, src]) => src)

    assert.deepEqual(scripts, [assetPath('comments.js')])
    assert.ok((assets.get('comments.js')?.brotli()?.length ?? Infinity) < 3 * 1024)
    assert.ok((assets.get('comments.js')?.gzip()?.length ?? Infinity) < 3 * 1024)
    assert.match(String(page.headers['content-security-policy']), /script-src 'self'; connect-src 'self'/)
    await db.updateTable('posts').set({ comments_are_open: false }).where('id', '=', id).execute()
    for (const closed of [path, paths.home()])
      assert.doesNotMatch((await dev.get(closed)).body, /<script(?! type="application\/ld\+json")/, closed)
  })
})

describe('a page that follows its comments', () => {
  test('is told of new, changed, deleted, hidden and approved ones', async () => {
    const post = await publishPost(ben)
    const stream = await follow(post.slug, await sinceOf(post.path))
    const id = await comment(post.slug, 'First.')
    assert.deepEqual(await stream.told(1), [id])

    await rosa.post(paths.editComment(id), { body: 'First, changed.', version: '1' })
    assert.deepEqual(await stream.told(2), [id, id])
    await db.updateTable('comments').set({ state: 'hidden' }).where('id', '=', id).execute()
    assert.deepEqual(await stream.told(3), [id, id, id])
    await db.updateTable('comments').set({ state: 'approved' }).where('id', '=', id).execute()
    assert.deepEqual(await stream.told(4), [id, id, id, id])
    await rosa.post(paths.commentDeletion(id))
    assert.deepEqual(await stream.told(5), [id, id, id, id, id])
    stream.close()
  })

  test('hears nothing of a comment that waits, and of it when it is approved, whoever does that', async () => {
    const post = await publishPost(ben)
    const stream = await follow(post.slug, await sinceOf(post.path))
    const row = {
      post_id: post.id,
      author_id: rosa.id,
      body: 'Waits.',
      body_format: 'markdown',
      body_html: '<p>Waits.',
    }
    const waits = await db
      .insertInto('comments')
      .values({ ...row, state: 'waiting' })
      .returning('id')
      .executeTakeFirstOrThrow()
    const said = await comment(post.slug, 'Said.')
    assert.deepEqual(await stream.told(1), [said])

    await db.updateTable('comments').set({ state: 'approved' }).where('id', '=', waits.id).execute()
    assert.deepEqual(await stream.told(2), [said, waits.id])
    stream.close()
  })

  test('is told of many at once in one go', async () => {
    const post = await publishPost(ben)
    const stream = await follow(post.slug, await sinceOf(post.path))
    const ids = await insertMany(post.id, 60)

    assert.deepEqual(
      (await stream.told(60)).toSorted((a, b) => a - b),
      ids,
    )
    assert.equal(stream.events().filter(({ data }) => data !== '').length, 1)
    stream.close()
  })

  test('gets what it missed, also of a transaction that had begun before and commits after', async () => {
    const post = await publishPost(ben)
    let commit = () => {}
    const mayCommit = new Promise<void>((resolve) => (commit = resolve))
    let begun = () => {}
    const hasBegun = new Promise<void>((resolve) => (begun = resolve))
    let late = 0
    const transaction = db.transaction().execute(async (db) => {
      const row = { post_id: post.id, author_id: rosa.id, body: 'Late.', body_format: 'markdown' }
      late = (await db.insertInto('comments').values(row).returning('id').executeTakeFirstOrThrow()).id
      begun()
      await mayCommit
    })
    await hasBegun
    const early = await comment(post.slug, 'Early.')
    assert.ok(early > late)
    const first = await follow(post.slug, await sinceOf(post.path, early))
    const second = await comment(post.slug, 'Second.')
    // Whoever joins may hear again of what happened just before.
    await first.heard(second)
    first.close()
    commit()
    await transaction

    // The browser says what it has seen; the address is still the old one.
    const again = await follow(post.slug, 'nonsense', { 'last-event-id': first.cursor() })
    await again.heard(late)
    again.close()
    const changes = await dev.get(`${paths.changedComments(post.slug)}?after=${encodeURIComponent(first.cursor())}`)
    assert.deepEqual([changes.json().ids, changes.json().isLost], [[late], false])
    const none = await dev.get(`${paths.changedComments(post.slug)}?after=${encodeURIComponent(changes.json().now)}`)
    assert.deepEqual([none.json().ids, none.json().isLost], [[], false])
  })

  test('is told of what nobody announced', async () => {
    const post = await publishPost(ben)
    const id = await comment(post.slug, 'Noted once more, without a word.')
    const stream = await follow(post.slug, await sinceOf(post.path, id))
    await stream.until(() => true)
    await db.insertInto('comment_changes').values({ post_id: post.id, comment_id: id }).execute()
    await stream.heard(id)
    // The process listened again meanwhile, and hears.
    await stream.heard(await comment(post.slug, 'Announced.'))
    stream.close()
  })

  test('is not told of other posts, and hears of numbers alone', async () => {
    const [one, other] = [await publishPost(ben), await publishPost(ben)]
    const stream = await follow(one.slug, await sinceOf(one.path))
    await comment(other.slug, 'Elsewhere.')
    const id = await comment(one.slug, 'Here, a secret word.')

    assert.deepEqual(await stream.told(1), [id])
    for (const { data } of stream.events()) assert.match(data, /^[\d ]*$/)
    stream.close()
  })

  test('is asked to load again for what is too old, too much or no moment of this database', async () => {
    const post = await publishPost(ben)
    const since = await sinceOf(post.path)
    const [at = '', snapshot = ''] = since.split('.')
    await insertMany(post.id, 501)
    const moments = [since, '', 'x', `${Number(at) - 90_000}.${snapshot}`, `${at}.5:4:`, `${at}.0:9:`, `${at}.3:9:5,4`]
    for (const after of [
      ...moments,
      `${at}.3:9000000000000000000:`,
      `${at}.99999999999999999999:1:`,
      '9'.repeat(1000),
    ]) {
      const { statusCode, body } = await dev.get(
        `${paths.changedComments(post.slug)}?after=${encodeURIComponent(after)}`,
      )
      assert.deepEqual([statusCode, JSON.parse(body).isLost, JSON.parse(body).ids], [200, true, []], after)
    }
    const stream = await follow(post.slug, 'x')
    assert.equal((await stream.until(({ event }) => event === 'reset')).data, '')
    stream.close()
  })

  test('is found out when it may not read the post, and never gets what is hidden', async () => {
    const post = await publishPost(ben)
    const hidden = await comment(post.slug, 'Hidden words.')
    const shown = await comment(post.slug, 'Shown words.')
    await db.updateTable('comments').set({ state: 'hidden' }).where('id', '=', hidden).execute()
    const elsewhere = await comment((await publishPost(ben)).slug, 'Of another post.')
    const some = `${paths.someComments(post.slug)}?ids=${hidden},${shown},${elsewhere},999999999`
    const fragment = await dev.get(some)
    assert.equal(fragment.statusCode, 200)
    assert.deepEqual(
      [...fragment.body.matchAll(/<li id="([^"]+)"/g)].map(([, id]) => id),
      [`comment-${shown}`],
    )
    assert.doesNotMatch(fragment.body, /Hidden words|Of another post/)
    assert.match((await rosa.get(some)).body, /A moderator hid this comment\.[^]*Hidden words/)

    for (const visibility of ['private', 'members'] as const) {
      await db.updateTable('posts').set({ visibility }).where('id', '=', post.id).execute()
      for (const path of [some, paths.changedComments(post.slug), paths.liveComments(post.slug)]) {
        assert.equal((await dev.get(path)).statusCode, 404, `${visibility} ${path}`)
        if (visibility === 'private') assert.equal((await rosa.get(path)).statusCode, 404, path)
      }
      const reader = visibility === 'private' ? ben : rosa
      assert.equal((await reader.get(some)).statusCode, 200)
    }
  })

  test('is told nothing more once its reader may not read the post, or the post is closed; others are told', async () => {
    const changes = [
      { visibility: 'private' },
      { visibility: 'members' },
      { comments_are_open: false },
      { kind: 'page' },
    ]
    for (const change of [...changes, { published_at: null }]) {
      const [post, other] = [await publishPost(ben), await publishPost(ben)]
      const open = await follow(post.slug, await sinceOf(post.path))
      const others = await follow(other.slug, await sinceOf(other.path))
      await db.updateTable('posts').set(change).where('id', '=', post.id).execute()
      const ids = [await insertMany(post.id, 1), await insertMany(other.id, 1)].flat()
      assert.deepEqual(await others.told(1), ids.slice(1))
      others.close()
      // Its browser asks again, and does not find the post.
      await open.ended
      assert.deepEqual(
        open.events().filter(({ data }) => data !== ''),
        [],
        JSON.stringify(change),
      )
      assert.match(open.text(), /\nretry: \d+\n\n$/)
      assert.equal((await dev.get(paths.liveComments(post.slug))).statusCode, 404)
    }
    const post = await publishPost(ben, { visibility: 'members' })
    const member = await follow(post.slug, 'x', { cookie: rosa.cookie })
    assert.equal(member.status, 200)
    const [id = 0] = await insertMany(post.id, 1)
    await member.heard(id)
    member.close()
  })

  test('gets each comment as it is on the page, for who asks', async () => {
    const post = await publishPost(ben)
    const root = await comment(post.slug, 'A *root*.')
    const reply = await comment(post.slug, 'A reply.', root)
    for (const person of [dev, rosa, cleo]) {
      const page = (await person.get(post.path)).body
      const some = (await person.get(`${paths.someComments(post.slug)}?ids=${reply},${root}`)).body
      for (const id of [root, reply]) assert.equal(itemOf(some, id), itemOf(page, id))
    }
  })

  test('asks for fifty at most, and for nothing that is no number', async () => {
    const { slug } = await publishPost(ben)
    const many = Array.from({ length: 51 }, (_, index) => index + 1).join(',')
    for (const ids of ['', 'x', '1,', '0', '1;2', many, '9'.repeat(16), '%00'])
      assert.equal((await dev.get(`${paths.someComments(slug)}?ids=${ids}`)).statusCode, 404, ids)
    assert.equal((await dev.get(paths.someComments(slug))).statusCode, 404)
    assert.equal((await dev.get(`${paths.changedComments(slug)}?after=${'9'.repeat(1001)}`)).statusCode, 404)
    assert.equal((await app.inject({ method: 'HEAD', url: paths.liveComments(slug) })).statusCode, 405)
  })

  test('gets an end with a pause when its server stops, and misses nothing', async () => {
    const other = await newBlog({ ...(await webSettings()) }, place)
    const second = await serve(other)
    const post = await publishPost(ben)
    const stream = await follow(post.slug, await sinceOf(post.path), {}, second)
    await stream.until(() => true)
    const closing = other.app.close()
    await stream.ended
    await closing
    assert.match(stream.text(), /\nretry: [2-4]\d{3}\n\n$/)

    const id = await comment(post.slug, 'Meanwhile.')
    const again = await follow(post.slug, 'x', { 'last-event-id': stream.cursor() })
    await again.heard(id)
    again.close()
  })
})

describe('streams', () => {
  test('are given to so many pages of a process and of a network, and a place that is left is free', async () => {
    const some = { LIVE_STREAMS: '3', LIVE_STREAMS_PER_NETWORK: '2', TRUSTED_PROXIES: '127.0.0.1' }
    const other = await newBlog({ ...(await webSettings()), ...some }, place)
    const second = await serve(other)
    const { slug, path } = await publishPost(ben)
    const since = await sinceOf(path)
    const from = (ip: string) => follow(slug, since, { 'x-forwarded-for': ip }, second)
    const first = [await from('10.0.0.1'), await from('10.0.0.1')]
    assert.equal((await from('10.0.0.1')).status, 204)
    const third = await from('10.0.0.2')
    assert.deepEqual(
      [...first, third].map(({ status }) => status),
      [200, 200, 200],
    )
    assert.equal((await from('10.0.0.3')).status, 204)
    // Those can still ask.
    const asked = await other.app.inject(`${paths.changedComments(slug)}?after=${encodeURIComponent(since)}`)
    assert.equal(asked.json().isLost, false)

    first[0]?.close()
    for (let status = 204; status !== 200;) {
      const next = await from('10.0.0.3')
      status = next.status
      if (status === 204) await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })
})

test('a place is free again however early its reader leaves', async () => {
  const other = await newBlog({ ...(await webSettings()), LIVE_STREAMS: '1' }, place)
  const second = await serve(other)
  const { slug, path } = await publishPost(ben)
  const url = `${second}${paths.liveComments(slug)}?after=${encodeURIComponent(await sinceOf(path))}`
  for (let count = 0; count < 40; count++) {
    const request = get(url, { agent: false }, (response) => response.on('error', () => {})).on('error', () => {})
    const gone = new Promise<void>((resolve) => request.once('close', resolve))
    request.once('socket', (socket) => {
      socket.once('connect', () => setTimeout(() => request.destroy(), count / 4))
    })
    await gone
  }
  for (let status = 204; status !== 200;) {
    const stream = await follow(slug, 'x', {}, second)
    status = stream.status
    stream.close()
    if (status === 204) await new Promise((resolve) => setTimeout(resolve, 20))
  }
})

/** A page's stream, as a browser has it. */
async function follow(slug: string, after: string, headers: Record<string, string> = {}, from = origin) {
  const url = `${from}${paths.liveComments(slug)}?after=${encodeURIComponent(after)}`
  let text = ''
  let hear = () => {}
  const request = get(url, { headers, agent: false })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject)
  })
  const ended = new Promise<void>((resolve) => response.once('close', resolve))
  response.setEncoding('utf8').on('data', (part: string) => {
    text += part
    hear()
  })
  response.on('error', () => {})
  const events = () =>
    text
      .split('\n\n')
      .slice(0, -1)
      .map((part) =>
        Object.fromEntries(
          part.split('\n').map((line) => [line.split(': ')[0]?.replace(/:$/, ''), line.split(': ')[1] ?? '']),
        ),
      )
      .map(({ id = '', event = '', data = '' }) => ({ id, event, data }))
  const until = async (isIt: (event: { id: string; event: string; data: string }) => boolean) => {
    for (;;) {
      const found = events().find(isIt)
      if (found) return found
      await new Promise<void>((resolve) => (hear = resolve))
    }
  }
  const ids = () => events().flatMap(({ data }) => data.split(' ').filter(Boolean).map(Number))
  return {
    status: response.statusCode ?? 0,
    text: () => text,
    events,
    until,
    ended,
    cursor: () => events().findLast(({ id }) => id !== '')?.id ?? '',
    heard: async (id: number) => {
      while (!ids().includes(id)) await new Promise<void>((resolve) => (hear = resolve))
    },
    told: async (count: number) => {
      while (ids().length < count) await new Promise<void>((resolve) => (hear = resolve))
      return ids()
    },
    close: () => request.destroy(),
  }
}

/** What a page has seen, as it says itself. With an id the page has that comment. */
async function sinceOf(path: string, id?: number): Promise<string> {
  const page = await dev.get(path)
  if (id !== undefined) assert.match(page.body, new RegExp(`id="comment-${id}"`))
  return /data-since="([^"]+)"/.exec(page.body)?.[1] ?? assert.fail('The page says nothing.')
}

async function comment(slug: string, body: string, parent?: number): Promise<number> {
  const answer = await rosa.post(paths.postComments(slug), { body, ...(parent && { parent: String(parent) }) })
  assert.equal(answer.statusCode, 303, answer.body)
  return Number(/comment=(\d+)/.exec(String(answer.headers.location))?.[1])
}

async function insertMany(post_id: number, count: number): Promise<number[]> {
  const row = { post_id, author_id: rosa.id, body: 'One of many.', body_format: 'markdown' }
  const rows = await db
    .insertInto('comments')
    .values(Array.from({ length: count }, () => row))
    .returning('id')
    .execute()
  return rows.map(({ id }) => id).toSorted((a, b) => a - b)
}

function itemOf(html: string, id: number): string {
  return (
    new RegExp(`<li id="comment-${id}"[\\s\\S]*?</li>`).exec(html)?.[0] ?? assert.fail(`There is no comment ${id}.`)
  )
}
