// A file of a family in an empty blog: what it holds, what the report says of it, and what people find there.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Value } from 'typebox/value'
import { type Blog, newBlog } from './app.ts'
import { finish } from './bloggy.ts'
import {
  bringIn,
  dumpText,
  expectCounts,
  expectProof,
  newPath,
  readBook,
  tokenKey,
  valuesOf,
  withBulk,
} from './imported.ts'
import { expectRows } from './imported-rows.ts'
import { type Family, type Row, type Written, buildFamily } from './legacy/families.ts'
import { fernetKey } from './legacy/fernet.ts'
import { type Cell, type Cells, specs } from './legacy/oracle.ts'
import { passwordForms } from './legacy/passwords.ts'
import { unescaped } from './pages.ts'
import { signIn } from './people.ts'
import { formatConnectionString } from '../src/db/connection-string.ts'
import type { BulkConnection } from '../src/db/copy.ts'
import { paths } from '../src/paths.ts'
import { ImportReport } from '../src/import/report.ts'
import { plan } from '../src/import/bloggy-sqlite/plan.ts'

/** These go through the command, as an operator gives it; the others through what it calls. */
const byCommand: Partial<Record<Family, number>> = { F5: 2, F9: 0, F14: 2 }

export async function expectFamily(family: Family): Promise<void> {
  const path = newPath()
  const written = buildFamily(path, family)
  await expectBrought(path, written, byCommand[family])
}

export async function expectBrought(path: string, written: Written, exitCode?: number): Promise<void> {
  const blog = await newBlog()
  const before = await withBulk(blog.target, valuesOf)
  const report = exitCode === undefined ? await bringIn(blog.target, path) : await reported(blog, path, exitCode)
  await withBulk(blog.target, async (db) => {
    const book = await readBook(db)
    expectCounts(report, book)
    expectProof(report)
    const counts = Object.fromEntries(report.tables.map(({ name, rows }) => [name, rows]))
    assert.deepEqual(
      counts,
      Object.fromEntries(Object.entries(written.tables).map(([name, rows]) => [name, rows.length])),
    )
    expectRows(cellsOf(written), { book, before, after: await valuesOf(db) })
    for (const [table, rows] of Object.entries(written.tables)) {
      if (specs[table]) continue
      for (const row of rows) {
        const entry = book.get(table)?.get(String(row.id))
        assert.deepEqual([entry?.fate, entry?.reason, entry?.data], ['set aside', 'no-home', [row]], table)
      }
    }
    await expectNoSecrets(db, written, report)
    await expectFreshIds(db, written)
  })
  await expectPages(blog, written)
  await expectSignIns(blog, written)
}

export async function imported(blog: Blog, path: string, ...words: string[]) {
  return await finish(['import', path, ...words], {
    DATABASE_URL: formatConnectionString(blog.target),
    BLOGGY_DATA: blog.config.dataFolder,
    OAUTH_TOKEN_KEY: tokenKey.toString('base64'),
    OAUTH_TOKEN_ENCRYPTION_KEY: fernetKey,
  })
}

async function reported(blog: Blog, path: string, exitCode: number): Promise<ImportReport> {
  const file = `${newPath()}.json`
  const { code, stdout, stderr } = await imported(blog, path, '--json', '--report', file)
  assert.equal(code, exitCode, stderr)
  const report: unknown = JSON.parse(stdout)
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), report)
  assert.ok(Value.Check(ImportReport, report), JSON.stringify(Value.Errors(ImportReport, report)))
  assert.equal(report.result, exitCode === 0 ? 'complete' : 'complete with leftovers')
  return report
}

/** The rows as they were given to SQLite, which keeps them so. */
function cellsOf({ tables }: Written): Cells {
  const known = Object.entries(tables).filter(([table]) => specs[table])
  return Object.fromEntries(
    known.map(([table, rows]) => [table, new Map(rows.map((row) => [BigInt(Number(row.id)), cellsOfRow(row)]))]),
  )
}

