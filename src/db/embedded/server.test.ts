import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { copyCluster } from '../../../test/base-backup.ts'
import { startChild } from '../../../test/child.ts'
import { testLimits } from '../../../test/database.ts'
import { patienceMs, until } from '../../../test/waiting.ts'
import { StartError } from '../../errors.ts'
import { connect } from '../pool.ts'
import { isAlive, readPostmaster } from './processes.ts'
import { type Embedded, embeddedTarget, findRunning, startEmbedded } from './server.ts'
import { thisMachine, tune } from './tuning.ts'

const isRoot = process.getuid?.() === 0
const base = mkdtempSync(join(tmpdir(), `bloggy-test-${process.pid}-embedded-`))
chmodSync(base, 0o755)
after(() => rmSync(base, { recursive: true, force: true }))

describe('the embedded PostgreSQL', () => {
  test('is made at the first start: version 16, checksums, UTF-8, one locale everywhere, no TCP', async () => {
    const folder = join(base, 'first', 'data')
    await whileRunning(folder, async (server, sql) => {
      const [found] = await sql`
        select current_setting('server_version_num')::int / 10000 as version, current_setting('data_checksums') as checksums,
          current_setting('listen_addresses') as tcp, current_setting('fsync') as fsync, current_user as "user",
          pg_encoding_to_char(encoding) as encoding, datcollate as "collate", datctype as ctype, pg_get_userbyid(datdba) as owner,
          (select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = current_user) as "isPowerful"
        from pg_database where datname = current_database()`
      assert.deepEqual(
        { ...found },
        {
          version: 16,
          checksums: 'on',
          tcp: '',
          fsync: 'on',
          user: 'bloggy',
          encoding: 'UTF8',
          collate: 'C.UTF-8',
          ctype: 'C.UTF-8',
          owner: 'bloggy',
          isPowerful: false,
        },
      )
      assert.deepEqual(findRunning(folder), server.target)
    })
    assert.equal(findRunning(folder), undefined)
    assert.equal(existsSync(join(folder, 'bloggy.pid')), false)
  })

  test('waits until a base backup is restored to its moment from the archive, and goes on from there', async () => {
    const [folder, again] = [join(base, 'archived'), join(base, 'restored')]
    const archive = join(base, 'archive')
    mkdirSync(archive)
    chmodSync(archive, 0o777)
    mkdirSync(folder)
    writeFileSync(join(folder, 'postgresql.conf'), `archive_mode = on\narchive_command = 'cp %p ${archive}/%f'\n`)
    const said: string[] = []
    let moment = ''
    await whileRunning(folder, async (_, sql) => {
      await sql`create table kept as select 1 as n`
      mkdirSync(again)
      const superuser = connect(embeddedTarget(join(folder, 'socket'), 'postgres'), testLimits, 1, {
        fetch_types: false,
      })
      const write = (name: string, text: string) => {
        const path = join(again, 'postgresql', name)
        writeFileSync(path, text)
        const { uid, gid } = statSync(join(again, 'postgresql'))
        if (isRoot) chownSync(path, uid, gid)
      }
      await copyCluster(async (work) => await work(superuser), join(again, 'postgresql'), write, true)
      write('recovery.signal', '')
      await sql`insert into kept select n from generate_series(2, 1000) n`
      moment = (await sql<{ now: string }[]>`select clock_timestamp()::text as now`)[0]?.now ?? ''
      await sql`delete from kept`
      await superuser`select pg_switch_wal()`
      const isArchived = async () => {
        const [left] = await superuser`select from pg_ls_archive_statusdir() where name like '%.ready'`
        return left === undefined
      }
      await until(isArchived)
      await superuser.end()
    })
    const lines = [
      // It can be read by then, as in the archive of a large blog, and is not done.
      `restore_command = 'sleep 0.3 && cp ${archive}/%f %p'`,
      `recovery_target_time = '${moment}'`,
      `recovery_target_action = 'promote'`,
    ]
    writeFileSync(join(again, 'postgresql.conf'), lines.join('\n'))
    const server = await startEmbedded(again, { durable: false, onProgress: (line) => void said.push(line) })
    try {
      const sql = connect(server.target, testLimits, 1)
      assert.equal((await sql`select count(*)::int as count from kept`)[0]?.count, 1000)
      await sql`insert into kept values (0)`
      await sql.end()
    } finally {
      await server.stop()
    }
    assert.deepEqual(said, ['PostgreSQL restores from an archive; Bloggy starts when that is done.'])
  })

  test('is sized to the machine, which the owner overrides by a file and, over that, with alter system', async () => {
    const folder = join(base, 'tuned')
    const shown = async (sql: Sql) =>
      (
        await sql`select current_setting('jit') as jit, current_setting('work_mem') as work, current_setting('shared_buffers') as shared`
      )[0]
    const { work_mem, shared_buffers } = tune(thisMachine(0))
    await whileRunning(folder, async (_, sql) => {
      const found = await shown(sql)
      assert.equal(found?.jit, 'off')
      const [same] = await sql`
        select pg_size_bytes(${found?.work}) = pg_size_bytes(${work_mem ?? ''}) as work,
          pg_size_bytes(${found?.shared}) = pg_size_bytes(${shared_buffers ?? ''}) as shared`
      assert.deepEqual({ ...same }, { work: true, shared: true })
    })
    writeFileSync(join(folder, 'postgresql.conf'), `jit = on\nwork_mem = '3MB'\nshared_buffers = '40MB'\n`)
    await whileRunning(folder, async ({ target }, sql) => {
      assert.deepEqual({ ...(await shown(sql)) }, { jit: 'on', work: '3MB', shared: '40MB' })
      const superuser = embeddedTarget(target.addresses[0]?.host ?? '', 'postgres', 'postgres')
      await withSql(superuser, async (sql) => await sql`alter system set work_mem = '5MB'`)
    })
    await whileRunning(folder, async (_, sql) => assert.equal((await shown(sql))?.work, '5MB'))
  })

  test('lets only its own account at the socket and the data', async () => {
    const folder = join(base, 'closed')
    await whileRunning(folder, async ({ target }) => {
      const socket = target.addresses[0]?.host ?? ''
      assert.equal(socket, join(folder, 'socket'))
      assert.equal(statSync(socket).mode & 0o777, 0o700)
      assert.equal(statSync(join(socket, '.s.PGSQL.5432')).mode & 0o777, 0o700)
      assert.equal(statSync(join(folder, 'postgresql')).mode & 0o777, 0o700)
    })
  })

  test('keeps its rows from one start to the next, and makes nothing anew', async () => {
    const folder = join(base, 'kept')
    const told: string[] = []
    await whileRunning(folder, async (_, sql) => await sql`create table notes as select 'kept' as text`)
    const server = await startEmbedded(folder, { onProgress: (line) => told.push(line) })
    await using(server, async (sql) => assert.equal((await sql`select text from notes`)[0]?.text, 'kept'))
    assert.deepEqual(told, [])
  })

  test('starts once of five times at once on a new folder', async () => {
    const folder = join(base, 'crowd', 'data')
    const starts = await Promise.allSettled(Array.from({ length: 5 }, () => startEmbedded(folder, { durable: false })))
    const running = starts.filter((start) => start.status === 'fulfilled')
    try {
      assert.equal(running.length, 1)
      for (const start of starts) {
        if (start.status === 'rejected') assert.match(String(start.reason), /Another Bloggy.* is already running on/)
      }
    } finally {
      for (const start of running) await start.value.stop()
    }
  })

  test('is refused to a second Bloggy on the same folder, and goes on for the first', async () => {
    const folder = join(base, 'taken')
    const first = startChild('embedded', folder)
    try {
      assert.ok(await first.wrote(1))
      const refusal = await startEmbedded(folder).then(
        () => assert.fail('It started.'),
        (error: unknown) => error,
      )
      assert.ok(refusal instanceof StartError)
      assert.equal(
        refusal.message,
        `Another Bloggy (process ${first.pid}) is already running on ${folder}. Stop it first, or give this one a folder of its own with BLOGGY_DATA.`,
      )
      await withSql(findRunning(folder), async (sql) => assert.equal((await sql`select 1 as one`)[0]?.one, 1))
    } finally {
      await first.kill('SIGTERM')
    }
    assert.equal(readPostmaster(join(folder, 'postgresql')), undefined)
  })

  test('comes back by itself after kill -9, with every row it had confirmed', async () => {
    const folder = join(base, 'killed')
    const told: string[] = []
    const server = await startEmbedded(folder, { onProgress: (line) => told.push(line) })
    await using(server, async (sql) => {
      await sql`create table notes (id int)`
      const killed = readPostmaster(join(folder, 'postgresql'))?.pid ?? 0
      let confirmed = 0
      const writing = (async () => {
        for (;;) {
          await sql`insert into notes values (${confirmed + 1})`
          confirmed++
        }
      })().catch(() => {})
      await sleep(150)
      process.kill(killed, 'SIGKILL')
      // The driver (postgres.js 3.4.9) may leave the statement of that moment without an answer.
      await Promise.race([writing, sleep(10_000)])
      assert.ok(confirmed > 0)

      await until(() => readPostmaster(join(folder, 'postgresql'))?.pid !== killed && findRunning(folder) !== undefined)
      let count = 0
      // On a connection of its own: the other one may still wait for that answer.
      await answer(() =>
        withSql(findRunning(folder), async (sql) => {
          count = (await sql`select count(*) as count from notes`)[0]?.count as number
        }),
      )
      assert.ok(count === confirmed || count === confirmed + 1, `${confirmed} confirmed, ${count} found`)
      assert.ok(told.some((line) => line.includes('ended unexpectedly; starting it again')))
    })
  })

  test('does not outlive a Bloggy that was killed with -9, and the next start has its rows', async () => {
    const folder = join(base, 'orphan')
    const child = startChild('embedded', folder)
    assert.ok(await child.wrote(1))
    await withSql(findRunning(folder), async (sql) => await sql`create table notes as select 'kept' as text`)
    const pid = readPostmaster(join(folder, 'postgresql'))?.pid ?? 0
    assert.ok(isAlive(pid))
    await child.kill('SIGKILL')
    await until(() => !isAlive(pid))
    await whileRunning(folder, async (_, sql) => assert.equal((await sql`select text from notes`)[0]?.text, 'kept'))
  })

  test('is started at once after a kill, without waiting for the old one', async () => {
    const folder = join(base, 'hasty')
    const child = startChild('embedded', folder)
    assert.ok(await child.wrote(1))
    await withSql(findRunning(folder), async (sql) => await sql`create table notes as select 'kept' as text`)
    await child.kill('SIGKILL')
    await whileRunning(folder, async (_, sql) => assert.equal((await sql`select text from notes`)[0]?.text, 'kept'))
  })

  test('starts on the same folder when a kill interrupted the making of it', async () => {
    const folder = join(base, 'draft')
    for (const wait of [0, 300]) {
      const child = startChild('embedded', folder)
      const draft = join(folder, `postgresql.new-${child.pid}`)
      await until(() => existsSync(draft))
      await sleep(wait)
      await child.kill('SIGKILL')
      // initdb hears of the kill a moment later, and writes until then.
      await until(() => !isUsed(draft))
      assert.equal(existsSync(join(folder, 'postgresql')), false, 'it was made before the kill')
    }
    await whileRunning(folder, async (_, sql) => assert.equal((await sql`select 1 as one`)[0]?.one, 1))
    const drafts = readdirSync(folder).filter((name) => name.includes('.new-'))
    assert.deepEqual(drafts, [])
  })

  test('works at a path too long for a socket', async () => {
    const folder = join(base, 'long-'.padEnd(120, 'x'), 'data-'.padEnd(80, 'x'))
    await whileRunning(folder, async ({ target }, sql) => {
      const socket = target.addresses[0]?.host ?? ''
      assert.ok(socket.startsWith(tmpdir()) && Buffer.byteLength(socket) < 80, socket)
      assert.equal(statSync(socket).mode & 0o777, 0o700)
      assert.equal((await sql`select 1 as one`)[0]?.one, 1)
      after(() => rmSync(socket, { recursive: true, force: true }))
    })
  })

  test('works at a path with spaces, quotes and letters beyond ASCII', async () => {
    const folder = join(base, `Ada's “blog” $1 %20`)
    await whileRunning(folder, async (_, sql) => assert.equal((await sql`select 1 as one`)[0]?.one, 1))
  })

  test('works as root below a folder that only root may enter', { skip: !isRoot && 'not root' }, async () => {
    const closed = join(base, 'root-only')
    mkdirSync(closed, { mode: 0o700 })
    const folder = join(closed, 'data')
    await whileRunning(folder, async (_, sql) => assert.equal((await sql`select 1 as one`)[0]?.one, 1))
    await whileRunning(folder, async (_, sql) => assert.equal((await sql`select 2 as two`)[0]?.two, 2))
    assert.equal(statSync(closed).mode & 0o777, 0o700)
  })

  test('never runs as root', { skip: !isRoot && 'not root' }, async () => {
    const folder = join(base, 'unprivileged')
    await whileRunning(folder, async () => {
      const pid = readPostmaster(join(folder, 'postgresql'))?.pid
      assert.notEqual(statSync(`/proc/${pid}`).uid, 0)
    })
  })

  test('says what is wrong when the folder cannot be written', async () => {
    const file = join(base, 'file')
    writeFileSync(file, '')
    await assert.rejects(startEmbedded(join(file, 'data')), (error) => {
      assert.ok(error instanceof StartError)
      assert.equal(error.message, `The data folder ${file}/data cannot be written (ENOTDIR). Set BLOGGY_DATA.`)
      return true
    })
  })

  test('refuses a socket folder that belongs to somebody else', { skip: !isRoot && 'not root' }, async () => {
    const folder = join(base, 'foreign')
    mkdirSync(join(folder, 'socket'), { recursive: true })
    chownSync(join(folder, 'socket'), 12345, 12345)
    await assert.rejects(startEmbedded(folder), /socket belongs to somebody else/)
  })
})

async function whileRunning(folder: string, work: (server: Embedded, sql: Sql) => Promise<unknown>): Promise<void> {
  const server = await startEmbedded(folder)
  await using(server, (sql) => work(server, sql))
}

async function using(server: Embedded, work: (sql: Sql) => Promise<unknown>): Promise<void> {
  try {
    await withSql(server.target, work)
  } finally {
    await server.stop()
  }
}

async function withSql(target = embeddedTarget('/nowhere'), work: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = connect(target, testLimits, 1)
  try {
    await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** True while a program was started with that path among its words. */
function isUsed(path: string): boolean {
  const pids = existsSync('/proc/self') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []
  return pids.some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(path)
    } catch {
      return false
    }
  })
}

/** Asks again while the server is still recovering. */
async function answer<T>(ask: () => Promise<T>): Promise<T> {
  for (const begun = Date.now(); ; await sleep(50)) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() - begun > patienceMs) throw error
    }
  }
}
