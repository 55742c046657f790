// What does not become a file, and that it leaves none.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { bloggy, finish } from '../../test/bloggy.ts'
import { testDatabase } from '../../test/database.ts'
import { until } from '../../test/waiting.ts'
import { formatConnectionString } from '../db/connection-string.ts'
import { exportSqlite } from './bloggy-sqlite.ts'

const { database, target, limits } = await testDatabase()
const { reader } = database
const settings = { DATABASE_URL: formatConnectionString(target) }
const folder = mkdtempSync(join(tmpdir(), 'bloggy-export-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = () => join(folder, `${++files}.db`)

describe('bloggy export refuses', () => {
  const refused = async (path: string, pattern: RegExp) => {
    const before = readdirSync(folder)
    const { code, stdout, stderr } = await finish(['export', '--sqlite', path], settings)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, pattern)
    assert.doesNotMatch(stderr, /\n {4}at /)
    assert.deepEqual(readdirSync(folder), before)
  }

  test('to write over a file, a folder or a link', async () => {
    const path = newPath()
    writeFileSync(path, 'mine')
    await refused(path, /^\n.+\.db is there already and was left as it is\. Name another file\.\n\n$/)
    assert.equal(readFileSync(path, 'utf8'), 'mine')
    const link = newPath()
    symlinkSync(join(folder, 'nowhere'), link)
    await refused(link, /is there already/)
    await refused(folder, /is there already/)
  })

  test('a folder that is not there', async () => {
    await refused(join(folder, 'none', 'x.db'), /^\nThere is no folder .+\/none\. Make it, or name another\.\n\n$/)
  })

  test('a name whose journal would be taken for its own', async () => {
    for (const ending of ['-wal', '-journal', '-shm']) {
      const path = newPath()
      writeFileSync(path + ending, 'old')
      await refused(path, /belongs to an older \d+\.db\. Name another file, or put it away\.\n\n$/)
    }
  })

  test('to share its draft with another export', async () => {
    const path = newPath()
    writeFileSync(`${path}.partial`, '')
    await refused(path, /\.db\.partial is there already: another command is writing it, or one was killed\./)
  })

  test('a command without a file', async () => {
    const { code, stderr } = await finish(['export'], settings)
    assert.equal(code, 2)
    assert.match(stderr, /--sqlite <file>/)
  })
})

describe('bloggy export of many comments', () => {
  const count = 50_000
  before(async () => {
    await reader`
      insert into posts (id, slug, title, body, body_html, published_at) values (1, 'one', 'One', 'Text', '', now())`
    await reader`
      insert into comments (post_id, body)
      select 1, repeat(md5(i::text), 60) from generate_series(1, ${count}) as i`
  })

  test('keeps little in memory', async () => {
    const path = newPath()
    const run = bloggy(['export', '--sqlite', path], settings)
    let most = 0
    const watch = setInterval(() => {
      if (!existsSync(`/proc/${run.pid}/status`)) return
      const [, kilobytes = 0] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${run.pid}/status`, 'utf8')) ?? []
      most = Math.max(most, Number(kilobytes))
    }, 20)
    assert.equal(await run.ended, 0, run.stderr())
    clearInterval(watch)
    assert.ok(most > 0 && most < 220_000, `${most} kB`)
    const file = new DatabaseSync(path, { readOnly: true })
    const [row] = file.prepare('select count(*) as count, sum(length(text)) as length from comments').all()
    assert.deepEqual({ ...row }, { count, length: count * 32 * 60 })
    file.close()
  })

  test('leaves nothing behind when it is stopped', async () => {
    const path = newPath()
    await reader.begin(async (sql) => {
      await sql`lock table comments in access exclusive mode`
      const run = bloggy(['export', '--sqlite', path], settings)
      await until(() => existsSync(`${path}.partial`))
      run.kill('SIGINT')
      assert.equal(await run.ended, 1)
      assert.equal(run.stderr(), '\nStopped. Nothing was written.\n\n')
    })
    assert.deepEqual([existsSync(path), existsSync(`${path}.partial`)], [false, false])
  })

  test('leaves nothing behind when it is stopped in the middle of a table, and stops at once', async () => {
    const controller = new AbortController()
    const stopped = attempt(controller.signal, () => controller.abort())
    await assert.rejects(stopped, /^Error: Stopped\. Nothing was written\.$/)
  })

  test('leaves nothing behind when PostgreSQL goes away', async () => {
    const lost = attempt(new AbortController().signal, () => {
      void reader`select pg_terminate_backend(pid) from pg_stat_activity where query like 'copy (select%'`.execute()
    })
    await assert.rejects(lost, /^Error: The connection to PostgreSQL was lost on the way\. Nothing was written; run it/)
  })

  test('leaves nothing behind when the disk takes no more', async () => {
    const place = newPath()
    mkdirSync(place)
    const words = ['--import', './src/html/hook.mjs', 'src/cli.ts', 'export', '--sqlite', join(place, 'x.db')]
    const child = spawn('sh', ['-c', 'ulimit -f 8000; exec "$@"', 'sh', process.execPath, ...words], {
      env: { PATH: process.env.PATH, ...settings },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', (chunk) => (stderr += chunk))
    assert.deepEqual(await once(child, 'close'), [1, null], stderr)
    assert.match(stderr, /^\n.+ (is full|cannot be written .+)\. Nothing was left there\.\n\n$/)
    assert.deepEqual(readdirSync(place), [])
  })

  /** An export that `interrupt` is called for once, in the middle of the comments. */
  async function attempt(signal: AbortSignal, interrupt: () => void): Promise<void> {
    const path = newPath()
    const begun = Date.now()
    let isInterrupted = false
    const onProgress = ({ label, done = 0 }: { label: string; done?: number }) => {
      if (label !== 'comments' || done < 200 || isInterrupted) return
      isInterrupted = true
      interrupt()
    }
    try {
      await exportSqlite(target, limits, { file: path, withDrafts: false, signal, onProgress })
    } finally {
      assert.deepEqual([existsSync(path), existsSync(`${path}.partial`)], [false, false])
      assert.ok(Date.now() - begun < 5000)
      const [row] = await reader`
        select count(*) from pg_stat_activity where query like 'copy (select%' and datname = current_database()`
      assert.equal(row?.count, 0)
    }
  }
})
