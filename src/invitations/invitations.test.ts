// Who is invited comes in by a link, as what they were invited to, and nobody else does.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { type Person, newcomer, password } from '../../test/cast.ts'
import { client, startIdentityProvider } from '../../test/identity-provider.ts'
import { errorAt, fieldOf } from '../../test/pages.ts'
import { cookieOf, linkIn, send, signIn } from '../../test/people.ts'
import { signInBy, visitor, whoIs } from '../../test/signing-in.ts'
import { paths } from '../paths.ts'

const idp = await startIdentityProvider([`http://localhost:8081${paths.providerAnswer('club')}`])
const blog = await testApp({
  OUTBOUND_ALLOW: '127.0.0.1',
  OIDC_CLUB_ISSUER: idp.issuer,
  OIDC_CLUB_CLIENT_ID: client.client_id,
  OIDC_CLUB_CLIENT_SECRET: client.client_secret,
})
const { app, cast, db } = blog
const { ada, ben, cleo, rosa } = cast
/** Invites people, and has the rights of an author besides. */
const ivy = await inviter('Ivy')
await sql`update settings set registration_is_open = false, version = version + 1`.execute(db)
await blog.settings.refresh()

describe('an invitation', () => {
  test('lets its address in once, with a name, a password and the role, also while nobody can register', async () => {
    assert.equal((await app.inject(paths.register())).statusCode, 404)
    const link = await invited(ivy, ' New.One@Example.org ', 'author')
    const page = await app.inject(link)
    assert.equal(page.statusCode, 200)
    assert.equal(page.headers['referrer-policy'], 'same-origin')
    assert.match(page.body, /new\.one@example\.org/)
    const done = await send(blog, link, { name: ' New  One ', password, email: 'eve@example.com', role: 'admin' })
    assert.equal(done.statusCode, 303, done.body)
    const cookie = cookieOf(done)
    const get = (path: string) => app.inject({ url: path, headers: { cookie } })
    assert.equal((await get(paths.admin.newPost())).statusCode, 200)
    assert.equal((await get(paths.admin.settings())).statusCode, 403)
    assert.deepEqual(await accountOf('new.one@example.org'), { name: 'New One', is_confirmed: true, roles: ['author'] })
    assert.equal((await signIn(blog, 'new.one@example.org')).statusCode, 303)
    assert.equal((await app.inject(link)).statusCode, 404)
    assert.equal((await send(blog, link, { name: 'Again', password })).statusCode, 404)
    assert.match((await ivy.get(paths.admin.invitations())).body, /new\.one@example\.org[^]*?taken up on/)
  })

  test('comes back with what was typed when something is wrong, and is not used up', async () => {
    const link = await invited(ivy, 'typo@example.org', 'viewer')
    for (const [field, form] of [
      ['name', { name: ' ', password }],
      ['password', { name: 'Ty', password: 'short' }],
      ['password', { name: 'Ty' }],
    ] as const) {
      const response = await send(blog, link, form)
      assert.equal(response.statusCode, 422)
      assert.ok(errorAt(response.body, field), field)
      assert.equal(fieldOf(response.body, 'name'), form.name)
    }
    assert.equal((await send(blog, link, { name: 'Ty', password })).statusCode, 303)
  })

  test('taken up by six at once makes one account', async () => {
    const link = await invited(ivy, 'race@example.org', 'viewer')
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => send(blog, link, { name: `Racer ${index}`, password })),
    )
    assert.equal(answers.filter(({ statusCode }) => statusCode === 303).length, 1)
    for (const { statusCode } of answers) assert.ok([303, 404, 409].includes(statusCode), String(statusCode))
    const { rows } = await sql`select from users where email = 'race@example.org'`.execute(db)
    assert.equal(rows.length, 1)
  })

  test('that was taken back, is too old or was sent again opens nothing any more', async () => {
    const back = await invited(ivy, 'back@example.org', 'viewer')
    await ivy.post(paths.admin.invitationEnd(await idOf('back@example.org')))
    const old = await invited(ivy, 'old@example.org', 'viewer')
    await sql`update invitations set expires_at = now() where email = 'old@example.org'`.execute(db)
    const again = await invited(ivy, 'again@example.org', 'viewer')
    assert.equal((await ivy.post(paths.admin.invitationSending(await idOf('again@example.org')))).statusCode, 303)
    const newer = linkIn(await mailTo('again@example.org'))
    for (const link of [back, old, again, paths.invitation('x'.repeat(43))]) {
      const page = await app.inject(link)
      assert.equal(page.statusCode, 404)
      assert.match(page.body, /taken up or taken back, or it is too old/)
      assert.equal((await send(blog, link, { name: 'Eve', password })).statusCode, 404)
    }
    assert.equal((await send(blog, newer, { name: 'Again', password })).statusCode, 303)
    // An ended one is not sent again; one whose days are over is, and a new one takes its place.
    assert.equal((await ivy.post(paths.admin.invitationSending(await idOf('back@example.org')))).statusCode, 409)
    assert.equal((await ivy.post(paths.admin.invitationEnd(await idOf('back@example.org')))).statusCode, 409)
    assert.equal((await ivy.post(paths.admin.invitationEnd(999_999))).statusCode, 404)
    await invited(ivy, 'old@example.org', 'viewer')
  })

  test('is in the database only as a hash, and its address in no line of the audit log', async () => {
    const link = await invited(ivy, 'hash@example.org', 'viewer')
    const { rows } = await sql<{ all: string }>`
      select (select string_agg(invitations::text, ' ') from invitations) || coalesce((select string_agg(_private_jobs::text, ' ') from graphile_worker._private_jobs), '') as all`.execute(
      db,
    )
    assert.ok(!rows[0]?.all.includes(link.slice(paths.invitation('').length)))
    const { rows: events } = await sql<{ all: string }>`
      select string_agg(audit_events::text, ' ') as all from audit_events where action like 'invitation.%'`.execute(db)
    assert.doesNotMatch(events[0]?.all ?? '', /example\.org/)
    assert.match(events[0]?.all ?? '', /invitation\.sent/)
  })
})

