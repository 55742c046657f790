import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'node:test'
import { bloggy } from '../../test/bloggy.ts'
import { isEntry, joinedEntry, listSources, sources } from './joined-program.ts'

void test('all that a process or a thread begins with is joined, in ASCII, and asks for others where they are written', () => {
  const entries = listSources().filter((path) => isEntry.test(`/${path}`))
  const found = entries.map((path) => joinedEntry(sources + path))
  assert.ok(entries.length > 5 && entries.includes('cli.ts'))
  assert.deepEqual(found.includes(undefined), false)
  const folder = dirname(fileURLToPath(found[entries.indexOf('cli.ts')] ?? ''))
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.js'),
  )) {
    const code = readFileSync(`${folder}/${name}`, 'latin1')
    assert.doesNotMatch(code, /import\.meta|[^\0-\x7f]/, name)
  }
})

void test('a stack trace of the joined program names the lines that were written', async () => {
  const planted = "process.stdout.write = () => { throw new Error('planted') }"
  const run = bloggy(['--version'], { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(planted)}` })
  await run.ended
  const at = /\n +at .*\/src\/cli\.ts:(\d+):\d+/.exec(run.stderr())
  assert.match(
    readFileSync(`${sources}cli.ts`, 'utf8').split('\n')[Number(at?.[1]) - 1] ?? '',
    /parseAsync/,
    run.stderr(),
  )
  assert.doesNotMatch(run.stderr(), /program-[0-9a-f]{64}/)
})
