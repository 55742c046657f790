import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { type Person, newcomer } from '../../test/cast.ts'
import { moderating } from '../../test/moderating.ts'
import { fieldOf, publishPost, unescaped } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { hashToken } from '../sessions/session.ts'

const blog = await testApp()
const { cast, app, db } = blog
const { ada, bea, ben, cleo, dev, rosa } = cast
const { setRules, say, change, decide, stateOf, eventsOf, rowsOf } = moderating(blog)

beforeEach(async () => {
  await sql`delete from attempts`.execute(db)
  await setRules()
})

describe('the queue', () => {
  const answers = { ada: 200, cleo: 200, ben: 403, rosa: 403, dev: 303 } as const
  for (const [name, status] of Object.entries(answers) as [keyof typeof answers, number][]) {
    test(`and the pages beside it are answered to ${name} with ${status}`, async () => {
      for (const path of [paths.admin.comments(), paths.admin.bans(), paths.admin.moderationLog()])
        assert.equal((await cast[name].get(path)).statusCode, status, path)
      const rules = name === 'cleo' ? 403 : status
      assert.equal((await cast[name].get(paths.admin.commentRules())).statusCode, rules)
      const post = await publishPost(ben)
      const id = await say(rosa, post.slug, 'Stays')
      if (status === 200) return
      await cast[name].post(paths.admin.commentDecisions(), { one: `hide-${id}-1-approved` })
      await cast[name].post(paths.admin.bans(), { who: 'rosa', reason: 'x' })
      assert.equal((await stateOf(id))[0], 'approved')
      assert.equal((await db.selectFrom('bans').select('id').execute()).length, 0)
    })
  }

  test('has a list for each state, and the menu counts what waits and what was reported', async () => {
    await setRules({ comments_wait: 'every' })
    const post = await publishPost(ben)
    const ids = [
      await say(rosa, post.slug, 'One <waits>'),
      await say(rosa, post.slug, 'Two'),
      await say(rosa, post.slug, 'Three'),
    ]
    await decide(cleo, 'spam', [[ids[1] ?? 0, 'waiting']])
    await decide(cleo, 'hide', [[ids[2] ?? 0, 'waiting']])
    const shown = async (tab: string) => rowsOf((await cleo.get(paths.admin.comments({ tab, post: post.slug }))).body)
    assert.deepEqual(await shown('waiting'), [`${ids[0]}-waiting`])
    assert.deepEqual(await shown('spam'), [`${ids[1]}-spam`])
    assert.deepEqual(await shown('hidden'), [`${ids[2]}-hidden`])
    assert.deepEqual(await shown('all'), [`${ids[2]}-hidden`, `${ids[1]}-spam`, `${ids[0]}-waiting`])
    const { body } = await cleo.get(paths.admin.comments())
    assert.match(body, /One &lt;waits&gt;/)
    const { rows } = await sql<{ count: number }>`
      select (select count(*) from comments where state = 'waiting' and deleted_at is null)
        + (select count(distinct comment_id) from comment_reports where settled_at is null) as count`.execute(db)
    assert.match(body, new RegExp(`Comments<span class="count">${rows[0]?.count}</span>`))
    assert.match((await ada.get(paths.admin.dashboard())).body, /class="count"/)
    assert.doesNotMatch((await ben.get(paths.admin.dashboard())).body, /Comments/)
    assert.doesNotMatch((await cleo.get(post.path)).body, /class="count"/)
  })

  test('is narrowed by post, person and words; a name that nobody has is said', async () => {
    const [post, other] = [await publishPost(ben), await publishPost(ben)]
    const marked = `quince-${Date.now()}`
    const ids = [
      await say(rosa, post.slug, `100% ${marked}`),
      await say(bea, post.slug, marked),
      await say(rosa, other.slug, marked),
    ]
    const shown = async (query: Record<string, string>) =>
      rowsOf((await cleo.get(paths.admin.comments({ tab: 'all', ...query }))).body).map((row) => Number.parseInt(row))
    assert.deepEqual(await shown({ words: marked }), ids.toReversed())
    assert.deepEqual(await shown({ words: `100% ${marked}` }), [ids[0]])
    assert.deepEqual(await shown({ words: '100_' }), [])
    assert.deepEqual(await shown({ words: marked, person: 'Rosa' }), [ids[2], ids[0]])
    assert.deepEqual(await shown({ words: marked, person: 'rosa', post: `http://localhost:8081${post.path}#x` }), [
      ids[0],
    ])
    assert.match(
      (await cleo.get(paths.admin.comments({ person: 'Nobody <b>' }))).body,
      /Nobody here is called Nobody &lt;b&gt;\./,
    )
    assert.match((await cleo.get(paths.admin.comments({ post: 'no-post' }))).body, /There is no post called no-post/)
    for (const query of [
      '?tab=x&words[]=1',
      '?words=%00',
      '?before=x',
      '?done=1,x',
      '?done=9999999',
      '?post=%25E0%25A4%25A',
      '?left=-1',
    ])
      assert.ok((await cleo.get(`/admin/comments${query}`)).statusCode < 500, query)
  })

  test('has pages of forty, each comment once', async () => {
    const post = await publishPost(ben)
    await sql`insert into comments (post_id, author_id, body, state)
      select ${post.id}, ${rosa.id}, 'n ' || n, 'spam' from generate_series(1, 95) n`.execute(db)
    let path: string | undefined = paths.admin.comments({ tab: 'spam', post: post.slug })
    const sizes: number[] = []
    const seen = new Set<string>()
    while (path) {
      const { body }: { body: string } = await cleo.get(path)
      const rows = rowsOf(body)
      sizes.push(rows.length)
      for (const row of rows) seen.add(row)
      path = /<a rel="next" href="([^"]+)">/.exec(body)?.[1]?.replaceAll('&amp;', '&')
    }
    assert.deepEqual([sizes, seen.size], [[40, 40, 15], 95])
  })

  test('leaves out what is below private posts of others and posts that are not out, for who may not open them', async () => {
    await setRules({ comments_wait: 'every' })
    const role = await db.insertInto('roles').values({ name: 'Sorter' }).returning('id').executeTakeFirstOrThrow()
    await sql`insert into role_permissions (role_id, permission_id)
      select ${role.id}, id from permissions where name = 'comment.moderate'`.execute(db)
    const sorter = await newcomer(app, db, 'Sorter', 'sorter')
    const post = await publishPost(ben)
    const id = await say(rosa, post.slug, 'Behind a door')
    const list = async (person: Person) =>
      rowsOf((await person.get(paths.admin.comments({ tab: 'waiting', post: post.slug }))).body)
    assert.deepEqual(await list(sorter), [`${id}-waiting`])
    await sql`update posts set visibility = 'private' where id = ${post.id}`.execute(db)
    assert.deepEqual(await list(sorter), [])
    assert.deepEqual(await list(cleo), [`${id}-waiting`])
    await decide(sorter, 'approve', [[id, 'waiting']])
    assert.equal((await stateOf(id))[0], 'waiting')
    // Who moderates and writes nothing has a way around.
    assert.match((await sorter.get(paths.admin.comments())).body, /aria-label="Desk"/)
  })
})

