// The first minutes of a blog: who holds the link opens it, nobody else.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { type Blog, newBlog } from '../../test/app.ts'
import { errorAt, fieldOf } from '../../test/pages.ts'
import { cookieOf, send, signIn } from '../../test/people.ts'
import { password } from '../../test/cast.ts'
import { paths } from '../paths.ts'
import { createSetupLink } from './queries.ts'

const form = { title: 'My Notes', description: 'About things.', name: 'Ada', email: 'Ada@Example.com', password }

describe('a stranger who comes first', () => {
  test('gets no page to register, to write or to set up', async () => {
    const blog = await newBlog()
    await createSetupLink(blog.db)

    assert.equal((await blog.app.inject(paths.register())).statusCode, 404)
    assert.equal(
      (await send(blog, paths.register(), { name: 'Eve', email: 'eve@example.com', password })).statusCode,
      404,
    )
    for (const path of [
      paths.admin.posts(),
      paths.admin.newPost(),
      paths.admin.settings(),
      paths.profile(),
      paths.password(),
    ]) {
      assert.equal((await blog.app.inject(path)).statusCode, 303, path)
    }
    for (const path of [paths.admin.posts(), paths.admin.settings(), paths.admin.post(1)]) {
      assert.equal((await send(blog, path, { ...form, body: 'x', version: '1' })).statusCode, 401, path)
    }
    for (const token of ['', 'x', 'a'.repeat(43), '%00', "' or true --".repeat(3)]) {
      assert.equal((await blog.app.inject(`/setup/${token}`)).statusCode, 404, token)
      assert.ok([404, 405].includes((await send(blog, `/setup/${token}`, form)).statusCode), token)
    }
    assert.equal((await signIn(blog, 'ada@example.com')).statusCode, 422)
    assert.deepEqual(await usersOf(blog), [])
  })

  test('sees on the front page that the blog is new, and no way in', async () => {
    const blog = await newBlog()
    const link = await createSetupLink(blog.db)
    const { body } = await blog.app.inject(paths.home())

    assert.match(body, /not been set up yet/)
    assert.doesNotMatch(body, /href="\/(register|sign-in|admin)/)
    assert.ok(link && !body.includes(link))
  })
})

describe('the link', () => {
  test('opens a form, and the form opens the blog and signs its owner in', async () => {
    const { blog, link } = await newLink()
    const page = await blog.app.inject(link)
    assert.equal(page.statusCode, 200)
    assert.equal(page.headers['referrer-policy'], 'same-origin')
    assert.notEqual(fieldOf(page.body, 'title'), undefined)
    assert.deepEqual(await usersOf(blog), [])

    const response = await send(blog, link, form)
    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, '/')
    const cookie = cookieOf(response)
    assert.equal((await blog.app.inject({ url: paths.admin.settings(), headers: { cookie } })).statusCode, 200)
    const home = await blog.app.inject({ url: paths.home(), headers: { cookie } })
    assert.match(home.body, /<h1>My Notes<\/h1>/)
    assert.match(home.body, /About things\./)
    assert.deepEqual(await usersOf(blog), [{ email: 'ada@example.com', role: 'admin' }])
    assert.equal((await signIn(blog, 'ada@example.com')).statusCode, 303)
    assert.equal((await blog.app.inject(paths.register())).statusCode, 200)
  })

  test('is dead afterwards, and so is every other one', async () => {
    const { blog, link } = await newLink()
    const other = paths.setup((await createSetupLink(blog.db)) ?? '')
    assert.equal((await blog.app.inject(other)).statusCode, 200)
    await send(blog, link, form)

    for (const path of [link, other]) {
      assert.equal((await blog.app.inject(path)).statusCode, 404)
      assert.equal((await send(blog, path, { ...form, email: 'eve@example.com' })).statusCode, 404)
    }
    assert.equal(await createSetupLink(blog.db), undefined)
    assert.equal((await usersOf(blog)).length, 1)
  })

  test('of an earlier start stays good, up to twenty', async () => {
    const { blog, link } = await newLink()
    for (let count = 0; count < 19; count++) await createSetupLink(blog.db)
    assert.equal((await blog.app.inject(link)).statusCode, 200)
    await createSetupLink(blog.db)

    assert.equal((await blog.app.inject(link)).statusCode, 404)
  })

  test('takes no name and no title that nobody sees, and no name that mixes letters that look alike', async () => {
    const { blog, link } = await newLink()
    for (const [field, value] of [
      ['name', '\u2800'],
      ['name', '\ufe0f'],
      ['name', 'Ad\u0430'],
      ['title', '\u3164'],
      ['title', '\ufe0f'],
    ] as const) {
      const refused = await send(blog, link, { ...form, [field]: value })
      assert.equal(refused.statusCode, 422, JSON.stringify(value))
      assert.ok(errorAt(refused.body, field), JSON.stringify(value))
    }
    assert.deepEqual(await usersOf(blog), [])
  })

  test('is in the database only as a hash', async () => {
    const { blog, link } = await newLink()
    const { rows } = await sql<{ text: string }>`select setup_links::text as text from setup_links`.execute(blog.db)

    assert.equal(rows.length, 1)
    assert.ok(!rows[0]?.text.includes(link.slice(paths.setup('').length)))
  })

  test('used by two at once makes one owner', async () => {
    const { blog, link } = await newLink()
    const people = Array.from({ length: 6 }, (_, index) => ({
      ...form,
      title: `Title ${index}`,
      name: `Owner ${index}`,
      email: `owner${index}@example.com`,
    }))
    const answers = await Promise.all(people.map((person) => send(blog, link, person)))

    assert.equal(answers.filter(({ statusCode }) => statusCode === 303).length, 1)
    for (const { statusCode, headers } of answers) {
      assert.ok([303, 404, 409].includes(statusCode), String(statusCode))
      assert.equal(headers['set-cookie'] !== undefined, statusCode === 303)
    }
    const users = await usersOf(blog)
    assert.equal(users.length, 1)
    const { title } = await blog.db.selectFrom('settings').select('title').executeTakeFirstOrThrow()
    const winner = answers.findIndex(({ statusCode }) => statusCode === 303)
    assert.deepEqual([title, users[0]?.email], [`Title ${winner}`, `owner${winner}@example.com`])
    const { rows } = await sql<{
      count: number
    }>`select count(*) from audit_events where action = 'blog.set-up'`.execute(blog.db)
    assert.equal(rows[0]?.count, 1)
  })
})

