// Comments by programs: who reads which, who decides, and what each is refused.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db, settings } = await testApp()
const { ada, bea, ben, cleo, rosa } = cast
const [adas, beas, bens, cleos, rosas, nobody] = await Promise.all(
  [ada, bea, ben, cleo, rosa, undefined].map((person) => program(app, db, person)),
)
if (!adas || !beas || !bens || !cleos || !rosas || !nobody) throw new Error('Somebody is missing.')
const { api } = paths
const post = await publishPost(ben, { title: 'Talked about' })

async function comment(who = rosas, body: Record<string, unknown> = {}, post_id = post.id) {
  const answer = await who?.send('POST', api.postComments(post_id), { body: 'Well said.', ...body })
  assert.equal(answer?.statusCode, 201, answer?.body)
  return answer?.data as { id: number } & Record<string, unknown>
}
const idsIn = (data: Record<string, unknown>) => (data.data as { id: number }[]).map(({ id }) => id)

/** What is decided is what the page of moderators decides. */
async function hold(id: number, state: string) {
  await db.updateTable('comments').set({ state, held_for: 'words' }).where('id', '=', id).execute()
}

describe('a comment', () => {
  test('is written with a token, below another one too, and read by everybody without what is private', async () => {
    const answer = await rosas.send('POST', api.postComments(post.id), { body: 'Some *words*.' })
    assert.equal(answer.statusCode, 201)
    assert.equal(answer.headers.location, api.comment(answer.data.id))
    const reply = await comment(bens, { parent_id: answer.data.id })
    assert.equal(reply.parent_id, answer.data.id)

    const read = await nobody.get(api.comment(answer.data.id))
    assert.deepEqual(read.data, {
      id: answer.data.id,
      post: { id: post.id, slug: post.slug, title: 'Talked about' },
      parent_id: null,
      url: read.data.url,
      author: { slug: 'rosa', name: 'Rosa' },
      is_removed: false,
      html: '<p>Some <em>words</em>.</p>\n',
      created_at: read.data.created_at,
      edited_at: null,
    })
    assert.equal((await rosas.get(api.comment(answer.data.id))).data.body, 'Some *words*.')
    assert.equal((await beas.get(api.comment(answer.data.id))).data.body, undefined)
    const staff = (await cleos.get(api.comment(answer.data.id))).data
    assert.deepEqual([staff.client_ip, staff.state, staff.report_count], ['127.0.0.1', 'approved', 0])
    const own = (await rosas.get(api.comment(answer.data.id))).data
    for (const name of ['client_ip', 'guest_email', 'held_for', 'report_count']) assert.ok(!(name in own), name)
    const listed = await nobody.get(`${api.postComments(post.id)}?sort=id&limit=1&fields=id,html`)
    assert.deepEqual(Object.keys(listed.data.data[0]), ['id', 'html'])
    assert.equal(typeof listed.data.next, 'string')
  })

  test('is refused to strangers, below what is not there, and where no comments are taken', async () => {
    const path = api.postComments(post.id)
    assert.equal((await nobody.send('POST', path, { body: 'x' })).statusCode, 401)
    const draft = await writePost(ben, { title: 'Not out' })
    const page = await publishPost(ben, { title: 'A page', kind: 'page' })
    const hidden = await publishPost(ben, { title: 'Private', visibility: 'private' })
    for (const id of [draft.id, page.id, hidden.id, 999_999]) {
      assert.equal((await rosas.send('POST', api.postComments(id), { body: 'x' })).statusCode, 404, String(id))
      assert.equal((await rosas.get(api.postComments(id))).statusCode, 404, String(id))
    }
    const closed = await publishPost(ben, { title: 'Closed', comments: 'closed' })
    const answer = await rosas.send('POST', api.postComments(closed.id), { body: 'x' })
    assert.deepEqual([answer.statusCode, answer.data.code], [409, 'conflict'])
    const members = await publishPost(ben, { title: 'For members', visibility: 'members' })
    assert.equal((await nobody.get(api.postComments(members.id))).statusCode, 401)
    const inside = await comment(rosas, {}, members.id)
    assert.equal((await nobody.get(api.comment(inside.id))).statusCode, 404)
    assert.equal((await bens.get(api.comment(inside.id))).statusCode, 200)
    assert.ok(!idsIn((await nobody.get(api.comments())).data).includes(inside.id))
    assert.ok(idsIn((await bens.get(api.comments())).data).includes(inside.id))
    const gone = await rosas.send('POST', path, { body: 'x', parent_id: 999_999 })
    assert.equal(gone.statusCode, 409)
    for (const [body, pointer] of [
      [{}, '/body'],
      [{ body: ' ' }, '/body'],
      [{ body: 'x', author_id: 1 }, '/author_id'],
      [{ body: 'x', state: 'approved' }, '/state'],
      [{ body: 'x', parent_id: 1e300 }, '/parent_id'],
      [{ body: 'x'.repeat(32_769) }, '/body'],
    ] as const) {
      const answer = await rosas.send('POST', path, body)
      assert.deepEqual([answer.statusCode, answer.data.errors?.[0]?.pointer], [422, pointer])
    }
  })

  test('that is banned or too much is refused', async () => {
    await db.insertInto('bans').values({ user_id: bea.id, reason: 'Too loud' }).execute()
    const answer = await beas.send('POST', api.postComments(post.id), { body: 'x' })
    assert.equal(answer.statusCode, 403)
    assert.match(answer.data.detail, /Too loud/)
    await db.deleteFrom('bans').execute()
    const written = await comment(beas)
    await db.insertInto('bans').values({ user_id: bea.id, reason: 'Too loud' }).execute()
    assert.equal((await beas.send('PATCH', api.comment(written.id), { body: 'y' })).statusCode, 403)
    await db.deleteFrom('bans').execute()
  })

  test('is changed by its author within the minutes, for the state that was read', async () => {
    const { id } = await comment()
    const path = api.comment(id)
    const etag = String((await rosas.get(path)).headers.etag)
    const changed = await rosas.send('PATCH', path, { body: 'Better.' }, { 'if-match': etag })
    assert.deepEqual([changed.statusCode, changed.data.body, changed.data.version], [200, 'Better.', 2])
    const late = await rosas.send('PATCH', path, { body: 'Worse.' }, { 'if-match': etag })
    assert.deepEqual([late.statusCode, late.data.code], [412, 'changed'])
    assert.equal((await nobody.send('PATCH', path, { body: 'x' })).statusCode, 401)
    assert.equal((await bens.send('PATCH', path, { body: 'x' })).statusCode, 403)
    assert.equal((await rosas.send('PATCH', api.comment(999_999), { body: 'x' })).statusCode, 404)
    const { data } = await rosas.get(api.commentVersions(id))
    assert.deepEqual(
      data.data.map(({ id, body }: { id: number; body: string }) => [id, body]),
      [[1, 'Well said.']],
    )
    assert.equal((await bens.get(api.commentVersions(id))).statusCode, 403)

    await db.updateTable('settings').set({ comment_edit_minutes: 5 }).execute()
    await settings.refresh()
    await db
      .updateTable('comments')
      .set({ created_at: new Date(0) })
      .where('id', '=', id)
      .execute()
    assert.equal((await rosas.send('PATCH', path, { body: 'Too late.' })).statusCode, 409)
    assert.equal((await adas.send('PATCH', path, { body: 'By the owner.' })).statusCode, 200)
    await db.updateTable('settings').set({ comment_edit_minutes: 0 }).execute()
    await settings.refresh()
  })

  test('is deleted by its author, and had back by who may delete any', async () => {
    const { id } = await comment()
    const path = api.comment(id)
    assert.equal((await bens.send('DELETE', path)).statusCode, 403)
    assert.equal((await nobody.send('DELETE', path)).statusCode, 401)
    assert.equal((await rosas.send('DELETE', path, undefined, { 'if-match': '"other"' })).statusCode, 412)
    const reply = await comment(bens, { parent_id: id })
    assert.equal((await rosas.send('DELETE', path)).statusCode, 204)
    for (const who of [nobody, rosas, bens]) assert.equal((await who.get(path)).statusCode, 404)
    const listed = (await rosas.get(`${api.postComments(post.id)}?limit=100`)).data.data
    const place = listed.find((one: { id: number }) => one.id === id)
    assert.deepEqual([place.is_removed, place.author, place.html, 'body' in place], [true, null, '', false])
    assert.ok(listed.some((one: { id: number }) => one.id === reply.id))

    assert.equal((await rosas.send('POST', api.commentRestoration(id))).statusCode, 404)
    assert.equal((await rosas.get(`${api.comments()}?state=deleted`)).statusCode, 403)
    assert.ok(idsIn((await adas.get(`${api.comments()}?state=deleted`)).data).includes(id))
    assert.notEqual((await adas.get(path)).data.deleted_at, null)
    const back = await adas.send('POST', api.commentRestoration(id))
    assert.deepEqual([back.statusCode, back.data.deleted_at], [200, null])
    assert.equal((await nobody.get(path)).statusCode, 200)
  })
})

