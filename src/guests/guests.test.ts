import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, publishPost, unescaped } from '../../test/pages.ts'
import { signed } from '../comment-rules/form-mark.ts'
import { paths } from '../paths.ts'

const { cast, db, settings, deliverMail } = await testApp()
const { ada, ben, cleo, dev, rosa } = cast

beforeEach(async () => {
  await sql`delete from attempts`.execute(db)
  await setRules()
})

describe('who has no account', () => {
  test('may not comment until the owner allows it, and then sees a form and gets no cookie from looking', async () => {
    const post = await publishPost(ben)
    await setRules({ guests_may_comment: false })
    assert.doesNotMatch((await dev.get(post.path)).body, /guest_email/)
    const form = { body: 'Hello', guest_name: 'Gus', guest_email: 'gus@example.com' }
    assert.equal((await dev.post(paths.postComments(post.slug), form)).statusCode, 401)
    await setRules()
    const page = await dev.get(post.path)
    assert.match(page.body, /guest_email/)
    assert.equal(page.headers['set-cookie'], undefined)
    assert.doesNotMatch((await rosa.get(post.path)).body, /guest_email/)
  })

  test('confirms by mail, and is shown as a guest to everybody', async () => {
    const post = await publishPost(ben)
    const sent = await write(post, { guest_name: '\u202eGus  <b>\u200b', body: 'My guest words' })
    assert.equal(sent.headers.location, paths.guestSent(post.slug))
    assert.equal(sent.headers['set-cookie'], undefined)
    const { body: told } = await dev.get(String(sent.headers.location))
    assert.match(told, /on its way to you/)
    assert.ok(told.includes(`href="${post.path}#comments"`))
    for (const person of [dev, cleo, ada]) assert.doesNotMatch((await person.get(post.path)).body, /My guest words/)
    assert.doesNotMatch((await cleo.get(paths.admin.comments({ tab: 'all' }))).body, /My guest words/)

    const mails = await mailToGuests()
    assert.match(mails[0]?.text ?? '', /commented on “A post \d+” at Test Notes/)
    assert.doesNotMatch(mails[0]?.text ?? '', /My guest words/)
    const link = linkIn(mails)
    assert.equal((await dev.get(link)).statusCode, 200)
    assert.doesNotMatch((await dev.get(post.path)).body, /My guest words/)
    const confirmed = await dev.post(link)
    assert.equal(confirmed.statusCode, 303)
    const cookie = String(confirmed.headers['set-cookie'])
    assert.match(cookie, /HttpOnly/)
    assert.match(cookie, /SameSite=Lax/)
    const { body } = await dev.get(post.path)
    assert.match(body, /Gus &lt;b&gt;<\/bdi><span class="badge guest">Guest/)
    assert.doesNotMatch(body, /gus@example\.com/)
    assert.match((await cleo.get(paths.admin.comments({ tab: 'all', post: post.slug }))).body, /gus@example\.com/)
    assert.match((await dev.get(paths.feed(paths.postComments(post.slug), 'atom.xml'))).body, /Gus &lt;b&gt; \(Guest\)/)
    // The link makes nobody else a guest, and says that all is well.
    for (const again of [await dev.post(link), await dev.get(link)]) {
      assert.equal(again.statusCode, 200)
      assert.match(again.body, /confirmed already/)
      assert.ok(again.body.includes(`href="${post.path}#comments"`))
      assert.doesNotMatch(again.body, /<button>Confirm/)
      assert.equal(again.headers['set-cookie'], undefined)
    }
    await sql`update guest_links set expires_at = now()`.execute(db)
    assert.equal((await dev.post(link)).statusCode, 404)
    assert.match((await dev.get(link)).body, /older than two days/)
  })

  test('is led to sign in before writing, and at the link where the address has an account', async () => {
    const post = await publishPost(ben)
    const signIn = `href="${paths.signIn(`${post.path}#comments`)}"`
    assert.ok((await dev.get(post.path)).body.includes(signIn))
    const refused = await write(post, { body: 'Mine', guest_name: 'Rosa' })
    assert.match(errorAt(refused.body, 'guest_name') ?? '', /sign in above/)
    assert.ok(refused.body.includes(signIn))
    const noteAt = async (form: Record<string, string>) => {
      await write(post, form)
      return (await dev.get(linkIn(await mailToGuests()))).body.includes('There is an account with this address')
    }
    assert.equal(await noteAt({ body: 'By Rosa', guest_email: 'Rosa@example.com' }), true)
    assert.equal(await noteAt({ body: 'By nobody', guest_email: 'without@example.com' }), false)
  })

  test('is known by the cookie alone: a typed name and address mean nothing', async () => {
    await setRules({ comments_wait: 'first' })
    const post = await publishPost(ben)
    const person = { guest_name: 'Gina', guest_email: 'gina@example.com' }
    await write(post, { ...person, body: 'First of Gina' })
    const cookie = cookieIn(await dev.post(linkIn(await mailToGuests())))
    const own = await dev.get(post.path, { cookie })
    assert.match(own.body, /First of Gina/)
    assert.match(own.body, /Only you and the moderators see it/)
    assert.doesNotMatch((await dev.get(post.path)).body, /First of Gina/)
    const { id } = await lastComment()
    await cleo.post(paths.admin.commentDecisions(), { one: `approve-${id}-1-waiting` })

    const known = await write(post, { body: 'Second of Gina' }, cookie)
    assert.match(String(known.headers.location), /#comment-/)
    assert.equal((await lastComment()).state, 'approved')
    assert.equal((await mailToGuests()).length, 0)
    await write(post, { ...person, body: 'Somebody who says to be Gina' })
    assert.deepEqual([(await lastComment()).state, (await lastComment()).held_for], ['waiting', 'unconfirmed'])
    await dev.post(linkIn(await mailToGuests()))
    assert.deepEqual([(await lastComment()).state, (await lastComment()).held_for], ['waiting', 'first'])
  })

  test('with a forged, foreign or old cookie is a stranger', async () => {
    const post = await publishPost(ben)
    await write(post, { body: 'To be confirmed' })
    const cookie = cookieIn(await dev.post(linkIn(await mailToGuests())))
    const [name = '', value = ''] = cookie.split('=')
    const [id = '', at = '', signature = ''] = value.split('.')
    const secret = settings.get().form_secret
    const old = String(Number(at) - 366 * 24 * 3600)
    for (const forged of [
      `${Number(id) + 1}.${at}.${signature}`,
      `${id}.${Number(at) + 1}.${signature}`,
      `${id}.${at}.${'A'.repeat(43)}`,
      `${id}.${at}.`,
      `${id}.${at}.${signed('another secret', `guest ${id}.${at}`)}`,
      `${id}.${old}.${signed(secret, `guest ${id}.${old}`)}`,
      `999999.${at}.${signed(secret, `guest 999999.${at}`)}`,
      `${id}.${at}.${signed(secret, `comment form ${id} x ${at}`)}`,
      'x',
      '',
    ]) {
      const response = await write(post, { body: 'Forged', guest_name: '' }, `${name}=${forged}`)
      assert.equal(response.statusCode, 422, forged)
      assert.ok(errorAt(response.body, 'guest_name'), forged)
      assert.equal(fieldOf(response.body, 'body'), 'Forged')
    }
  })

  test('cannot take the name of an account, and hears what is wrong with the rest', async () => {
    const post = await publishPost(ben)
    for (const [change, field] of [
      [{ guest_name: 'Rosa' }, 'guest_name'],
      [{ guest_name: ' rÓsa\u200b ' }, 'guest_name'],
      [{ guest_name: ' \u200b ' }, 'guest_name'],
      [{ guest_name: '\u2800\ufe0f' }, 'guest_name'],
      [{ guest_name: 'R\u043esa' }, 'guest_name'],
      [{ guest_email: 'a@example.com, b@example.com' }, 'guest_email'],
      [{ guest_email: 'none' }, 'guest_email'],
      [{ guest_name: 'x'.repeat(129) }, 'guest_name'],
    ] as const) {
      const response = await write(post, { body: 'Kept <text>', ...change })
      assert.equal(response.statusCode, 422, JSON.stringify(change))
      assert.ok(errorAt(response.body, field), JSON.stringify(change))
      assert.equal(fieldOf(response.body, 'body'), 'Kept <text>')
    }
  })

  test('that fills in the hidden field or writes blocked words gets no mail, and reads why', async () => {
    await setRules({ comment_words_spam: 'pills' })
    const post = await publishPost(ben)
    const forms: Record<string, string>[] = [{ body: 'x', website: 'y' }, { body: 'pills' }]
    for (const form of forms) {
      const response = await write(post, form)
      assert.equal(response.statusCode, 202)
      assert.match(response.body, /taken for spam/)
    }
    assert.equal((await mailToGuests()).length, 0)
  })

  test('sends a form once, whoever has its key', async () => {
    const post = await publishPost(ben)
    const { body: page } = await dev.get(post.path)
    const form = { submission_key: fieldOf(page, 'submission_key') ?? '', mark: fieldOf(page, 'mark') ?? '' }
    const answers = await Promise.all([1, 2, 3].map(() => write(post, { ...form, body: 'Pressed thrice' })))
    for (const { headers } of answers) assert.equal(headers.location, paths.guestSent(post.slug))
    assert.equal((await mailToGuests()).length, 1)
    const guests = await db.selectFrom('guests').select('id').execute()

    const stranger = await write(post, { ...form, body: 'Of another', guest_email: 'other@example.com' })
    assert.equal(stranger.statusCode, 409)
    assert.match(stranger.body, /Of another/)
    await write(post, { body: 'To be known', guest_name: 'Known' })
    const cookie = cookieIn(await dev.post(linkIn(await mailToGuests())))
    const known = await write(post, { ...form, body: 'Of somebody known' }, cookie)
    assert.equal(known.statusCode, 409)
    assert.equal((await db.selectFrom('comments').select('id').where('body', 'like', 'Of %').execute()).length, 0)
    // What came to nothing leaves nobody behind.
    assert.equal((await db.selectFrom('guests').select('id').execute()).length, guests.length + 1)
    const { rows } = await sql`
      select from guests where not exists (select from comments where guest_id = guests.id)`.execute(db)
    assert.equal(rows.length, 0)
  })

  test('sends no more than five mails to an address in an hour', async () => {
    const post = await publishPost(ben)
    for (let count = 0; count < 5; count++) assert.equal((await write(post, { body: `No ${count}` })).statusCode, 303)
    assert.equal((await write(post, { body: 'One more' })).statusCode, 429)
    assert.equal((await mailToGuests()).length, 5)
  })

  test('that is banned by address can neither comment nor confirm', async () => {
    const post = await publishPost(ben)
    await write(post, { body: 'Before the ban' })
    const link = linkIn(await mailToGuests())
    await sql`insert into bans (network, reason) values ('127.0.0.1/32', 'Enough')`.execute(db)
    after(() => sql`delete from bans`.execute(db))
    assert.equal((await write(post, { body: 'During' })).statusCode, 403)
    assert.equal((await dev.post(link)).statusCode, 403)
    await sql`delete from bans`.execute(db)
    assert.equal((await dev.post(link)).statusCode, 303)
  })
})

describe('a ban', () => {
  after(() => sql`delete from bans`.execute(db))

  test('of an account holds for a guest with its address, who learns it at the link and not from the form', async () => {
    await setRules({ comments_wait: 'first' })
    const post = await publishPost(ben)
    const { email } = await db.selectFrom('users').select('email').where('id', '=', rosa.id).executeTakeFirstOrThrow()
    await cleo.post(paths.admin.bans(), { who: 'rosa', reason: 'Third warning', days: '0' })
    const sent = await write(post, { body: 'Rosa again', guest_name: 'Not I', guest_email: String(email) })
    assert.equal(sent.headers.location, paths.guestSent(post.slug))
    const refused = await dev.post(linkIn(await mailToGuests()))
    assert.equal(refused.statusCode, 403)
    assert.match(refused.body, /Third warning/)
    assert.equal(refused.headers['set-cookie'], undefined)
    assert.deepEqual(await lastState(), ['waiting', 'unconfirmed'])
    // Whoever merely gave that address to an account has not banned its owner.
    await sql`update users set email_confirmed_at = null where id = ${rosa.id}`.execute(db)
    await write(post, { body: 'The owner of it', guest_email: String(email) })
    assert.equal((await dev.post(linkIn(await mailToGuests()))).statusCode, 303)
    await sql`update users set email_confirmed_at = now() where id = ${rosa.id}`.execute(db)
    await sql`delete from bans`.execute(db)
  })

  test('of a guest is one click from the queue, ends the cookie and refuses the address, until it is lifted', async () => {
    const post = await publishPost(ben)
    const person = { guest_name: 'Gero', guest_email: 'gero@example.com' }
    await write(post, { ...person, body: 'First of Gero' })
    const cookie = cookieIn(await dev.post(linkIn(await mailToGuests())))
    const queue = (await cleo.get(paths.admin.comments({ tab: 'all', post: post.slug }))).body
    const path = unescaped(/href="([^"]+who=gero[^"]+)"/.exec(queue)?.[1] ?? '')
    const who = fieldOf((await cleo.get(path)).body, 'who') ?? ''
    assert.equal(who, 'gero@example.com')
    for (let time = 0; time < 2; time++)
      assert.equal((await cleo.post(paths.admin.bans(), { who, reason: 'Rude', days: '0' })).statusCode, 303)

    const refused = await write(post, { body: 'Second of Gero' }, cookie)
    assert.equal(refused.statusCode, 403)
    assert.match(refused.body, /Rude/)
    assert.equal(fieldOf(refused.body, 'body'), 'Second of Gero')
    await write(post, { ...person, guest_email: 'GERO@example.com', guest_name: 'Gerd', body: 'A new name' })
    const again = await dev.post(linkIn(await mailToGuests()))
    assert.equal(again.statusCode, 403)
    assert.match(again.body, /Rude/)
    await write(post, { ...person, guest_email: 'gerda@example.com', body: 'Somebody else' })
    assert.equal((await dev.post(linkIn(await mailToGuests()))).statusCode, 303)

    const list = (await cleo.get(paths.admin.bans())).body
    assert.equal(list.match(/<bdi class="who">gero@example\.com/g)?.length, 1)
    assert.match((await cleo.get(paths.admin.moderationLog())).body, /Cleo<\/bdi> banned <bdi>a guest<\/bdi> until/)
    const { rows } =
      await sql`select from audit_events where action = 'ban.made' and details::text like '%gero%'`.execute(db)
    assert.equal(rows.length, 0)
    const end = /action="([^"]+\/end)"/.exec(list)?.[1] ?? ''
    assert.equal((await cleo.post(end)).statusCode, 303)
    assert.equal((await write(post, { body: 'After' }, cookie)).statusCode, 303)
    assert.deepEqual(await db.selectFrom('bans').select('id').where('email', 'is not', null).execute(), [])
  })

  test('of a guest holds for an account with that address', async () => {
    const post = await publishPost(ben)
    const { email } = await db.selectFrom('users').select('email').where('id', '=', rosa.id).executeTakeFirstOrThrow()
    await cleo.post(paths.admin.bans(), { who: String(email), reason: 'Rude', days: '0' })
    assert.equal((await rosa.post(paths.postComments(post.slug), { body: 'x' })).statusCode, 403)
    await sql`delete from bans`.execute(db)
    assert.equal((await rosa.post(paths.postComments(post.slug), { body: 'x' })).statusCode, 303)
  })
})

