import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const hook = new URL('../html/hook.mjs', import.meta.url).href
const lines = JSON.stringify(new URL('lines.ts', import.meta.url).href)
const wordsFor = (script: string) => {
  const code = `const { newLines } = await import(${lines}); ${script}`
  return ['--import', hook, '--input-type=module', '--eval', code]
}

describe('lines of a log', () => {
  test('come whole and in order, with the last ones when the process ends at once', async () => {
    const script = `
      const { write } = newLines(4096, 2 ** 24)
      for (let n = 0; n < 5000; n++) write(n + ' ' + 'ü𝄞x'.repeat(n % 97) + '\\n')
      write('long ' + '€'.repeat(20_000) + '\\n')
      write('last\\n')
      process.exit()`
    const { stdout } = await promisify(execFile)(process.execPath, wordsFor(script), { maxBuffer: 2 ** 24 })
    const numbered = Array.from({ length: 5000 }, (_, n) => `${n} ${'ü𝄞x'.repeat(n % 97)}\n`)
    assert.equal(stdout, `${numbered.join('')}long ${'€'.repeat(20_000)}\nlast\n`)
  })

  test('do not wait for others', async (t) => {
    const child = spawn(
      process.execPath,
      wordsFor(`newLines(4096, 2 ** 24).write('one\\n'); setInterval(() => {}, 1e6)`),
    )
    t.after(() => child.kill())
    const [said] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(20_000) })
    assert.equal(String(said), 'one\n')
  })

  test('are dropped when nobody reads them, beyond a limit, and the process goes on', async (t) => {
    const script = `
      const { write } = newLines(4096, 100_000)
      const line = 'x'.repeat(999) + '\\n'
      for (let n = 0; n < 3000; n++) { write(line); if (n % 50 === 0) await new Promise(setImmediate) }
      process.stderr.write('through')
      setInterval(() => write('again\\n'), 50)`
    const child = spawn(process.execPath, wordsFor(script), { stdio: ['ignore', 'pipe', 'pipe'] })
    t.after(() => child.kill())
    const [said] = await once(child.stderr, 'data', { signal: AbortSignal.timeout(20_000) })
    assert.equal(String(said), 'through')
    await sleep(100)
    let read = ''
    for await (const chunk of child.stdout) {
      read += String(chunk)
      if (read.includes('again')) break
    }
    const xs = read.split('\n').filter((line) => line === 'x'.repeat(999)).length
    assert.ok(xs >= 64 && xs < 1000, `${xs} lines`)
  })
})