describe('comments that wait', () => {
  test('are for their author and for moderators, and are decided by these', async () => {
    const { id } = await comment()
    await hold(id, 'waiting')
    const path = api.comment(id)
    for (const who of [nobody, bens]) assert.equal((await who.get(path)).statusCode, 404)
    assert.equal((await rosas.get(path)).data.state, 'waiting')
    assert.ok(idsIn((await rosas.get(api.postComments(post.id))).data).includes(id))
    for (const who of [nobody, bens]) assert.ok(!idsIn((await who.get(api.postComments(post.id))).data).includes(id))
    const waiting = `${api.comments()}?state=waiting`
    assert.equal((await nobody.get(waiting)).statusCode, 401)
    assert.deepEqual(idsIn((await rosas.get(waiting)).data), [id])
    assert.deepEqual(idsIn((await bens.get(waiting)).data), [])
    assert.ok(idsIn((await cleos.get(waiting)).data).includes(id))
    assert.equal((await cleos.get(path)).data.held_for, 'words')

    for (const [who, status] of [
      [nobody, 401],
      [rosas, 403],
      [bens, 403],
    ] as const) {
      assert.equal((await who.send('POST', api.commentDecision(id), { decision: 'approve' })).statusCode, status)
      const many = { decision: 'approve', comments: [{ id }] }
      assert.equal((await who.send('POST', api.commentDecisions(), many)).statusCode, status)
      assert.equal((await who.get(api.commentReports())).statusCode, status)
    }
    const wrong = await cleos.send('POST', api.commentDecision(id), { decision: 'delete' })
    assert.deepEqual([wrong.statusCode, wrong.data.errors[0].pointer], [422, '/decision'])
    const done = await cleos.send('POST', api.commentDecision(id), { decision: 'approve', why: 'It is fine.' })
    assert.deepEqual([done.statusCode, done.data.state], [200, 'approved'])
    assert.equal((await nobody.get(path)).statusCode, 200)
    const event = await db
      .selectFrom('audit_events')
      .select(['actor_id', 'details'])
      .where('action', '=', 'comment.approved')
      .where('subject_id', '=', id)
      .executeTakeFirstOrThrow()
    assert.deepEqual(
      [event.actor_id, event.details],
      [cleo.id, { from: 'waiting', to: 'approved', version: 1, why: 'It is fine.' }],
    )
  })

  test('are decided many at once, each only in the version that was read', async () => {
    const [one, two, three] = [await comment(), await comment(), await comment()]
    const comments = [{ id: one.id, version: 1 }, { id: two.id, version: 7 }, { id: three.id }, { id: 999_999 }]
    const { data } = await cleos.send('POST', api.commentDecisions(), { decision: 'spam', comments })
    assert.deepEqual(data, { changed: [one.id, three.id], unchanged: [two.id, 999_999] })
    const none = await cleos.send('POST', api.commentDecisions(), { decision: 'spam', comments: [{ id: 999_999 }] })
    assert.deepEqual([none.statusCode, none.data], [200, { changed: [], unchanged: [999_999] }])
    assert.ok(idsIn((await cleos.get(`${api.comments()}?state=spam`)).data).includes(one.id))
    // Whose it is sees what became of it; others do not learn that it is there.
    assert.equal((await rosas.get(api.comment(one.id))).data.state, 'spam')
    assert.equal((await bens.get(api.comment(one.id))).statusCode, 404)
  })

  test('of private posts are for who may open these', async () => {
    const mine = await publishPost(ben, { title: 'To be private' })
    const { id } = await comment(rosas, {}, mine.id)
    await db.updateTable('posts').set({ visibility: 'private' }).where('id', '=', mine.id).execute()
    await hold(id, 'waiting')
    const lookers = await newcomer(app, db, 'Lou', 'viewer')
    const { role_id } = await db
      .selectFrom('user_roles')
      .select('role_id')
      .where('user_id', '=', lookers.id)
      .executeTakeFirstOrThrow()
    await sql`insert into role_permissions (role_id, permission_id)
      select ${role_id}, id from permissions where name = 'comment.moderate'`.execute(db)
    const lous = await program(app, db, lookers)
    for (const who of [rosas, lous]) {
      assert.equal((await who.get(api.comment(id))).statusCode, 404)
      const { data } = await who.get(`${api.comments()}?state=any&limit=100`)
      assert.ok(!idsIn(data).includes(id))
    }
    const { data } = await lous.send('POST', api.commentDecisions(), { decision: 'hide', comments: [{ id }] })
    assert.deepEqual(data.unchanged, [id])
    await sql`delete from role_permissions where role_id = ${role_id}
      and permission_id = (select id from permissions where name = 'comment.moderate')`.execute(db)
    assert.ok(idsIn((await adas.get(`${api.comments()}?state=waiting`)).data).includes(id))
  })
})

