import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ImportReport } from './report.ts'
import { reportText } from './report-text.ts'
import { readableWidth } from './wrap.ts'

const counts = { rows: 3, copied: 2, changed: 1, set_aside: 0, already_there: 0 }
const report: ImportReport = {
  format: 'bloggy-import-report-1',
  import_id: 1,
  is_rehearsal: false,
  continues: null,
  was_resumed: false,
  result: 'complete with leftovers',
  file: { name: 'blog\u001b.db', bytes: 1000, family: 'F12: a Bloggy' },
  finished_at: '2026-01-01T00:00:00.000Z',
  seconds: 1,
  phases: {},
  tables: [
    {
      name: 'a_table_with_quite_a_long_name',
      target: null,
      ...counts,
      changes: { 'email-taken': 1, 'json-unreadable': 1 },
      kept_aside: { refused: 2, 'no-key': 1 },
    },
  ],
  proof: {
    is_equal: false,
    tables: [{ name: 'posts', compared: 3, is_equal: false, columns: [{ name: 'id', file: '1', here: '2' }] }],
    differences: [{ table: 'posts', key: 7, what: 'changed here' }],
    more_differences: 0,
    pages: { looked_at: 1, as_stored: 1 },
  },
}
const words = { outcome: ['It is so. '.repeat(20).trim()], next: ['Look. '.repeat(30).trim()], commands: ['do it'] }

describe('the report in a terminal', () => {
  test('is no wider than the terminal, and lines that go on stand below their words', () => {
    const text = reportText(report, words, 80)
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line)
    const [first = '', second = ''] = text
      .split('\n')
      .slice(text.split('\n').findIndex((line) => line.includes('email-taken')))
    assert.equal(second.search(/\S/), first.indexOf('email-taken'))
    assert.equal(text.replaceAll(/\s+/g, ' '), reportText(report, words).replaceAll(/\s+/g, ' '))
  })

  test('is 100 columns wide at most, and not wrapped where there is none', () => {
    assert.equal(readableWidth({ isTTY: true, columns: 250 }), 100)
    assert.equal(readableWidth({ isTTY: true, columns: 60 }), 60)
    assert.equal(readableWidth({ isTTY: true, columns: 0 }), 100)
    assert.equal(readableWidth({ columns: 60 }), Infinity)
    const lines = reportText(report, words).split('\n')
    assert.ok(lines.some((line) => line.length > 150))
  })

  test('says how much is equal when not all is, and names the rest', () => {
    const text = reportText(report, words)
    assert.match(text, /0 of 1 columns are equal on both sides\./)
    assert.match(text, /^ {2}posts 7: changed here$/m)
  })
})
