// What the blog knows of somebody, for them to have, and to have forgotten.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { newcomer, password } from '../../test/cast.ts'
import { errorAt, publishPost, writePost } from '../../test/pages.ts'
import { signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'

const blog = await testApp()
const { app, cast, db } = blog
const { ada, ben, cleo, rosa, dev } = cast

type Data = Record<string, Record<string, unknown>[]>

describe('the data of somebody', () => {
  test('is all that is known of them, and no secret', async () => {
    const person = await newcomer(app, db, 'Fay', 'author')
    const post = await publishPost(person, { title: 'Mine', body: 'First words' })
    await writePost(person, { title: 'Not out yet' })
    await person.post(paths.admin.post(post.id), { title: 'Mine', body: 'Second words', version: '1' })
    await person.post(paths.postComments(post.slug), { body: 'My comment' })
    await sql`insert into comment_versions (comment_id, number, body, body_format)
      select id, 1, 'What I said before', 'markdown' from comments where author_id = ${person.id}`.execute(db)
    await sql`insert into guests (name, email, confirmed_at) values ('Fay F.', 'FAY@example.com', now()), ('Other', 'fay@example.com', null)`.execute(
      db,
    )
    await sql`insert into comments (post_id, guest_id, body) select ${post.id}, id, 'As a guest ' || name from guests`.execute(
      db,
    )
    await sql`insert into reactions (post_id, user_id, kind) values (${post.id}, ${person.id}, 'like')`.execute(db)
    await sql`insert into oauth_accounts (user_id, provider, provider_user_id, email) values (${person.id}, 'google', '123', 'fay@gmail.example')`.execute(
      db,
    )
    await sql`insert into oauth_tokens (oauth_account_id, access_token_encrypted) select id, 'v1.secret-token' from oauth_accounts`.execute(
      db,
    )
    await ada.post(paths.admin.person(person.id), { name: 'Fay Two', slug: 'fay-two' })

    const response = await person.post(paths.ownDataFile())
    assert.equal(response.statusCode, 200)
    assert.match(String(response.headers['content-disposition']), /^attachment; filename="data-\d+\.json"$/)
    assert.equal(response.headers['cache-control'], 'no-store')
    const data = response.json<Data>()
    assert.equal(data.profile?.[0]?.email, person.email)
    assert.deepEqual(data.posts?.map(({ title }) => title).toSorted(), ['Mine', 'Not out yet'])
    assert.ok(data.revisions?.some(({ body }) => body === 'First words'))
    assert.deepEqual(
      data.comments?.map(({ body, versions }) => [body, (versions as { body: string }[])[0]?.body]),
      [['My comment', 'What I said before']],
    )
    assert.deepEqual(
      data.comments_as_guest?.map(({ body }) => body),
      ['As a guest Fay F.'],
    )
    assert.equal(data.reactions?.length, 1)
    assert.equal(data.sessions?.length, 1)
    assert.equal(data.links_to_other_services?.[0]?.provider_user_id, '123')
    assert.deepEqual(
      data.former_addresses?.map(({ slug }) => slug),
      ['fay'],
    )
    assert.deepEqual(
      data.roles?.map(({ name }) => name),
      ['author'],
    )
    assert.ok(data.audit_log?.some(({ action }) => action === 'post.published'))
    const about = data.audit_log_about?.find(({ action }) => action === 'user.changed')
    assert.deepEqual([about?.by_this_person, about?.client_ip], [false, null])
    assert.doesNotMatch(response.body, /argon2|secret-token|token_hash|password_hash|submission_key/)
  })

  test('is whole, however much there is', async () => {
    const person = await newcomer(app, db, 'Gus', 'author')
    const { id } = await publishPost(ben)
    await sql`insert into comments (post_id, author_id, body) select ${id}, ${person.id}, 'Number ' || n from generate_series(1, 1201) n`.execute(
      db,
    )
    await sql`insert into posts (slug, title, body, body_html, author_id, updated_at)
      select 'gus-' || n, 'Gus ' || n, '', '', ${person.id}, timestamptz '2020-01-01' + n / 7 * interval '1 day' from generate_series(1, 61) n`.execute(
      db,
    )
    await sql`insert into audit_events (action, actor_id, created_at) select 'x.done', ${person.id}, timestamptz '2020-01-01' + n / 7 * interval '1 day' from generate_series(1, 1100) n`.execute(
      db,
    )
    const data = (await person.post(paths.ownDataFile())).json<Data>()
    for (const [name, count] of [
      ['comments', 1201],
      ['posts', 61],
    ] as const) {
      assert.equal(data[name]?.length, count)
      assert.equal(new Set(data[name]?.map((row) => row.id)).size, count)
    }
    assert.equal(data.audit_log?.filter(({ action }) => action === 'x.done').length, 1100)
  })

  test('is had by themselves, and by who manages people and is not below them, and that is written down', async () => {
    const own = paths.ownDataFile()
    assert.equal((await dev.post(own)).statusCode, 401)
    assert.equal((await dev.get(paths.ownData())).statusCode, 303)
    for (const person of [ben, cleo, rosa])
      assert.equal((await person.post(paths.admin.personData(ada.id))).statusCode, 403)
    const response = await ada.post(paths.admin.personData(rosa.id))
    assert.equal(response.json<Data>().profile?.[0]?.name, 'Rosa')
    assert.equal((await ada.post(paths.admin.personData(999_999))).statusCode, 404)
    const { rows } =
      await sql`select from audit_events where action = 'user.data-exported' and actor_id = ${ada.id} and subject_id = ${rosa.id}`.execute(
        db,
      )
    assert.equal(rows.length, 1)
    for (let count = 0; count < 4; count++) assert.equal((await rosa.post(own)).statusCode, 200)
    assert.equal((await rosa.post(own)).statusCode, 429)
  })
})

describe('erasure', () => {
  test('asks for the password, and takes name, mailbox, place and guest along, with the words if they are to go', async () => {
    const person = await newcomer(app, db, 'Hana', 'viewer')
    const { slug, path } = await publishPost(ben)
    await person.post(paths.postComments(slug), { body: 'Words of Hana' })
    await sql`insert into guests (name, email, confirmed_at) values ('Guest Hana', 'hana@example.com', now())`.execute(
      db,
    )
    await sql`insert into comments (post_id, guest_id, body) select posts.id, guests.id, 'Guest words' from posts, guests where posts.slug = ${slug} and guests.name = 'Guest Hana'`.execute(
      db,
    )
    // One taken up, at an address of before, and one that waits.
    await sql`insert into invitations (email, role_id, expires_at, accepted_at, accepted_by)
      select email, roles.id, now() + interval '7 days', taken_at, taken_by from roles, (values
        ('hana.before@example.com', now(), ${person.id}::bigint), ('Hana@example.com', null, null)) as mine (email, taken_at, taken_by)
        where roles.name = 'viewer'`.execute(db)
    assert.match((await person.get(paths.ownData())).body, /1 comment</)
    for (const form of [
      { password: 'wrong one', comments: 'empty' },
      { comments: 'empty' },
      { password, comments: 'burn' },
    ] as Record<string, string>[]) {
      const refused = await person.post(paths.ownErasure(), form)
      assert.equal(refused.statusCode, 422)
      assert.ok(errorAt(refused.body, 'password') ?? /error-summary/.test(refused.body))
    }
    const done = await person.post(paths.ownErasure(), { password, comments: 'empty' })
    assert.equal(done.statusCode, 303)
    const said = await app.inject(String(done.headers.location))
    assert.equal(said.statusCode, 200)
    assert.match(said.body, /Your account is deleted.*The text of your comments is being deleted/s)
    assert.match(String(done.headers['set-cookie']), /Expires=Thu, 01 Jan 1970|Max-Age=0/)
    assert.equal((await person.get(paths.profile())).statusCode, 303)
    await blog.deliverMail()
    assert.doesNotMatch((await app.inject(path)).body, /Words of Hana|Guest words|Hana/)
    assert.equal((await signIn(blog, person.email)).statusCode, 422)
    const { rows } = await sql<{ all: string }>`
      select concat((select string_agg(users::text, ' ') from users), (select string_agg(guests::text, ' ') from guests),
        (select string_agg(comments::text, ' ') from comments), (select string_agg(invitations::text, ' ') from invitations), (select string_agg(audit_events::text, ' ') from audit_events)) as all`.execute(
      db,
    )
    assert.doesNotMatch(rows[0]?.all ?? '', /hana/i)
    const { rows: events } = await sql<{ actor_id: number | null; client_ip: string | null }>`
      select actor_id, client_ip from audit_events where subject_type = 'user' and subject_id = ${person.id}`.execute(
      db,
    )
    assert.ok(events.length > 0)
    for (const { actor_id, client_ip } of events) assert.deepEqual([actor_id, client_ip], [null, null])
  })

  test('keeps the words without a name if they are to stay', async () => {
    const person = await newcomer(app, db, 'Ines', 'viewer')
    const { slug, path } = await publishPost(ben)
    await person.post(paths.postComments(slug), { body: 'Words to stay' })
    const done = await person.post(paths.ownErasure(), { password, comments: 'keep' })
    assert.match((await app.inject(String(done.headers.location))).body, /Your comments stay, without a name/)
    await blog.deliverMail()
    const { body } = await app.inject(path)
    assert.match(body, /Words to stay/)
    assert.doesNotMatch(body, /Ines/)
  })

  test('counts nothing where there is nothing, and its page is for who has no account any more', async () => {
    const person = await newcomer(app, db, 'Jo', 'viewer')
    await sql`delete from subscriptions where user_id = ${person.id}`.execute(db)
    const { body } = await person.get(paths.ownData())
    assert.match(body, /Gone are your profile, and the record of where you did something from\./)
    assert.doesNotMatch(body, /No comments|\b0 (reactions|subscriptions)/)
    assert.match(body, /Comments as a guest with the same address/)
    const here = await person.get(paths.ownErasure())
    assert.deepEqual([here.statusCode, here.headers.location], [303, paths.ownData()])
    assert.equal((await app.inject(`${paths.ownErasure()}?comments=x&comments=empty`)).statusCode, 200)
  })

  test('is not for the last owner', async () => {
    const response = await ada.post(paths.ownErasure(), { password, comments: 'keep' })
    assert.equal(response.statusCode, 409)
    assert.match(response.body, /without an owner/)
    assert.equal((await ada.get(paths.admin.settings())).statusCode, 200)
  })
})
