// What an upload may not be, and who may not upload.
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { familyFile, fileForm, importingApp, multipart, send, settled, upload } from '../../test/importing.ts'
import { until } from '../../test/waiting.ts'
import { paths } from '../paths.ts'
import { folderOf } from './uploads.ts'

const { app, cast, db, config, logged } = await importingApp({ IMPORT_MAX_MB: '1' })
const { ada, ben, bea, cleo, rosa, dev } = cast
const folder = folderOf(config.dataFolder)
const file = familyFile()
const form = (task = 'inspection') => fileForm(file, task)
const left = () => (existsSync(folder) ? readdirSync(folder) : [])

describe('imports', () => {
  test('are for who may do everything, and nobody else learns which there are', async () => {
    const done = await settled(ada, await upload(app, ada, file, 'import'))
    const id = done.path.split('/').at(-1) ?? ''
    const { path } = await settled(ada, await upload(app, ada, file, 'inspection'))
    const token = path.split('/').at(-1) ?? ''
    const before = left().length
    const reading = [
      paths.admin.imports(),
      paths.admin.import(id),
      paths.admin.importProgress(id),
      paths.admin.importUndo(id),
      paths.admin.importLeftovers(id),
      paths.admin.importLeftover(id, 1),
      paths.admin.importLeftoversFile(id),
      paths.admin.upload(token),
      paths.admin.uploadProgress(token),
    ]
    const writing = [
      paths.admin.importContinuation(id),
      paths.admin.importUndo(id),
      paths.admin.uploadInspection(token),
      paths.admin.uploadRehearsal(token),
      paths.admin.uploadImport(token),
      paths.admin.uploadDeletion(token),
    ]
    for (const person of [ben, bea, cleo, rosa]) {
      for (const address of [...reading, paths.admin.import(9999)])
        assert.equal((await person.get(address)).statusCode, 403, address)
      for (const address of writing) assert.equal((await person.post(address)).statusCode, 403, address)
      assert.equal((await send(app, person, form())).statusCode, 403)
      assert.doesNotMatch((await person.get(paths.home())).body, /admin\/imports/)
    }
    for (const address of reading) {
      assert.match(String((await dev.get(address)).headers.location), /^\/sign-in/)
    }
    for (const address of writing) assert.equal((await dev.post(address)).statusCode, 401, address)
    assert.equal((await send(app, dev, form())).statusCode, 401)
    assert.equal(left().length, before)
    const found = await db.selectFrom('imports').select(['state', 'error']).executeTakeFirstOrThrow()
    assert.deepEqual(found, { state: 'complete', error: null })
  })

  test('that are not there are not found, whatever the address', async () => {
    for (const address of [
      paths.admin.import(9999),
      paths.admin.import('0'),
      paths.admin.import('x'),
      paths.admin.import('9'.repeat(30)),
      paths.admin.importLeftovers(9999),
      paths.admin.importLeftoversFile(9999),
      `${paths.admin.importLeftovers(1)}?after=x`,
      `${paths.admin.importLeftovers(1)}?table=${'x'.repeat(501)}`,
      paths.admin.upload('x'.repeat(22)),
      paths.admin.upload('..%2f..%2fetc%2fpasswd'),
      paths.admin.upload('../../../../../../etc/passwd'),
    ]) {
      assert.equal((await ada.get(address)).statusCode, 404, address)
    }
    assert.equal((await ada.post(paths.admin.uploadImport('x'.repeat(22)))).statusCode, 404)
    assert.equal((await ada.post(paths.admin.importContinuation(9999))).statusCode, 404)
  })
})

