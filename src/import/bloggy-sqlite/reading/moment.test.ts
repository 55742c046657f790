import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { momentForms } from '../../../../test/legacy/dirty-moments.ts'
import { type Moment, readMoment, unknownMoment } from './moment.ts'
import { momentText } from '../settling/moment-text.ts'

function at(text: string): Moment {
  const read = readMoment(text)
  if (!read) assert.fail(`${text} is a moment.`)
  return read.at
}

/** As `2025-10-12T14:03:22.000000Z`, worked out without the code under test. */
function iso(at: Moment): string {
  const micros = BigInt(at) + BigInt(Date.UTC(2000, 0, 1)) * 1000n
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const whole = new Date(Number((micros - fraction) / 1000n)).toISOString()
  return `${whole.slice(0, 19)}.${String(fraction).padStart(6, '0')}Z`
}

describe('a moment of the file', () => {
  for (const [value, change, expected, note] of momentForms) {
    const plain = value !== null && typeof value === 'object' && 'real' in value ? value.real : value
    test(`${note}: ${JSON.stringify(plain)}`, () => {
      const read = readMoment(plain)
      if (/missing|unreadable/.test(change)) return assert.equal(read, undefined)
      // In the file SQLite has made a number of it.
      const known = read ?? readMoment(Number(plain))
      assert.deepEqual([known && iso(known.at), known?.change ?? ''], [expected, change])
    })
  }

  test('is right on every day of four centuries, and there are no others', () => {
    for (let day = Date.UTC(1700, 0, 1); day < Date.UTC(2101, 0, 1); day += 86_400_000) {
      const text = new Date(day).toISOString().slice(0, 19).replace('T', ' ')
      assert.equal(iso(at(text)), new Date(day).toISOString().replace('.000Z', '.000000Z'))
    }
    for (let year = 1890; year < 2110; year++) {
      for (let month = 0; month <= 13; month++) {
        for (const day of [0, 28, 29, 30, 31, 32]) {
          const [mm, dd] = [month, day].map((part) => String(part).padStart(2, '0'))
          const isReal = new Date(Date.UTC(year, month - 1, day)).toISOString().startsWith(`${year}-${mm}-${dd}`)
          assert.equal(readMoment(`${year}-${mm}-${dd} 10:00:00`) !== undefined, isReal, `${year}-${mm}-${dd}`)
          assert.equal(readMoment(`${year}-${mm}-${dd}`) !== undefined, isReal, `${year}-${mm}-${dd}`)
        }
      }
    }
  })

  test('is exact to the microsecond where a number is not', () => {
    const first = at('0001-01-01 00:00:00.000001')
    assert.equal(typeof first, 'bigint')
    assert.equal(iso(first), '0001-01-01T00:00:00.000001Z')
    assert.equal(iso(at('9999-12-31T23:59:59.999999')), '9999-12-31T23:59:59.999999Z')
    assert.equal(iso(at('2025-10-12 14:03:22.123456789')), '2025-10-12T14:03:22.123456Z')
    assert.equal(iso(at('2025-10-12 14:03:22,5')), '2025-10-12T14:03:22.500000Z')
    assert.equal(iso(unknownMoment), '1970-01-01T00:00:00.000000Z')
  })

  for (const text of [
    '2025-10-12 24:00:00',
    '2025-10-12 14:60:00',
    '2025-10-12 14:03:60',
    '2025-10-12 14:03:22+16:00',
    '2025-10-12 14:03:22+02:60',
    '2025-10-12  14:03:22',
    '2025-10-12 14:03:2a',
    '２０２５-10-12 14:03:22',
    '2025-10-12 14:03:22 UTC',
    '2025-10-12 14:03:22.',
    '2025/10/12',
    '5-10-12',
    'infinity',
    '2025-10-12 14:03:22\0',
  ]) {
    test(`is none: ${JSON.stringify(text)}`, () => assert.equal(readMoment(text), undefined))
  }

  for (const value of [
    Number.NaN,
    Infinity,
    -1,
    0,
    99_999_999,
    2.5e14,
    1_721_425.4,
    5_373_484.5,
    5n,
    new Uint8Array(),
    null,
  ]) {
    test(`is none: ${value}`, () => assert.equal(readMoment(value), undefined))
  }

  test('is written as PostgreSQL reads it', () => {
    const cases: [string, string][] = [
      ['2025-10-12 14:03:22', '2025-10-12 14:03:22+00'],
      ['2025-10-12 14:03:22.000007', '2025-10-12 14:03:22.000007+00'],
      ['1969-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999+00'],
      ['0001-01-01 00:00:00', '0001-01-01 00:00:00+00'],
      ['0001-01-01 00:00:00.000001', '0001-01-01 00:00:00.000001+00'],
    ]
    for (const [text, expected] of cases) assert.equal(momentText(at(text)), expected)
  })
})
