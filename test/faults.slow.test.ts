// A few of the faults, briefly; `npm run faults` does all of them.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
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
      for (const { result, seen, figures } of await runBriefly(['2', '4', '5', '7'])) {
        assert.equal(result, 'passes', seen.join('\n'))
        assert.deepEqual([figures.lost, figures.doubled], [0, 0])
      }
    },
  )

  test(
    'goes on beside and behind an older version, with 256 MB, and from a moment in the past',
    { timeout: 900_000 },
    async (t) => {
      for (const { number, result, seen } of await runBriefly(['24', '26', '39', '42'])) {
        // A clone without history has no older version, and only root limits memory.
        if (result === 'cannot run here' && number !== 42) t.diagnostic(`${number}: ${seen.join(' ')}`)
        else assert.equal(result, 'passes', `${number}: ${seen.join('\n')}`)
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

async function runBriefly(chosen: string[]): Promise<Row[]> {
  const file = join(folder, `${chosen.join('-')}.json`)
  const run = promisify(execFile)(process.execPath, [...words, '--short', '--rate', '40', '--json', file, ...chosen], {
    cwd: root,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    maxBuffer: 10_000_000,
  })
  // It ends with 1 where a fault is not survived, and has written which.
  await run.catch((error: { stderr: string }) => existsSync(file) || assert.fail(error.stderr))
  const { rows } = JSON.parse(readFileSync(file, 'utf8')) as { rows: Row[] }
  assert.deepEqual(
    rows.map(({ number }) => String(number)),
    chosen,
  )
  return rows
}
