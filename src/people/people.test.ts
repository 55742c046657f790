// The list of people, and what is done about one of them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { type Person, newcomer, password, steward } from '../../test/cast.ts'
import { errorAt, fieldOf, nextPage, publishPost } from '../../test/pages.ts'
import { linkIn, send, signIn } from '../../test/people.ts'
import { paths } from '../paths.ts'
import { peopleOnPage } from './person.ts'

const blog = await testApp()
const { app, cast, db } = blog
const { ada, bea, ben, cleo, rosa, dev } = cast
/** Manages people, and is no owner. */
const mia = await steward(app, db, 'Mia', [
  'user.read',
  'user.edit.any',
  'user.manage',
  'role.assign',
  'role.read',
  'comment.read',
])

describe('the list of people', () => {
  test('is for those who do something about people, not for everybody who may read names', async () => {
    assert.equal((await dev.get(paths.admin.people())).statusCode, 303)
    for (const person of [rosa, ben]) assert.equal((await person.get(paths.admin.people())).statusCode, 403)
    for (const person of [ada, mia, cleo]) assert.equal((await person.get(paths.admin.people())).statusCode, 200)
    assert.match((await mia.get(paths.admin.people())).body, /<a href="\/admin\/people"[^>]*>People<\/a>/)
    assert.doesNotMatch((await ben.get(paths.admin.dashboard())).body, /\/admin\/people/)
  })

  test('shows mailboxes, and searches in them, for those alone who may change accounts', async () => {
    assert.match((await mia.get(paths.admin.people())).body, /rosa@example\.com/)
    assert.deepEqual(await shown(mia, { text: 'ROSA@exam' }), ['Rosa'])
    assert.doesNotMatch((await cleo.get(paths.admin.people())).body, /@example\.com/)
    assert.deepEqual(await shown(cleo, { text: 'rosa@exam' }), [])
    assert.deepEqual(await shown(cleo, { text: 'ros' }), ['Rosa'])
    const { body } = await cleo.get(paths.admin.person(rosa.id))
    assert.match(body, /Rosa/)
    assert.doesNotMatch(body, /@example\.com|Signed in/)
  })

  test('is narrowed by role, by group and by state, and taken with words as they stand', async () => {
    await sql`insert into groups (name) values ('AUTHOR')`.execute(db)
    await sql`insert into group_memberships (user_id, group_id) select ${rosa.id}, id from groups`.execute(db)
    const found = await shown(ada, { role: 'author' })
    assert.deepEqual(found, ['Bea', 'Ben', 'Rosa'])
    await sql`delete from groups`.execute(db)
    const closed = await newcomer(app, db, 'Clara', 'viewer')
    await sql`update users set state = 'blocked' where id = ${closed.id}`.execute(db)
    assert.deepEqual(await shown(ada, { state: 'blocked' }), ['Clara'])
    assert.deepEqual(await shown(ada, { state: 'blocked', role: 'author' }), [])
    assert.match((await ada.get(paths.admin.people({ text: '100%' }))).body, /Nobody here is like that/)
    assert.deepEqual(await shown(ada, { text: '_' }), [])
    const all = await shown(ada, {})
    for (const query of ['state=x', 'role=', 'sort=toString', 'text=&text=a', 'sort=newest&sort=name']) {
      const response = await ada.get(`${paths.admin.people()}?${query}`)
      assert.equal(response.statusCode, 200, query)
      assert.equal(namesIn(response.body).length, all.length, query)
    }
    for (const query of ['after=x', 'after=-1'])
      assert.equal((await ada.get(`${paths.admin.people()}?${query}`)).statusCode, 404)
  })

  test('is walked through in both orders, each person once', async () => {
    const many = peopleOnPage * 2 + 3
    await sql`insert into users (name, slug, email, created_at)
      select 'Walker ' || n % 40, 'walker-' || n, 'walker' || n || '@example.com', timestamptz '2020-01-01' + n % 7 * interval '1 day'
        from generate_series(1, ${many}::int) n`.execute(db)
    for (const sort of ['name', 'newest']) {
      const ids: string[] = []
      for (let next: string | undefined = paths.admin.people({ text: 'walker', sort }); next;) {
        const { body } = await ada.get(next)
        const found = idsIn(body)
        assert.ok(found.length <= peopleOnPage)
        ids.push(...found)
        next = nextPage(body)
      }
      assert.equal(ids.length, many, sort)
      assert.equal(new Set(ids).size, many, sort)
    }
    await sql`delete from users where slug like 'walker-%'`.execute(db)
  })
})

