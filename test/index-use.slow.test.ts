// Each index costs every write something, so each is there for a statement that the program sends, for a constraint, for
// whoever deletes what a foreign key leads to, or for a reason that is given here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillLargeBlog } from '../bench/large-blog.ts'
import { paths } from '../src/paths.ts'
import { listRoutes } from './documents.ts'
import { recordedBlog } from './recorded-blog.ts'
import { publishPost } from './pages.ts'
import { type Statement, indexesOf } from './plans.ts'
import { readerPages } from './reader-pages.ts'

/** Where PostgreSQL has to use indexes, a small blog shows which it would. */
const posts = 1200

/** What no page and no job here asks. */
const reasons: Record<string, string> = {
  guests_email_idx: 'Who goes takes along what they wrote as a guest: src/departures/queries.ts.',
  bans_network_idx: 'A stranger who writes may come from a network that is banned: src/bans/queries.ts.',
  comment_changes_post_id_idx: 'Live comments are followed by streams, which never end: src/live/queries.ts.',
}

const { app, cast, settings, deliverMail, sql, during } = await recordedBlog()
const { ada, rosa, dev } = cast
await fillLargeBlog(sql, posts, { people: 600, comments: 1000, busy: 1000 })
await settings.refresh()
await sql`select graphile_worker.add_job('count-posts', '{}')`
await sql`select graphile_worker.add_job('index-all', '{}')`
await deliverMail()
await deliverMail()
await sql`vacuum analyze`

/** A value for each of what an address names. */
const named: Record<string, string> = { id: '777', slug: 'post-777', year: '2026', month: '07', part: '0', key: 'x' }
/** Lists by everything that one can be asked for. */
const asked = [
  '',
  '?state=draft',
  '?state=published',
  '?state=scheduled',
  '?state=rewritten',
  '?state=approved',
  '?state=spam',
  '?author=author-7',
  '?author=author-7&state=draft',
  '?tag=tag-1',
  '?text=title',
  '?q=title',
  // What few have is looked up in another way than what all have.
  '?text=zyzz',
  '?words=zyzz',
  '?q=zyzz',
  '?sort=-created_at',
  '?sort=-updated_at',
  '?sort=-published_at',
  '?sort=name',
  '?sort=newest',
  '?sort=posts',
  '?state=disabled',
  '?way=job',
  '?type=post&subject=777',
  '?role=author',
  '?action=post.published',
  '?person=author-7',
  '?address=127.0.0.1',
  '?token=x',
  '?from=api',
  '?subject=post%20777',
]

test('each index is used, or has a reason', { timeout: 600_000 }, async () => {
  const statements = new Map<string, Statement>()
  const hear = async (work: () => Promise<unknown>) => {
    for (const statement of await during(work)) statements.set(statement.text, statement)
  }
  const pages = Object.values(readerPages(posts)).flat()
  for (const [, address] of pages) for (const who of [dev, rosa]) await hear(() => who.get(address))
  const routes = listRoutes(app.printRoutes({ commonPrefix: false }))
    .filter((route) => route.startsWith('GET ') && !route.includes('*') && !route.includes('/live'))
    .map((route) => route.slice(4).replace(/:(\w+)/g, (_, name: string) => named[name] ?? 'x'))
  for (const route of routes)
    for (const query of /^\/(admin|api)/.test(route) ? asked : ['']) await hear(() => ada.get(route + query))
  const { id } = await publishPost(ada, { title: 'Peculiar', body: 'Zyzzogeton.' })
  await deliverMail()
  const written = [
    async () => await publishPost(ada, { title: 'Newer' }),
    async () => await ada.post(paths.admin.post(id), { title: 'Changed', body: 'Otherwise.', version: '1' }),
    async () => await rosa.post(paths.postComments('post-777'), { body: 'By an account' }),
  ]
  for (const write of written) await hear(write)
  for (const job of ['remove-stale', 'render-again', 'index-posts'])
    await hear(async () => {
      await sql`select graphile_worker.add_job(${job}, '{"after_id": 0}')`
      await deliverMail()
    })

  const used = new Set<string>()
  for (const statement of statements.values())
    for (const name of await indexesOf(sql, statement).catch(() => [])) used.add(name)
  const idle = await sql<{ name: string }[]>`
    select relname as name from pg_index join pg_class on pg_class.oid = indexrelid
      where relnamespace = 'public'::regnamespace and not indisunique and not indisexclusion
        and not exists (select from pg_constraint
          where contype = 'f' and conrelid = indrelid and conkey[1] = indkey[0])
      order by 1`
  const names = idle.map(({ name }) => name).filter((name) => !used.has(name))
  assert.deepEqual(
    names,
    Object.keys(reasons).toSorted(),
    'Indexes that nothing uses, or that have a reason and are used.',
  )
})