describe('the ceiling', () => {
  test('offers and takes those roles alone of which the inviter has every permission', async () => {
    const { body } = await ivy.get(paths.admin.invitations())
    const offered = [...body.matchAll(/<option value="\d+"[^>]*>([^<]+)/g)].map(([, name]) => name)
    assert.deepEqual(offered.toSorted(), ['author', 'does_ivy', 'viewer'])
    for (const role of ['admin', 'moderator']) {
      const response = await ivy.post(paths.admin.invitations(), {
        email: 'high@example.org',
        role: await roleId(role),
      })
      assert.equal(response.statusCode, 403, role)
    }
    assert.equal(
      (await ada.post(paths.admin.invitations(), { email: 'high@example.org', role: await roleId('admin') }))
        .statusCode,
      303,
    )
    const id = await idOf('high@example.org')
    assert.equal((await ivy.post(paths.admin.invitationSending(id))).statusCode, 404)
    for (const person of [ben, cleo, rosa]) {
      assert.equal((await person.get(paths.admin.invitations())).statusCode, 403)
      assert.equal(
        (await person.post(paths.admin.invitations(), { email: 'x@example.org', role: '1' })).statusCode,
        403,
      )
    }
  })

  test('keeps invitations of others, with their addresses, from who sees no mailboxes, and those above from who does', async () => {
    const [uma, ute] = [await inviter('Uma'), await inviter('Ute', ['user.edit.any'])]
    const own = 'own.uma@example.org'
    const others = { author: 'author.of.ada@example.org', moderator: 'moderator.of.ada@example.org' }
    await invited(uma, own, 'author')
    for (const [role, email] of Object.entries(others)) await invited(ada, email, role)
    const seen = async (person: Person) => {
      const { body } = await person.get(paths.admin.invitations())
      return [own, ...Object.values(others)].filter((email) => body.includes(email))
    }
    assert.deepEqual(await seen(uma), [own])
    assert.deepEqual(await seen(ute), [own, ...Object.values(others)])
    const deeds = async (person: Person, email: string) => {
      const id = await idOf(email)
      const answers = [paths.admin.invitationSending(id), paths.admin.invitationEnd(id)].map((path) =>
        person.post(path),
      )
      return (await Promise.all(answers)).map(({ statusCode }) => statusCode)
    }
    assert.deepEqual(await deeds(uma, others.author), [404, 404])
    assert.deepEqual(await deeds(uma, others.moderator), [404, 404])
    assert.deepEqual(await deeds(ute, others.moderator), [403, 403])
    const { body } = await ute.get(paths.admin.invitations())
    assert.ok(!body.includes(paths.admin.invitationEnd(await idOf(others.moderator))))
    assert.ok(body.includes(paths.admin.invitationEnd(await idOf(others.author))))
    assert.equal((await ute.post(paths.admin.invitationEnd(await idOf(others.author)))).statusCode, 303)
    assert.equal((await uma.post(paths.admin.invitationEnd(await idOf(own)))).statusCode, 303)
  })

  test('is looked at again when it is taken up: whoever lost the right lets nobody in', async () => {
    const other = await inviter('Una')
    const link = await invited(other, 'late@example.org', 'author')
    const grown = await invited(other, 'grown@example.org', 'viewer')
    await sql`insert into role_permissions (role_id, permission_id) select roles.id, permissions.id from roles, permissions
      where roles.name = 'viewer' and permissions.name = 'user.manage'`.execute(db)
    assert.equal((await send(blog, grown, { name: 'Gro', password })).statusCode, 409)
    await sql`delete from role_permissions using roles, permissions where roles.id = role_id and permissions.id = permission_id
      and roles.name = 'viewer' and permissions.name = 'user.manage'`.execute(db)
    await sql`update users set state = 'disabled' where id = ${other.id}`.execute(db)
    assert.equal((await send(blog, link, { name: 'Late', password })).statusCode, 409)
    assert.equal(await accountOf('late@example.org'), undefined)
    // Somebody else may answer for it.
    await ada.post(paths.admin.invitationSending(await idOf('late@example.org')))
    assert.equal(
      (await send(blog, linkIn(await mailTo('late@example.org')), { name: 'Late', password })).statusCode,
      303,
    )
  })
})