describe('roles', () => {
  test('are given and taken by boxes, count from the next page on, and are written down', async () => {
    const person = await newcomer(app, db, 'Gil', 'viewer')
    const [author, viewer] = [await roleId('author'), await roleId('viewer')]
    assert.equal((await person.get(paths.admin.newPost())).statusCode, 403)
    const page = await ada.get(paths.admin.person(person.id))
    assert.equal(fieldOf(page.body, 'seen'), String(viewer))
    const done = await ada.post(paths.admin.personRoles(person.id), { seen: String(viewer), ticked: String(author) })
    assert.equal(done.statusCode, 303)
    assert.equal((await person.get(paths.admin.newPost())).statusCode, 200)
    assert.deepEqual(await rolesOf(person.id), ['author'])
    assert.deepEqual(await eventsOf(person.id), [
      ['role.assigned', 'author', ada.id],
      ['role.removed', 'viewer', ada.id],
    ])
    // What somebody else changed meanwhile stays: only what differs from the page that was seen is done.
    await ada.post(paths.admin.personRoles(person.id), { seen: String(viewer), ticked: String(viewer) })
    assert.deepEqual(await rolesOf(person.id), ['author'])
  })

  test('that hold a right the giver lacks are neither given nor taken', async () => {
    const person = await newcomer(app, db, 'Hal', 'viewer')
    for (const role of ['admin', 'author', 'moderator']) {
      const response = await mia.post(paths.admin.personRoles(person.id), {
        seen: '',
        ticked: String(await roleId(role)),
      })
      assert.equal(response.statusCode, 403, role)
    }
    assert.deepEqual(await rolesOf(person.id), ['viewer'])
    const { body } = await mia.get(paths.admin.person(person.id))
    assert.match(body, new RegExp(`<input[^>]* value="${await roleId('admin')}"[^>]* disabled`))
    // To themselves as little as to others.
    assert.equal(
      (await mia.post(paths.admin.personRoles(mia.id), { ticked: String(await roleId('admin')) })).statusCode,
      403,
    )
    assert.equal(
      (await cleo.post(paths.admin.personRoles(cleo.id), { ticked: String(await roleId('viewer')) })).statusCode,
      403,
    )
  })

  test('of the last owner stay, in a plain sentence', async () => {
    const response = await ada.post(paths.admin.personRoles(ada.id), { seen: String(await roleId('admin')) })
    assert.equal(response.statusCode, 409)
    assert.match(response.body, /without an owner. Give somebody else the role admin first/)
    assert.deepEqual(await rolesOf(ada.id), ['admin'])
  })

  test('come with groups of the older system, which are joined and left alike', async () => {
    await sql`insert into groups (name) values ('Admin'), ('Choir')`.execute(db)
    const groups = await db.selectFrom('groups').select(['id', 'name']).execute()
    const idOf = (name: string) => String(groups.find((group) => group.name === name)?.id)
    const person = await newcomer(app, db, 'Ike', 'viewer')
    assert.equal((await mia.post(paths.admin.personGroups(person.id), { ticked: idOf('Admin') })).statusCode, 403)
    assert.equal((await mia.post(paths.admin.personGroups(person.id), { ticked: idOf('Choir') })).statusCode, 303)
    assert.equal((await person.get(paths.admin.settings())).statusCode, 403)
    assert.equal((await ada.post(paths.admin.personGroups(person.id), { ticked: idOf('Admin') })).statusCode, 303)
    assert.equal((await person.get(paths.admin.settings())).statusCode, 200)
    assert.equal((await mia.post(paths.admin.personClosing(person.id))).statusCode, 403)
    await ada.post(paths.admin.personGroups(person.id), { seen: idOf('Admin') })
    assert.equal((await person.get(paths.admin.settings())).statusCode, 403)
    assert.deepEqual(
      (await eventsOf(person.id)).map(([action]) => action),
      ['group.joined', 'group.joined', 'group.left'],
    )
    await sql`delete from groups`.execute(db)
  })
})