describe('a link to confirm a comment', () => {
  test('confirms nothing below a post that strangers may not open any more, and does not tell where that is', async () => {
    const changes: Record<string, string | Date>[] = [
      { visibility: 'private' },
      { visibility: 'members' },
      { published_at: new Date('2222-02-02') },
    ]
    for (const change of changes) {
      const post = await publishPost(ben)
      await write(post, { body: 'Written while it was public' })
      const link = linkIn(await mailToGuests())
      const before = await db.selectFrom('posts').selectAll().where('slug', '=', post.slug).executeTakeFirstOrThrow()
      const slug = `moved-${post.slug}`
      await db
        .updateTable('posts')
        .set({ ...change, slug })
        .where('id', '=', before.id)
        .execute()
      for (const response of [await dev.get(link), await dev.post(link)]) {
        assert.doesNotMatch(response.body + String(response.headers.location), /moved-/)
        assert.match(response.body, /or the post is gone/)
        assert.equal(response.headers['set-cookie'], undefined)
      }
      assert.equal((await dev.post(link)).statusCode, 404)
      assert.deepEqual(await lastState(), ['waiting', 'unconfirmed'])
      // Public again in time, it can be confirmed.
      const { visibility, published_at } = before
      await db.updateTable('posts').set({ visibility, published_at }).where('id', '=', before.id).execute()
      assert.equal((await dev.post(link)).statusCode, 303)
    }
  })

  test('confirms nothing where no comments of guests are taken any more, and says so', async () => {
    const closings: [() => Promise<unknown>, (slug: string) => Promise<unknown>][] = [
      [() => setRules({ guests_may_comment: false }), async () => {}],
      [() => setRules({ comments_are_open: false }), async () => {}],
      [
        () => setRules({ comments_close_after_days: 3 }),
        (slug) => sql`update posts set published_at = now() - interval '4 days' where slug = ${slug}`.execute(db),
      ],
      [async () => {}, (slug) => sql`update posts set comments_are_open = false where slug = ${slug}`.execute(db)],
    ]
    for (const [closeBlog, closePost] of closings) {
      await setRules()
      const post = await publishPost(ben)
      await write(post, { body: 'Written while it was open' })
      const link = linkIn(await mailToGuests())
      await closeBlog()
      await closePost(post.slug)
      assert.match((await dev.get(link)).body, /takes no comments of guests any more/)
      const refused = await dev.post(link)
      assert.equal(refused.statusCode, 409)
      assert.match(refused.body, /takes no comments of guests any more/)
      assert.equal(refused.headers['set-cookie'], undefined)
      assert.deepEqual(await lastState(), ['waiting', 'unconfirmed'])
    }
  })
})

