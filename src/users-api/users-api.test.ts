import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Program, program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { newcomer } from '../../test/cast.ts'
import { publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, db } = await testApp()
const { ada, ben, bea, cleo, rosa } = cast
const [adas, bens, cleos, rosas] = await Promise.all([ada, ben, cleo, rosa].map((one) => program(app, db, one)))
assert.ok(adas && bens && cleos && rosas)
const nobody = await program(app, db)
await publishPost(ben)
const users = paths.api.users()
const never = /password|hash|argon|first_name|registration/

async function slugs(who: Program, query = '') {
  const { data } = await who.get(`${users}?limit=100${query}`)
  return ((data.data ?? []) as { slug: string }[]).map(({ slug }) => slug)
}

describe('people', () => {
  test('are those who published, and everybody for who looks after people', async () => {
    assert.equal((await nobody.get(users)).statusCode, 401)
    assert.deepEqual(await slugs(rosas), ['ben'])
    assert.deepEqual(await slugs(bens), ['ben'])
    for (const who of [adas, cleos]) {
      const found = await slugs(who)
      for (const slug of ['ada', 'bea', 'ben', 'cleo', 'rosa']) assert.ok(found.includes(slug), slug)
    }
    assert.deepEqual(await slugs(cleos, '&q=ros'), ['rosa'])
    assert.deepEqual(await slugs(adas, '&role=Moderator'), ['cleo'])
    assert.deepEqual(await slugs(adas, '&state=disabled'), [])
    const wrong = await adas.get(`${users}?role=nosuch`)
    assert.deepEqual([wrong.statusCode, wrong.data.errors[0].parameter], [422, 'role'])
    assert.match(wrong.data.detail, /no role nosuch\. There are: admin, author, moderator/)
    assert.equal((await rosas.get(`${users}?role=admin`)).statusCode, 403)
    assert.equal((await rosas.get(`${users}?state=active`)).statusCode, 403)
    // By a mailbox only who may see it finds somebody.
    assert.deepEqual(await slugs(adas, '&q=rosa%40example'), ['rosa'])
    assert.deepEqual(await slugs(cleos, '&q=rosa%40example'), [])
  })

  test('come page by page in each order', async () => {
    for (const sort of ['name', '-name', 'created_at', '-created_at', 'id', '-id']) {
      const found: number[] = []
      let next: string | null = ''
      while (next !== null) {
        const query = new URLSearchParams({ limit: '2', sort, ...(next && { cursor: next }) })
        const { data, statusCode } = await adas.get(`${users}?${query}`)
        assert.equal(statusCode, 200)
        found.push(...data.data.map(({ id }: { id: number }) => id))
        next = data.next
      }
      assert.equal(new Set(found).size, found.length, sort)
      assert.ok(found.length >= 5)
    }
    for (const query of ['email=x', 'sort=email', 'q=', 'state=gone', 'fields=password_hash', 'q=%00', 'role=%ff'])
      assert.ok((await adas.get(`${users}?${query}`)).statusCode < 500, query)
    assert.equal((await adas.get(`${users}?fields=password_hash`)).statusCode, 422)
  })

  test('show no more than to whom it is for, and never a hash', async () => {
    const keys = async (who: Program, id: number) => {
      const { data, body } = await who.get(paths.api.user(id))
      assert.doesNotMatch(body, never)
      return new Set(Object.keys(data))
    }
    const open = new Set(['id', 'slug', 'name', 'url', 'about', 'links'])
    assert.deepEqual(await keys(nobody, ben.id), open)
    assert.deepEqual(await keys(rosas, ben.id), open)
    const staff = open.union(new Set(['is_confirmed', 'state', 'roles', 'created_at']))
    assert.deepEqual(await keys(cleos, ben.id), staff)
    const whole = staff.union(new Set(['email']))
    assert.deepEqual(await keys(adas, ben.id), whole)
    assert.deepEqual(await keys(bens, ben.id), whole)
    assert.doesNotMatch((await adas.get(`${users}?limit=100`)).body, never)
    assert.doesNotMatch((await cleos.get(`${users}?limit=100`)).body, /(ada|ben|bea|rosa)@/)
    assert.equal((await rosas.get(paths.api.me())).data.email, rosa.email)
    assert.equal((await nobody.get(paths.api.me())).statusCode, 401)
    // Who never published is there for those who look after people, and for themselves.
    for (const who of [nobody, bens]) assert.equal((await who.get(paths.api.user(rosa.id))).statusCode, 404)
    for (const who of [adas, cleos, rosas]) assert.equal((await who.get(paths.api.user(rosa.id))).statusCode, 200)
    for (const id of ['999999', '0', 'x', '9'.repeat(30)])
      assert.equal((await adas.get(paths.api.user(id))).statusCode, 404, id)
  })
})

