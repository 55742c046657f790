// A few of the faults, briefly; `npm run faults` does all of them.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'bloggy-faults-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

type Row = { number: number; result: string; seen: string[]; figures: Record<string, number | string> }

const words = ['--import', './src/html/hook.mjs', 'faults/run.ts']

describe('npm run faults', () => {
  test(
    'loses and doubles nothing when Bloggy, connections and PostgreSQL are killed',
    { timeout: 600_000 },
    async () => {
      const file = join(folder, 'results.json')
      const chosen = ['2', '4', '5', '7']
      const run = promisify(execFile)(
        process.execPath,
        [...words, '--short', '--rate', '40', '--json', file, ...chosen],
        { cwd: root, env: { ...process.env, NODE_TEST_CONTEXT: undefined }, maxBuffer: 10_000_000 },
      )
      await run.catch((error: { stderr: string }) => assert.fail(error.stderr))
      const { rows } = JSON.parse(readFileSync(file, 'utf8')) as { rows: Row[] }
      assert.deepEqual(
        rows.map(({ number }) => String(number)),
        chosen,
      )
      for (const { result, seen, figures } of rows) {
        assert.equal(result, 'passes', seen.join('\n'))
        assert.deepEqual([figures.lost, figures.doubled], [0, 0])
      }
    },
  )

  test('knows 42 faults, and says of each what is done', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...words, '--list'], { cwd: root })
    const numbers = stdout
      .trim()
      .split('\n')
      .map((line) => Number(line.slice(0, 2)))
    assert.deepEqual(
      numbers,
      Array.from({ length: 42 }, (_, index) => index + 1),
    )
  })

  test('refuses a name that no fault has', async () => {
    const refused = await promisify(execFile)(process.execPath, [...words, 'flood'], { cwd: root }).then(
      () => assert.fail('It ran.'),
      (error: { code: number; stderr: string }) => error,
    )
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /No fault is called flood\./)
  })
})
