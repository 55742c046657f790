import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pictureKeys } from './library-pictures.ts'
import { renderMarkdown } from './render.ts'
import { sanitise } from './sanitise.ts'
import { type Picture, noSurroundings } from './surroundings.ts'

const key = 'abcdefgh234567ab'
const place = 'abcdefghij234567abcd'
const cat: Picture = { place, width: 1000, height: 500, widths: [480, 800, 1000], alt: 'A cat', tones: '0-21-42-63' }
const html = (text: string, picture: Partial<Picture> = {}) =>
  renderMarkdown(text, undefined, { ...noSurroundings, pictures: new Map([[key, { ...cat, ...picture }]]) }).html.trim()

describe('a picture of the library', () => {
  test('is known by its key alone, whatever stands around it', () => {
    for (const src of [
      `/media/${key}/cat.webp`,
      `/media/${key}/other.webp`,
      `https://old.example/media/${key}/cat.webp`,
    ]) {
      assert.deepEqual(pictureKeys(`x ![](${src}) y`), [key], src)
      assert.match(html(`![](${src})`), /srcset="/, src)
    }
    for (const src of [
      `/x/media/${key}/cat.webp`,
      `/media/${key}`,
      `/media/${key}/a/b`,
      `//evil.example/media/${key}/cat.webp`,
    ])
      assert.doesNotMatch(html(`![](${src})`), /srcset="/, src)
    assert.equal(
      pictureKeys(Array.from({ length: 900 }, (_, at) => `/media/${String(at).padStart(16, 'x')}/`).join()).length,
      500,
    )
  })

  test('takes its alt text from the library where the text has none', () => {
    assert.match(html(`![](/media/${key}/cat.webp)`), /alt="A cat"/)
    assert.match(html(`![Minka](/media/${key}/cat.webp)`), /alt="Minka"/)
    assert.match(html(`![](/media/${key}/cat.webp)`, { alt: '" onerror="x' }), /alt="&quot; onerror=&quot;x"/)
  })

  test('stays a figure with its caption', () => {
    assert.match(
      html(`![](/media/${key}/cat.webp "Asleep")`),
      /^<figure><img [^>]*srcset[^>]*><figcaption>Asleep<\/figcaption><\/figure>$/,
    )
  })

  test('of one size has no set of them, and one that shines through no colours', () => {
    assert.doesNotMatch(html(`![](/media/${key}/cat.webp)`, { widths: [300], width: 300 }), /srcset|sizes/)
    assert.doesNotMatch(html(`![](/media/${key}/cat.webp)`, { tones: null }), /class/)
  })

  test('comes through the sanitiser a second time as it is', () => {
    const once = html(`![](/media/${key}/cat.webp)`)
    assert.equal(sanitise(once), once)
  })
})

test('no other picture has a set of files, or a class', () => {
  const own = `/media/files/${place}/480.webp`
  for (const attributes of [
    'srcset="https://evil.example/x.png 1x"',
    `srcset="${own} 480w, https://evil.example/x 800w"`,
    `srcset="${own} 480w,/y 2x"`,
    `srcset="javascript:alert(1) 1x" sizes="100vw"`,
    `srcset="//evil.example/media/files/${place}/480.webp 480w"`,
    'sizes="100vw"',
    'class="button"',
    'class="tone-a1"',
    'class="tone-a1 tone-b2 tone-c3 tone-d4 danger"',
  ])
    assert.doesNotMatch(sanitise(`<img src="/x.png" ${attributes}>`), /srcset|sizes|class/, attributes)
})
