import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { addPicture } from '../../test/pictures.ts'
import { paths } from '../paths.ts'
import { mediaPageSize } from './media.ts'

const { app, cast, db } = await testApp()
const { ben, bea, rosa, dev } = cast

test('the library is told to a program, page by page', async () => {
  const added = await addPicture(app, ben, undefined, { name: 'Program.jpg', fields: { alt: 'For [a] program' } })
  const accept = { accept: 'application/json' }
  const { statusCode, headers, ...response } = await bea.get(paths.admin.media({ q: 'program' }), accept)
  assert.deepEqual([statusCode, headers['cache-control']], [200, 'no-store'])
  const { id, url, markdown, width, height, alt } = added
  const { thumbnail, ...told } = response.json().media[0]
  assert.deepEqual(told, { id, name: 'Program.jpg', alt, url, markdown, width, height })
  assert.equal((await dev.get(thumbnail)).headers['content-type'], 'image/webp')
  assert.equal(response.json().next, undefined)
  assert.deepEqual((await bea.get(paths.admin.media({ q: 'zebra' }), accept)).json(), { media: [] })
  assert.equal((await rosa.get(paths.admin.media(), accept)).statusCode, 403)
  assert.equal((await dev.get(paths.admin.media(), accept)).json().error.kind, 'unauthenticated')

  const { files_id } = await db.selectFrom('media').select('files_id').executeTakeFirstOrThrow()
  const rows = Array.from({ length: mediaPageSize + 1 }, (_, at) => ({
    key: `told${'a'.repeat(9)}${100 + at}`,
    files_id,
  }))
  await db
    .insertInto('media')
    .values(rows.map((row) => ({ ...row, name: 'told' })))
    .execute()
  const first = (await bea.get(paths.admin.media({ q: 'told' }), accept)).json()
  assert.deepEqual([first.media.length, first.next], [mediaPageSize, first.media.at(-1).id])
  const second = (await bea.get(paths.admin.media({ q: 'told', before: first.next }), accept)).json()
  assert.deepEqual([second.media.length, second.next], [1, undefined])
  await db.deleteFrom('media').where('name', '=', 'told').execute()
})