describe('a change of a person', () => {
  test('of oneself takes name, about and links, as the page does', async () => {
    const { data, headers } = await rosas.get(paths.api.me())
    const etag = String(headers.etag)
    const given = { name: ' Rosa\u200b  Ruiz ', about: 'Reads.', links: ['https://example.com/rosa'] }
    const changed = await rosas.send('PATCH', paths.api.me(), given, { 'if-match': etag })
    assert.equal(changed.statusCode, 200)
    assert.deepEqual(
      [changed.data.name, changed.data.about, changed.data.links, changed.data.slug],
      ['Rosa Ruiz', 'Reads.', ['https://example.com/rosa'], data.slug],
    )
    const late = await rosas.send('PATCH', paths.api.user(rosa.id), { name: 'R' }, { 'if-match': etag })
    assert.deepEqual([late.statusCode, late.data.code], [412, 'changed'])
    const event = db.selectFrom('audit_events').select(['action', 'actor_id', 'subject_id'])
    assert.deepEqual(await event.orderBy('id', 'desc').executeTakeFirst(), {
      action: 'user.changed',
      actor_id: rosa.id,
      subject_id: rosa.id,
    })
    assert.equal((await rosas.send('PATCH', paths.api.me(), { slug: 'owner' })).statusCode, 403)
    assert.equal((await rosas.send('PATCH', paths.api.me(), { email: 'a@example.com' })).statusCode, 403)
  })

  test('says what cannot be taken', async () => {
    const cases: [unknown, string][] = [
      [{}, ''],
      [{ name: '' }, '/name'],
      [{ name: '\u200b\u200b' }, '/name'],
      [{ name: 'x'.repeat(129) }, '/name'],
      [{ name: 7 }, '/name'],
      [{ about: 'x'.repeat(1001) }, '/about'],
      [{ links: ['javascript:alert(1)'] }, '/links'],
      [{ links: 'https://example.com' }, '/links'],
      [{ links: Array.from({ length: 11 }, (_, at) => `https://example.com/${at}`) }, '/links'],
      [{ roles: ['admin'] }, '/roles'],
      [{ state: 'active' }, '/state'],
      [{ password_hash: 'x' }, '/password_hash'],
    ]
    for (const [body, pointer] of cases) {
      const { statusCode, data } = await rosas.send('PATCH', paths.api.me(), body)
      assert.deepEqual([statusCode, data.errors?.[0]?.pointer], [422, pointer], JSON.stringify(body))
    }
    assert.equal((await rosas.send('PATCH', paths.api.me(), { name: 'a\u0000' })).statusCode, 422)
  })

  test('keeps its own mailbox, which no token changes', async () => {
    for (const path of [paths.api.me(), paths.api.user(ada.id)]) {
      const refused = await adas.send('PATCH', path, { email: 'not.ada@example.com' })
      assert.deepEqual([refused.statusCode, refused.data.code], [403, 'forbidden'])
      assert.match(refused.data.detail, /token/)
      assert.equal((await adas.send('PATCH', path, { email: 'Ada@example.com', slug: 'ada' })).statusCode, 200)
    }
    assert.equal(
      await db.selectFrom('email_changes').where('user_id', '=', ada.id).selectAll().executeTakeFirst(),
      undefined,
    )
  })

  test('by others needs the right, and nobody changes who has more', async () => {
    const person = await newcomer(app, db, 'Peter', 'viewer')
    const path = paths.api.user(person.id)
    assert.equal((await nobody.send('PATCH', path, { name: 'P' })).statusCode, 401)
    assert.equal((await bens.send('PATCH', path, { name: 'P' })).statusCode, 404)
    assert.equal((await rosas.send('PATCH', paths.api.user(ben.id), { name: 'P' })).statusCode, 403)
    assert.equal((await cleos.send('PATCH', path, { name: 'P' })).statusCode, 403)
    const changed = await adas.send('PATCH', path, {
      name: 'Petra',
      about: 'New.',
      slug: 'Petra P',
      email: 'Pp@Example.com',
    })
    assert.deepEqual(
      [changed.statusCode, changed.data.name, changed.data.slug, changed.data.about, changed.data.email],
      [200, 'Petra', 'petra-p', 'New.', 'peter@example.com'],
    )
    const asked = db.selectFrom('email_changes').select('email').where('user_id', '=', person.id)
    assert.deepEqual(await asked.executeTakeFirst(), { email: 'pp@example.com' })
    const taken = await adas.send('PATCH', path, { slug: 'ben', name: 'Not kept' })
    assert.deepEqual([taken.statusCode, taken.data.errors?.[0]?.pointer], [422, '/slug'])
    assert.equal((await adas.get(path)).data.name, 'Petra')

    await role('people editor', ['user.read', 'user.edit.any', 'user.manage', 'role.assign'])
    const editor = await program(app, db, await newcomer(app, db, 'Edith', 'people editor'))
    assert.equal((await editor.send('PATCH', path, { name: 'Peter' })).statusCode, 403)
    const plain = await newcomer(app, db, 'Plain', 'people editor')
    assert.equal((await editor.send('PATCH', paths.api.user(plain.id), { name: 'Plainer' })).statusCode, 200)
    assert.equal((await editor.send('PATCH', paths.api.user(ada.id), { name: 'Not me' })).statusCode, 403)
    assert.equal((await editor.send('POST', paths.api.userClosing(ada.id))).statusCode, 403)
    assert.equal((await editor.send('POST', paths.api.userClosing(plain.id))).data.state, 'disabled')
    const [owner, admin] = [ada.id, await roleId('admin')]
    assert.equal((await editor.send('DELETE', paths.api.userRole(owner, admin))).statusCode, 403)
    assert.equal((await editor.send('PUT', paths.api.userRole(plain.id, admin))).statusCode, 403)
  })

  test('is not answered again to who lost the rights that the first answer was for', async () => {
    const editor = await newcomer(app, db, 'Quill', 'author')
    const headers = { 'idempotency-key': 'of-quill' }
    const [role] = (await adas.get(`${paths.api.roles()}?limit=100`)).data.data.filter(
      ({ name }: { name: string }) => name === 'admin',
    )
    const held = paths.api.userRole(editor.id, role.id)
    assert.equal((await adas.send('PUT', held)).statusCode, 204)
    const theirs = await program(app, db, editor)
    const change = () => theirs.send('PATCH', paths.api.user(rosa.id), { slug: 'rosa-of-quill' }, headers)
    assert.equal((await change()).data.email, rosa.email)
    assert.equal((await change()).headers['idempotency-replayed'], 'true')
    // Who gave the rights away is answered again where there is nothing to see.
    const away = () => theirs.send('DELETE', held, undefined, { 'idempotency-key': 'away' })
    assert.equal((await away()).statusCode, 204)
    assert.equal((await away()).statusCode, 204)
    const again = await change()
    assert.deepEqual([again.statusCode, again.data.code], [403, 'forbidden'])
    assert.match(again.data.detail, /was done/)
    assert.ok(!again.body.includes(rosa.email))
    assert.equal((await adas.send('PUT', held)).statusCode, 204)
    assert.equal((await change()).data.email, rosa.email)
    assert.equal((await adas.send('DELETE', held)).statusCode, 204)
  })

  test('that deactivates ends its tokens for good, and can be taken back', async () => {
    const person = await newcomer(app, db, 'Quentin', 'viewer')
    const theirs = await program(app, db, person)
    const [closing, opening] = [paths.api.userClosing(person.id), paths.api.userOpening(person.id)]
    assert.equal((await cleos.send('POST', closing)).statusCode, 403)
    assert.equal((await bens.send('POST', closing)).statusCode, 404)
    assert.equal((await adas.send('POST', paths.api.userClosing(ada.id))).statusCode, 409)
    assert.equal((await theirs.get(paths.api.me())).statusCode, 200)
    assert.equal((await adas.send('POST', closing)).data.state, 'disabled')
    assert.equal((await theirs.get(paths.api.me())).statusCode, 401)
    assert.equal((await adas.send('POST', opening)).data.state, 'active')
    assert.equal((await theirs.get(paths.api.me())).statusCode, 401)
    assert.equal((await (await program(app, db, person)).get(paths.api.me())).statusCode, 200)
  })

  test('gives and takes roles, except the last owner’s', async () => {
    const path = paths.api.userRole(bea.id, await roleId('moderator'))
    for (const who of [nobody, bens, cleos])
      assert.ok([401, 403, 404].includes((await who.send('PUT', path)).statusCode))
    for (const _ of [1, 2]) assert.equal((await adas.send('PUT', path)).statusCode, 204)
    assert.deepEqual((await adas.get(paths.api.user(bea.id))).data.roles, ['author', 'moderator'])
    for (const _ of [1, 2]) assert.equal((await adas.send('DELETE', path)).statusCode, 204)
    assert.deepEqual((await adas.get(paths.api.user(bea.id))).data.roles, ['author'])
    assert.equal((await adas.send('PUT', paths.api.userRole(bea.id, 999_999))).statusCode, 404)
    assert.equal((await adas.send('PUT', paths.api.userRole(999_999, 1))).statusCode, 404)
    const last = await adas.send('DELETE', paths.api.userRole(ada.id, await roleId('admin')))
    assert.deepEqual([last.statusCode, last.data.code], [409, 'conflict'])
    assert.deepEqual((await adas.get(paths.api.me())).data.roles, ['admin'])
    const reading = await program(app, db, ada, ['users:write'])
    assert.equal((await reading.send('PUT', path)).data.code, 'insufficient_scope')
  })
})

