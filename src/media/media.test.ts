import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadConfig } from '../config.ts'
import {
  addressOf,
  animatedWidths,
  longestSide,
  mostAnimatedPixels,
  mostFilesAtOnce,
  mostFrames,
  mostPixels,
  nameOf,
  uploadLimit,
  widths,
} from './media.ts'

test('the page about pictures has the limits as they are', () => {
  const text = readFileSync(new URL('../../docs/media.md', import.meta.url), 'utf8').replace(/\s+/g, ' ')
  const listed = `${widths.slice(0, -1).join(', ')} and ${widths.at(-1)}`
  for (const sentence of [
    `\`MEDIA_MAX_MB\` (${loadConfig({}).mediaMaxMb}) each, ${mostFilesAtOnce} at once, ${uploadLimit.most} in a quarter of an hour`,
    `may have ${mostPixels / 1_000_000} million pixels and no side longer than ${longestSide.toLocaleString('en')}`,
    `a moving one ${mostFrames} frames and ${mostAnimatedPixels / 1_000_000} million pixels together`,
    `in the widths ${listed} up to its own (moving: ${animatedWidths.join(' and ')})`,
  ])
    assert.ok(text.includes(sentence), sentence)
  assert.equal(uploadLimit.windowSeconds, 15 * 60)
})

test('a name is what stood last in a path, without what no eye can see', () => {
  for (const [sent, name] of [
    ['cat.jpg', 'cat.jpg'],
    ['C:\\Users\\ada\\cat.jpg', 'cat.jpg'],
    ['../../etc/passwd', 'passwd'],
    ['a\0b\r\nc.jpg', 'a b c.jpg'],
    ['\u202Egpj.exe', 'gpj.exe'],
    ['', 'picture'],
    ['/', 'picture'],
    [undefined, 'picture'],
    ['字'.repeat(300), '字'.repeat(120)],
    ['\uD800x', '\uFFFDx'],
  ] as const)
    assert.equal(nameOf(sent), name, JSON.stringify(sent))
})

test('an address has letters, digits and hyphens alone, whatever the name', () => {
  for (const name of ['a b) "c".jpg', '<script>.png', '../x', '😀.gif', '字.webp', '%2e%2e', '?a=b#c'])
    assert.match(addressOf({ key: 'k'.repeat(16), name }), /^\/media\/k{16}\/[\w%-]+\.webp$/, name)
})
