// Threads below a post: their order, their pages, answers and quotes.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { type Person, newcomer } from '../../test/cast.ts'
import { fieldOf, nextPage, publishPost, unescaped } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db, settings } = await testApp()
const { ada, ben, rosa, bea, cleo, dev } = cast

test('a comment is shown as it is now, whatever pages showed of it before', async () => {
  const post = await publishPost(ben)
  const id = await say(rosa, post.slug, 'as it was')
  const answer = await say(bea, post.slug, 'an answer', id)
  const page = async () => (await dev.get(post.path)).body
  assert.match(await page(), /as it was/)
  const changes: [() => Promise<unknown>, RegExp][] = [
    [() => db.updateTable('comments').set({ body_html: '<p>as it is</p>' }).where('id', '=', id).execute(), /as it is/],
    [() => db.updateTable('users').set({ name: 'Rosalind' }).where('id', '=', rosa.id).execute(), /who">Rosalind</],
    [() => db.updateTable('comments').set({ edited_at: new Date() }).where('id', '=', id).execute(), /edited/],
    [() => db.updateTable('comments').set({ author_id: ben.id }).where('id', '=', id).execute(), /badge">Author</],
    [() => db.updateTable('comments').set({ deleted_at: new Date() }).where('id', '=', id).execute(), /deleted/],
    [() => db.updateTable('posts').set({ comments_are_open: false }).where('id', '=', post.id).execute(), /closed/],
  ]
  for (const [change, expected] of changes) {
    assert.doesNotMatch(await page(), expected)
    await change()
    assert.match(await page(), expected)
    assert.match(await page(), expected)
  }
  assert.ok((await page()).includes(`comment-${answer}`))
  await db.updateTable('users').set({ name: 'Rosa' }).where('id', '=', rosa.id).execute()
})

describe('an answer', () => {
  test('stands below what it answers, after the answers before it, and newer threads above all', async () => {
    const post = await publishPost(ben)
    const old = await say(rosa, post.slug, 'old')
    const fresh = await say(rosa, post.slug, 'new')
    const one = await say(bea, post.slug, 'one', old)
    await say(ben, post.slug, 'two', old)
    await say(rosa, post.slug, 'below one', one)
    await say(bea, post.slug, 'below new', fresh)

    assert.deepEqual(outline((await dev.get(post.path)).body), [
      '0 new',
      '1 below new',
      '0 old',
      '1 one',
      '2 below one',
      '1 two',
    ])
  })

  test('at the thirty-third level and below stands at the thirty-second, and says whom it answers', async () => {
    const post = await publishPost(ben)
    const people = [rosa, bea]
    let parent: number | undefined
    for (let depth = 1; depth <= 40; depth++) {
      parent = await say(people[depth % 2] ?? rosa, post.slug, `at ${depth}`, parent)
    }
    const rows = await stored(post.id)
    assert.deepEqual(
      rows.map(({ level }) => level),
      Array.from({ length: 40 }, (_, index) => Math.min(index, 31)),
    )
    const { body } = await dev.get(post.path)
    assert.deepEqual(
      outline(body).map((line) => line.replace(/^\d+ /, '')),
      Array.from({ length: 40 }, (_, index) => `at ${index + 1}`),
    )
    // Of two answers to the same comment of the last level, the second does not stand right below it.
    const last = rows[38] ?? assert.fail()
    await say(rosa, post.slug, 'later', last.id)
    const page = (await dev.get(post.path)).body
    const part = page.slice(page.indexOf('later') - 600, page.indexOf('later'))
    assert.match(part, /in answer to <bdi>(Rosa|Bea)<\/bdi>/)
    assert.ok(unescaped(part).includes(`href="${paths.comment(post.slug, last.id)}"`))
  })

  test('is written in a form below the comment, without a script, and comes back when it is refused', async () => {
    const post = await publishPost(ben)
    const root = await say(rosa, post.slug, 'Question?')
    const page = (await bea.get(post.path)).body
    assert.ok(page.includes(`href="${paths.reply(post.slug, root)}"`))
    assert.doesNotMatch((await dev.get(post.path)).body, /\?reply=/)

    const form = (await bea.get(paths.reply(post.slug, root).replace(/#.*/, ''))).body
    assert.equal(fieldOf(form, 'parent'), String(root))
    assert.match(form, /Your answer to Rosa/)
    const submission_key = fieldOf(form, 'submission_key') ?? ''
    const tooLong = 'x'.repeat(32_769)
    const refused = await bea.post(paths.postComments(post.slug), { parent: `${root}`, body: tooLong, submission_key })
    assert.equal(refused.statusCode, 422)
    assert.equal(fieldOf(refused.body, 'body'), tooLong)
    assert.equal(fieldOf(refused.body, 'parent'), String(root))
    assert.equal(fieldOf(refused.body, 'submission_key'), submission_key)

    const twice = { parent: String(root), body: 'Answer!', submission_key }
    const answers = await Promise.all([1, 2, 3].map(() => bea.post(paths.postComments(post.slug), twice)))
    assert.equal(new Set(answers.map(({ headers }) => headers.location)).size, 1)
    assert.deepEqual(outline((await dev.get(post.path)).body), ['0 Question?', '1 Answer!'])
  })

  test('can begin with what it answers', async () => {
    const post = await publishPost(ben)
    const root = await say(rosa, post.slug, 'First *line*\n\nthird </textarea> line')
    const form = (await bea.get(paths.quote(post.slug, root).replace(/#.*/, ''))).body
    assert.equal(fieldOf(form, 'body'), '> First *line*\n>\n> third </textarea> line\n\n')

    const long = await say(rosa, post.slug, '字'.repeat(5000))
    const cut = fieldOf((await bea.get(paths.quote(post.slug, long).replace(/#.*/, ''))).body, 'body') ?? ''
    assert.ok(cut.length < 2100 && cut.endsWith('字 …\n\n'), String(cut.length))
  })

  test('to a comment under another post, to none or to one that is gone is refused with its text', async () => {
    const post = await publishPost(ben)
    const other = await publishPost(ben)
    const elsewhere = await say(rosa, other.slug, 'Elsewhere')
    const gone = await say(rosa, post.slug, 'Gone')
    await rosa.post(paths.commentDeletion(gone))
    const hidden = await say(rosa, post.slug, 'Hidden')
    await db.updateTable('comments').set({ state: 'hidden' }).where('id', '=', hidden).execute()

    for (const parent of [elsewhere, gone, hidden, 999_999_999]) {
      const response = await bea.post(paths.postComments(post.slug), { parent: String(parent), body: 'My answer' })
      assert.equal(response.statusCode, 409, String(parent))
      assert.match(response.body, /My answer/)
    }
    const odd = await bea.post(paths.postComments(post.slug), { parent: 'x', body: 'My answer' })
    assert.equal(odd.statusCode, 422)
    assert.equal(fieldOf(odd.body, 'body'), 'My answer')
    assert.equal((await stored(post.id)).length, 2)
  })

  test('that comes while its comment is deleted is refused, or keeps the place of that comment', async () => {
    for (let round = 0; round < 12; round++) {
      await sql`delete from attempts`.execute(db)
      const post = await publishPost(ben)
      const root = await say(rosa, post.slug, 'Root')
      const target = round % 2 === 0 ? root : await say(rosa, post.slug, 'Target', root)
      const [deletion, answer] = await Promise.all([
        rosa.post(paths.commentDeletion(target)),
        bea.post(paths.postComments(post.slug), { parent: String(target), body: 'Answer' }),
      ])
      assert.equal(deletion.statusCode, 303)
      assert.ok([303, 409].includes(answer.statusCode), String(answer.statusCode))
      const rows = await stored(post.id)
      assert.equal(rows.find(({ id }) => id === target)?.shown, answer.statusCode === 303 ? 'place' : 'nothing')
      assert.equal(
        rows.some(({ body }) => body === 'Answer'),
        answer.statusCode === 303,
      )
    }
  })

  test('of many at once to one comment is stored once each, in one order', async () => {
    const people: Person[] = []
    for (let index = 0; index < 8; index++) people.push(await newcomer(app, db, `Quick${index}`, 'viewer'))
    const post = await publishPost(ben)
    const root = await say(rosa, post.slug, 'Root')
    const bodies = Array.from({ length: 80 }, (_, index) => `Answer ${index}`)
    await Promise.all(bodies.map((body, index) => say(people[index % 8] ?? rosa, post.slug, body, root)))

    const rows = await stored(post.id)
    const shown = outline((await dev.get(post.path)).body)
    assert.equal(shown.length, 81)
    assert.deepEqual(
      shown.map((line) => line.slice(2)),
      ['Root', ...rows.slice(1).map(({ body }) => body)],
    )
    assert.deepEqual(
      rows
        .slice(1)
        .map(({ body }) => body)
        .toSorted(),
      bodies.toSorted(),
    )
  })
})

describe('pages of a discussion', () => {
  test('give every comment once, forwards and backwards, whatever is written meanwhile', async () => {
    const post = await publishPost(ben)
    await grow(post.id)
    const all = (await inOrder(post.id)).map(String)
    assert.equal(all.length, 350)

    const pages: string[] = [post.path]
    const seen: string[] = []
    for (let at: string | undefined = post.path; at;) {
      const { body } = await dev.get(at.replace(/#.*/, ''))
      seen.push(...idsOf(body))
      if (seen.length === 100) await say(rosa, post.slug, 'In front of all')
      at = nextPage(body)
      if (at) pages.push(at)
    }
    assert.deepEqual(seen, all)
    assert.equal(pages.length, 4)

    const back: string[] = []
    let body = (await dev.get((pages.at(-1) ?? '').replace(/#.*/, ''))).body
    for (;;) {
      back.unshift(...idsOf(body))
      const at = previousPage(body)
      if (!at) break
      body = (await dev.get(at.replace(/#.*/, ''))).body
    }
    assert.deepEqual(back.slice(-350), all)
  })

  test('a link to one comment opens the page that has it, from the address with its number too', async () => {
    const post = await publishPost(ben)
    await grow(post.id)
    const all = await inOrder(post.id)
    for (const index of [0, 1, 29, 30, 31, 99, 100, 173, 319, 320, 348, 349]) {
      const id = all[index] ?? 0
      const redirect = await dev.get(paths.commentPlace(id))
      assert.equal(redirect.statusCode, 303)
      assert.equal(redirect.headers.location, paths.comment(post.slug, id))
      const { body } = await dev.get(String(redirect.headers.location).replace(/#.*/, ''))
      const ids = idsOf(body)
      assert.ok(ids.includes(String(id)), String(index))
      assert.ok(ids.length <= 100)
      const from = all.indexOf(Number(ids[0]))
      assert.deepEqual(ids, all.slice(from, from + ids.length).map(String))
      // Both neighbours go on where it ends.
      const next = nextPage(body)
      assert.equal(next !== undefined, from + ids.length < all.length)
      if (next) assert.equal(idsOf((await dev.get(next.replace(/#.*/, ''))).body)[0], String(all[from + ids.length]))
      const previous = previousPage(body)
      assert.equal(previous !== undefined, from > 0)
      if (previous) assert.equal(idsOf((await dev.get(previous.replace(/#.*/, ''))).body).at(-1), String(all[from - 1]))
    }
  })

  test('a link to a comment that is not here opens the newest, and says so', async () => {
    const post = await publishPost(ben)
    await say(rosa, post.slug, 'Still here')
    const gone = await say(rosa, post.slug, 'Not any more')
    await rosa.post(paths.commentDeletion(gone))
    for (const id of [gone, 987_654_321]) {
      const { statusCode, body } = await dev.get(paths.comment(post.slug, id).replace(/#.*/, ''))
      assert.equal(statusCode, 200)
      assert.match(body, /not here any more/)
      assert.match(body, /Still here/)
      assert.equal((await dev.get(paths.commentPlace(id))).statusCode, 404)
    }
  })

  test('imported comments stand by their dates, and those without one stand last', async () => {
    const post = await publishPost(ben)
    const at = (created_at: string, body: string) => ({
      post_id: post.id,
      author_id: rosa.id,
      body,
      created_at: new Date(created_at),
    })
    await db
      .insertInto('comments')
      .values([
        at('2021-05-01', 'middle'),
        at('1970-01-01T00:00:00Z', 'undated, first'),
        at('2023-05-01', 'newest'),
        at('1970-01-01T00:00:00Z', 'undated, second'),
        at('2019-05-01', 'oldest'),
        at('1969-06-01', 'before all'),
      ])
      .execute()
    const expected = ['newest', 'middle', 'oldest', 'undated, second', 'undated, first', 'before all']
    assert.deepEqual(
      outline((await dev.get(post.path)).body),
      expected.map((body) => `0 ${body}`),
    )
  })

  test('answers follow a comment whose date is corrected', async () => {
    const post = await publishPost(ben)
    const first = await say(rosa, post.slug, 'first')
    await say(bea, post.slug, 'below first', first)
    await say(rosa, post.slug, 'second')
    await db
      .updateTable('comments')
      .set({ created_at: sql`now() + interval '1 hour'` })
      .where('id', '=', first)
      .execute()
    assert.deepEqual(outline((await dev.get(post.path)).body), ['0 first', '1 below first', '0 second'])
  })
})

describe('what is not to be read', () => {
  test('waiting, hidden and spam are in no page, feed or count; their own author sees them, marked', async () => {
    const post = await publishPost(ben)
    await say(rosa, post.slug, 'Seen')
    const ids: Record<string, number> = {}
    for (const state of ['waiting', 'hidden', 'spam']) {
      ids[state] = await say(rosa, post.slug, `It is ${state}`)
      await db.updateTable('comments').set({ state }).where('id', '=', ids[state]).execute()
    }
    for (const person of [dev, bea, ada]) {
      const { body } = await person.get(post.path)
      assert.match(body, /1 comment</)
      assert.doesNotMatch(body, /It is/)
      for (const id of Object.values(ids)) assert.equal((await dev.get(paths.commentPlace(id))).statusCode, 404)
    }
    const own = (await rosa.get(post.path)).body
    assert.deepEqual(markedIn(own), {
      'It is waiting': 'Waiting to be looked at. Only you and the moderators see it.',
      'It is hidden': 'A moderator hid this comment. Only you and moderators see it.',
      'It is spam': 'This comment was taken for spam. Only you and moderators see it.',
    })
    assert.match(own, /1 comment</)
    assert.doesNotMatch(own, new RegExp(`report/|${paths.commentReport(ids.hidden ?? 0)}`))
    for (const file of ['atom.xml', 'rss.xml', 'feed.json']) {
      const { body } = await dev.get(paths.feed(paths.postComments(post.slug), file))
      assert.match(body, /Seen/)
      assert.doesNotMatch(body, /It is/)
    }
  })

  test('a comment that a moderator hides is there for its writer, who is told so wherever its links lead', async () => {
    const post = await publishPost(ben)
    const root = await say(rosa, post.slug, 'Words of Rosa')
    await say(bea, post.slug, 'An answer', root)
    const alone = await say(rosa, post.slug, 'Alone')
    for (const id of [root, alone]) {
      const decided = await cleo.post(paths.admin.commentDecisions(), { one: `hide-${id}-1-approved` })
      assert.equal(decided.statusCode, 303, decided.body)
    }
    const sentence = 'A moderator hid this comment. Only you and moderators see it.'
    const expected = { 'Words of Rosa': sentence, Alone: sentence }
    assert.deepEqual(markedIn((await rosa.get(post.path)).body), expected)
    for (const id of [root, alone]) {
      const { headers } = await rosa.get(paths.commentPlace(id))
      const place = String(headers.location).replace(/#.*/, '')
      assert.equal(markedIn((await rosa.get(place)).body)[id === root ? 'Words of Rosa' : 'Alone'], sentence)
      assert.ok((await rosa.get(paths.editComment(id))).body.includes(sentence))
      await rosa.post(paths.editComment(id), { body: 'Changed', version: '1' })
    }
    assert.match((await rosa.get(post.path)).body, /Changed[^]*Changed/)
    for (const person of [bea, cleo, dev]) {
      const { body } = await person.get(post.path)
      assert.doesNotMatch(body, /Words of Rosa|Alone|Changed|A moderator hid/)
      assert.match(body, /This comment is not shown/)
    }
    await rosa.post(paths.commentDeletion(root))
    assert.match((await rosa.get(post.path)).body, /This comment is not shown/)
    assert.doesNotMatch((await rosa.get(post.path)).body, /Changed[^]*Changed/)
  })

  test('an answered comment that is taken down keeps its place without its text', async () => {
    const post = await publishPost(ben)
    const root = await say(rosa, post.slug, 'Unkind words')
    const answer = await say(bea, post.slug, 'A kind answer', root)
    const setState = (state: string, id: number) =>
      db.updateTable('comments').set({ state }).where('id', '=', id).execute()
    await setState('hidden', root)
    const { body } = await dev.get(post.path)
    assert.match(body, /This comment is not shown/)
    assert.doesNotMatch(body, /Unkind words/)
    assert.match(body, /A kind answer/)
    await setState('spam', answer)
    assert.deepEqual(idsOf((await dev.get(post.path)).body), [])
    await setState('approved', answer)
    assert.equal(idsOf((await dev.get(post.path)).body).length, 2)
    await setState('approved', root)
    assert.match((await dev.get(post.path)).body, /Unkind words/)
  })
})

describe('a post', () => {
  test('marks what its own authors say', async () => {
    const post = await publishPost(ben, { authors: 'cleo' })
    for (const person of [ben, cleo, rosa]) await say(person, post.slug, `By ${person.name}`)
    const parts = (await dev.get(post.path)).body.split('<li id="comment-').slice(1)
    assert.deepEqual(
      parts.map((part) => part.includes('class="badge"')),
      [false, true, true],
    )
  })

  test('can be closed to comments by its writer while the blog is open, and opened again', async () => {
    const post = await publishPost(ben)
    await say(rosa, post.slug, 'In time')
    const save = async (comments: string) => {
      const page = (await ben.get(paths.admin.post(post.id))).body
      const form = { title: 'A post', body: 'Text', version: fieldOf(page, 'version') ?? '', comments }
      assert.equal((await ben.post(paths.admin.post(post.id), form)).statusCode, 303)
    }
    await save('closed')
    assert.match((await rosa.get(post.path)).body, /Comments are closed/)
    assert.match((await rosa.get(post.path)).body, /In time/)
    const refused = await rosa.post(paths.postComments(post.slug), { body: 'Too late' })
    assert.equal(refused.statusCode, 409)
    assert.match(refused.body, /Too late/)
    await save('open')
    await say(rosa, post.slug, 'Again')
  })

  test('closes by itself when the owner says after how many days', async () => {
    const post = await publishPost(ben)
    const date = (days: number) =>
      db
        .updateTable('posts')
        .set({ published_at: sql`now() - make_interval(days => ${days})` })
        .where('id', '=', post.id)
    await setSettings({ comments_close_after_days: 14 })
    try {
      await date(13).execute()
      await say(rosa, post.slug, 'Within two weeks')
      await date(14).execute()
      assert.equal((await rosa.post(paths.postComments(post.slug), { body: 'After' })).statusCode, 409)
      assert.match((await rosa.get(post.path)).body, /Comments are closed/)
    } finally {
      await setSettings({ comments_close_after_days: 0 })
    }
    await say(rosa, post.slug, 'Open for ever')
  })
})

describe('the Markdown of a comment', () => {
  test('is emphasis, code, links, lists and quotes; headings are bold lines', async () => {
    const post = await publishPost(ben)
    const body =
      '# Head *line*\n\n**b** `c` ~~s~~ [l](https://example.com/) https://example.org\nnext\n\n- i\n\n> q\n\n```js\nconst x\n```'
    await say(rosa, post.slug, body)
    const said = saidOf((await dev.get(post.path)).body)
    assert.match(said, /<p><strong>Head <em>line<\/em><\/strong><\/p>/)
    assert.match(said, /<strong>b<\/strong> <code>c<\/code> <s>s<\/s>/)
    assert.match(said, /<a href="https:\/\/example\.com\/" rel="nofollow ugc">l<\/a>/)
    assert.match(said, /<a href="https:\/\/example\.org" rel="nofollow ugc">https:\/\/example\.org<\/a><br \/>/)
    assert.match(said, /<ul>\s*<li>i<\/li>\s*<\/ul>/)
    assert.match(said, /<blockquote>\s*<p>q<\/p>\s*<\/blockquote>/)
    assert.match(said, /<pre tabindex="0"><code>const x\n<\/code><\/pre>/)
  })

  test('has no picture, table, HTML, formula or card, and nothing that runs', async () => {
    const post = await publishPost(ben)
    const body = [
      '![x](https://example.com/a.png)',
      '<b onclick=alert(1)>bold</b><script>alert(1)</script><svg/onload=alert(2)>',
      '[a](javascript:alert(1)) [b](data:text/html,x) [c](//evil.example)',
      '| a |\n| - |\n| b |',
      '$x^2$',
      '[d](https://example.com/"onmouseover="alert(1))',
      '[e]: javascript:alert(1)\n\n[e]',
      'https://www.youtube.com/watch?v=dQw4w9WgXcQ',
    ].join('\n\n')
    await say(rosa, post.slug, body)
    const said = saidOf((await dev.get(post.path)).body)
    assert.doesNotMatch(said, /<(img|table|script|svg|b|math|figure|div)\b|<[^>]* on\w+=|href="(javascript|data|\/\/)/i)
    for (const [, attributes = ''] of said.matchAll(/<a ([^>]*)>/g)) assert.match(attributes, /rel="nofollow ugc"/)
  })

  test('leaves comments from before as they were typed', async () => {
    const post = await publishPost(ben)
    await db
      .insertInto('comments')
      .values({ post_id: post.id, author_id: rosa.id, body: '*not* emphasis\nline' })
      .execute()
    assert.match((await dev.get(post.path)).body, /<p>\*not\* emphasis\nline<\/p>/)
  })
})

async function say(person: Person, slug: string, body: string, parent?: number): Promise<number> {
  // Nobody waits for the limit here.
  await sql`delete from attempts`.execute(db)
  const form: Record<string, string> = parent === undefined ? { body } : { body, parent: String(parent) }
  const response = await person.post(paths.postComments(slug), form)
  assert.equal(response.statusCode, 303, response.body)
  return Number(/#comment-(\d+)$/.exec(String(response.headers.location))?.[1])
}

/** 350 comments: threads of different sizes and depths, all of one moment. */
async function grow(post_id: number): Promise<void> {
  await sql`
    with roots as (
        insert into comments (post_id, author_id, body) select ${post_id}, ${rosa.id}, 'root ' || n from generate_series(1, 50) n
          returning id, created_at),
      sizes as (select id, created_at, row_number() over (order by id) as n from roots),
      numbered as (
        select id as root, created_at, k, nextval(pg_get_serial_sequence('public.comments', 'id')) as own
          from sizes, generate_series(1, case when n = 7 then 251 else 1 end) k)
    insert into comments (id, post_id, author_id, body, parent_id, root_id, root_at, path)
      select own, ${post_id}, ${bea.id}, 'answer', root, root, created_at, int8send(own) from numbered`.execute(db)
}

async function inOrder(post_id: number): Promise<number[]> {
  const rows = await stored(post_id)
  const roots = rows.filter(({ level }) => level === 0).toReversed()
  return roots.flatMap(({ id }) => [id, ...rows.filter(({ root_id }) => root_id === id).map(({ id }) => id)])
}

async function stored(post_id: number) {
  return await db
    .selectFrom('comments')
    .select(['id', 'root_id', 'body', 'shown', sql<number>`octet_length(path) / 8`.as('level')])
    .where('post_id', '=', post_id)
    .orderBy('id')
    .execute()
}

async function setSettings(values: { comments_close_after_days: number }): Promise<void> {
  await db
    .updateTable('settings')
    .set({ ...values, version: sql`version + 1` })
    .execute()
  await settings.refresh()
}

/** `1 words` for each comment of a page: how far it is indented, and what it says. */
function outline(html: string): string[] {
  const parts = html.split('<li id="comment-').slice(1)
  return parts.map(
    (part) =>
      `${/^\d+" class="reply level-(\d+)/.exec(part)?.[1] ?? 0} ${saidOf(part)
        .replace(/<[^>]*>/g, '')
        .trim()}`,
  )
}

function saidOf(html: string): string {
  return /<div class="said[^>]*>(.*?)<\/div>/s.exec(html)?.[1] ?? ''
}

/** What is said of comments that only their writer sees, by their text. */
function markedIn(html: string): Record<string, string> {
  const found = html.matchAll(/<p class="notice">([^<]+)<\/p><div class="said[^>]*><p>([^<]+)</g)
  return Object.fromEntries([...found].map(([, notice, said]) => [said?.trim(), notice]))
}

function idsOf(html: string): string[] {
  return [...html.matchAll(/<li id="comment-(\d+)"/g)].map(([, id]) => id ?? '')
}

function previousPage(html: string): string | undefined {
  const found = /<a rel="prev" href="([^"]+)">/.exec(html)
  return found ? unescaped(found[1] ?? '') : undefined
}