describe('a decision', () => {
  test('about many is one deed, said, in the log, and taken back as one', async () => {
    const post = await publishPost(ben)
    const ids = [await say(rosa, post.slug, 'a'), await say(rosa, post.slug, 'b'), await say(bea, post.slug, 'c')]
    await sql`update comments set state = 'waiting' where id = ${ids[1] ?? 0}`.execute(db)
    const chosen = ids.map((id, index): [number, string] => [id, index === 1 ? 'waiting' : 'approved'])
    const page = await decide(cleo, 'hide', chosen, 'All three <rude>')
    assert.match(page, /3 comments hidden\./)
    for (const id of ids) assert.equal((await stateOf(id))[0], 'hidden')
    const log = (await ada.get(paths.admin.moderationLog())).body
    assert.match(log, /Cleo<\/bdi> hid a comment on/)
    assert.match(log, /All three &lt;rude&gt;/)

    const events = [...page.matchAll(/name="event" value="(\d+)"/g)].map(([, id]) => id ?? '')
    assert.equal(events.length, 3)
    const form = new URLSearchParams(events.map((id) => ['event', id])).toString()
    const undone = await cleo.post(paths.admin.commentDecisionEnds(), form)
    assert.match(undone.body, /3 decisions taken back\./)
    const states = await Promise.all(ids.map(async (id) => (await stateOf(id))[0]))
    assert.deepEqual(states, ['approved', 'waiting', 'approved'])
    // A second time, and somebody else's numbers, change nothing.
    assert.equal((await cleo.post(paths.admin.commentDecisionEnds(), form)).statusCode, 409)
    assert.equal((await cleo.post(paths.admin.commentDecisionEnds(), { event: '1' })).statusCode, 409)
    assert.deepEqual(await Promise.all(ids.map(async (id) => (await stateOf(id))[0])), states)
  })

  test('that another followed cannot be taken back over it', async () => {
    const post = await publishPost(ben)
    const id = await say(rosa, post.slug, 'Fought over')
    const event = /name="event" value="(\d+)"/.exec(await decide(cleo, 'hide', [[id, 'approved']]))?.[1] ?? ''
    await decide(ada, 'approve', [[id, 'hidden']])
    await decide(ada, 'hide', [[id, 'approved']])
    const response = await cleo.post(paths.admin.commentDecisionEnds(), { event })
    assert.equal(response.statusCode, 409)
    assert.match(response.body, /somebody else decided meanwhile/)
    assert.equal((await stateOf(id))[0], 'hidden')
  })

  test('about a text that was changed since it was shown decides nothing, for one and for many', async () => {
    await setRules({ comments_wait: 'every' })
    const post = await publishPost(ben)
    const id = await say(rosa, post.slug, 'Harmless')
    const { body } = await cleo.get(paths.admin.comments())
    const button = new RegExp(`approve-${id}-[^"]+`).exec(body)?.[0] ?? ''
    const box = new RegExp(`value="(${id}-[^"]+)"`).exec(body)?.[1] ?? ''
    await change(rosa, id, 'Swapped <text>')
    const forms: Record<string, string>[] = [{ one: button }, { change: 'approve', comment: box }]
    for (const form of forms) {
      const response = await cleo.post(paths.admin.commentDecisions(), form)
      assert.equal(response.statusCode, 303)
      const told = (await cleo.get(String(response.headers.location))).body
      assert.match(told, /1 comment was left as it is: it is gone, or was changed meanwhile/)
      assert.match(told, /Swapped &lt;text&gt;/)
      assert.equal((await stateOf(id))[0], 'waiting')
    }
    assert.deepEqual(await eventsOf(id), ['comment.changed'])
    await decide(cleo, 'approve', [[id, 'waiting']])
    assert.equal((await stateOf(id))[0], 'approved')
  })

  test('taken back does not show a text that was changed since', async () => {
    const post = await publishPost(ben)
    const id = await say(rosa, post.slug, 'Was shown')
    const event = /name="event" value="(\d+)"/.exec(await decide(cleo, 'hide', [[id, 'approved']]))?.[1] ?? ''
    await change(rosa, id, 'Never seen by anybody')
    assert.equal((await cleo.post(paths.admin.commentDecisionEnds(), { event })).statusCode, 409)
    assert.equal((await stateOf(id))[0], 'hidden')
    assert.doesNotMatch((await dev.get(post.path)).body, /Never seen/)
  })

  test('of two moderators at once is one, and the other is told', async () => {
    const post = await publishPost(ben)
    for (let round = 0; round < 5; round++) {
      const ids = [await say(rosa, post.slug, `first ${round}`), await say(rosa, post.slug, `second ${round}`)]
      const chosen = ids.map((id): [number, string] => [id, 'approved'])
      const pages = await Promise.all([decide(cleo, 'spam', chosen), decide(ada, 'hide', chosen.toReversed())])
      assert.equal(pages.filter((page) => /name="event"/.test(page)).length, 1)
      assert.equal(pages.filter((page) => /2 comments were left as they are/.test(page)).length, 1)
      const states = await Promise.all(ids.map(async (id) => (await stateOf(id))[0]))
      assert.equal(states[0], states[1])
      for (const id of ids) assert.equal((await eventsOf(id)).length, 1)
    }
  })

  test('taken back by two at once is taken back once', async () => {
    const post = await publishPost(ben)
    const id = await say(rosa, post.slug, 'Back')
    const event = /name="event" value="(\d+)"/.exec(await decide(cleo, 'spam', [[id, 'approved']]))?.[1] ?? ''
    const answers = await Promise.all(
      [cleo, ada, cleo].map((person) => person.post(paths.admin.commentDecisionEnds(), { event })),
    )
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [200, 409, 409])
    assert.deepEqual(await eventsOf(id), ['comment.marked-spam', 'comment.decision-undone'])
  })

  test('while its thread is answered and deleted ends, whoever comes first', async () => {
    const post = await publishPost(ben)
    const root = await say(rosa, post.slug, 'Root')
    const answer = await say(bea, post.slug, 'Answer', root)
    const answers = await Promise.all([
      decide(cleo, 'hide', [
        [answer, 'approved'],
        [root, 'approved'],
      ]),
      rosa.post(paths.commentDeletion(root)),
      bea.post(paths.commentDeletion(answer)),
      ada.post(paths.postComments(post.slug), { body: 'Late', parent: String(answer) }),
    ])
    for (const response of answers) if (typeof response !== 'string') assert.ok(response.statusCode < 500)
    const rows = await db
      .selectFrom('comments')
      .select(['shown', 'state', 'deleted_at'])
      .where('post_id', '=', post.id)
      .execute()
    const isOpen = rows.some(({ state, deleted_at }) => state === 'approved' && !deleted_at)
    assert.equal(
      rows.some(({ shown }) => shown !== 'nothing'),
      isOpen,
    )
  })

  test('that nobody can make changes nothing and is no failure', async () => {
    const post = await publishPost(ben)
    const id = await say(rosa, post.slug, 'Untouched')
    const many = new URLSearchParams(Array.from({ length: 41 }, (_, n) => ['comment', `${n + 1}-1-approved`]))
    for (const form of [
      '',
      'change=hide',
      `change=delete&comment=${id}-1-approved`,
      `one=hide-${id}`,
      `one=hide-${id}-x`,
      `one=hide-${id}-approved`,
      `one=hide-${id}-0-approved`,
      `one=hide-${id}-9999999999-approved`,
      `change=hide&comment=${id}`,
      `change=hide&${many}`,
      'one=a&one=b',
      'change=hide&comment=999999999999999-1-approved',
      `change=hide&comment=${id}-1-spam`,
      'one=hide-9999999999999999-1-approved',
    ]) {
      const response = await cleo.post(paths.admin.commentDecisions(), form)
      assert.ok([303, 422].includes(response.statusCode), `${form}: ${response.statusCode}`)
    }
    assert.equal((await stateOf(id))[0], 'approved')
    assert.equal((await cleo.post(paths.admin.commentDecisionEnds(), 'event=x')).statusCode, 404)
  })
})

