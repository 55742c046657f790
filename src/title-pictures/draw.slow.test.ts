// A picture of every kind of character there is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawTitle } from './draw.ts'
import { canDraw } from './letters.ts'

test('the picture of a title is made of any text', async () => {
  const every = [0x0, 0x300, 0x1d00, 0x2000, 0x2100, 0xd800, 0xe000, 0xfe00, 0x1f300, 0xe0000]
  for (const begin of every) {
    const codes = Array.from({ length: 0x120 }, (_, at) => begin + at)
    const text = codes.map((code) => String.fromCodePoint(code)).join('')
    const drawn = codes
      .map((code) => String.fromCodePoint(code))
      .filter((one) => canDraw(one))
      .join('')
    for (const title of [text, drawn, drawn.replaceAll(' ', ''), [...drawn].join('\u0301')])
      assert.ok((await drawTitle({ title, site: title, authors: [title] })).length > 1000, begin.toString(16))
  }
})
