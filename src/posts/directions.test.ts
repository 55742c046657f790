// Which way a page and what is on it are written.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { fieldOf, publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { cast, db, settings, deliverMail } = await testApp()
const { ada, ben, dev, rosa } = cast
const hebrew = await publishPost(ben, { title: 'מנורה', body: 'שולחן `npm start`', language: 'he' })
const plain = await publishPost(ben, { title: 'Lamp', body: 'A desk.' })

describe('the direction', () => {
  test('of a post is that of its language, of a page that of the blog’s', async () => {
    const { body } = await dev.get(hebrew.path)
    assert.match(body, /<html lang="en" dir="ltr">/)
    assert.match(body, /<article class="post h-entry" lang="he" dir="rtl">/)
    assert.match((await dev.get(plain.path)).body, /<article class="post h-entry">/)
    const version = fieldOf((await ada.get(paths.admin.settings())).body, 'version') ?? ''
    const settings = { title: 'x', description: '', registration_is_open: 'yes', comments_are_open: 'yes' }
    await ada.post(paths.admin.settings(), { ...settings, language: 'ar', version })
    for (const url of ['/', plain.path, paths.signIn(), '/nowhere'])
      assert.match((await dev.get(url)).body, /<html lang="ar" dir="rtl">/, url)
    const again = fieldOf((await ada.get(paths.admin.settings())).body, 'version') ?? ''
    await ada.post(paths.admin.settings(), { ...settings, language: 'en', version: again })
  })

  test('of titles and excerpts in a list is that of each post', async () => {
    const { body } = await dev.get('/')
    assert.match(body, /<h2 class="p-name" dir="rtl"><a href="[^"]+" class="u-url" lang="he" hreflang="he">/)
    assert.match(body, /<p class="excerpt p-summary" dir="rtl" lang="he">/)
    assert.match(body, /<h2 class="p-name" dir="auto"><a href="[^"]+" class="u-url">Lamp/)
  })

  test('of the blog’s own texts is that of their language, whatever they stand in', async () => {
    await deliverMail()
    const texts = (body: string) =>
      body.match(/<(?:span|h2|a)[^>]* lang="en" dir="ltr"[^>]*>[^<]+/g)?.map((one) => one.replace(/.*>/, ''))
    assert.deepEqual(texts((await ben.get(hebrew.path)).body), ['1 minute to read', 'Edit this post'])
    assert.equal(texts((await ben.get(plain.path)).body), undefined)
    const set = async (language: string) => {
      await db.updateTable('settings').set({ language }).execute()
      await settings.refresh()
    }
    await set('ar')
    assert.deepEqual(texts((await ben.get(plain.path)).body), ['1 minute to read', 'Edit this post', 'Comments'])
    assert.ok(texts((await dev.get(paths.archive())).body)?.includes('2 posts'))
    await set('en-GB')
    assert.equal(texts((await ben.get(plain.path)).body), undefined)
    await set('en')
  })

  test('of a comment is that of its words', async () => {
    await rosa.post(paths.postComments(plain.slug), { body: 'שלום', submission_key: crypto.randomUUID() })
    assert.match((await dev.get(plain.path)).body, /<div class="said marked" dir="auto">/)
  })
})

test('stylesheets say where lines begin and end, not left and right', () => {
  const folder = new URL('../../public/', import.meta.url)
  // Formulas and tables whose writer said so; CodeMirror puts its cursor from the left.
  const meant = /mtable\[|menclose\[|^\[align=|\.cm-cursor|\.to-(left|right) /
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.css'))) {
    const lines = readFileSync(new URL(name, folder), 'utf8').split('\n')
    const found = lines.filter((line) => /(?<![\w-])(left|right)\s*:|-(left|right)\b\s*:|:\s*(left|right)\b/.test(line))
    assert.deepEqual(
      found.filter((line) => !meant.test(line)),
      [],
      name,
    )
  }
})
