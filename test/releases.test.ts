// Each released schema with rows in it becomes the newest: nothing is lost, and its pages show.
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Sql } from 'postgres'
import { describeSchema } from '../src/db/describe.ts'
import { installJobs, jobsName } from '../src/db/jobs-schema.ts'
import { listMigrations } from '../src/db/migrate.ts'
import { connect, openDatabase } from '../src/db/pool.ts'
import { formatConnectionString } from '../src/db/connection-string.ts'
import { paths } from '../src/paths.ts'
import { newBlog } from './app.ts'
import { finish, owner } from './bloggy.ts'
import { createDatabase, testLimits } from './database.ts'
import { read } from './documents.ts'

const folder = fileURLToPath(new URL('releases/', import.meta.url))
const releases = globSync('*.sql', { cwd: folder }).toSorted()
const data = mkdtempSync(join(tmpdir(), 'bloggy-releases-'))
after(() => rmSync(data, { recursive: true, force: true }))

test('there are several, from far apart', () => {
  assert.ok(releases.length >= 4)
  assert.ok(releases.every((name) => readFileSync(join(folder, name)).length < 1_000_000))
})

describe('a released schema with rows in it is upgraded to the newest', () => {
  for (const release of releases) {
    test(`of ${release} is`, async () => {
      const { target, drop } = await createDatabase('empty')
      after(drop)
      const sql = connect(target, testLimits, 1)
      after(() => sql.end())
      await sql.unsafe(readFileSync(join(folder, release), 'utf8')).simple()
      await installJobs(target, testLimits)
      const before = await countRows(sql)
      assert.ok((before.posts ?? 0) > 20 && (before.comments ?? 0) > 20)

      const settings = { DATABASE_URL: formatConnectionString(target), BLOGGY_DATA: data }
      const history = await sql<{ name: string }[]>`select name from schema_migrations`
      const known = new Set(history.map(({ name }) => name))
      const wanted = listMigrations()
        .map(({ name }) => name)
        .filter((name) => !known.has(name))
      const check = await finish(['upgrade', '--check', '--json'], settings)
      const { steps } = JSON.parse(check.stdout) as { steps: { name: string; locks: { table: string }[] }[] }
      assert.deepEqual(
        steps.map(({ name }) => name),
        wanted,
      )
      if (release === releases[0]) assert.ok(steps.some(({ locks }) => locks.some(({ table }) => table === 'posts')))
      assert.deepEqual(await countRows(sql), before)

      // Servers for tests are allowed to lose what they have, which an upgrade of a blog would stop at.
      const { code, stderr, stdout } = await finish(['upgrade', '--anyway', '--json'], settings)
      assert.equal(code, 0, stderr)
      assert.deepEqual((JSON.parse(stdout) as { applied: string[] }).applied, wanted)

      assert.equal(await describeSchema(sql), read('db/schema.sql'))
      const rows = await countRows(sql)
      for (const [table, count] of Object.entries(before)) {
        // These have what the program comes with, which grows.
        if (['schema_migrations', 'permissions', 'roles', 'role_permissions'].includes(table))
          assert.ok((rows[table] ?? 0) >= count, table)
        else assert.equal(rows[table], count, table)
      }
      await lookAtPages(target, sql)
      const looked = await finish(['doctor', '--only', 'schema', 'references', 'counters', 'migrations'], settings)
      assert.equal(looked.code, 0, looked.stdout)
    })
  }
})

test('the job tables of all of them are those of now', () => {
  for (const release of releases)
    assert.ok(readFileSync(join(folder, release), 'utf8').includes(`"${jobsName}"`), release)
})

async function countRows(sql: Sql): Promise<Record<string, number>> {
  const tables = await sql<{ name: string }[]>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`
  const counts: Record<string, number> = {}
  for (const { name } of tables) {
    const [row] = await sql.unsafe<{ count: number }[]>(`select count(*)::int as count from ${name}`)
    counts[name] = row?.count ?? 0
  }
  // What is made of other rows, and made again by the first start.
  for (const name of ['archive_months', 'tag_counts', 'page_changes', 'search_queue']) delete counts[name]
  return counts
}

async function lookAtPages(target: Parameters<typeof connect>[0], sql: Sql): Promise<void> {
  const database = openDatabase(target, testLimits)
  after(() => database.close())
  const { app } = await newBlog({}, { target, limits: testLimits, database, db: database.db })
  const [post] = await sql<{ slug: string; title: string }[]>`
    select slug, title from posts where published_at < now() and exists (select from comments where post_id = posts.id)
    order by id limit 1`
  assert.ok(post)
  const front = await app.inject(paths.home())
  assert.equal(front.statusCode, 200)
  assert.ok(front.body.includes('Rye &amp; Rails'))
  const page = await app.inject(paths.post(post.slug))
  assert.equal(page.statusCode, 200)
  assert.ok(
    page.body.includes(post.title.replaceAll('&', '&amp;').replaceAll("'", '&#39;')) || page.body.includes(post.slug),
  )
  assert.match(page.body, /class="[^"]*comment/)
  const signIn = await app.inject({
    method: 'POST',
    url: paths.signIn(),
    payload: new URLSearchParams(owner).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  assert.equal(signIn.statusCode, 303)
}
