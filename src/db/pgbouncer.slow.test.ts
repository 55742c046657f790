// Readers and writers through Debian's PgBouncer in transaction mode, where no announcement passes.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Blog, newBlog, testApp } from '../../test/app.ts'
import { finish } from '../../test/bloggy.ts'
import { testLimits } from '../../test/database.ts'
import { publishPost } from '../../test/pages.ts'
import { hasPgBouncer, startPgBouncer } from '../../test/pgbouncer.ts'
import { paths } from '../paths.ts'
import { formatConnectionString } from './connection-string.ts'
import { type Database, openDatabase } from './pool.ts'

const options = hasPgBouncer ? {} : { skip: 'There is no /usr/sbin/pgbouncer here: apt-get install pgbouncer.' }

// Its hooks run after those of the processes behind the pooler.
const direct = hasPgBouncer ? await testApp() : undefined

describe('behind PgBouncer in transaction mode', options, async () => {
  if (!direct) return
  const { cast, db, target } = direct
  const { ada, ben, rosa } = cast
  const pooler = await startPgBouncer(target)
  const limits = { ...testLimits, preparesStatements: false }
  const databases: Database[] = []

  /** A process of its own, as far as the database knows. */
  const another = async (listenTarget?: typeof target): Promise<Blog> => {
    const database = openDatabase(pooler.target, { ...limits, listenTarget })
    databases.push(database)
    const blog = await newBlog({}, { target: pooler.target, limits, database, db: database.db })
    await blog.app.listen({ host: '127.0.0.1', port: 0 })
    return blog
  }
  const deaf = await another()
  const hearing = await another(target)
  after(async () => {
    await Promise.all(databases.map((one) => one.close()))
    await pooler.stop()
  })

  const read = async ({ app }: Blog, path: string) =>
    await (await fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}${path}`)).text()
  /** How long until a reader of that process gets a page with the words. */
  const delayOf = async (blog: Blog, path: string, words: string, write: () => Promise<unknown>) => {
    await read(blog, path)
    await write()
    const began = performance.now()
    while (!(await read(blog, path)).includes(words)) {
      assert.ok(performance.now() - began < 15_000, `${path} never had ${words}.`)
      await sleep(10)
    }
    return Math.round(performance.now() - began)
  }
  const send = (blog: Blog, person: typeof ben, path: string, form: Record<string, string>) =>
    blog.app.inject({
      method: 'POST',
      url: path,
      headers: { cookie: person.cookie, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams(form).toString(),
    })

  test('people read, write, comment and search, many at once', async () => {
    const form = { title: 'Through a pooler', body: 'Some words.', publish: 'yes', tags: 'pooled' }
    const made = await send(deaf, ben, paths.admin.posts(), form)
    assert.equal(made.statusCode, 303, made.body)
    const path = String(made.headers.location)
    const comments = paths.postComments(path.slice(paths.post('').length))
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, count) =>
        count % 4 === 0
          ? send(deaf, rosa, comments, { body: `Comment ${count}.` })
          : deaf.app.inject({
              url: [path, paths.home(), `${paths.search()}?q=pooler`][count % 3] ?? '',
              headers: { cookie: ben.cookie },
            }),
      ),
    )
    const wrong = answers.filter(({ statusCode }) => statusCode >= 400 && statusCode !== 429)
    assert.deepEqual(
      wrong.map(({ statusCode, body }) => [statusCode, body.slice(0, 200)]),
      [],
    )
    assert.match(await read(deaf, path), /Comment 0\./)
    assert.match(await read(deaf, paths.tag('pooled')), /Through a pooler/)
  })

  test('a process shows its own writes at once, and those of others within 5 seconds', async (t) => {
    const { path, slug } = await publishPost(ben)
    const own = await delayOf(deaf, path, 'Of its own.', () =>
      send(deaf, ada, paths.postComments(slug), { body: 'Of its own.' }),
    )
    const delays: number[] = []
    for (let count = 0; count < 5; count++)
      delays.push(
        await delayOf(deaf, path, `Of another ${count}.`, () =>
          ada.post(paths.postComments(slug), { body: `Of another ${count}.` }),
        ),
      )
    t.diagnostic(`Its own after ${own} ms, of another process after ${delays.join(', ')} ms.`)
    assert.ok(own < 1000, `${own} ms`)
    for (const delay of delays) assert.ok(delay < 5000, `${delay} ms`)
  })

  test('settings reach it within 5 seconds', async () => {
    const delay = await delayOf(deaf, paths.home(), 'Another Title', () =>
      db.updateTable('settings').set({ title: 'Another Title' }).execute(),
    )
    assert.ok(delay < 5000, `${delay} ms`)
  })

  test('with an address past it for announcements, both come at once', async (t) => {
    const { path, slug } = await publishPost(ben)
    const delays: number[] = []
    for (let count = 0; count < 5; count++)
      delays.push(
        await delayOf(hearing, path, `Heard ${count}.`, () =>
          ada.post(paths.postComments(slug), { body: `Heard ${count}.` }),
        ),
      )
    t.diagnostic(`After ${delays.join(', ')} ms.`)
    // A look comes every two seconds in any case.
    assert.ok((delays.toSorted((a, b) => a - b)[3] ?? Infinity) < 500, delays.join(', '))
  })

  test('the doctor looks, and an upgrade says what it would do', async () => {
    const settings = {
      DATABASE_URL: formatConnectionString(pooler.target),
      DB_PREPARE: 'no',
      BLOGGY_DATA: mkdtempSync(join(tmpdir(), 'bloggy-pooled-')),
    }
    const looked = await finish(['doctor', '--only', 'counters', 'schema', 'vacuum', '--json'], settings)
    assert.doesNotMatch(looked.stdout, /startup parameter|could not be looked at/)
    assert.equal(looked.code, 0, looked.stdout + looked.stderr)
    const plan = await finish(['upgrade', '--check'], settings)
    // Servers for tests may lose what they have, which is told; that it was told is the point here.
    assert.match(plan.stdout, /The database is that of Bloggy .* already|Not now/)
    assert.doesNotMatch(plan.stdout + plan.stderr, /startup parameter|could not be looked at/)
    rmSync(settings.BLOGGY_DATA, { recursive: true })
  })
})
