import assert from 'node:assert/strict'
import { test } from 'node:test'
import { directionOf, inLanguage } from './direction.ts'

test('languages are written the way that their script is', () => {
  for (const language of ['ar', 'ar-EG', 'he', 'iw', 'fa', 'ur', 'yi', 'ckb', 'dv', 'az-Arab', 'pa-PK', 'ug'])
    assert.equal(directionOf(language), 'rtl', language)
  for (const language of ['en', 'de-CH-1996', 'zh-Hant-TW', 'ja', 'az', 'pa', 'ar-Latn', 'tlh', '', 'x', 'not a code'])
    assert.equal(directionOf(language), 'ltr', language)
})

test('what says no language says no direction', () => {
  assert.deepEqual(inLanguage(''), {})
  assert.deepEqual(inLanguage('he'), { lang: 'he', dir: 'rtl' })
})

test('a thousand languages are answered for, and not all of them kept', () => {
  for (let count = 0; count < 1000; count++) assert.equal(directionOf(`ar-x-a${count}`), 'rtl')
})
