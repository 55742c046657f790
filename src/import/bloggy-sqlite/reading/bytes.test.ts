import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decode } from './bytes.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

describe('bytes that should be text', () => {
  test('are UTF-8 as long as they can be, the mark at the start and what is no character included', () => {
    for (const text of ['', 'plain', 'Ünï', '日本語 한국어', '🚀👩‍👩‍👧', '\ufeffmarked', '\uffff\ufdd0\ufffd', 'a\0b']) {
      assert.deepEqual(decode(Buffer.from(text)), { text, isUtf8: true })
    }
    // A part of a larger buffer.
    assert.equal(decode(Buffer.from('xxMüllerxx').subarray(2, 9)).text, 'Müller')
  })

  const broken: [what: string, bytes: string, text: string][] = [
    ['Latin-1', '636166e9', 'café'],
    ['Windows-1252', '80939495', '€“”•'],
    ['the five bytes that it leaves undefined', '818d8f909d', '\ufffd'.repeat(5)],
    ['valid sequences between others', 'e4bda0e5e5a5bd', '你å好'],
    ['a sequence cut off', 'f09f9a', 'ðŸš'],
    ['half a surrogate pair', 'eda080', 'í\u00a0€'],
    ['a slash written too long', 'c0af', 'À¯'],
    ['three and four bytes written too long', 'e0808ff08080af', 'à€\ufffdð€€¯'],
    ['beyond the last character', 'f4908080', 'ô\ufffd€€'],
    ['five bytes', 'f888808080', 'øˆ€€€'],
    ['a NUL beside them', 'e900', 'é\0'],
    ['the end', 'ff', 'ÿ'],
  ]
  for (const [what, bytes, text] of broken) {
    test(`are read as Windows-1252 otherwise: ${what}`, () => {
      assert.deepEqual(decode(hex(bytes)), { text, isUtf8: false })
    })
  }

  test('lead to each byte alone as the standard of Windows-1252 says', () => {
    const known = new TextDecoder('windows-1252')
    for (let byte = 0x80; byte < 0x100; byte++) {
      const { text } = decode(Uint8Array.of(byte))
      const isUndefined = [0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte)
      assert.equal(text, isUndefined ? '\ufffd' : known.decode(Uint8Array.of(byte)))
    }
  })

  test('keep what lies around a broken place, wherever it is', () => {
    const whole = 'ä日🚀 plain'
    for (let at = 0; at <= Array.from(whole).length; at++) {
      const [before, after] = [Array.from(whole).slice(0, at).join(''), Array.from(whole).slice(at).join('')]
      const bytes = Buffer.concat([Buffer.from(before), hex('fe'), Buffer.from(after)])
      assert.deepEqual(decode(bytes), { text: `${before}þ${after}`, isUtf8: false })
    }
  })
})
