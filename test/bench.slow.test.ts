import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'bloggy-bench-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

type Spread = { median: number; least: number; most: number }
type Row = {
  table: string
  name: string
  unit: string
  bloggy: Spread
  floor: Spread
  ratio: Spread
  bar: { of: string } | null
  isKept: boolean | null
  foreign: number
  isDisturbed: boolean
  more: Record<string, number>
}

describe('npm run bench', () => {
  test('measures each kind of figure beside its floor and writes them down', { timeout: 900_000 }, async () => {
    const out = join(folder, 'figures.json')
    const chosen = [
      'cached post page identity 64',
      'cached front page br 1 connection',
      'cached feed not modified 64',
      'uncached post page 64',
      'uncached search 1 connection',
      'latency',
      'writes one post',
      'writes saves',
      'writes publications',
      'bloggy start',
      'memory idle',
    ]
    const { stdout } = await bench(...short, '--only', chosen.join(', '), '--json', out)
    const { machine, options, rows, beside } = JSON.parse(readFileSync(out, 'utf8'))
    assert.deepEqual(options, { seconds: 1, rounds: 1, logLevel: 'info' })
    assert.ok(machine.cpus > 0 && machine.generator && machine.node)
    const tables = ['cached', 'uncached', 'latency', 'writes', 'start', 'memory']
    assert.deepEqual([...new Set(rows.map(({ table }: Row) => table))], tables)
    assert.equal(rows.length, 13)
    for (const row of rows as Row[]) {
      for (const { median, least, most } of [row.bloggy, row.floor, row.ratio])
        assert.ok(least > 0 && least <= median && median <= most, row.name)
      assert.ok(row.foreign >= 0 && typeof row.isDisturbed === 'boolean' && row.unit)
      assert.equal(row.isKept === null, row.bar === null, row.name)
      assert.ok(stdout.includes(row.name), row.name)
    }
    const [comments, saves] = rows.filter(({ table }: Row) => table === 'writes') as Row[]
    assert.ok(Number(comments?.more.acknowledged) > 50)
    assert.deepEqual([comments?.more.lost, comments?.more.doubled, saves?.more.lost], [0, 0, 0])
    const [first] = beside.rows
    assert.ok(Math.abs(first.bloggy / first.ghost - first.timesGhost) < 1e-9)
    assert.match(beside.about, /not in this run/)
    // Where the way to the data is long, sockets have a folder of their own, which stays.
    const left = readdirSync(folder).filter((name) => !/^bloggy-[0-9a-f]{16}$/.test(name))
    assert.deepEqual(left, ['figures.json'])
  })

  test('compares a large blog with a small one', { timeout: 900_000 }, async () => {
    const out = join(folder, 'growth.json')
    const words = ['--growth', '--growth-posts', '3000', '--only', 'front, sitemap', '--json', out]
    const { stdout } = await bench(...short, ...words)
    assert.match(stdout, /^front page, half way back +\d+ → \d+ +\d+\.\d\d +[\d.]+ → [\d.]+ /m)
    const { rows } = JSON.parse(readFileSync(out, 'utf8'))
    assert.equal(rows.length, 4)
    for (const { bloggy, floor, more, isKept } of rows as Row[]) {
      assert.ok(bloggy.median > 0 && floor.median > 0 && isKept)
      assert.ok(Number(more.small) > 0 && Number(more.large) > 0)
    }
  })

  test('draws where the time of a page goes', { timeout: 900_000 }, async () => {
    const out = join(folder, 'front.html')
    const { stdout } = await bench('--profile', 'front', '--seconds', '1', '--out', out)
    assert.match(stdout, /^ +\d+\.\d % {2}\S/m)
    assert.match(readFileSync(out, 'utf8'), /<i style=[^>]+ title="[^"]+src\/posts\/views\.tsx:\d+: /)
    assert.ok(JSON.parse(readFileSync(join(folder, 'front.cpuprofile'), 'utf8')).samples.length > 100)
  })

  test('says what it takes, and refuses what it does not know before it starts anything', async () => {
    assert.match((await bench('--help')).stdout, /--only WORDS/)
    for (const [words, message] of [
      [['--only', 'nothing of that name'], /No figure has all these words/],
      [['--seconds', 'x'], /--seconds is a whole number from 1 on/],
      [['--profile', 'moon'], /--profile is one of front, post/],
      [['--speed'], /Unknown option '--speed'/],
    ] as const) {
      await assert.rejects(bench(...words), ({ code, stderr }: { code: number; stderr: string }) => {
        assert.match(stderr, message)
        return code === 1
      })
    }
  })
})

const short = ['--seconds', '1', '--rounds', '1', '--repeats', '0', '--patience', '0']

async function bench(...words: string[]) {
  return await promisify(execFile)(process.execPath, ['--import', './src/html/hook.mjs', 'bench/run.ts', ...words], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: folder },
  })
}