async function roleId(name: string): Promise<number> {
  return (await db.selectFrom('roles').select('id').where('name', '=', name).executeTakeFirstOrThrow()).id
}

async function role(name: string, rights: string[]): Promise<void> {
  const { id } = await db.insertInto('roles').values({ name }).returning('id').executeTakeFirstOrThrow()
  await db
    .insertInto('role_permissions')
    .columns(['role_id', 'permission_id'])
    .expression(
      db
        .selectFrom('permissions')
        .select(({ val }) => [val(id).as('role_id'), 'id'])
        .where('name', 'in', rights),
    )
    .execute()
}

test('no token asks for the address of an account as high as that of its person', async () => {
  const twin = await newcomer(app, db, 'Other Owner', 'admin')
  const lower = await newcomer(app, db, 'Lower', 'moderator')
  const asked = async (id: number) =>
    await db.selectFrom('email_changes').select('email').where('user_id', '=', id).executeTakeFirst()
  const refused = await adas.send('PATCH', paths.api.user(twin.id), { email: 'thief@example.com' })
  assert.equal(refused.statusCode, 403)
  assert.match(refused.data.detail, /on its page, and by no token/)
  assert.equal(await asked(twin.id), undefined)
  assert.equal((await adas.send('PATCH', paths.api.user(twin.id), { name: 'Second Owner' })).statusCode, 200)
  assert.equal((await adas.send('PATCH', paths.api.user(lower.id), { email: 'low@example.com' })).statusCode, 200)
  assert.deepEqual(await asked(lower.id), { email: 'low@example.com' })
})
