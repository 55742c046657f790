// What each page of a reader asks of PostgreSQL, on a blog that is large enough to tell a look at one page of rows from a
// look at all of them. A new route without an address in reader-pages.ts fails.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fillLargeBlog } from '../bench/large-blog.ts'
import { listRoutes } from './documents.ts'
import { recordedBlog } from './recorded-blog.ts'
import { notForReaders, readerPages } from './reader-pages.ts'
import { explain, looksOf } from './plans.ts'

const posts = 6000
/** More than any page shows: 201 tags, 101 comments with those they answer. */
const most = 1000

/** Looks that are as large as what they answer, whatever the blog's size. */
const allowed: Record<string, { tables: RegExp; rows: number; reason: string }> = {
  '/series': {
    tables: /^posts$/,
    rows: 10_000,
    reason: 'The parts of each series on the page are counted in an index.',
  },
}

const { app, cast, settings, deliverMail, sql, during } = await recordedBlog()
const { rosa, dev } = cast
await fillLargeBlog(sql, posts, { people: 2000, comments: 6000, busy: 3000 })
// As in most blogs, one of very many wrote a third of it.
await sql`
  update posts set author_id = case when id % 3 = 0 then (select id from users where slug = 'author-7') else id % 2000 + 1 end`
await settings.refresh()
await deliverMail()
await sql`vacuum analyze`

const pages = readerPages(posts)
const [deep] =
  await sql`select id from comments where post_id = 999 and body = 'one of many' order by id offset 1000 limit 1`

describe('a page of a reader', () => {
  test('is in the list of pages, whatever route it has', () => {
    const routes = listRoutes(app.printRoutes({ commonPrefix: false }))
      .filter((route) => route.startsWith('GET '))
      .map((route) => route.slice(4))
    assert.deepEqual(
      routes.filter((route) => !notForReaders.test(route) && !pages[route]),
      [],
    )
    assert.deepEqual(
      Object.keys(pages).filter((route) => !routes.includes(route) && route !== '/:slug'),
      [],
    )
  })

  for (const [route, addresses] of Object.entries(pages)) {
    for (const [name, address] of addresses) {
      test(`looks at a page of rows, not at the blog: ${name}`, async () => {
        for (const person of [dev, rosa]) {
          let status = 0
          const url = address.replace('240000', String(deep?.id))
          const statements = await during(async () => (status = (await person.get(url)).statusCode))
          assert.ok(status < 500, `${url} answered ${status}`)
          for (const statement of statements) {
            for (const { plan, kind } of await explain(sql, statement)) {
              const { tables = /^$/, rows = 0 } = allowed[route] ?? {}
              const far = looksOf(plan).filter((look) => look.rows > (tables.test(look.table) ? rows : most))
              assert.deepEqual(far, [], `By its ${kind} plan: ${statement.text}`)
            }
          }
        }
      })
    }
  }
})
