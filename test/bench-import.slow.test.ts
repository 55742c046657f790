import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'bloggy-bench-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('a thousandth of the big file is imported beside its floor, and the figures are written down', async () => {
  const out = join(folder, 'import.json')
  const words = ['--scale', '0.001', '--rounds', '1', '--patience', '0', '--out', out]
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', './src/html/hook.mjs', 'bench/import.ts', ...words],
    { cwd: root, env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: folder } },
  )
  assert.match(stdout, /^copy .*floor\/Bloggy ≥ 0\.8/m)
  assert.match(stdout, /^whole .*Bloggy\/floor ≤ 2/m)
  const { rows, bytes, summary, rounds } = JSON.parse(readFileSync(out, 'utf8'))
  assert.equal(rows, 20 + 12 + 20 + 200 + 2000 + 40 + 1)
  assert.ok(bytes.file > 800_000 && bytes.exported > 1_000_000 && bytes.disk > bytes.file)
  assert.equal(rounds.length, 1)
  const [{ import: imported, floor }] = rounds
  // The line in audit_events that says so is one more; the version of the old schema is one less.
  assert.equal(floor.rows, rows)
  assert.equal(imported.report, undefined)
  assert.ok(imported.seconds > imported.phases.reading && imported.phases.reading > 0)
  assert.ok(floor.copySeconds > 0 && floor.keySeconds > 0)
  assert.equal(summary.whole.ratio.median, imported.seconds / (floor.copySeconds + floor.keySeconds))
  // Where the way to the data is long, the socket has a folder of its own, which stays.
  const left = readdirSync(folder).filter((name) => !/^bloggy-[0-9a-f]{16}$/.test(name))
  assert.deepEqual(left, ['import.json'])
})