describe('a report', () => {
  test('below a post that only its link leads to is not found by its number', async () => {
    const post = await publishPost(ben, { title: 'Told to few', visibility: 'unlisted' })
    const id = await say(bea, post.slug, 'Below it')
    for (const path of [paths.commentReport(id), paths.commentReport(id, 'another')]) {
      for (const person of [dev, rosa]) {
        const page = await person.get(path)
        assert.equal(page.statusCode, 404, person.name)
        assert.doesNotMatch(page.body, /Told to few/)
        assert.equal((await person.post(path, { reason: 'spam' })).statusCode, 404, person.name)
      }
    }
    const [, way = ''] = /href="([^"]+)">Report/.exec((await rosa.get(post.path)).body) ?? []
    assert.match((await rosa.get(unescaped(way))).body, /Told to few/)
    assert.match((await rosa.post(unescaped(way), { reason: 'spam' })).body, /Thank you/)
    assert.equal((await ben.get(paths.commentReport(id))).statusCode, 200)
  })

  test('is in the queue with its words until somebody decides, and again when that is taken back', async () => {
    const post = await publishPost(ben)
    const id = await say(bea, post.slug, 'Reportable')
    assert.match(
      (await dev.get(post.path)).body,
      new RegExp(`href="${paths.commentReport(id, post.slug).replace('?', '\\?')}"`),
    )
    assert.match((await dev.get(paths.commentReport(id))).body, /Reportable/)
    const sent = await rosa.post(paths.commentReport(id), { reason: 'unkind', words: 'Look <here>' })
    assert.match(sent.body, /Thank you/)
    const list = async () => (await cleo.get(paths.admin.comments({ tab: 'reported', post: post.slug }))).body
    const body = await list()
    assert.deepEqual(rowsOf(body), [`${id}-approved`])
    assert.match(body, /It is unkind/)
    assert.match(body, /Look &lt;here&gt;/)
    const page = await decide(cleo, 'approve', [[id, 'approved']])
    assert.deepEqual(rowsOf(await list()), [])
    assert.equal((await stateOf(id))[0], 'approved')
    const event = /name="event" value="(\d+)"/.exec(page)?.[1] ?? ''
    await cleo.post(paths.admin.commentDecisionEnds(), { event })
    assert.deepEqual(rowsOf(await list()), [`${id}-approved`])
  })

  test('of a stranger keeps a hash of the network that nobody can guess without the secret of the blog', async () => {
    const post = await publishPost(ben)
    const id = await say(rosa, post.slug, 'Reported by a stranger')
    assert.equal((await dev.post(paths.commentReport(id), { reason: 'spam' })).statusCode, 200)
    const { rows } = await sql<{ is_plain: boolean; is_keyed: boolean }>`
      select network_hash = ${hashToken('report 127.0.0.1')}::bytea as is_plain,
        network_hash = sha256(convert_to(form_secret, 'UTF8') || ${hashToken('report 127.0.0.1')}::bytea) as is_keyed
      from comment_reports, settings where comment_id = ${id}`.execute(db)
    assert.deepEqual(rows, [{ is_plain: false, is_keyed: true }])
  })

  test('counts once for each account and each network', async () => {
    const post = await publishPost(ben)
    const id = await say(bea, post.slug, 'Twice')
    await Promise.all(Array.from({ length: 4 }, () => rosa.post(paths.commentReport(id), { reason: 'spam' })))
    assert.match((await rosa.post(paths.commentReport(id), { reason: 'other' })).body, /reported this comment already/)
    await dev.post(paths.commentReport(id), { reason: 'spam' })
    await dev.post(paths.commentReport(id), { reason: 'other' })
    const rows = await db
      .selectFrom('comment_reports')
      .select(['reporter_id', 'reason'])
      .where('comment_id', '=', id)
      .execute()
    assert.deepEqual(rows.map(({ reporter_id }) => reporter_id).toSorted(), [rosa.id, null].toSorted())
  })

  test('is for what one can read, with a reason of the list, and not without end', async () => {
    const post = await publishPost(ben)
    const id = await say(bea, post.slug, 'Gone soon')
    assert.equal((await dev.post(paths.commentReport(id), { reason: 'boring' })).statusCode, 422)
    const long = await dev.post(paths.commentReport(id), { reason: 'other', words: 'x'.repeat(1001) })
    assert.equal(long.statusCode, 422)
    assert.equal(fieldOf(long.body, 'words')?.length, 1001)
    for (let count = 0; count < 20; count++) await dev.post(paths.commentReport(id), { reason: 'spam' })
    assert.equal((await dev.post(paths.commentReport(id), { reason: 'spam' })).statusCode, 429)
    await decide(cleo, 'hide', [[id, 'approved']])
    assert.equal((await rosa.get(paths.commentReport(id))).statusCode, 404)
    assert.equal((await rosa.post(paths.commentReport(id), { reason: 'spam' })).statusCode, 404)
  })
})

