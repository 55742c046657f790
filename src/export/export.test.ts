import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { finish } from '../../test/bloggy.ts'
import { argon2id, awkward, fillAwkwardBlog, long, noon, oldHash } from '../../test/awkward-blog.ts'
import { testDatabase, testLimits } from '../../test/database.ts'
import { publishPost } from '../../test/pages.ts'
import { schemaOf } from '../../test/legacy/schemas.ts'
import { formatConnectionString } from '../db/connection-string.ts'
import { paths } from '../paths.ts'
import { exportSqlite } from './bloggy-sqlite.ts'

const { database, target, limits } = await testDatabase()
const { reader } = database
const settings = { DATABASE_URL: formatConnectionString(target) }
const folder = mkdtempSync(join(tmpdir(), 'bloggy-export-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = () => join(folder, `${++files}.db`)

before(() => fillAwkwardBlog(reader))

async function exported(...words: string[]) {
  const path = newPath()
  const run = await finish(['export', '--sqlite', path, ...words], settings)
  assert.equal(run.code, 0, run.stderr)
  return { ...run, path, file: new DatabaseSync(path, { readOnly: true }) }
}

type Row = Record<string, unknown>

function rowsOf(file: DatabaseSync, table: string): Row[] {
  const statement = file.prepare(`select * from "${table}" order by 1`)
  return statement.all().map((row) => ({ ...row }))
}

describe('bloggy export', () => {
  test('writes every row as the older Bloggy has it', async () => {
    const { file } = await exported()
    assert.deepEqual(rowsOf(file, 'emmett_schema'), [{ id: 1, version: 'b2c3d4e5f6g7' }])
    const keys = { registration_key: '', reset_password_key: '', registration_id: '' }
    const person = (id: number, first_name: string, last_name: string, more: Row = {}) => {
      const moments = { created_at: noon, updated_at: '2025-10-13 12:00:00' }
      return { id, ...moments, email: `p${id}@example.com`, password: null, ...keys, first_name, last_name, ...more }
    }
    assert.deepEqual(rowsOf(file, 'users'), [
      person(1, 'Doc', 'Brown', { password: oldHash }),
      person(2, 'Ada 👩 日本', '', { password: argon2id, created_at: '2025-10-12 12:03:22.123456' }),
      person(3, '', '', { email: null, created_at: null }),
      person(4, 'x'.repeat(200), "O'Neil", { registration_key: 'blocked' }),
      person(5, 'Person 5', '', { registration_key: 'pending' }),
      person(6, 'Person 6', '', { registration_key: 'pending' }),
      person(3_000_000_000, '', 'Only', { registration_key: 'disabled' }),
    ])
    assert.deepEqual(rowsOf(file, 'auth_groups'), [
      { id: 4, created_at: noon, updated_at: null, role: 'QA', description: awkward },
    ])
    assert.deepEqual(rowsOf(file, 'auth_memberships'), [
      { id: 9, created_at: noon, updated_at: noon, user: 2, auth_group: 4 },
    ])
    assert.deepEqual(rowsOf(file, 'auth_permissions'), [])
    assert.deepEqual(rowsOf(file, 'auth_events'), [
      {
        id: 10,
        created_at: noon,
        updated_at: noon,
        client_ip: '127.0.0.1',
        origin: 'auth',
        description: 'User {id} Logged-in',
        user: 1,
      },
      {
        id: 12,
        created_at: `${noon}.5`,
        updated_at: `${noon}.5`,
        client_ip: null,
        origin: 'auth',
        description: awkward,
        user: null,
      },
    ])
    assert.deepEqual(rowsOf(file, 'posts'), [
      { id: 1, title: awkward, text: awkward, date: `${noon}.000001`, user: 1 },
      { id: 2, title: '', text: '', date: null, user: null },
      { id: 3, title: 'x'.repeat(600), text: long, date: '0700-01-01 00:00:00', user: null },
      { id: 5, title: 'Post 5', text: '# Head', date: noon, user: null },
      { id: 2_500_000_000, title: 'Post 2500000000', text: '<b>HTML</b>', date: noon, user: null },
    ])
    assert.deepEqual(rowsOf(file, 'bloggy_posts'), [
      { post: 5, slug: 'in-markdown', body_format: 'markdown', is_draft: 0 },
      { post: 2_500_000_000, slug: 'p-2500000000', body_format: 'html', is_draft: 0 },
    ])
    assert.deepEqual(rowsOf(file, 'comments'), [
      { id: 1, text: awkward, date: `${noon}.12`, user: 2, post: 1 },
      { id: 2, text: '', date: null, user: null, post: 1 },
      { id: 5, text: long, date: noon, user: 3_000_000_000, post: 2_500_000_000 },
    ])
    assert.deepEqual(rowsOf(file, 'oauth_accounts'), [
      {
        id: 3,
        user: 2,
        provider: 'github',
        provider_user_id: '12345678901234567890',
        email: 'ada@example.com',
        name: awkward,
        picture: 'https://x.example/a?b=c&d',
        profile_data: '{"login": "ada", "nested": [1, 2.5, null, "日本"]}',
        created_at: '1970-01-01 00:00:00',
        last_login_at: null,
      },
      {
        id: 8,
        user: 1,
        provider: 'google',
        provider_user_id: 'x',
        email: null,
        name: null,
        picture: null,
        profile_data: null,
        created_at: null,
        last_login_at: null,
      },
    ])
    assert.deepEqual(rowsOf(file, 'oauth_tokens'), [
      {
        id: 2,
        oauth_account: 3,
        access_token_encrypted: 'gAAAAABo',
        refresh_token_encrypted: null,
        token_type: 'Bearer',
        scope: 'a b',
        access_token_expires_at: null,
        refresh_token_expires_at: null,
        created_at: null,
        updated_at: null,
      },
    ])
    file.close()
  })

  test('writes roles and rights with their ids', async () => {
    const { file } = await exported()
    const expected = {
      roles: `select id, name, description, created_at from roles where id <> 77`,
      permissions: `select id, name, resource, action, scope, description, created_at from permissions where id <> 99`,
      role_permissions: `select id, role_id, permission_id, granted_at, granted_by from role_permissions`,
    }
    for (const [table, query] of Object.entries(expected)) {
      const rows = await reader.unsafe<Row[]>(`${query} order by id`)
      const found = rowsOf(file, table).filter(({ name }) => name !== 'TestRole123' && name !== 'page.edit.own')
      assert.equal(found.length, rows.length)
      for (const [index, row] of rows.entries()) {
        const values = Object.values(found[index] ?? {})
        const wanted = Object.values(row).map((value) => (value instanceof Date ? value.getTime() : value))
        const read = values.map((value) => (/^\d{4}-/.test(String(value)) ? Date.parse(`${value}Z`) : value))
        assert.deepEqual(read, wanted)
      }
    }
    assert.deepEqual(rowsOf(file, 'roles').at(-1), { id: 77, name: 'TestRole123', description: '', created_at: noon })
    assert.deepEqual(rowsOf(file, 'permissions').at(-1), {
      id: 99,
      name: 'page.edit.own',
      resource: 'page',
      action: 'edit',
      scope: 'own',
      description: '日本',
      created_at: noon,
    })
    assert.deepEqual(rowsOf(file, 'user_roles'), [
      { id: 5, user: 1, role: 77, assigned_at: noon, assigned_by: 3_000_000_000 },
      { id: 6, user: 2, role: 77, assigned_at: noon, assigned_by: null },
    ])
    file.close()
  })

  test('makes the tables of the older Bloggy, and texts and numbers in them', async () => {
    const { file, path } = await exported()
    const made = file.prepare(`select name, sql from sqlite_schema where name not like 'sqlite_%' order by rowid`).all()
    const clean = (sql: unknown) => String(sql).replace(/ +(?=,|\n)/g, '')
    const f12 = schemaOf('F12').tables.map(({ name, sql }) => ({ name, sql: clean(sql) }))
    assert.deepEqual(
      made.slice(0, -1).map(({ name, sql }) => ({ name, sql: clean(sql) })),
      f12,
    )
    assert.equal(made.at(-1)?.name, 'bloggy_posts')
    for (const { name } of made) {
      const key = name === 'bloggy_posts' ? 'post' : 'id'
      const kinds = file.prepare(`select distinct typeof("${key}") as kind from "${name}"`).all()
      assert.ok(kinds.every(({ kind }) => kind === 'integer'))
      for (const row of rowsOf(file, String(name))) {
        for (const [column, value] of Object.entries(row)) {
          const isNumber = /^(id|user|post|role|permission|auth_group|oauth_account|is_draft|\w+_by)$/.test(column)
          const isRole = name === 'auth_groups' && column === 'role'
          assert.ok(value === null || typeof value === (isNumber && !isRole ? 'number' : 'string'), `${name}.${column}`)
        }
      }
    }
    assert.deepEqual(file.prepare('pragma foreign_key_check').all(), [])
    const forms = ['integrity_check', 'encoding', 'journal_mode', 'user_version', 'page_size']
    const found = forms.map((name) => Object.values(file.prepare(`pragma ${name}`).get() ?? {})[0])
    assert.deepEqual(found, ['ok', 'UTF-8', 'delete', 0, 4096])
    file.close()
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith(`${files}.db`)),
      [`${files}.db`],
    )
  })

  test('hands out no id again', async () => {
    const { file } = await exported()
    const sequences = file.prepare('select name, seq from sqlite_sequence').all()
    const { auth_events, posts, users, oauth_tokens, auth_memberships, comments } = Object.fromEntries(
      sequences.map(({ name, seq }) => [name, seq]),
    )
    assert.equal(new Set(sequences.map(({ name }) => name)).size, sequences.length)
    assert.deepEqual(
      { auth_events, posts, users, oauth_tokens, auth_memberships, comments },
      {
        auth_events: 12,
        posts: 2_500_000_222,
        users: 3_000_000_000,
        oauth_tokens: 7,
        // The position is behind the rows here.
        auth_memberships: 9,
        comments: 5,
      },
    )
    file.close()
  })

  test('says what is in it, what was left out, and what to do next', async () => {
    const { stdout, stderr, path } = await exported()
    assert.equal(stderr, '')
    assert.match(stdout, new RegExp(`^Wrote ${path}: \\d+\\.\\d MB in \\d+ s, for the older Bloggy\\.\n\n`))
    assert.match(stdout, /\n {2}posts {14}5\n {2}comments {11}3\n/)
    for (const line of [
      /\n {2}1 draft and 1 scheduled post, because the older Bloggy shows every post to everybody; --drafts /,
      /\n {2}2 comments on these\n/,
      /\n {2}1 deleted post with what was said about it, in the bin\n/,
      /\n {2}1 entry of the record of what was done here/,
      /\n {2}1 tag: the older Bloggy has none\n/,
      /\n {2}1 password of this Bloggy \(argon2id\), which the older one cannot read/,
      /\n {2}1 account with an address that was never confirmed: pending/,
      /\n {2}2 posts in Markdown or HTML: /,
      /\n {2}1 OAuth token /,
      /\nNext:\n.*\n.*import \S+\.db --inspect looks into it again\.\n/,
    ]) {
      assert.match(stdout, line)
    }
  })

  test('takes drafts and scheduled posts along with --drafts', async () => {
    const { file, stdout } = await exported('--drafts')
    const posts = rowsOf(file, 'posts')
    assert.deepEqual(
      posts.map(({ id }) => id),
      [1, 2, 3, 5, 6, 7, 2_500_000_000],
    )
    assert.deepEqual(posts[4], { id: 6, title: 'Post 6', text: 'not yet', date: null, user: null })
    assert.equal(posts[5]?.date, '2999-01-01 00:00:00')
    assert.deepEqual(
      rowsOf(file, 'comments').map(({ id }) => id),
      [1, 2, 3, 4, 5],
    )
    assert.deepEqual(
      rowsOf(file, 'bloggy_posts').map(({ slug }) => slug),
      ['in-markdown', 'draft', 'p-2500000000'],
    )
    assert.match(stdout, /\n {2}1 draft and 1 scheduled post: public there; drafts have no date\n/)
    assert.doesNotMatch(stdout, /because the older Bloggy shows/)
    file.close()
  })

  test('is about one moment, whatever is written meanwhile', async () => {
    const path = newPath()
    let isWritten: Promise<unknown> | undefined
    const report = await exportSqlite(target, limits, {
      file: path,
      withDrafts: false,
      signal: new AbortController().signal,
      onProgress: ({ label }) => {
        if (label === 'users') isWritten ??= reader`insert into comments (id, post_id, body) values (60, 1, 'late')`
      },
    })
    await isWritten
    await reader`delete from comments where id = 60`
    const rows = Object.fromEntries(report.tables.map(({ name, rows }) => [name, rows]))
    assert.deepEqual([rows.users, rows.comments], [7, 3])
  })
})

