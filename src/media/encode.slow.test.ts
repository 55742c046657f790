// The process that opens what strangers made.
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { movingPicture, picture } from '../../test/pictures.ts'
import { AppError } from '../errors.ts'
import { encode } from './encode.ts'

const folder = mkdtempSync(join(tmpdir(), 'bloggy-encode-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

async function sent(content: Buffer): Promise<[path: string, into: string]> {
  const path = join(folder, `sent-${++count}`)
  writeFileSync(path, content)
  return [path, join(folder, `sizes-${count}`)]
}

const isRefused = (error: unknown) => error instanceof AppError && error.kind === 'invalid'

describe('the process that opens a picture', () => {
  test('knows no setting and has limits on memory, time and cores', async () => {
    let environment = ''
    let limits = ''
    const [path, into] = await sent(await picture(2000, 2000).toBuffer())
    const look = (child: ChildProcess) => {
      const read = setInterval(() => {
        try {
          const seen = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
          if (!seen.includes('encode-process.ts') || seen.startsWith('/bin/sh')) return
          environment ||= readFileSync(`/proc/${child.pid}/environ`, 'utf8')
          limits ||= readFileSync(`/proc/${child.pid}/limits`, 'utf8')
        } catch {}
      }, 2)
      child.once('exit', () => clearInterval(read))
    }
    await encode(path, into, { onStart: look })
    const names = environment.split('\0').map((line) => line.split('=')[0])
    assert.deepEqual(
      names.filter((name) => name && !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(name)),
      ['MALLOC_ARENA_MAX'],
    )
    assert.match(limits, /Max data size\s+1536000000/)
    assert.match(limits, /Max cpu time\s+60/)
    assert.match(limits, /Max core file size\s+0/)
  })

  test('killed halfway is a picture that cannot be read, and the next one is', async () => {
    const [path, into] = await sent(await movingPicture(600, 400, 100))
    const onStart = (child: ChildProcess) => void setTimeout(() => child.kill('SIGKILL'), 200)
    await assert.rejects(encode(path, into, { onStart }), isRefused)
    const again = await sent(await picture().toBuffer())
    assert.equal((await encode(...again)).sizes.length, 2)
  })

  test('is stopped when it takes too long', async () => {
    const [path, into] = await sent(await movingPicture(600, 400, 100))
    const children: ChildProcess[] = []
    const options = { timeLimitMs: 200, onStart: (child: ChildProcess) => void children.push(child) }
    await assert.rejects(encode(path, into, options), isRefused)
    assert.deepEqual(
      children.map(({ signalCode }) => signalCode),
      ['SIGKILL'],
    )
  })

  test('works on one picture at a time, and on so many that wait', async () => {
    let running = 0
    let most = 0
    const onStart = (child: ChildProcess) => {
      most = Math.max(most, ++running)
      child.once('exit', () => running--)
    }
    const [path, into] = await sent(await picture(20, 20).toBuffer())
    const answers = await Promise.allSettled(Array.from({ length: 25 }, () => encode(path, into, { onStart })))
    assert.equal(most, 1)
    const refused = answers.filter((answer) => answer.status === 'rejected').map(({ reason }) => reason as AppError)
    assert.equal(refused.length, 5)
    assert.ok(refused.every(({ kind, message }) => kind === 'busy' && /many pictures/.test(message)))
  })
})