describe('an address that has an account', () => {
  test('is offered the role on signing in, for that account alone; the inviter sees no difference', async () => {
    const person = await newcomer(app, db, 'Kim', 'viewer')
    const form = { role: await roleId('author') }
    const known = await ivy.post(paths.admin.invitations(), { email: person.email, ...form })
    const unknown = await ivy.post(paths.admin.invitations(), { email: 'nobody@example.org', ...form })
    assert.deepEqual(
      [known.statusCode, known.headers.location, known.body],
      [unknown.statusCode, unknown.headers.location, unknown.body],
    )
    const { body } = await ivy.get(paths.admin.invitations())
    const rows = [...body.matchAll(/<li><span class="whole">[^]*?<\/li>/g)]
      .slice(0, 2)
      .map(([row]) =>
        row
          .replace(/kim@example\.com|nobody@example\.org/g, 'X')
          .replace(/invitations\/\d+|people\/invitations\/\d+|datetime="[^"]+"/g, 'N'),
      )
    assert.equal(rows[0], rows[1])

    const mail = await mailTo(person.email)
    assert.match(mail, /this address has an account/)
    const link = linkIn(mail)
    const stranger = await app.inject(link)
    assert.match(stranger.body, new RegExp(`href="/sign-in\\?next=${encodeURIComponent(link)}"`))
    assert.doesNotMatch(stranger.body, /name="password"/)
    assert.equal((await send(blog, link, { name: 'Eve', password: 'eves own password' })).statusCode, 200)
    assert.equal((await rosa.post(link)).statusCode, 200)
    assert.equal((await person.get(paths.admin.newPost())).statusCode, 403)
    assert.match((await person.get(link)).body, /Take the role/)
    assert.equal((await person.post(link)).statusCode, 303)
    assert.equal((await person.get(paths.admin.newPost())).statusCode, 200)
    assert.deepEqual((await accountOf(person.email))?.roles, ['author', 'viewer'])
    assert.equal((await person.post(link)).statusCode, 404)
    assert.equal((await signIn(blog, person.email)).statusCode, 303)
  })

  test('that nobody has proved belongs to who holds the invitation: an earlier password and session are dead', async () => {
    const eve = await newcomer(app, db, 'Squat', 'viewer')
    await sql`update users set email_confirmed_at = null where id = ${eve.id}`.execute(db)
    const link = await invited(ivy, eve.email, 'author')
    const done = await send(blog, link, { name: 'Rightful', password: 'a password of my own' })
    assert.equal(done.statusCode, 303)
    assert.equal((await eve.get(paths.profile())).statusCode, 303)
    assert.equal((await signIn(blog, eve.email)).statusCode, 422)
    assert.equal((await signIn(blog, eve.email, { password: 'a password of my own' })).statusCode, 303)
    assert.equal((await accountOf(eve.email))?.name, 'Rightful')
  })

  test('that a service brought without vouching for it lets that service in no more', async () => {
    await sql`update settings set registration_is_open = true, version = version + 1`.execute(db)
    await blog.settings.refresh()
    const email = 'squatted@example.org'
    idp.person = { sub: 'squatter', email, email_verified: false, name: 'Eve' }
    await signInBy(visitor(blog), idp.walk, 'club')
    await blog.deliverMail()
    const held = () => sql`select from oauth_accounts where provider_user_id = 'squatter'`.execute(db)
    assert.equal((await held()).rows.length, 1)
    const link = await invited(ivy, email, 'author')
    assert.equal((await send(blog, link, { name: 'Rightful', password })).statusCode, 303)
    const eve = visitor(blog)
    await signInBy(eve, idp.walk, 'club')
    assert.equal(await whoIs(eve), undefined)
    assert.equal((await held()).rows.length, 0)
    assert.equal((await signIn(blog, email)).statusCode, 303)
  })

  test('that is closed stays closed', async () => {
    const person = await newcomer(app, db, 'Gone', 'viewer')
    await sql`update users set state = 'disabled' where id = ${person.id}`.execute(db)
    const link = await invited(ivy, person.email, 'author')
    assert.equal((await send(blog, link, { name: 'Back', password })).statusCode, 200)
    assert.equal((await signIn(blog, person.email)).statusCode, 422)
    assert.deepEqual((await accountOf(person.email))?.roles, ['viewer'])
  })
})

