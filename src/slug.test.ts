import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimSlug, slugOf } from './slug.ts'

const slugs: Record<string, string> = {
  'Hello, World!': 'hello-world',
  '  Many   blanks\tand\nlines ': 'many-blanks-and-lines',
  'Äpfel, Crème brûlée & Øl': 'apfel-creme-brulee-øl',
  "It’s Ben's": 'its-bens',
  'E\u0301tude / e\u0301tude': 'etude-etude',
  'ＦＵＬＬ　ｗｉｄｔｈ': 'full-width',
  'ﬁne ½': 'fine-1-2',
  日本語のタイトル: '日本語のタイトル',
  'Привет, мир': 'привет-мир',
  'हिन्दी में': 'हिन्दी-में',
  'مرحبا بالعالم': 'مرحبا-بالعالم',
  が: 'が',
  ตลาดน้ำยามเช้า: 'ตลาดน้ำยามเช้า',
  ນ້ຳ: 'ນ້ຳ',
  '2024': '2024',
  'a/b?c#d%e\\f': 'a-b-c-d-e-f',
  '../../etc/passwd': 'etc-passwd',
  '---': 'post',
  '🎉🎉': 'post',
  '': 'post',
  '...': 'post',
  '\u0301\u0301a': 'a',
  'zero\u200bwidth\u202eturned': 'zero-width-turned',
}
for (const [title, slug] of Object.entries(slugs)) {
  test(`${JSON.stringify(title)} becomes ${slug}`, () => assert.equal(slugOf(title, 'post'), slug))
}

test('a long title is cut to 80 characters, never inside one and never at a hyphen', () => {
  assert.equal(slugOf('x'.repeat(500), 'post'), 'x'.repeat(80))
  assert.equal(slugOf('𠀀'.repeat(500), 'post'), '𠀀'.repeat(80))
  assert.equal(slugOf(`${'x'.repeat(79)} and more`, 'post'), 'x'.repeat(79))
})

test('what comes out can be put in again, and holds nothing that an address reserves', () => {
  const titles = [
    ...Object.keys(slugs),
    ...Array.from({ length: 0x3000 }, (_, code) => `a${String.fromCodePoint(code)}b`),
  ]
  for (const title of titles) {
    const slug = slugOf(title, 'post')
    assert.equal(slugOf(slug, 'post'), slug, JSON.stringify(title))
    assert.match(slug, /^[\p{Letter}\p{Mark}\p{Number}-]+$/u, JSON.stringify(title))
  }
})

test('a taken address gets a number, then letters', async () => {
  const tried: string[] = []
  const slug = await claimSlug('title', async (slug) => {
    tried.push(slug)
    return tried.length === 7 ? slug : undefined
  })

  assert.deepEqual(tried.slice(0, 5), ['title', 'title-2', 'title-3', 'title-4', 'title-5'])
  assert.match(slug, /^title-[a-z0-9]{1,6}$/)
  assert.equal(new Set(tried).size, 7)
})

test('where nothing is free it gives up', async () => {
  await assert.rejects(
    claimSlug('title', async () => undefined),
    /No address is free/,
  )
})