describe('a comment on the page of its post', () => {
  test('leads who moderates to its row of the queue, and nobody else; nobody reports their own', async () => {
    const post = await publishPost(ben)
    const [first, second] = [await say(rosa, post.slug, 'One'), await say(bea, post.slug, 'Two')]
    const pageOf = async (person: Person) => (await person.get(post.path)).body
    const body = await pageOf(cleo)
    const links = [...body.matchAll(/href="([^"]+)">In the queue/g)].map(([, href]) => unescaped(href ?? ''))
    assert.equal(links.length, 2)
    const rows = await Promise.all(links.map(async (href) => rowsOf((await cleo.get(href)).body)[0]))
    assert.deepEqual(rows.toSorted(), [`${first}-approved`, `${second}-approved`].toSorted())
    for (const person of [rosa, bea, ben, dev]) assert.doesNotMatch(await pageOf(person), /In the queue/, person.name)
    const reports = async (person: Person) => {
      const page = await pageOf(person)
      return [first, second].filter((id) => page.includes(`href="${paths.commentReport(id, post.slug)}"`))
    }
    assert.deepEqual(await reports(rosa), [second])
    assert.deepEqual(await reports(bea), [first])
    assert.deepEqual(await reports(dev), [first, second])
  })
})

describe('the queue of one post', () => {
  test('is found by its title as by its address, and of one person by name', async () => {
    const post = await publishPost(ben, { title: 'Shut, on a Thursday' })
    const id = await say(rosa, post.slug, 'Here')
    for (const name of [
      'Shut, on a Thursday',
      ' shut, on a thursday',
      post.slug,
      post.path,
      `https://x.example${post.path}#c`,
    ])
      assert.deepEqual(rowsOf((await cleo.get(paths.admin.comments({ tab: 'all', post: name }))).body), [
        `${id}-approved`,
      ])
    const { body } = await cleo.get(paths.admin.comments({ tab: 'all', person: 'Ros', post: post.slug }))
    assert.match(body, /Nobody here is called Ros\. Please give the whole name/)
  })
})