describe('an account', () => {
  test('above one’s own is looked at and not touched', async () => {
    const { body } = await mia.get(paths.admin.person(ada.id))
    assert.match(body, /rights that you do not have/)
    assert.doesNotMatch(body, /<form method="post" action="\/admin\/people/)
    for (const path of [
      paths.admin.person(ada.id),
      paths.admin.personRoles(ada.id),
      paths.admin.personGroups(ada.id),
      paths.admin.personClosing(ada.id),
      paths.admin.personOpening(ada.id),
      paths.admin.personPasswordLink(ada.id),
    ]) {
      assert.equal((await mia.post(path, { name: 'Eve', slug: 'eve', email: 'eve@example.com' })).statusCode, 403, path)
      assert.equal((await rosa.post(path, { name: 'Eve', slug: 'eve' })).statusCode, 403, path)
      assert.equal((await dev.post(path, { name: 'Eve', slug: 'eve' })).statusCode, 401, path)
    }
    assert.equal((await mia.post(paths.admin.personClosing(999_999))).statusCode, 404)
    assert.equal((await ada.get(paths.admin.person(999_999))).statusCode, 404)
  })

  test('that is deactivated is signed out everywhere at once, stays out, and comes back', async () => {
    const person = await newcomer(app, db, 'Kay', 'author')
    await send(blog, paths.forgottenPassword(), { email: person.email })
    const mail = await mailTo(person.email)
    assert.equal((await mia.post(paths.admin.personClosing(person.id))).statusCode, 403)
    assert.equal((await ada.post(paths.admin.personClosing(person.id))).statusCode, 303)
    assert.equal((await person.get(paths.profile())).statusCode, 303)
    const { rows } = await sql`select from sessions where user_id = ${person.id}`.execute(db)
    assert.equal(rows.length, 0)
    assert.equal((await signIn(blog, person.email)).statusCode, 422)
    const reset = await send(blog, linkIn(mail.text), { password: 'a new long password' })
    assert.equal(reset.statusCode, 404)
    assert.equal((await ada.post(paths.admin.personPasswordLink(person.id))).statusCode, 409)
    assert.equal((await ada.post(paths.admin.personOpening(person.id))).statusCode, 303)
    assert.equal((await signIn(blog, person.email)).statusCode, 303)
    assert.deepEqual(
      (await eventsOf(person.id)).map(([action]) => action),
      ['user.deactivated', 'user.activated'],
    )
  })

  test('of oneself, or of the last owner, is not deactivated', async () => {
    assert.equal((await ada.post(paths.admin.personClosing(ada.id))).statusCode, 409)
    assert.equal((await mia.post(paths.admin.personClosing(mia.id))).statusCode, 409)
    assert.equal((await ada.get(paths.admin.people())).statusCode, 200)
  })

  test('is sent a link to choose a password, which nobody else sees', async () => {
    const person = await newcomer(app, db, 'Lea', 'viewer')
    const answer = await mia.post(paths.admin.personPasswordLink(person.id))
    assert.equal(answer.statusCode, 303)
    const link = linkIn((await mailTo(person.email)).text)
    assert.ok(!answer.body.includes(link) && !String(answer.headers.location).includes(link))
    assert.equal((await app.inject(link)).statusCode, 200)
    for (let count = 0; count < 4; count++) await mia.post(paths.admin.personPasswordLink(person.id))
    assert.equal((await mia.post(paths.admin.personPasswordLink(person.id))).statusCode, 429)
  })

  test('has its name and the address of its page changed; the old address leads on', async () => {
    await publishPost(bea)
    const response = await ada.post(paths.admin.person(bea.id), {
      name: 'Beatrix',
      slug: 'Béatrix B',
      email: bea.email,
    })
    assert.equal(response.statusCode, 303, response.body)
    const moved = await app.inject(paths.author('bea'))
    assert.deepEqual([moved.statusCode, moved.headers.location], [301, '/authors/beatrix-b'])
    assert.match((await app.inject(paths.author('beatrix-b'))).body, /Beatrix/)
    // Who comes to have the old address is found there.
    assert.equal((await ada.post(paths.admin.person(ben.id), { name: 'Ben', slug: 'beatrix-b' })).statusCode, 422)
    await ada.post(paths.admin.person(bea.id), { name: 'Bea', slug: 'bea' })
    assert.equal((await app.inject(paths.author('bea'))).statusCode, 200)
    assert.equal((await app.inject(paths.author('beatrix-b'))).headers.location, '/authors/bea')
    const { rows } = await sql<{ details: unknown }>`
      select details from audit_events where action = 'user.changed' and subject_id = ${bea.id} order by id limit 1`.execute(
      db,
    )
    assert.deepEqual(rows[0]?.details, { fields: ['name', 'slug'] })
  })

  test('that has nothing to read tells nobody where its page went', async () => {
    const person = await newcomer(app, db, 'Nil', 'viewer')
    await ada.post(paths.admin.person(person.id), { name: 'Nil', slug: 'nil-two' })
    for (const slug of ['nil', 'nil-two']) assert.equal((await app.inject(paths.author(slug))).statusCode, 404)
  })

  test('comes back as it was typed when something is wrong', async () => {
    for (const [field, change] of [
      ['name', { name: ' ' }],
      ['slug', { slug: '!!!' }],
      ['slug', { slug: 'ada' }],
      ['email', { email: 'nonsense' }],
      ['email', { email: 'ADA@example.com' }],
    ] as const) {
      const form = { name: 'Ben', slug: 'ben', email: ben.email, ...change }
      const response = await ada.post(paths.admin.person(ben.id), form)
      assert.equal(response.statusCode, 422, field)
      assert.ok(errorAt(response.body, field), field)
      assert.equal(fieldOf(response.body, field), form[field])
    }
  })
})

describe('a new address', () => {
  test('counts when its mailbox has answered, and the old one is told', async () => {
    const person = await newcomer(app, db, 'Moe', 'viewer')
    await send(blog, paths.forgottenPassword(), { email: person.email })
    const before = await mailTo(person.email)
    const form = { name: 'Moe', slug: 'moe', email: ' New.Moe@Example.org ' }
    assert.equal((await mia.post(paths.admin.person(person.id), form)).statusCode, 303)
    const mail = await mailTo('new.moe@example.org')
    assert.equal((await signIn(blog, 'new.moe@example.org')).statusCode, 422)
    assert.match(
      (await mia.get(paths.admin.person(person.id))).body,
      /new\.moe@example\.org<\/bdi> has to answer first/,
    )

    const link = linkIn(mail.text)
    const page = await app.inject(link)
    assert.equal(page.headers['referrer-policy'], 'same-origin')
    assert.match(page.body, /new\.moe@example\.org/)
    assert.equal((await signIn(blog, person.email)).statusCode, 303)
    assert.equal((await send(blog, link, {})).statusCode, 303)
    assert.equal((await send(blog, link, {})).statusCode, 404)
    assert.equal((await app.inject(link)).statusCode, 404)
    assert.equal((await signIn(blog, 'new.moe@example.org')).statusCode, 303)
    assert.equal((await signIn(blog, person.email)).statusCode, 422)
    // A link that went to the old mailbox opens nothing.
    assert.equal((await send(blog, linkIn(before.text), { password: 'a new long password' })).statusCode, 404)
    assert.doesNotMatch((await mailTo(person.email)).text, /new\.moe/)
  })

  test('of oneself takes the password, so that an open browser does not become the account', async () => {
    const own = paths.admin.person(mia.id)
    assert.match((await mia.get(own)).body, /name="password"/)
    assert.doesNotMatch((await mia.get(paths.admin.person(rosa.id))).body, /name="password"/)
    const form = { name: 'Mia', slug: 'mia', email: 'mia.new@example.org' }
    const asked = db.selectFrom('email_changes').select('email').where('user_id', '=', mia.id)
    for (const wrong of [{}, { password: 'not that one' }, { password: 'x'.repeat(1025) }]) {
      const refused = await mia.post(own, { ...form, ...wrong } as Record<string, string>)
      assert.equal(refused.statusCode, 422)
      assert.ok(errorAt(refused.body, 'password'))
      assert.equal(fieldOf(refused.body, 'email'), form.email)
      assert.ok(!refused.body.includes('not that one'))
      assert.equal(await asked.executeTakeFirst(), undefined)
    }
    // The rest needs none.
    assert.equal((await mia.post(own, { ...form, email: mia.email })).statusCode, 303)
    assert.equal((await mia.post(own, { ...form, password })).statusCode, 303)
    assert.deepEqual(await asked.executeTakeFirst(), { email: form.email })
    for (let count = 0; count < 7; count++)
      await mia.post(own, { ...form, email: 'm@example.org', password: 'a guess' })
    assert.equal((await mia.post(own, { ...form, email: 'm@example.org', password })).statusCode, 429)
  })

  test('that somebody else took meanwhile is refused, and only the newest link opens', async () => {
    const person = await newcomer(app, db, 'Ned', 'viewer')
    const ask = async (email: string) => {
      await mia.post(paths.admin.person(person.id), { name: 'Ned', slug: 'ned', email })
      return linkIn((await mailTo(email)).text)
    }
    const first = await ask('first@example.org')
    const second = await ask('second@example.org')
    assert.equal((await send(blog, first, {})).statusCode, 404)
    await newcomer(app, db, 'Second', 'viewer')
    await sql`update users set email = 'second@example.org' where name = 'Second'`.execute(db)
    assert.equal((await send(blog, second, {})).statusCode, 409)
    const { rows } = await sql<{ email: string }>`select email from users where id = ${person.id}`.execute(db)
    assert.equal(rows[0]?.email, person.email)
  })

  test('is looked at again when it answers: of who may not ask any more it opens nothing', async () => {
    const roleId = async (name: string) => {
      const { rows } = await sql<{ id: number }>`select id from roles where name = ${name}`.execute(db)
      return Number(rows[0]?.id)
    }
    const losses: [string, (asker: Person, person: Person) => Promise<unknown>][] = [
      ['the asker is deactivated', (asker) => ada.post(paths.admin.personClosing(asker.id))],
      ['the asker loses the right', (asker) => sql`delete from user_roles where user_id = ${asker.id}`.execute(db)],
      ['the asker is gone', (asker) => sql`delete from users where id = ${asker.id}`.execute(db)],
      [
        'the person has grown above the asker',
        async (_, { id }) =>
          await ada.post(paths.admin.personRoles(id), { seen: '', ticked: String(await roleId('admin')) }),
      ],
    ]
    for (const [n, [what, lose]] of losses.entries()) {
      const asker = await steward(app, db, `Asker${n}`, ['user.edit.any'])
      const person = await newcomer(app, db, `Asked${n}`, 'viewer')
      const email = `taken${n}@example.org`
      await asker.post(paths.admin.person(person.id), { name: person.name, slug: `asked${n}`, email })
      const link = linkIn((await mailTo(email)).text)
      await lose(asker, person)
      assert.equal((await send(blog, link, {})).statusCode, 404, what)
      const { rows } = await sql<{ email: string }>`select email from users where id = ${person.id}`.execute(db)
      assert.equal(rows[0]?.email, person.email, what)
    }
  })
})

async function mailTo(address: string) {
  const mail = (await blog.deliverMail()).find(({ to }) => to === address)
  assert.ok(mail, `There is no mail to ${address}.`)
  return mail
}

async function shown(person: Person, filters: Record<string, string>): Promise<string[]> {
  const { statusCode, body } = await person.get(paths.admin.people(filters))
  assert.equal(statusCode, 200)
  return namesIn(body)
}

function namesIn(body: string): string[] {
  return [...body.matchAll(/<a href="\/admin\/people\/\d+"><bdi>([^<]+)/g)].map(([, name]) => name ?? '')
}

function idsIn(body: string): string[] {
  return [...body.matchAll(/<a href="\/admin\/people\/(\d+)"><bdi>/g)].map(([, id]) => id ?? '')
}

async function roleId(name: string): Promise<number> {
  return (await db.selectFrom('roles').select('id').where('name', '=', name).executeTakeFirstOrThrow()).id
}

async function rolesOf(id: number): Promise<string[]> {
  const rows = await db
    .selectFrom('user_roles')
    .innerJoin('roles', 'roles.id', 'role_id')
    .select('roles.name')
    .where('user_id', '=', id)
    .execute()
  return rows.map(({ name }) => name).toSorted()
}

async function eventsOf(id: number) {
  const rows = await db
    .selectFrom('audit_events')
    .select(['action', 'description', 'actor_id'])
    .where('subject_type', '=', 'user')
    .where('subject_id', '=', id)
    .orderBy('id')
    .execute()
  return rows.map(({ action, description, actor_id }) => [action, description, actor_id])
}
