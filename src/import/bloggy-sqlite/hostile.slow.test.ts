// Files made to do harm, and files of others, through the command as people run it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { bloggy } from '../../../test/bloggy.ts'
import { testDatabase } from '../../../test/database.ts'
import { compare, describeShape, dump } from '../../../test/dumps.ts'
import { withBulk } from '../../../test/imported.ts'
import { settingsOf } from '../../../test/kills.ts'
import { type Stranger, buildStranger, strangers } from '../../../test/legacy/strangers.ts'
import type { ImportReport } from '../report.ts'

// Of a whole process, whose own part is about 150 MB.
const mostMemory = 1400
const mostSeconds = 40

const root = mkdtempSync(join(tmpdir(), 'bloggy-hostile-'))
after(() => rmSync(root, { recursive: true, force: true }))
const { target } = await testDatabase()
const place = { target, folder: join(root, 'data') }
const empty = await withBulk(target, dump)
const shape = await withBulk(target, describeShape)

// Bloggy's own tables are in them, and what else they hold is not run.
const welcome: Stranger[] = ['hostile', 'expensive columns', 'a huge schema']
const names = (Object.keys(strangers) as Stranger[]).filter((name) => !welcome.includes(name))

describe('bloggy import refuses, and nothing changes on either side:', () => {
  for (const name of names) {
    test(name, async () => {
      const { code, stdout, stderr, unchanged } = await importStranger(name)
      assert.equal(code, 3, stderr)
      const said = JSON.parse(stdout) as { message?: string; refused?: string }
      assert.ok(said.refused && said.message, stdout)
      const { code: kind, detail } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '')
      assert.deepEqual([kind, detail], ['refused', said.message])
      assert.doesNotMatch(stderr, /\n +at /)
      unchanged()
      assert.deepEqual(compare(empty, await withBulk(target, dump)), { came: {}, went: {} })
    })
  }
})

describe('bloggy import takes the rows and runs nothing of', () => {
  for (const name of welcome) {
    test(name, async () => {
      const { code, stdout, stderr, unchanged } = await importStranger(name, '--rehearse')
      assert.ok(code === 0 || code === 2, `${code} ${stderr}`)
      const report = JSON.parse(stdout) as ImportReport
      assert.equal(report.proof.is_equal, true)
      for (const { name: table, rows, copied, changed, set_aside, already_there } of report.tables) {
        assert.equal(copied + changed + set_aside + already_there, rows, table)
      }
      unchanged()
      assert.equal(report.tables.find((table) => table.name === 'victims')?.rows ?? 0, 0)
      assert.equal(existsSync('/tmp/bloggy-evil'), false)
      assert.deepEqual(compare(empty, await withBulk(target, dump)), { came: {}, went: {} })
      assert.equal(await withBulk(target, describeShape), shape)
    })
  }
})

async function importStranger(name: Stranger, ...more: string[]) {
  const folder = join(root, name.replaceAll(' ', '-'))
  mkdirSync(folder)
  const path = join(folder, 'blog.db')
  buildStranger(path, name)
  const before = lookAt(folder)
  const begun = performance.now()
  const run = bloggy(['import', path, '--json', ...more], settingsOf(place))
  const peak = watchMemory(run.pid)
  const code = await run.ended
  const seconds = (performance.now() - begun) / 1000
  assert.ok(peak() < mostMemory, `It took ${peak()} MB.`)
  assert.ok(seconds < mostSeconds, `It took ${seconds} seconds.`)
  const unchanged = () => {
    assert.deepEqual(lookAt(folder), before)
    const snapshots = join(place.folder, 'snapshots')
    assert.deepEqual(existsSync(snapshots) ? readdirSync(snapshots) : [], [])
  }
  return { code, stdout: run.stdout(), stderr: run.stderr(), unchanged }
}

/** Every file beside it, what it is, its bytes and when it was changed. */
function lookAt(folder: string): string[] {
  return readdirSync(folder).map((name) => {
    const path = join(folder, name)
    const facts = lstatSync(path)
    const content = facts.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
    return `${name} ${facts.mode} ${facts.size} ${facts.mtimeMs} ${content}`
  })
}

/** In MB, as far as Linux tells. */
function watchMemory(pid: number): () => number {
  let peak = 0
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
    } catch {
      clearInterval(timer)
    }
  }, 50)
  return () => {
    clearInterval(timer)
    return peak
  }
}