test('posts that are not for everybody stay here, unless --drafts takes them', async () => {
  const blog = await testApp()
  for (const visibility of ['public', 'members', 'private', 'unlisted'])
    await publishPost(blog.cast.ben, { title: `For ${visibility}`, visibility })
  const path = newPath()
  const options = { withDrafts: false, signal: new AbortController().signal, onProgress: () => {} }
  const { leftOut } = await exportSqlite(blog.target, testLimits, { ...options, file: path })
  const file = new DatabaseSync(path, { readOnly: true })
  assert.deepEqual(
    rowsOf(file, 'posts').map(({ title }) => title),
    ['For public'],
  )
  assert.equal(leftOut.restricted, 3)
  file.close()
})

test('what the older Bloggy knows nothing of is counted', async () => {
  const blog = await testApp()
  const { ben } = blog.cast
  const { id } = await publishPost(ben, { title: 'Moved', series: 'Moves', authors: 'bea, cleo' })
  await ben.post(paths.admin.post(id), { title: 'Moved', body: 'x', slug: 'elsewhere', version: '1' })
  await publishPost(ben, { title: 'A page', kind: 'page' })
  await publishPost(ben, { title: 'A hidden page', kind: 'page', visibility: 'private' })
  await blog.db.insertInto('redirects').values({ from_path: '/old', to_address: '/new' }).execute()
  const files = { content_hash: Buffer.alloc(32), place: 'abcdefgh234567abcdef', width: 1, height: 1 }
  const stored = blog.db.insertInto('media_files').values({ ...files, is_animated: false, sizes: sql`'[]'` })
  const { id: files_id } = await stored.returning('id').executeTakeFirstOrThrow()
  await blog.db.insertInto('media').values({ key: 'abcdefgh234567ab', name: 'lamp', files_id }).execute()
  const settings = { DATABASE_URL: formatConnectionString(blog.target) }
  const said = async (...more: string[]) => (await finish(['export', '--sqlite', newPath(), ...more], settings)).stdout
  const stdout = await said()
  for (const line of [
    /\n {2}1 series: the parts go along, each on its own\n/,
    /\n {2}2 co-authors: a post has one author there\n/,
    /\n {2}1 old address of posts\n/,
    /\n {2}1 redirect\n/,
    /\n {2}1 picture of the library: /,
    /\n {2}1 page: a post among the others there, with comments\n/,
  ])
    assert.match(stdout, line)
  assert.match(await said('--drafts'), /\n {2}2 pages: /)
})
