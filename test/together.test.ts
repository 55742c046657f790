// Test files that share a process share nothing else.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { togetherSource } from './together.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'bloggy-together-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('a hook at the top of a file is for the tests of that file, of several in one process', () => {
  const said = join(folder, 'said')
  const paths = ['first', 'second'].map((name) => {
    const path = join(folder, `${name}.mjs`)
    writeFileSync(
      path,
      `import { appendFileSync } from 'node:fs'
      import { after, beforeEach, test } from 'node:test'
      const say = (what) => appendFileSync(${JSON.stringify(said)}, what + ' of ${name}\\n')
      await new Promise((resolve) => setTimeout(resolve, 5))
      beforeEach(() => say('before each'))
      after(() => say('after all'))
      test('one', () => say('one'))
      test('two', () => say('two'))`,
    )
    return relative(root, path)
  })
  const group = join(folder, 'group.mjs')
  writeFileSync(group, togetherSource(paths))
  execFileSync(process.execPath, [group], { env: { PATH: process.env.PATH } })
  const each = (name: string) =>
    ['before each', 'one', 'before each', 'two', 'after all'].map((what) => `${what} of ${name}\n`).join('')
  assert.equal(readFileSync(said, 'utf8'), each('first') + each('second'))
})