describe('an upload', () => {
  test('that cannot be taken brings the form back with what was chosen, and leaves nothing', async () => {
    const before = left()
    const empty = { name: 'file', filename: 'bloggy.db', content: '' }
    const chosen = { name: 'task', content: 'rehearsal' }
    const [, whole = empty] = form()
    for (const [parts, words] of [
      [[chosen], /choose a file that is not empty/],
      [[chosen, empty], /choose a file that is not empty/],
      [[chosen, { name: 'file', filename: '', content: '' }], /choose a file that is not empty/],
      [[chosen, { ...whole, name: 'other' }], /choose a file/],
      [[chosen, whole, whole], /one file at a time/],
      [[whole, { ...whole, content: '' }, chosen], /one file at a time/],
      [[whole], /choose what to do/],
      [[{ ...chosen, content: 'everything' }, whole], /choose what to do/],
      [[chosen, { name: 'task', content: 'x'.repeat(5000) }, whole], /choose what to do/],
      [[chosen, ...Array.from({ length: 30 }, () => ({ name: 'more', content: 'x' })), whole], /did not arrive whole/],
      [
        [chosen, ...Array.from({ length: 30 }, () => ({ ...whole, content: 'x' }))],
        /did not arrive whole|one file at a time/,
      ],
      [[chosen, { name: '__proto__', content: 'x' }, whole], /did not arrive whole/],
    ] as const) {
      const { statusCode, body } = await send(app, ada, [...parts])
      assert.equal(statusCode, 422, body)
      assert.match(body, words)
      assert.match(body, /enctype="multipart\/form-data"/)
      if (/not empty|one file/.test(words.source)) assert.match(body, /value="rehearsal" checked/)
    }
    assert.deepEqual(left(), before)
  })

  test('that is garbage is told so', async () => {
    const before = left()
    const { body } = multipart(form())
    for (const [type, payload] of [
      ['multipart/form-data', body],
      ['multipart/form-data; boundary=', body],
      ['multipart/form-data; boundary=other', body],
      ['multipart/form-data; boundary=----bloggy-test', body.subarray(0, 3000)],
      ['multipart/form-data; boundary=----bloggy-test', Buffer.alloc(0)],
      ['multipart/form-data; boundary=----bloggy-test', Buffer.from('------bloggy-test\r\n\r\n\r\n')],
      ['multipart/form-data; boundary=----bloggy-test', Buffer.alloc(100_000, '\r\n------bloggy-test')],
      ['multipart/form-data; boundary=' + 'x'.repeat(5000), body],
      ['application/x-www-form-urlencoded', Buffer.from('task=import')],
      ['application/json', Buffer.from('{}')],
    ] as const) {
      const response = await app.inject({
        method: 'POST',
        url: paths.admin.imports(),
        headers: { cookie: ada.cookie, 'content-type': type },
        payload,
      })
      assert.ok([400, 415, 422].includes(response.statusCode), `${type.slice(0, 60)}: ${response.statusCode}`)
    }
    assert.deepEqual(left(), before)
    assert.doesNotMatch(logged(), /"level":50/)
  })

  test('that is too large is refused by what it says it is, and by what it is', async () => {
    const before = left()
    const large = { name: 'file', filename: 'bloggy.db', content: Buffer.alloc(1_000_001) }
    const { statusCode, body } = await send(app, ada, [{ name: 'task', content: 'import' }, large])
    assert.equal(statusCode, 413)
    assert.match(body, /larger than 1\.0 MB/)
    assert.match(body, /IMPORT_MAX_MB/)
    assert.match(body, /import FILE --inspect/)
    assert.match(body, /value="import" checked/)
    const huge = await send(app, ada, [{ ...large, content: Buffer.alloc(1_200_000) }])
    assert.equal(huge.statusCode, 413)
    assert.match(huge.body, /import FILE --inspect/)
    assert.deepEqual(left(), before)
  })

  test('from another site is refused', async () => {
    const { type, body } = multipart(form())
    const response = await app.inject({
      method: 'POST',
      url: paths.admin.imports(),
      headers: { cookie: ada.cookie, 'content-type': type, 'sec-fetch-site': 'cross-site' },
      payload: body,
    })
    assert.equal(response.statusCode, 403)
  })

  test('is not taken by any other page', async () => {
    const { type, body } = multipart(form())
    for (const url of [paths.admin.settings(), paths.signIn(), paths.admin.posts()]) {
      const headers = { cookie: ada.cookie, 'content-type': type }
      assert.equal((await app.inject({ method: 'POST', url, headers, payload: body })).statusCode, 415, url)
    }
  })

  test('is one at a time, and one that breaks off leaves nothing', async () => {
    const before = left()
    const address = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
    const { type, body } = multipart(form())
    const head =
      `POST ${paths.admin.imports()} HTTP/1.1\r\nhost: x\r\ncookie: ${ada.cookie}\r\ncontent-type: ${type}\r\n` +
      `content-length: ${body.length}\r\n\r\n`
    const socket = connect(Number(address.port), '127.0.0.1')
    socket.write(head)
    socket.write(body.subarray(0, body.length - 1000))
    await until(() => left().length === before.length + 1)

    const second = await send(app, ada, form('rehearsal'))
    assert.equal(second.statusCode, 409)
    assert.match(second.body, /Another upload of yours/)

    socket.destroy()
    await until(() => left().length <= before.length)
    assert.deepEqual(left(), before)
    let status = 0
    await until(async () => (status = (await send(app, ada, form())).statusCode) !== 409)
    assert.equal(status, 303)
    assert.doesNotMatch(logged(), /"level":50/)
  })
})
