import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Clock, bytes, duration, progressLine } from './progress.ts'

/** A clock that goes when told, and what was written by then. */
function stage(more: { isTTY?: boolean; columns?: number } = {}) {
  let now = 1000
  let work: (() => void) | undefined
  let dueAt = Infinity
  let everyMs = 0
  const written: string[] = []
  const clock: Clock = {
    now: () => now,
    every: (milliseconds, given) => {
      ;[work, everyMs, dueAt] = [given, milliseconds, now + milliseconds]
      return () => (work = undefined)
    },
  }
  const line = progressLine({ ...more, write: (text) => written.push(text) }, clock)
  return {
    line,
    written,
    isTicking: () => work !== undefined,
    last: () => written.at(-1)?.replace('\r\x1b[K', ''),
    pass: (milliseconds: number) => {
      const end = now + milliseconds
      while (work && dueAt <= end) {
        now = dueAt
        dueAt += everyMs
        work()
      }
      now = end
    },
  }
}

describe('the progress line on a terminal', () => {
  test('says nothing about what is done within two seconds', () => {
    const { line, written, pass, isTicking } = stage({ isTTY: true })
    line.update({ label: 'users', done: 0, total: 10 })
    pass(1900)
    line.update({ label: 'users', done: 10, total: 10 })
    line.end()
    assert.deepEqual(written, [])
    assert.ok(!isTicking())
  })

  test('tells table, rows, share, rate and time left, in place, and goes at the end', () => {
    const { line, written, pass, last } = stage({ isTTY: true })
    for (let second = 0; second <= 10; second++) {
      line.update({ label: 'comments', done: second * 100_000, total: 2_000_000 })
      pass(1000)
    }
    line.update({ label: 'comments', done: 1_100_000, total: 2_000_000 })
    pass(200)
    assert.ok(written.every((text) => text.startsWith('\r\x1b[K') && !/[\r\n]/.test(text.slice(4))))
    assert.equal(last(), 'comments · 1,100,000 of 2,000,000 · 55 % · 98,200 rows/s · 10 s left')
    line.end()
    assert.equal(written.at(-1), '\r\x1b[K')
    const count = written.length
    line.update({ label: 'posts', done: 1, total: 2 })
    pass(60_000)
    assert.equal(written.length, count)
  })

  test('is not redrawn more than five times a second, however often it is updated', () => {
    const { line, written, pass } = stage({ isTTY: true })
    pass(2000)
    for (let done = 0; done < 1000; done++) {
      line.update({ label: 'posts', done, total: 1000 })
      pass(1)
    }
    assert.ok(written.length <= 6, String(written.length))
  })

  test('promises no rate and no time before it can know them', () => {
    const { line, pass, last } = stage({ isTTY: true })
    line.update({ label: 'users', done: 5, total: 5 })
    pass(5000)
    line.update({ label: 'posts', done: 0, total: 1000 })
    pass(1000)
    line.update({ label: 'posts', done: 10, total: 1000 })
    assert.equal(last(), 'posts · 0 of 1,000 · 0 %')
    pass(1000)
    assert.match(last() ?? '', /^posts · 10 of 1,000 · 1 % · \d rows\/s$/)
    pass(1200)
    assert.match(last() ?? '', /left$/)
  })

  test('counts from where a resumed job began', () => {
    const { line, pass, last } = stage({ isTTY: true })
    line.update({ label: 'posts', done: 900_000, total: 1_000_000 })
    for (let second = 1; second <= 4; second++) {
      pass(1000)
      line.update({ label: 'posts', done: 900_000 + second * 1000, total: 1_000_000 })
    }
    pass(200)
    assert.match(last() ?? '', / · 9\d\d rows\/s · 2 min left$/)
  })

  test('lets the rate fall when work stands, and promises nothing then', () => {
    const { line, pass, last } = stage({ isTTY: true })
    for (let second = 0; second <= 5; second++) {
      line.update({ label: 'posts', done: second * 100, total: 10_000 })
      pass(1000)
    }
    pass(60_000)
    assert.equal(last(), 'posts · 500 of 10,000 · 5 % · 0 rows/s')
  })

  test('follows the last seconds and not the whole', () => {
    const { line, pass, last } = stage({ isTTY: true })
    for (let second = 0; second <= 100; second++) {
      line.update({ label: 'posts', done: second * 1000, total: 1_000_000 })
      pass(1000)
    }
    for (let second = 1; second <= 30; second++) {
      line.update({ label: 'posts', done: 100_000 + second * 10, total: 1_000_000 })
      pass(1000)
    }
    assert.match(last() ?? '', / · (9\.\d|9|10|10\.\d) rows\/s · /)
  })

  test('shows no share when more is done than was expected, or when nothing was', () => {
    const { line, pass, last } = stage({ isTTY: true })
    line.update({ label: 'posts', done: 12, total: 10 })
    pass(4000)
    assert.equal(last(), 'posts · 12 · 0 rows/s')
    line.update({ label: 'comments', done: 3 })
    pass(1000)
    assert.equal(last(), 'comments · 3')
  })

  test('shows the time where nothing is counted', () => {
    const { line, pass, last } = stage({ isTTY: true })
    line.update({ label: 'building keys and indexes' })
    pass(75_000)
    assert.equal(last(), 'building keys and indexes · 1 min 15 s')
  })

  test('counts indexes without a rate, because none takes as long as another', () => {
    const { line, pass, last } = stage({ isTTY: true })
    for (const done of [0, 1, 2, 3]) {
      line.update({ label: 'building indexes', done, total: 11, unit: 'indexes' })
      pass(3000)
    }
    assert.equal(last(), 'building indexes · 3 of 11 indexes · 27 %')
  })

  test('counts bytes as such', () => {
    const { line, pass, last } = stage({ isTTY: true })
    line.update({ label: 'snapshot', done: 0, total: 1e9, unit: 'bytes' })
    pass(2000)
    line.update({ label: 'snapshot', done: 5e8, total: 1e9, unit: 'bytes' })
    pass(2000)
    assert.equal(last(), 'snapshot · 500.0 MB of 1.0 GB · 50 % · 125.0 MB/s · a few seconds left')
  })

  test('fits into 80 columns, or into fewer', () => {
    for (const columns of [200, 80, 40, 12, 0]) {
      const { line, written, pass } = stage({ isTTY: true, columns })
      line.update({ label: 'a very long label about something '.repeat(4), done: 0, total: 123_456_789 })
      pass(2500)
      line.update({ label: 'a very long label about something '.repeat(4), done: 1_234_567, total: 123_456_789 })
      pass(2500)
      assert.ok(written.length > 2)
      for (const text of written) assert.ok(text.replace('\r\x1b[K', '').length < Math.min(80, columns || 80), text)
    }
  })
})

describe('the progress line elsewhere', () => {
  test('is a plain line every five seconds, also while nothing is updated', () => {
    const { line, written, pass } = stage()
    line.update({ label: 'comments', done: 0, total: 1000 })
    pass(4900)
    assert.deepEqual(written, [])
    line.update({ label: 'comments', done: 490, total: 1000 })
    pass(15_600)
    assert.equal(written.length, 4)
    assert.equal(written[0], 'comments · 490 of 1,000 · 49 % · 98 rows/s · 10 s left\n')
    for (const text of written) assert.match(text, /^[\w .,·%/]{1,80}\n$/)
    line.end()
    assert.equal(written.length, 4)
  })
})

test('sizes and times are short', () => {
  assert.deepEqual([0, 999, 1000, 1_500_000, 2e9, 3e12].map(bytes), [
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '1.5 MB',
    '2.0 GB',
    '3000.0 GB',
  ])
  assert.deepEqual([400, 59_000, 75_000, 3_700_000].map(duration), ['0 s', '59 s', '1 min 15 s', '1 h 1 min'])
})
