// npm run bench: Bloggy's pages without a cache, beside a floor in the same run. Figures are ratios; see docs/performance.md.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { formatConnectionString } from '../src/db/connection-string.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { migrate } from '../src/db/migrate.ts'
import { connect } from '../src/db/pool.ts'
import { busySlug, fillBlog } from './blog.ts'
import { type Spread, range, spread } from './figures.ts'
import { generator, measure } from './load.ts'
import { floorLimits } from './shape.ts'

const rounds = 5
const seconds = Number(process.env.BENCH_SECONDS ?? 4)
const connections = 64
const bloggyPort = 18_081
const floorPort = 18_082
const root = fileURLToPath(new URL('..', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'bloggy-bench-'))
const server = await startEmbedded(folder)
const children: ChildProcess[] = []
try {
  await migrate(server.target, floorLimits)
  const sql = connect(server.target, { ...floorLimits, statementTimeoutSeconds: 300 }, 1)
  await fillBlog(sql)
  await sql.end()

  const url = formatConnectionString(server.target)
  children.push(start(['src/cli.ts', 'serve'], { DATABASE_URL: url, PORT: String(bloggyPort), LOG_LEVEL: 'warn' }))
  const pages = [
    { name: 'front page', path: '/' },
    { name: 'post page, 20 comments', path: `/posts/${busySlug}` },
  ]
  const sizes = await Promise.all(pages.map(async ({ path }) => await sizeOf(`http://127.0.0.1:${bloggyPort}${path}`)))
  children.push(start(['bench/floor.ts', url, String(floorPort), busySlug, ...sizes.map(String)], {}))
  await sizeOf(`http://127.0.0.1:${floorPort}/`)

  const rows = []
  for (const [index, { name, path }] of pages.entries()) {
    const figures: Record<'bloggy' | 'floor', number[]> = { bloggy: [], floor: [] }
    for (let round = 0; round <= rounds; round++) {
      for (const [who, port] of [
        ['floor', floorPort],
        ['bloggy', bloggyPort],
      ] as const) {
        process.stderr.write(`\r${name}: round ${round} of ${rounds}, ${who}      `)
        const figure = await measure({ url: `http://127.0.0.1:${port}${path}`, connections, seconds })
        // The first round warms both up.
        if (round > 0) figures[who].push(figure)
      }
    }
    const ratios = figures.bloggy.map((figure, round) => figure / (figures.floor[round] ?? 1))
    rows.push({
      name,
      bytes: sizes[index],
      bloggy: spread(figures.bloggy),
      floor: spread(figures.floor),
      ratio: spread(ratios),
    })
  }
  process.stderr.write('\r'.padEnd(60) + '\r')
  print(rows)
  mkdirSync(join(root, 'bench/results'), { recursive: true })
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model,
    node: process.version,
    generator,
    connections,
    seconds,
    rounds,
  }
  writeFileSync(join(root, 'bench/results/latest.json'), `${JSON.stringify({ machine, rows }, null, 2)}\n`)
  console.log('\nWritten to bench/results/latest.json.')
} finally {
  for (const child of children) child.kill('SIGTERM')
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

function start(args: string[], environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['--import', './src/html/hook.mjs', ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** Waits until the page is served; its length in bytes. */
async function sizeOf(url: string): Promise<number> {
  for (const begun = Date.now(); ; await sleep(50)) {
    try {
      const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
      const body = await response.arrayBuffer()
      if (response.status === 200) return body.byteLength
    } catch {}
    if (Date.now() - begun > 20_000) throw new Error(`${url} was not served within 20 seconds.`)
  }
}

function print(
  rows: { name: string; bytes: number | undefined; bloggy: Spread; floor: Spread; ratio: Spread }[],
): void {
  console.log(
    `Requests a second at ${connections} connections, uncached; median (least to most) of ${rounds} rounds, ${generator}\n`,
  )
  console.log(
    `${'page'.padEnd(26)}${'bytes'.padStart(8)}${'Bloggy'.padStart(24)}${'floor'.padStart(24)}${'ratio'.padStart(22)}`,
  )
  for (const { name, bytes, bloggy, floor, ratio } of rows) {
    const figures = `${range(bloggy, 0).padStart(24)}${range(floor, 0).padStart(24)}${range(ratio, 2).padStart(22)}`
    console.log(`${name.padEnd(26)}${String(bytes).padStart(8)}${figures}`)
  }
}
