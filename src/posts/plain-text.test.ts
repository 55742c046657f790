// Posts of the old blog are plain text, and stay so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paths } from '../paths.ts'
import { testApp } from '../../test/app.ts'
import { renderPlain } from '../markdown/plain.ts'

const { app, db, cast } = await testApp()

test('a plain text is edited and previewed as plain text', async () => {
  const before = '# not a heading\n*not* <b>bold</b>'
  const post = await db
    .insertInto('posts')
    .values({
      slug: 'plain',
      title: 'Plain',
      body: before,
      body_format: 'plain',
      body_html: renderPlain(before).html,
      published_at: new Date('2025-10-12T14:03:22Z'),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const page = await cast.ada.get(paths.admin.post(post.id))
  assert.match(page.body, /Plain text from the old blog/)

  const form = { title: 'Plain', body: '1 * 2 * 3 &\n\n<i>two</i>', version: '1' }
  const preview = await cast.ada.post(paths.admin.postPreview(post.id), form)
  assert.match(preview.body, /<p>1 \* 2 \* 3 &amp;<\/p>\n<p>&lt;i&gt;two&lt;\/i&gt;<\/p>/)
  assert.equal((await cast.ada.post(paths.admin.post(post.id), form)).statusCode, 303)

  const shown = await app.inject({ url: paths.post('plain') })
  assert.match(shown.body, /<p>1 \* 2 \* 3 &amp;<\/p>\n<p>&lt;i&gt;two&lt;\/i&gt;<\/p>/)
  const { body_format } = await db
    .selectFrom('posts')
    .select('body_format')
    .where('id', '=', post.id)
    .executeTakeFirstOrThrow()
  assert.equal(body_format, 'plain')
})
