// An import in the admin, from the upload to the way back.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { familyFile, importingApp, settled, upload } from '../../test/importing.ts'
import { buildDirty } from '../../test/legacy/dirty.ts'
import { fieldOf, nextPage } from '../../test/pages.ts'
import { until } from '../../test/waiting.ts'
import { paths } from '../paths.ts'
import { folderOf, harmless, listUploads, removeOld, saveUpload } from './uploads.ts'

const { app, cast, db, config } = await importingApp()
const { ada } = cast
const folder = folderOf(config.dataFolder)

describe('the page of imports', () => {
  test('says what an import is while there is none, and where larger files go', async () => {
    const { statusCode, body, headers } = await ada.get(paths.admin.imports())
    assert.equal(statusCode, 200)
    assert.match(body, /Nothing was imported into this blog/)
    assert.match(body, /import FILE --inspect/)
    assert.match(body, /docs\/migrating\.md/)
    assert.match(String(headers['content-security-policy']), /script-src 'self'; connect-src 'self'$/)
    assert.match((await ada.get(paths.admin.dashboard())).body, /href="\/admin\/imports"/)
  })
})

describe('a file', () => {
  test('is looked at, rehearsed and brought in without being sent again', async () => {
    const looked = await settled(ada, await upload(app, ada, familyFile(), 'inspection'))
    assert.match(looked.body, /family F12/)
    assert.match(looked.body, /Rehearse<\/button>/)

    assert.equal((await ada.post(`${looked.path}/rehearsal`)).statusCode, 303)
    const rehearsed = await settled(ada, looked.path)
    assert.match(rehearsed.body, /Rehearsed: complete/)
    assert.match(rehearsed.body, /Import it now/)
    assert.match(rehearsed.body, /OAUTH_TOKEN_KEY and OAUTH_TOKEN_ENCRYPTION_KEY are not set/)
    assert.deepEqual(await db.selectFrom('imports').select('id').execute(), [])

    assert.equal((await ada.post(`${looked.path}/import`)).statusCode, 303)
    const done = await settled(ada, looked.path)
    assert.match(done.path, /^\/admin\/imports\/\d+$/)
    assert.match(done.body, /What became of the rows/)
    assert.match(done.body, /all \d+ columns are equal on both sides/)
    assert.match(done.body, /can sign in with their old password/)
    const row = await db.selectFrom('imports').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual([row.state, row.started_by, row.file_name], ['complete', ada.id, 'bloggy.db'])
    const list = (await ada.get(paths.admin.imports())).body
    assert.match(list, new RegExp(`Import ${row.id}, complete, \\d+ kept aside`))
    assert.match(list, /begun\s+<time datetime="[^"]+">[^<]+, \d\d:\d\d UTC<\/time>/)
    assert.match(list, /\d+ copied, .* here before/)
  })

  test('that continues another says so in the list', async () => {
    const first = await db.selectFrom('imports').select('id').orderBy('id').executeTakeFirstOrThrow()
    await settled(ada, await upload(app, ada, familyFile(), 'import'))
    const { body } = await ada.get(paths.admin.imports())
    assert.match(body, new RegExp(`continues\\s+<a href="${paths.admin.import(first.id)}">import ${first.id}</a>`))
  })

  test('lies where nobody else reads it, and is gone when it was brought in', async () => {
    const looked = await settled(ada, await upload(app, ada, familyFile('F3'), 'inspection'))
    const token = looked.path.split('/').at(-1) ?? ''
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(statSync(join(folder, token)).mode & 0o777, 0o700)
    assert.equal(statSync(join(folder, token, 'bloggy.db')).mode & 0o777, 0o600)

    await ada.post(`${looked.path}/import`)
    await settled(ada, looked.path)
    // Its process tells the page that it is done a moment before it ends.
    await until(() => !existsSync(join(folder, token, 'bloggy.db')))
    const again = await ada.post(`${looked.path}/import`)
    assert.equal(again.statusCode, 409)
    assert.match(again.body, /not here any more/)
  })

  test('that is none of ours is refused in words, and removed', async () => {
    const refused = await settled(ada, await upload(app, ada, import.meta.filename, 'import'))
    assert.match(refused.body, /role="alert"/)
    assert.match(refused.body, /bloggy\.db/)
    assert.doesNotMatch(refused.body, new RegExp(folder))
    const removal = `${refused.path}/deletion`
    assert.ok((await ada.get(paths.admin.imports())).body.includes(`action="${removal}"`))
    assert.deepEqual(
      readdirSync(join(folder, refused.path.split('/').at(-1) ?? '')).filter((name) => name.endsWith('.db')),
      [],
    )
    assert.equal((await ada.post(removal)).statusCode, 303)
    assert.ok(!(await ada.get(paths.admin.imports())).body.includes(removal))
  })

  test('can be removed by hand', async () => {
    const { path } = await settled(ada, await upload(app, ada, familyFile(), 'inspection'))
    assert.equal((await ada.post(`${path}/deletion`)).statusCode, 303)
    assert.equal((await ada.get(path)).statusCode, 404)
    assert.equal(existsSync(join(folder, path.split('/').at(-1) ?? '')), false)
  })

  test('is removed after a day, unless an interrupted import waits for it', async () => {
    const { path } = await settled(ada, await upload(app, ada, familyFile(), 'inspection'))
    const token = path.split('/').at(-1)
    const found = (await listUploads(folder)).find((one) => one.token === token)
    assert.ok(found)
    await saveUpload(folder, { ...found, uploaded_at: new Date(Date.now() - 25 * 3600 * 1000).toISOString() })
    await removeOld(folder, ({ fingerprint }) => fingerprint === found.fingerprint)
    assert.equal((await ada.get(path)).statusCode, 200)
    await removeOld(folder, () => false)
    assert.equal((await ada.get(path)).statusCode, 404)
  })

  test('gets a harmless name', () => {
    for (const [sent, kept] of [
      ['bloggy.db', 'bloggy.db'],
      ['C:\\old\\My blog (2).db', 'My-blog-2-.db'],
      ['../../etc/passwd', 'passwd'],
      ['..', 'blog.db'],
      ['.hidden', 'hidden'],
      ['', 'blog.db'],
      ['report.json', 'blog.db'],
      ['-rf', 'rf'],
      ['a\0b\n.db', 'a-b-.db'],
      [`${'é'.repeat(300)}.db`, `${'é'.repeat(57)}.db`],
    ]) {
      assert.equal(harmless(sent ?? ''), kept, sent)
    }
  })
})

