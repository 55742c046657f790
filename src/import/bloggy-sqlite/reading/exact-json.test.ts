import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testDatabase } from '../../../../test/database.ts'
import { canonicalJson, parseExactly } from './exact-json.ts'

const { database } = await testDatabase()

describe('JSON', () => {
  test('keeps every digit of its whole numbers', () => {
    const text = '{"id":115000000000000000001,"low":-9223372036854775809,"list":[1,2.5,null,true,"ü"]}'
    assert.equal(JSON.stringify(parseExactly(text)), text)
    assert.equal(canonicalJson('{"b": 115000000000000000001, "a": 1}'), '{"a":1,"b":115000000000000000001}')
  })

  test('has one form whatever the order of its keys, the blanks and the escapes', () => {
    const forms = ['{"a":[1,"ü"],"b":{"c":0,"d":""}}', ' {"b":{"d":"","c":-0},\n"a":[1, "\\u00fc"]}']
    assert.equal(new Set(forms.map(canonicalJson)).size, 1)
    assert.notEqual(canonicalJson('[1,2]'), canonicalJson('[2,1]'))
    assert.equal(canonicalJson('{"a":1,"a":2}'), '{"a":2}')
    assert.equal(canonicalJson('1.50'), '1.5')
    assert.equal(canonicalJson('{"__proto__":1}'), '{"__proto__":1}')
  })

  for (const text of [
    '',
    ' ',
    '{',
    "{'a':1}",
    'nul',
    '[1,]',
    '"\\u0000"',
    '{"\\u0000":1}',
    '"\\ud800"',
    '1e999',
    '1e30',
    'NaN',
    '01',
  ]) {
    test(`is not what cannot be kept or compared: ${JSON.stringify(text)}`, () =>
      assert.equal(canonicalJson(text), undefined))
  }

  test('comes back from jsonb as it went in', async () => {
    const texts = [
      'null',
      '"text"',
      '[]',
      '{}',
      '0',
      '-0',
      '-0.0',
      '1.10',
      '1e2',
      '0.1',
      '1e-7',
      '123456789.125',
      '5e-324',
      '1.7976931348623157e-300',
      '9007199254740993',
      `${'9'.repeat(60)}`,
      '{"b":1,"a":{"ä":"\\u2028","":[]},"aa":2}',
      '{"z":1,"ab":2,"b":3}',
      '["\\u007f\\u0080\\ufdd0\\b\\f\\"\\\\\\/"]',
      '{"deep":[[[[{"x":[1.5,{"y":null}]}]]]]}',
    ]
    for (const text of texts) {
      const canonical = canonicalJson(text)
      if (canonical === undefined) assert.fail(text)
      const [row] = await database.reader.unsafe<{ stored: string }[]>('select $1::text::jsonb::text as stored', [
        canonical,
      ])
      assert.equal(canonicalJson(row?.stored ?? ''), canonical, text)
    }
  })
})