describe('a form that is not right', () => {
  const wrong: [string, Record<string, string>][] = [
    ['title', { title: '' }],
    ['title', { title: '  \u200b ' }],
    ['title', { title: 'x'.repeat(101) }],
    ['description', { description: 'x'.repeat(301) }],
    ['name', { name: ' ' }],
    ['email', { email: 'no address' }],
    ['email', { email: '' }],
    ['password', { password: 'short' }],
    ['password', { password: '' }],
  ]
  for (const [field, change] of wrong) {
    test(`in its ${field} (${JSON.stringify(Object.values(change)[0]?.slice(0, 12))}) comes back as it was typed`, async () => {
      const { blog, link } = await newLink()
      const response = await send(blog, link, { ...form, ...change })

      assert.equal(response.statusCode, 422)
      assert.ok(errorAt(response.body, field))
      for (const [name, value] of Object.entries({ ...form, ...change })) {
        if (name !== 'password') assert.equal(fieldOf(response.body, name), value)
      }
      assert.doesNotMatch(response.body, new RegExp(password))
      assert.deepEqual(await usersOf(blog), [])
      assert.equal((await send(blog, link, form)).statusCode, 303)
    })
  }

  test('names everything that is wrong at once', async () => {
    const { blog, link } = await newLink()
    const { body } = await send(blog, link, {})

    for (const field of ['title', 'name', 'email', 'password']) assert.ok(errorAt(body, field), field)
  })

  test('from another site is refused', async () => {
    const { blog, link } = await newLink()

    assert.equal((await send(blog, link, form, { headers: { 'sec-fetch-site': 'cross-site' } })).statusCode, 403)
    assert.deepEqual(await usersOf(blog), [])
  })
})

async function newLink() {
  const blog = await newBlog()
  return { blog, link: paths.setup((await createSetupLink(blog.db)) ?? '') }
}

async function usersOf({ db }: Blog) {
  const { rows } = await sql<{ email: string; role: string }>`
    select email, roles.name as role from users left join user_roles on user_id = users.id left join roles on roles.id = role_id`.execute(
    db,
  )
  return rows
}
