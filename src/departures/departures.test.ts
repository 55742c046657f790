// Two accounts become one, or one goes: what becomes of everything that it has.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { type Person, newcomer, steward } from '../../test/cast.ts'
import { errorAt, publishPost, writePost } from '../../test/pages.ts'
import { signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'
import { goOnWithDeparture } from './queries.ts'

const blog = await testApp()
const { app, cast, db } = blog
const { ada, ben, cleo, rosa } = cast

describe('merging', () => {
  test('moves everything, of what both have one, and the address of the page leads on', async () => {
    const [old, kept] = [await newcomer(app, db, 'Oldname', 'author'), await newcomer(app, db, 'Newname', 'viewer')]
    const post = await publishPost(old, { title: 'By the old one' })
    const shared = await publishPost(ben, { title: 'Shared', authors: 'oldname' })
    const said = await comment(old, post.slug, 'My words')
    await sql`insert into reactions (post_id, user_id, kind) values
      (${post.id}, ${old.id}, 'like'), (${post.id}, ${kept.id}, 'love'), (${shared.id}, ${old.id}, 'thanks')`.execute(
      db,
    )
    await sql`insert into subscriptions (user_id, post_id) values (${old.id}, ${shared.id}), (${kept.id}, ${shared.id}), (${old.id}, ${post.id}) on conflict do nothing`.execute(
      db,
    )
    const page = await ada.get(paths.admin.personMerge(old.id, { into: 'newname' }))
    assert.match(page.body, /1 post, 1 comment, 0 pictures, 2 reactions and \d subscriptions? go over/)
    assert.match(page.body, /\/authors\/oldname leads to \/authors\/newname/)

    const begun = await ada.post(paths.admin.personMerge(old.id), { into: String(kept.id) })
    assert.equal(begun.statusCode, 303, begun.body)
    // At once: signed out, and the roles are there.
    assert.equal((await old.get(paths.profile())).statusCode, 303)
    assert.equal((await signIn(blog, old.email)).statusCode, 422)
    assert.equal((await kept.get(paths.admin.newPost())).statusCode, 200)
    assert.match((await ada.get(paths.admin.person(old.id))).body, /on its way out/)
    await blog.deliverMail()

    assert.equal((await ada.get(paths.admin.person(old.id))).statusCode, 404)
    assert.deepEqual(await one(sql`select author_id from posts where id = ${post.id}`), { author_id: kept.id })
    assert.deepEqual(await one(sql`select author_id, body from comments where id = ${said}`), {
      author_id: kept.id,
      body: 'My words',
    })
    assert.deepEqual(await all(sql`select post_id, kind from reactions where user_id = ${kept.id} order by post_id`), [
      { post_id: post.id, kind: 'love' },
      { post_id: shared.id, kind: 'thanks' },
    ])
    assert.deepEqual(
      await all(
        sql`select kind, sum(people)::int as people from reaction_counts where post_id = ${post.id} group by kind having sum(people) > 0`,
      ),
      [{ kind: 'love', people: 1 }],
    )
    assert.deepEqual(await all(sql`select user_id from post_authors where post_id = ${shared.id}`), [
      { user_id: kept.id },
    ])
    assert.deepEqual(
      await one(
        sql`select count(*)::int as n from subscriptions where user_id = ${kept.id} and post_id = ${shared.id}`,
      ),
      { n: 1 },
    )
    const moved = await app.inject(paths.author('oldname'))
    assert.deepEqual([moved.statusCode, moved.headers.location], [301, '/authors/newname'])
    assert.match((await app.inject(post.path)).body, /Newname/)
    assert.equal((await signIn(blog, kept.email)).statusCode, 303)
    assert.deepEqual(
      await all(
        sql`select action, actor_id from audit_events where subject_type = 'user' and subject_id = ${old.id} order by id`,
      ),
      [
        { action: 'user.merge-begun', actor_id: ada.id },
        { action: 'user.merged', actor_id: ada.id },
      ],
    )
  })

  test('promises no redirect between people who wrote nothing', async () => {
    const [one, other] = [await newcomer(app, db, 'Silent', 'author'), await newcomer(app, db, 'Quiet', 'viewer')]
    const { body } = await ada.get(paths.admin.personMerge(one.id, { into: 'quiet' }))
    assert.match(body, /Merge the accounts<\/button>/)
    assert.doesNotMatch(body, /leads to/)
    await publishPost(ben, { authors: 'silent' })
    assert.match((await ada.get(paths.admin.personMerge(other.id, { into: 'silent' }))).body, /leads to/)
  })

  test('of the owner into a reader keeps an owner, and a ban goes along', async () => {
    const other = await testApp()
    const heir = await newcomer(other.app, other.db, 'Heir', 'viewer')
    const second = await newcomer(other.app, other.db, 'Second', 'admin')
    await sql`delete from user_roles where user_id = ${other.cast.ada.id}`.execute(other.db)
    await sql`insert into bans (user_id, reason) values (${other.cast.rosa.id}, 'Rude')`.execute(other.db)
    assert.equal(
      (await second.post(paths.admin.personMerge(other.cast.rosa.id), { into: String(heir.id) })).statusCode,
      303,
    )
    await other.deliverMail()
    const { rows } = await sql<{ user_id: number }>`select user_id from bans`.execute(other.db)
    assert.deepEqual(rows, [{ user_id: heir.id }])
    await sql`insert into user_roles (user_id, role_id) select ${other.cast.ada.id}, id from roles where name = 'admin'`.execute(
      other.db,
    )
    assert.equal(
      (await other.cast.ada.post(paths.admin.personMerge(second.id), { into: String(heir.id) })).statusCode,
      303,
    )
    assert.equal((await heir.get(paths.admin.settings())).statusCode, 200)
  })

  test('is refused for oneself, for somebody above, for what is on its way out, and into nobody', async () => {
    const mia = await steward(app, db, 'Mia', ['user.read', 'user.manage', 'user.delete.any'])
    const [a, b] = [await newcomer(app, db, 'Aaa', 'viewer'), await newcomer(app, db, 'Bbb', 'viewer')]
    for (const [person, from, into, status] of [
      [mia, ada.id, a.id, 403],
      [mia, a.id, ada.id, 403],
      [mia, a.id, ben.id, 403],
      [mia, mia.id, a.id, 409],
      [ada, a.id, a.id, 409],
      [ada, a.id, 999_999, 404],
      [ada, ada.id, a.id, 409],
      [cleo, a.id, b.id, 403],
      [rosa, a.id, b.id, 403],
    ] as const)
      assert.equal((await person.post(paths.admin.personMerge(from), { into: String(into) })).statusCode, status)
    assert.match(
      errorAt((await mia.get(paths.admin.personMerge(a.id, { into: 'Nemo' }))).body, 'into') ?? '',
      /Nobody here is called Nemo/,
    )
    assert.match((await ada.get(paths.admin.personMerge(a.id, { into: b.email }))).body, /Merge the accounts<\/button>/)
    assert.equal((await mia.post(paths.admin.personMerge(a.id), { into: String(b.id) })).statusCode, 303)
    assert.equal((await ada.post(paths.admin.personMerge(a.id), { into: String(ben.id) })).statusCode, 409)
    assert.equal((await ada.post(paths.admin.personMerge(b.id), { into: String(ben.id) })).statusCode, 409)
    assert.equal((await ada.post(paths.admin.personOpening(a.id))).statusCode, 409)
    await blog.deliverMail()
  })
})

describe('deleting', () => {
  test('hands posts to somebody, and keeps comments without a name', async () => {
    const leaving = await newcomer(app, db, 'Leaver', 'author')
    const post = await publishPost(leaving)
    const draft = await writePost(leaving)
    const said = await comment(leaving, post.slug, 'Stays')
    const page = await ada.get(paths.admin.personDeletion(leaving.id))
    assert.match(page.body, /2 posts, 1 of them not public/)
    assert.match(page.body, /1 comment</)
    const nobody = await ada.post(paths.admin.personDeletion(leaving.id), {
      posts: 'give',
      to: 'Nemo',
      comments: 'keep',
    })
    assert.equal(nobody.statusCode, 422)
    assert.ok(errorAt(nobody.body, 'to'))
    const unsaid = { posts: 'give', to: ' ', comments: 'empty' }
    const again = await ada.post(paths.admin.personDeletion(leaving.id), unsaid)
    assert.equal(again.statusCode, 422)
    assert.match(errorAt(again.body, 'to') ?? '', /Say to whom/)
    assert.match(again.body, /value="give" checked/)
    assert.match(again.body, /value="empty" checked/)
    const closed = await newcomer(app, db, 'Closed', 'author')
    await ada.post(paths.admin.personClosing(closed.id))
    const late = await ada.post(paths.admin.personDeletion(leaving.id), { ...unsaid, to: 'closed' })
    assert.deepEqual([late.statusCode, errorAt(late.body, 'to') !== undefined], [422, true])
    const response = await ada.post(paths.admin.personDeletion(leaving.id), {
      posts: 'give',
      to: 'ben',
      comments: 'keep',
    })
    assert.equal(response.statusCode, 303)
    await blog.deliverMail()
    for (const { id } of [post, draft])
      assert.deepEqual(await one(sql`select author_id from posts where id = ${id}`), { author_id: ben.id })
    assert.deepEqual(await one(sql`select author_id, body, deleted_at from comments where id = ${said}`), {
      author_id: null,
      body: 'Stays',
      deleted_at: null,
    })
    assert.match((await app.inject(post.path)).body, /Stays/)
    assert.equal(await one(sql`select from users where id = ${leaving.id}`), undefined)
  })

  test('puts posts into the bin and deletes the text of comments, whose place stays while there are answers', async () => {
    const leaving = await newcomer(app, db, 'Wiper', 'author')
    const own = await publishPost(leaving)
    const { slug, path } = await publishPost(ben)
    const answered = await comment(leaving, slug, 'Secret of mine')
    await comment(rosa, slug, 'An answer', answered)
    await sql`insert into comment_versions (comment_id, number, body, body_format) values (${answered}, 1, 'Older secret', 'markdown')`.execute(
      db,
    )
    await ada.post(paths.admin.personDeletion(leaving.id), { posts: 'bin', comments: 'empty' })
    await blog.deliverMail()
    assert.equal((await app.inject(own.path)).statusCode, 404)
    assert.match((await ada.get(paths.admin.bin())).body, new RegExp(`/admin/bin/${own.id}/restoration`))
    const { body } = await app.inject(path)
    assert.doesNotMatch(body, /Secret of mine/)
    assert.match(body, /An answer/)
    assert.deepEqual(await all(sql`select from comment_versions where comment_id = ${answered}`), [])
    // No moderator has it back.
    assert.equal((await cleo.post(paths.commentRestoration(answered))).statusCode, 404)
  })

  test('leaves posts without a name, and is for those who may', async () => {
    const leaving = await newcomer(app, db, 'Nameless', 'author')
    const post = await publishPost(leaving)
    for (const person of [ben, cleo, rosa])
      assert.equal(
        (await person.post(paths.admin.personDeletion(leaving.id), { posts: 'keep', comments: 'keep' })).statusCode,
        403,
      )
    assert.equal(
      (await ada.post(paths.admin.personDeletion(leaving.id), { posts: 'burn', comments: 'keep' })).statusCode,
      422,
    )
    assert.equal(
      (await ada.post(paths.admin.personDeletion(ada.id), { posts: 'keep', comments: 'keep' })).statusCode,
      409,
    )
    assert.equal(
      (await ada.post(paths.admin.personDeletion(leaving.id), { posts: 'keep', comments: 'keep' })).statusCode,
      303,
    )
    await blog.deliverMail()
    assert.equal((await app.inject(post.path)).statusCode, 200)
    assert.doesNotMatch((await app.inject(post.path)).body, /Nameless/)
  })
})

describe('the work', () => {
  test('goes on where it was broken off, in parts, with two at it at once, and a third time changes nothing', async () => {
    const leaving = await newcomer(app, db, 'Prolific', 'author')
    const { id } = await publishPost(ben)
    await sql`insert into comments (post_id, author_id, body) select ${id}, ${leaving.id}, 'Number ' || n from generate_series(1, 1300) n`.execute(
      db,
    )
    await ada.post(paths.admin.personDeletion(leaving.id), { posts: 'keep', comments: 'keep' })
    assert.equal(await goOnWithDeparture(db, leaving.id), true)
    const { n } = (await one<{ n: number }>(
      sql`select count(*)::int as n from comments where author_id = ${leaving.id}`,
    )) ?? { n: 0 }
    assert.equal(n, 800)
    const work = async () => {
      while (await goOnWithDeparture(db, leaving.id));
    }
    await Promise.all([work(), work()])
    await work()
    assert.deepEqual(
      await one(sql`select count(*)::int as n from comments where post_id = ${id} and author_id is null`),
      { n: 1300 },
    )
    assert.deepEqual(
      await all(sql`select from audit_events where action = 'user.deleted' and subject_id = ${leaving.id}`),
      [{}],
    )
  })

  test('is held up by no foreign key but that of who gets what another leaves', async () => {
    const { rows } = await sql<{ path: string; kind: string }>`
      select conrelid::regclass || '.' || attname as path, confdeltype as kind from pg_constraint
        join pg_attribute on attrelid = conrelid and attnum = conkey[1]
        where contype = 'f' and confrelid = 'users'::regclass and confdeltype = 'a'`.execute(db)
    // Whoever is to get what another leaves does not go before that is done.
    assert.deepEqual(
      rows.map(({ path }) => path),
      ['departures.into_id'],
    )
  })
})

async function comment(person: Person, slug: string, body: string, parent?: number): Promise<number> {
  const form = { body, ...(parent && { parent: String(parent) }) }
  const response = await person.post(paths.postComments(slug), form)
  assert.equal(response.statusCode, 303, response.body)
  const row = await one<{ id: number }>(
    sql`select id from comments where author_id = ${person.id} order by id desc limit 1`,
  )
  return row?.id ?? 0
}

async function all<Row = unknown>(statement: ReturnType<typeof sql>): Promise<Row[]> {
  return (await statement.execute(db)).rows as Row[]
}

async function one<Row = unknown>(statement: ReturnType<typeof sql>): Promise<Row | undefined> {
  return (await all<Row>(statement))[0]
}