describe('a report', () => {
  test('is made by who reads the comment, and read by moderators until they decide', async () => {
    const { id } = await comment()
    const path = api.commentReport(id)
    assert.equal((await nobody.send('POST', path, { reason: 'spam' })).statusCode, 401)
    assert.equal((await bens.send('POST', path, { reason: 'dull' })).statusCode, 422)
    assert.equal((await bens.send('POST', api.commentReport(999_999), { reason: 'spam' })).statusCode, 404)
    for (let count = 0; count < 2; count++)
      assert.equal((await bens.send('POST', path, { reason: 'unkind', words: 'Rude.' })).statusCode, 204)
    const { data } = await cleos.get(`${api.commentReports()}?comment=${id}`)
    assert.equal(data.data.length, 1)
    const { id: number, created_at, ...report } = data.data[0]
    assert.deepEqual(report, { comment_id: id, reason: 'unkind', words: 'Rude.', reporter: 'Ben' })
    assert.ok(number > 0 && created_at)
    assert.deepEqual(idsIn((await cleos.get(`${api.comments()}?is_reported=true`)).data), [id])
    assert.equal((await rosas.get(`${api.comments()}?is_reported=true`)).statusCode, 403)
    await cleos.send('POST', api.commentDecision(id), { decision: 'approve' })
    assert.deepEqual((await cleos.get(`${api.commentReports()}?comment=${id}`)).data.data, [])
  })
})