describe('inviting', () => {
  test('twice for one address is told at the field, also when two do it at once', async () => {
    const form = { email: 'twice@example.org', role: await roleId('viewer') }
    const answers = await Promise.all([ivy, ada].map((person) => person.post(paths.admin.invitations(), form)))
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [303, 422])
    const again = await ivy.post(paths.admin.invitations(), { ...form, email: 'TWICE@example.org' })
    assert.match(errorAt(again.body, 'email') ?? '', /waits for this address/)
    assert.equal(fieldOf(again.body, 'email'), 'TWICE@example.org')
    for (const email of ['x', 'a@b.org, c@d.org', 'a@b.org\nBcc: c@d.org', ' '])
      assert.equal((await ivy.post(paths.admin.invitations(), { ...form, email })).statusCode, 422, email)
    assert.equal((await ivy.post(paths.admin.invitations(), { email: 'z@example.org', role: '99999' })).statusCode, 422)
  })

  test('has a limit a day', async () => {
    const many = await inviter('Max')
    const role = await roleId('viewer')
    for (let count = 0; count < 50; count++)
      assert.equal(
        (await many.post(paths.admin.invitations(), { email: `m${count}@example.org`, role })).statusCode,
        303,
      )
    const response = await many.post(paths.admin.invitations(), { email: 'm50@example.org', role })
    assert.equal(response.statusCode, 429)
    assert.ok(Number(response.headers['retry-after']) > 3600)
  })
})

async function inviter(name: string, more: string[] = []): Promise<Person> {
  const role = `does_${name.toLowerCase()}`
  await sql`insert into roles (name) values (${role})`.execute(db)
  await sql`insert into role_permissions (role_id, permission_id) select roles.id, permissions.id from roles, permissions
    where roles.name = ${role} and (permissions.name in (${sql.join(['user.create', ...more])}) or permissions.id in (
      select permission_id from role_permissions join roles as held on held.id = role_id where held.name = 'author'))`.execute(
    db,
  )
  return await newcomer(app, db, name, role)
}

/** The link in the mail. */
async function invited(person: Person, email: string, role: string): Promise<string> {
  const response = await person.post(paths.admin.invitations(), { email, role: await roleId(role) })
  assert.equal(response.statusCode, 303, response.body)
  return linkIn(await mailTo(email.trim().toLowerCase()))
}

async function mailTo(address: string): Promise<string> {
  const mail = (await blog.deliverMail()).find(({ to }) => to === address)
  assert.ok(mail, `There is no mail to ${address}.`)
  return mail.text
}

async function idOf(email: string): Promise<number> {
  return (
    await db
      .selectFrom('invitations')
      .select('id')
      .where('email', '=', email)
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
  ).id
}

async function roleId(name: string): Promise<string> {
  return String((await db.selectFrom('roles').select('id').where('name', '=', name).executeTakeFirstOrThrow()).id)
}

async function accountOf(email: string) {
  const { rows } = await sql<{ name: string; is_confirmed: boolean; roles: string[] }>`
    select users.name, email_confirmed_at is not null as is_confirmed,
      (select jsonb_agg(roles.name order by roles.name) from user_roles join roles on roles.id = role_id where user_id = users.id) as roles
      from users where email = ${email}`.execute(db)
  return rows[0]
}