describe('what was kept aside', () => {
  test('is shown page by page, by table and by reason, as text, and exported whole', async () => {
    const path = familyFile('F1').replace(/\.db$/, '-dirty.db')
    buildDirty(path)
    const done = await settled(ada, await upload(app, ada, path, 'import'))
    const id = done.path.split('/').at(-1) ?? ''
    assert.match(done.body, /Look at what was kept aside/)

    const seen: string[] = []
    let pages = 0
    for (let next: string | undefined = paths.admin.importLeftovers(id); next; pages++) {
      const { statusCode, body } = await ada.get(next)
      assert.equal(statusCode, 200)
      seen.push(...[...body.matchAll(/<h2>([^<]+)<\/h2>/g)].map(([, name]) => name ?? ''))
      assert.doesNotMatch(body, /<script(?! type="module" src)/)
      next = nextPage(body)
    }
    const { count } = await db
      .selectFrom('import_leftovers')
      .select((is) => is.fn.countAll<number>().as('count'))
      .where('import_id', '=', Number(id))
      .executeTakeFirstOrThrow()
    assert.equal(seen.length, Number(count))
    assert.equal(pages, Math.ceil(Number(count) / 50))

    const file = await ada.get(paths.admin.importLeftoversFile(id))
    assert.match(String(file.headers['content-disposition']), /leftovers-\d+\.jsonl/)
    const lines = file.body.trimEnd().split('\n')
    assert.equal(lines.length, Number(count))
    for (const line of lines)
      assert.deepEqual(Object.keys(JSON.parse(line)), ['table', 'key', 'column', 'reason', 'data'])

    const few = await ada.get(paths.admin.importLeftovers(id, { table: 'posts', reason: '' }))
    const names = [...few.body.matchAll(/<h2>([^<]+)<\/h2>/g)].map(([, name]) => name ?? '')
    assert.ok(names.length > 0 && names.every((name) => name.startsWith('posts')))
    assert.match(few.body, /<option value="posts" selected>/)
  })

  test('is cut when it is long, with a way to all of it', async () => {
    const { id } = await db.selectFrom('imports').select('id').orderBy('id', 'desc').limit(1).executeTakeFirstOrThrow()
    const whole = `${'long '.repeat(1000)}the end <script>`
    const leftover = await db
      .insertInto('import_leftovers')
      .values({
        import_id: id,
        source_table: 'zebra',
        source_key: 1,
        reason: 'no-home',
        data: { whole } as never,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const cut = await ada.get(paths.admin.importLeftovers(id, { table: 'zebra' }))
    assert.doesNotMatch(cut.body, /the end/)
    const address = paths.admin.importLeftover(id, leftover.id)
    assert.ok(cut.body.includes(address))
    assert.match((await ada.get(address)).body, /the end &lt;script&gt;/)
    assert.equal((await ada.get(paths.admin.importLeftover(id, 999_999_999))).statusCode, 404)
  })

  test('comes as a file in pieces, however large one of them is', async () => {
    const { id } = await db.selectFrom('imports').select('id').orderBy('id', 'desc').limit(1).executeTakeFirstOrThrow()
    const whole = Array.from({ length: 300_000 }, (_, index) => `${index} 😀`).join(' ')
    const values = { import_id: id, source_table: 'giraffe', reason: 'no-home', data: { whole } as never }
    await db.insertInto('import_leftovers').values(values).execute()
    const { body } = await ada.get(paths.admin.importLeftoversFile(id))
    const line = body.split('\n').find((text) => text.includes('giraffe')) ?? ''
    assert.ok(JSON.parse(line).data.whole === whole)
    const list = await ada.get(paths.admin.importLeftovers(id, { table: 'giraffe' }))
    assert.ok(list.body.length < 20_000)
  })
})

describe('taking an import back', () => {
  test('asks first, says what went, and is in the log of deeds', async () => {
    const { id } = await db.selectFrom('imports').select('id').orderBy('id', 'desc').limit(1).executeTakeFirstOrThrow()
    const page = await ada.get(paths.admin.importUndo(id))
    assert.match(page.body, /Take this import back\?/)
    assert.equal(fieldOf(page.body, 'anything'), undefined)
    assert.equal((await ada.post(paths.admin.importUndo(id))).statusCode, 303)
    const { body } = await settled(ada, paths.admin.import(id))
    assert.match(body, /Taken back\./)
    assert.match(body, /posts: \d+/)
    const left = await ada.get(paths.admin.importLeftovers(id))
    assert.match(left.body, /was taken back, and what it had kept aside went with it/)
    assert.doesNotMatch(left.body, /<select|All of it as a file/)
    const event = await db
      .selectFrom('audit_events')
      .selectAll()
      .where('action', '=', 'import.undone')
      .executeTakeFirstOrThrow()
    assert.deepEqual([event.actor_id, event.client_ip, event.subject_id], [ada.id, '127.0.0.1', id])
    assert.equal((await ada.get(paths.admin.importUndo(id))).statusCode, 303)
    assert.equal((await ada.post(paths.admin.importUndo(id))).statusCode, 409)
  })

  test('and uploads and starts are there, too, with who and from where', async () => {
    const events = await db
      .selectFrom('audit_events')
      .select(['action', 'actor_id', 'client_ip'])
      .where('action', 'in', ['import.uploaded', 'import.started'])
      .execute()
    for (const action of ['import.uploaded', 'import.started'])
      assert.ok(
        events.some((event) => event.action === action),
        action,
      )
    for (const { actor_id, client_ip } of events) assert.deepEqual([actor_id, client_ip], [ada.id, '127.0.0.1'])
  })
})
