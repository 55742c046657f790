// A picture of every kind of character there is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultTheme } from '../themes/theme.ts'
import { drawTitle } from './draw.ts'
import { east, faceFor, mostBytes, openFonts, scripts } from './font-files.ts'
import { drawable, familiesFor } from './letters.ts'
import { draw, outlineOf, write } from './writing.ts'

const families = familiesFor('', '')
const colours = defaultTheme.light

async function shownOf(codes: number[]): Promise<string[]> {
  const shown: string[] = []
  for (const code of codes) {
    const letter = String.fromCodePoint(code)
    if ((await drawable(letter, families)) === letter) shown.push(letter)
  }
  return shown
}

test('the picture of a title is made of any text', async () => {
  const every = [0x0, 0x300, 0x1d00, 0x2000, 0x2100, 0xd800, 0xe000, 0xfe00, 0x1f300, 0xe0000]
  const written = [0x590, 0x600, 0x900, 0xe00, 0x1100, 0x3000, 0x4e00, 0xac00, 0xf900, 0xff00, 0x20000]
  for (const begin of [...every, ...written]) {
    const codes = Array.from({ length: 0x120 }, (_, at) => begin + at)
    const text = codes.map((code) => String.fromCodePoint(code)).join('')
    const drawn = (await shownOf(codes)).join('')
    for (const title of [text, drawn, drawn.replaceAll(' ', ''), [...drawn].join('\u0301')]) {
      const picture = await drawTitle({ title, site: title, authors: [title], language: '', colours })
      assert.ok(picture.length > 1000, begin.toString(16))
    }
  }
})

test('no letter of a script is drawn as a box', async () => {
  const blocks = {
    Hebrew: 0x5d0,
    Arabic: 0x620,
    Devanagari: 0x904,
    Thai: 0xe01,
    Kana: 0x3041,
    Han: 0x4e00,
    Hangul: 0xac00,
  }
  for (const [name, begin] of Object.entries(blocks)) {
    const shown = await shownOf(Array.from({ length: name === 'Hebrew' ? 27 : 90 }, (_, at) => begin + at))
    assert.ok(shown.length > 25, `${name}: ${shown.length}`)
    for (const weight of [400, 700] as const)
      for (const letter of shown) {
        const writing = await write(letter, weight, families, '')
        const { face } = writing.runs[0] ?? {}
        assert.ok(face, letter)
        assert.notEqual(draw(writing, 0, 1, 80).outline, outlineOf(face, 0, 80), letter)
      }
  }
})

test('what stays open of the fonts has a limit', async () => {
  for (const family of [...Object.values(east), ...scripts])
    for (let code = 0x590; code < 0xd7a4; code += 16) {
      await faceFor(family, [code], 700)
      assert.ok(openFonts().bytes <= mostBytes)
    }
  const { files, bytes } = openFonts()
  assert.ok(bytes > mostBytes / 2 && files > 20, `${files} files`)
})