describe('mail about answers', () => {
  const answer = async (slug: string, parent: number, body: string) => {
    const sent = await rosa.post(paths.postComments(slug), { body, parent: String(parent) })
    assert.equal(sent.statusCode, 303, sent.body)
  }

  test('goes to the address that a guest confirmed, until one click ends it', async () => {
    await setRules()
    const post = await publishPost(ben)
    assert.match((await dev.get(post.path)).body, /name="tell_thread"/)
    await write(post, { body: 'Any answers?', tell_thread: 'yes', guest_email: 'gail@example.com' })
    const { id } = await lastComment()
    const cookie = cookieIn(await dev.post(linkIn(await mailToGuests())))
    await answer(post.slug, id, 'An answer to Gail')
    const mails = (await mailToGuests()).filter(({ to }) => to === 'gail@example.com')
    assert.equal(mails.length, 1)
    assert.match(mails[0]?.text ?? '', /> An answer to Gail/)
    assert.doesNotMatch(mails[0]?.text ?? '', /\/profile/)
    const link = /<(.+)>/.exec(mails[0]?.headers?.['List-Unsubscribe'] ?? '')?.[1] ?? ''
    assert.equal(mails[0]?.headers?.['List-Unsubscribe-Post'], 'List-Unsubscribe=One-Click')

    // Their own, and other threads, are no news.
    await write(post, { body: 'To myself', parent: String(id) }, cookie)
    await rosa.post(paths.postComments(post.slug), { body: 'Another thread' })
    assert.deepEqual(await mailToGuests(), [])
    const { pathname } = new URL(link)
    assert.doesNotMatch((await dev.get(pathname)).body, /All your subscriptions/)
    await answer(post.slug, id, 'A second answer')
    assert.equal((await mailToGuests()).length, 1)
    for (let count = 0; count < 2; count++)
      assert.equal((await dev.post(pathname, { 'List-Unsubscribe': 'One-Click' })).statusCode, 200)
    const events = db.selectFrom('audit_events').select('id').where('action', '=', 'subscription.ended')
    assert.equal((await events.where('subject_type', '=', 'guest').execute()).length, 1)
    await answer(post.slug, id, 'A third answer')
    assert.deepEqual(await mailToGuests(), [])

    // A known guest may ask once more, for all of it.
    await write(post, { body: 'Of all, please', tell_post: 'yes', tell_thread: 'yes' }, cookie)
    await rosa.post(paths.postComments(post.slug), { body: 'One more thread' })
    assert.equal((await mailToGuests()).length, 1)
  })

  test('goes to no address that nobody confirmed, and tells nothing of a post for members', async () => {
    await setRules()
    const post = await publishPost(ben)
    const form = { tell_post: 'yes', guest_email: 'victim@example.com' }
    await write(post, { body: 'Mail them', ...form })
    const link = linkIn(await mailToGuests())
    await rosa.post(paths.postComments(post.slug), { body: 'For everybody' })
    assert.deepEqual(await mailToGuests(), [])
    await dev.post(link)
    await deliverMail()
    await sql`update posts set visibility = 'members' where slug = ${post.slug}`.execute(db)
    await rosa.post(paths.postComments(post.slug), { body: 'For members' })
    assert.deepEqual(await mailToGuests(), [])
  })
})