function cellsOfRow(row: Row): Record<string, Cell> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]): [string, Cell] => {
      if (value === null) return [column, { type: 'null', value, bytes: Buffer.alloc(0) }]
      const isText = typeof value === 'string'
      assert.ok(isText || Number.isSafeInteger(value), `${column} holds neither text nor a whole number.`)
      return [
        column,
        {
          type: isText ? 'text' : 'integer',
          value: isText ? value : BigInt(Number(value)),
          bytes: Buffer.from(String(value)),
        },
      ]
    }),
  )
}

async function expectNoSecrets(db: BulkConnection, { tables }: Written, report: ImportReport): Promise<void> {
  const dump = await dumpText(db)
  const stored = new Set(tables.users?.map(({ password }) => password))
  const clear = passwordForms.filter((form) => form.isClear && stored.has(form.stored)).map((form) => form.stored)
  for (const secret of ['fluxcapacitor', ...clear]) {
    // The word itself is the name of a column.
    const pattern = new RegExp(
      secret === 'password' ? String.raw`\bpassword["\\]*: *["\\]+password\b|,password,` : secret,
    )
    assert.doesNotMatch(dump, pattern)
    assert.doesNotMatch(JSON.stringify(report), pattern)
  }
  const { kept } = await db.one<{ kept: number }>(
    `select count(*) as kept from import_rows where original ? 'password' or original ? 'password_hash'`,
  )
  assert.equal(kept, 0)
}

/** What is written next gets an id that neither the old blog nor this one ever gave. */
async function expectFreshIds(db: BulkConnection, { tables, sequences }: Written): Promise<void> {
  for (const { source, target } of plan) {
    const { highest } = await db.one<{ highest: number }>(`select coalesce(max(id), 0) as highest from ${target}`)
    const given = Math.max(highest, sequences[source] ?? 0, ...(tables[source] ?? []).map(({ id }) => Number(id)))
    const { next } = await db.one<{ next: number }>(`select nextval(pg_get_serial_sequence($1, 'id')) as next`, [
      target,
    ])
    assert.ok(next > given && next <= given + 100, `${target}: ${next} after ${given}`)
  }
  const inserts = [
    `insert into users (name, slug) values ('New', 'new-person') returning id`,
    `insert into posts (slug, title, body, body_html) values ('new-post', 'New', '', '') returning id`,
    `insert into comments (post_id, body) select max(id), 'New' from posts returning id`,
  ]
  for (const insert of inserts) assert.ok((await db.one<{ id: number }>(insert)).id > 0)
  await db.query(`delete from users where slug = 'new-person'`)
  await db.query(`delete from posts where slug = 'new-post'`)
}

async function expectPages({ app, settings }: Blog, { tables }: Written): Promise<void> {
  await settings.refresh()
  for (const { id, title, text, user } of tables.posts ?? []) {
    const moved = await app.inject(paths.legacy.post(String(id)))
    assert.ok([301, 308].includes(moved.statusCode), `post ${String(id)}: ${moved.statusCode}`)
    const page = await app.inject(String(moved.headers.location))
    assert.equal(page.statusCode, 200)
    const shown = unescaped(page.body.replace(/<br \/>/g, ''))
    assert.ok(shown.includes(String(title)), String(title))
    for (const line of String(text).split(/[\r\n]+/)) assert.ok(shown.includes(line.trim()), line)
    assert.doesNotMatch(page.body, /<script>alert|<img src=x/)
    const author = tables.users?.find((one) => one.id === user)
    if (author) assert.ok(shown.includes(`${String(author.first_name)} ${String(author.last_name)}`))
    for (const comment of tables.comments ?? []) {
      if (comment.post !== id) continue
      assert.ok(shown.includes(String(comment.text).split('\r')[0] ?? ''), String(comment.text))
    }
  }
  assert.equal((await app.inject(paths.legacy.post(4))).statusCode, 404)
}

async function expectSignIns(blog: Blog, { tables }: Written): Promise<void> {
  let done = 0
  for (const { email, password: stored } of tables.users ?? []) {
    const form = passwordForms.find((one) => one.stored === stored)
    if (!form) continue
    const { password } = form
    if (done === 0) assert.equal((await signIn(blog, String(email), { password: `${password}?` })).statusCode, 422)
    assert.equal((await signIn(blog, String(email), { password })).statusCode, 303, form.form)
    done++
  }
  assert.equal(done, tables.users?.filter(({ password }) => password !== null).length ?? 0)
}
