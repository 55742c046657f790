// Backups of a blog whose tables somebody altered: what is made can be restored, and what could not is not made.
import assert from 'node:assert/strict'
import { createWriteStream, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { after, test } from 'node:test'
import { finish } from '../../test/bloggy.ts'
import { createDatabase, testLimits } from '../../test/database.ts'
import { settingsOf } from '../../test/kills.ts'
import { makeBackup } from '../backups/make.ts'
import type { ConnectionTarget } from '../db/connection-string.ts'
import { jobsName } from '../db/jobs-schema.ts'
import { listMigrations, migrate } from '../db/migrate.ts'
import { connect } from '../db/pool.ts'

const root = mkdtempSync(join(tmpdir(), 'bloggy-altered-'))
after(() => rmSync(root, { recursive: true, force: true }))

test('a backup leaves out what others put into its tables, and brings rows back that lead nowhere', async () => {
  const odd = await newPlace('migrated')
  await ask(
    odd.target,
    `insert into users (email, name, slug, state) values ('a@example.com', 'A', 'a', 'active');
     insert into posts (slug, title, body, body_html, author_id, published_at)
       select 'p', 'P', '', '', id, '2026-01-01' from users;
     insert into tags (slug, name) values ('t', 'T');
     insert into post_tags (post_id, tag_id, published_at) select posts.id, tags.id, posts.published_at from posts, tags;
     insert into comments (post_id, author_id, body) select posts.id, users.id, 'of one who is gone' from posts, users;
     alter table tags add column mine int default 3; alter table posts add column "it's" text not null default 'theirs';
     alter table comments drop constraint comments_author_id_fkey;
     update comments set author_id = 4711;
     alter table comments add constraint comments_author_id_fkey foreign key (author_id) references users(id)
       on delete set null not valid`,
  )
  const odds = join(root, 'odd')
  const made = await finish(['backup', odds], odd.settings)
  assert.equal(made.code, 0, made.stderr)
  assert.match(made.stdout, /not Bloggy's: posts\.it's, tags\.mine$/m)
  assert.match(made.stdout, /1 rows of comments lead to rows of users that are not there \(comments_author_id_fkey\)/)
  const other = await newPlace('empty')
  const { code, stdout, stderr } = await finish(['restore', odds], other.settings)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /rows that are not there, as in the backup: comments_author_id_fkey; .*doctor says/)
  const [comment] = await ask(other.target, 'select author_id from comments')
  assert.equal(comment?.author_id, 4711)
  await assert.rejects(ask(other.target, 'update comments set author_id = 4712'), /comments_author_id_fkey/)
  const drill = await finish(['backup', 'drill', odds], other.settings)
  assert.equal(drill.code, 0, drill.stderr)
})

test('a backup is not made where it could not be restored, and one that cannot says why in words', async () => {
  const lax = await newPlace('migrated')
  await ask(
    lax.target,
    `alter table tags alter column name drop not null; insert into tags (slug, name) values ('t', null)`,
  )
  const laxer = join(root, 'lax')
  const refused = await finish(['backup', laxer], lax.settings)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /The column name of tags is not as Bloggy made it, so a backup .* might not be restored/)
  assert.ok(!existsSync(laxer))
  // As one made by hand, or by a Bloggy that did not look.
  await backUp(lax.target, laxer)
  const other = await newPlace('empty')
  const { code, stderr } = await finish(['restore', laxer], other.settings)
  assert.equal(code, 1)
  assert.match(stderr, /PostgreSQL refused a part of .*lax: .*"name".*\(23502\)\. Nothing was restored/)
  assert.doesNotMatch(stderr, /^ {4}at /m)
  await ask(lax.target, 'alter table comments drop column body')
  assert.match((await finish(['backup', laxer], lax.settings)).stderr, /The column body of comments is missing/)
})

test('a backup is made by a new version before its upgrade too, and not by one that is older than the schema', async () => {
  const old = await newPlace('empty')
  const all = listMigrations().map(({ name }) => name)
  await migrate(
    old.target,
    testLimits,
    undefined,
    undefined,
    new Set([...all.filter((name) => name < '0053'), jobsName]),
  )
  await ask(
    old.target,
    `insert into users (email, name, slug, state) values ('old@example.com', 'Old', 'old', 'active')`,
  )
  const file = join(root, 'old')
  const made = await finish(['backup', file], old.settings)
  assert.equal(made.code, 0, made.stderr)
  const other = await newPlace('empty')
  const { code, stdout, stderr } = await finish(['restore', file], other.settings)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /brought up to date: .*0061_backups/)
  assert.equal((await ask(other.target, `select from users where email = 'old@example.com'`)).length, 1)
  await ask(old.target, `insert into schema_migrations (name, checksum) values ('9999_tomorrow', '')`)
  const refused = await finish(['backup', join(root, 'newest')], old.settings)
  assert.match(refused.stderr, /newer than this Bloggy: it has 9999_tomorrow/)
})

async function newPlace(kind: 'migrated' | 'empty') {
  const { target, drop } = await createDatabase(kind)
  after(drop)
  return { target, settings: settingsOf({ target, folder: mkdtempSync(join(root, 'data-')) }) }
}

async function ask(target: ConnectionTarget, question: string): Promise<Record<string, unknown>[]> {
  const sql = connect(target, testLimits, 1)
  try {
    return (await sql.unsafe(question).simple()) as unknown as Record<string, unknown>[]
  } finally {
    await sql.end()
  }
}

async function backUp(target: ConnectionTarget, file: string) {
  const store = { open: async () => undefined }
  const parts = { store, passphrase: undefined, signal: new AbortController().signal, onProgress: () => {} }
  await makeBackup(target, testLimits, parts, async (whole) => await pipeline(whole, createWriteStream(file)))
}