test('below a post for members a stranger cannot comment', async () => {
  const post = await publishPost(ben)
  await sql`update posts set visibility = 'members' where slug = ${post.slug}`.execute(db)
  const form = { body: 'Unread', guest_name: 'Gus', guest_email: 'gus@example.com' }
  assert.equal((await dev.post(paths.postComments(post.slug), form)).statusCode, 401)
})

test('a link that is opened by several at once confirms once', async () => {
  const post = await publishPost(ben)
  await write(post, { body: 'Raced for' })
  const link = linkIn(await mailToGuests())
  const answers = await Promise.all(Array.from({ length: 4 }, () => dev.post(link)))
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [200, 200, 200, 303])
  assert.equal(answers.filter(({ headers }) => headers['set-cookie']).length, 1)
  for (const { body, statusCode } of answers) if (statusCode === 200) assert.match(body, /confirmed already/)
})

/** Whose post it is hears of the comments, too. */
async function mailToGuests() {
  return (await deliverMail()).filter(({ to }) => to !== ben.email)
}

async function write(post: { path: string; slug: string }, form: Record<string, string>, cookie = '') {
  const { body } = await dev.get(post.path, { cookie })
  const carried = { submission_key: fieldOf(body, 'submission_key') ?? '', mark: fieldOf(body, 'mark') ?? '' }
  const person: Record<string, string> = cookie ? {} : { guest_name: 'Gus', guest_email: 'gus@example.com' }
  return await dev.post(paths.postComments(post.slug), { ...carried, ...person, ...form }, { cookie })
}

function linkIn(mails: { text: string }[]): string {
  return new URL(/^http\S+$/m.exec(mails.at(-1)?.text ?? '')?.[0] ?? '').pathname
}

function cookieIn({ headers }: { headers: Record<string, unknown> }): string {
  return String(headers['set-cookie']).split(';', 1)[0] ?? ''
}

async function lastComment() {
  return await db.selectFrom('comments').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirstOrThrow()
}

async function lastState() {
  const { state, held_for } = await lastComment()
  return [state, held_for]
}

async function setRules(values: Record<string, string | number | boolean> = {}): Promise<void> {
  const open = { comments_are_open: true, comments_close_after_days: 0, guests_may_comment: true }
  const none = { ...open, comments_wait: 'none', comment_words_spam: '' }
  await db
    .updateTable('settings')
    .set({ ...none, ...values, version: sql`version + 1` })
    .execute()
  await settings.refresh()
}