describe('the public log', () => {
  test('is not found until the owner opens it, and tells no names, addresses and words', async () => {
    assert.equal((await dev.get(paths.moderationLog())).statusCode, 404)
    await setRules({ moderation_log_is_public: true })
    const post = await publishPost(ben, { title: 'Openly said' })
    const secret = await publishPost(ben, { title: 'Behind the door', visibility: 'members' })
    const id = await say(rosa, post.slug, 'Hidden words')
    const own = await say(rosa, post.slug, 'Deleted by herself')
    const other = await say(rosa, secret.slug, 'For members')
    await decide(
      cleo,
      'hide',
      [
        [id, 'approved'],
        [other, 'approved'],
      ],
      'Rosa again',
    )
    const deletions = async () => ((await dev.get(paths.moderationLog())).body.match(/was deleted/g) ?? []).length
    const before = await deletions()
    await rosa.post(paths.commentDeletion(own))
    assert.equal(await deletions(), before)
    await cleo.post(paths.admin.bans(), { who: '203.0.113.0/24', reason: 'Rosa’s network', days: '3' })
    const { body, statusCode } = await dev.get(paths.moderationLog())
    assert.equal(statusCode, 200)
    assert.match(body, /<span>A comment on <a[^>]*>Openly said<\/a> was hidden/)
    assert.match(body, /kept from commenting for 3 days/)
    // Where one reads what was decided about.
    const link = new RegExp(`<a href="${paths.moderationLog()}"`)
    assert.match((await dev.get(post.path)).body, link)
    await setRules()
    assert.doesNotMatch((await dev.get(post.path)).body, link)
    assert.doesNotMatch(body, /Rosa|Cleo|203\.0|Hidden words|Behind the door/)
  })
})