test('what guests wrote has a name for everybody and an address for moderators alone', async () => {
  const guest = await db
    .insertInto('guests')
    .values({ name: 'Gus', email: 'gus@example.com' })
    .returning('id')
    .executeTakeFirstOrThrow()
  const values = { post_id: post.id, guest_id: guest.id, body: 'As a guest.', body_format: 'plain' }
  const [first, unconfirmed] = await db
    .insertInto('comments')
    .values([values, { ...values, state: 'waiting', held_for: 'unconfirmed' }])
    .returning('id')
    .execute()
  const { data } = await nobody.get(api.comment(first?.id ?? 0))
  assert.deepEqual([data.author, data.html], [{ slug: null, name: 'Gus' }, '<p>As a guest.</p>\n'])
  assert.doesNotMatch(JSON.stringify((await bens.get(`${api.comments()}?post=${post.id}&limit=100`)).data), /gus@/)
  assert.equal((await cleos.get(api.comment(first?.id ?? 0))).data.guest_email, 'gus@example.com')
  for (const who of [nobody, cleos, adas]) {
    assert.equal((await who.get(api.comment(unconfirmed?.id ?? 0))).statusCode, 404)
    assert.ok(!idsIn((await who.get(`${api.comments()}?limit=100`)).data).includes(unconfirmed?.id ?? 0))
  }
})
