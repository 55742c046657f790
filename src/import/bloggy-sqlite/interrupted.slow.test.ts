// Stopped at any moment and run again, an import ends as if nothing had happened. `npm run import:kills` does it 50 times.
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildBigFile } from '../../../bench/big-file.ts'
import { newBlog } from '../../../test/app.ts'
import { bloggy, finish } from '../../../test/bloggy.ts'
import { createDatabase } from '../../../test/database.ts'
import { editFile } from '../../../test/dumps.ts'
import { bothKeys, bringInBrokenOff, withBulk } from '../../../test/imported.ts'
import { type Place, importWithKills, settingsOf, sumsOf } from '../../../test/kills.ts'
import { chanceFrom } from '../../../test/legacy/random-values.ts'
import { until } from '../../../test/waiting.ts'
import type { BulkConnection } from '../../db/copy.ts'
import { StartError } from '../../errors.ts'
import type { ImportReport } from '../report.ts'
import { turnLock } from '../turn.ts'
import { importFile } from './import.ts'
import type { Step } from './run.ts'

const kills = Number(process.env.BLOGGY_IMPORT_KILLS ?? 2)
const seed = Number(process.env.BLOGGY_IMPORT_SEED ?? 20_251_122)
const folder = mkdtempSync(join(tmpdir(), 'bloggy-interrupted-'))
const path = join(folder, 'big.db')
buildBigFile(path, Number(process.env.BLOGGY_IMPORT_SCALE ?? 0.004))
const drops: (() => Promise<void>)[] = []
after(async () => {
  for (const drop of drops) await drop()
  rmSync(folder, { recursive: true, force: true })
})

const calm = await newPlace()
const begun = Date.now()
const undisturbed = await importIt(calm)
const longestMs = Date.now() - begun
const expected = await withBulk(calm.target, sumsOf)

describe('an import that is killed', { concurrency: false }, () => {
  const perRound = 10
  for (let round = 0; round * perRound < kills; round++) {
    const most = Math.min(perRound, kills - round * perRound)
    test(`${most} times at any moment ends as one that was left alone (${round + 1})`, async (t) => {
      const chance = chanceFrom(seed + round)
      for (let left = most; left > 0;) {
        const place = await newPlace()
        await withBulk(place.target, async (db) => {
          const { report, killed, seenEarly } = await importWithKills(place, db, path, {
            kills: left,
            longestMs,
            chance,
          })
          left -= killed.length
          for (const { afterMs, phase, rows } of killed) {
            t.diagnostic(
              `killed after ${String(afterMs).padStart(5)} ms · ${phase} · ${rows.toLocaleString('en')} rows`,
            )
          }
          assert.equal(seenEarly, 0)
          assert.deepEqual(report.proof.tables, undisturbed.proof.tables)
          assert.deepEqual(await sumsOf(db), expected)
          const { n } = await db.one<{ n: number }>(`select count(*) as n from imports where state <> 'complete'`)
          assert.equal(n, 0)
        })
      }
    })
  }

  test('between any two parts, and within any of them, ends so, too', async () => {
    const place = await newPlace()
    await withBulk(place.target, async (db) => {
      const { report, broken } = await bringInBrokenOff(db, path)
      assert.equal(report.was_resumed, true)
      assert.deepEqual(report.proof.tables, undisturbed.proof.tables)
      assert.ok(broken > 5, String(broken))
      assert.deepEqual(await sumsOf(db), expected)
    })
  })

  test('leaves a copy of the file, which the next start of the blog takes away, but not that of one that runs', async () => {
    const place = await newPlace()
    await withBulk(place.target, async (db) => {
      const folder = join(place.folder, 'snapshots')
      const copies = () => (existsSync(folder) ? readdirSync(folder) : [])
      const killed = bloggy(['import', path], settingsOf(place))
      await reading(db)
      killed.kill('SIGKILL')
      await killed.ended
      const [left] = copies()
      assert.ok(left)
      // Held up for as long as the blog starts.
      await db.query('begin; lock table audit_events in exclusive mode')
      const running = bloggy(['import', path, '--rehearse'], settingsOf(place))
      running.ended.catch(() => {})
      await until(() => !copies().includes(left) && copies().length > 0)
      const own = copies()
      const other = mkdtempSync(join(folder, 'bloggy-snapshot-'))
      copyFileSync(path, join(other, 'snapshot.db'))
      const server = await newBlog({ BLOGGY_DATA: place.folder })
      await until(() => !existsSync(other))
      assert.deepEqual(copies(), own)
      await server.app.close()
      await db.query('rollback')
      assert.equal(await running.ended, 2, running.stderr())
    })
  })

  test('while it settles goes on from there', async () => {
    const place = await newPlace()
    await withBulk(place.target, async (db) => {
      const run = bloggy(['import', path], settingsOf(place))
      await waitFor(db, `select from imports where (progress->'tables'->'auth_events'->>'isDone')::boolean`)
      run.kill('SIGKILL')
      await run.ended
      const report = await importIt(place)
      assert.equal(report.was_resumed, true)
      assert.deepEqual(await sumsOf(db), expected)
    })
  })

  test('begins anew when the file is another by then', async () => {
    const place = await newPlace()
    const changed = join(folder, 'changed.db')
    copyFileSync(path, changed)
    await withBulk(place.target, async (db) => {
      const run = bloggy(['import', changed], settingsOf(place))
      await reading(db)
      run.kill('SIGKILL')
      await run.ended
      editFile(changed, `update posts set title = 'Changed' where id = (select max(id) from posts)`)
      const report = await importIt(place, changed)
      assert.deepEqual([report.was_resumed, report.proof.is_equal], [false, true])
      const { n } = await db.one<{ n: number }>(
        `select (select count(*) from posts where title = 'Changed') + (select count(*) from imports) as n`,
      )
      assert.equal(n, 2)
      assert.equal((await sumsOf(db)).schemas, expected.schemas)
    })
  })
})

describe('an import that is stopped', { concurrency: false }, () => {
  for (const [signal, isRehearsal] of [
    ['SIGINT', false],
    ['SIGTERM', true],
  ] as const) {
    test(`by ${signal} ends in order${isRehearsal ? ', also as a rehearsal' : ''}, and goes on`, async () => {
      const place = await newPlace()
      await withBulk(place.target, async (db) => {
        const run = bloggy(['import', path, ...(isRehearsal ? ['--rehearse'] : [])], settingsOf(place))
        await reading(db)
        run.kill(signal)
        assert.equal(await run.ended, 1)
        assert.match(run.stderr(), /\nStopped\. Nothing of it is public; run the same command again[^\n]+\n\n$/)
        assert.doesNotMatch(run.stderr(), /\n +at /)
        assert.deepEqual(readdirSync(join(place.folder, 'snapshots')), [])
        const states = await db.query<{ state: string }>('select state from imports')
        assert.deepEqual(
          states.map(({ state }) => state),
          isRehearsal ? [] : ['failed'],
        )
        if (isRehearsal) return assert.equal((await sumsOf(db)).schemas, expected.schemas)
        const report = await importIt(place)
        assert.equal(report.was_resumed, true)
        assert.deepEqual(await sumsOf(db), expected)
      })
    })
  }

  test('because PostgreSQL ended its connection says so in a sentence, and goes on', async () => {
    const place = await newPlace()
    await withBulk(place.target, async (db) => {
      const run = bloggy(['import', path], settingsOf(place))
      await reading(db)
      await db.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'bloggy import' and datname = current_database()`,
      )
      assert.equal(await run.ended, 1)
      assert.match(run.stderr(), /\nThe import stopped: .+\. Run the same command again to go on\.\n\n$/)
      assert.doesNotMatch(run.stderr(), /\n +at /)
      const report = await importIt(place)
      assert.equal(report.was_resumed, true)
      assert.deepEqual(await sumsOf(db), expected)
    })
  })
})

describe('an import is refused', () => {
  test('while another one runs, and changes nothing', async () => {
    const place = await newPlace()
    await withBulk(place.target, async (db) => {
      await db.query(`select pg_advisory_lock(${turnLock})`)
      const { code, stderr } = await finish(['import', path], settingsOf(place))
      assert.equal(code, 3)
      assert.match(stderr, /\nAnother import is running on this blog\./)
      assert.equal((await db.query('select from imports')).length, 0)
    })
  })

  test('without a database that answers', async () => {
    const settings = { ...settingsOf(calm), DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
    const { code, stderr } = await finish(['import', path], settings)
    assert.equal(code, 3)
    assert.doesNotMatch(stderr, /\n +at /)
    assert.match(stderr, /127\.0\.0\.1/)
    assert.deepEqual(readdirSync(join(calm.folder, 'snapshots')), [])
  })
})

async function newPlace(): Promise<Place> {
  const { target, drop } = await createDatabase()
  drops.push(drop)
  return { target, folder: mkdtempSync(join(folder, 'data-')) }
}

async function importIt(place: Place, file = path): Promise<ImportReport> {
  const { code, stdout, stderr } = await finish(['import', file, '--json'], settingsOf(place))
  assert.ok(code === 0 || code === 2, `${code} ${stderr}`)
  return JSON.parse(stdout) as ImportReport
}

/** Waits until rows of the file lie beside the blog. */
const reading = (db: BulkConnection) =>
  waitFor(db, `select from imports where (progress->'tables'->'posts'->>'read')::int > 0`)

async function waitFor(db: BulkConnection, query: string): Promise<void> {
  for (const start = Date.now(); ; await sleep(5)) {
    if ((await db.query(query)).length > 0) return
    if (Date.now() - start > 20_000) throw new Error(`It never came: ${query}`)
  }
}

describe('an import that cannot go on', () => {
  test('because its reader died names the table and the row', async () => {
    const place = await newPlace()
    await withBulk(place.target, async (db) => {
      const dying = new AbortController()
      const onStep = ({ phase, label }: Step) => {
        if (phase === 'reading' && label === 'comments') dying.abort()
      }
      const source = { path, name: path, bytes: 1, family: 'of the test' }
      const options = { isRehearsal: false, keys: bothKeys, onStep, partBytes: 1, signal: dying.signal }
      await assert.rejects(importFile(db, source, options), (error: Error) => {
        assert.ok(error instanceof StartError, error.stack)
        // What was read before it died still comes, so it may be a table later.
        assert.match(
          error.message,
          /^Reading the file ended in the table \w+, (soon after the row \d+|at its first rows)\./,
        )
        return true
      })
    })
  })

  test('because its role may create no schema says which right it needs, and works with it', async () => {
    const place = await newPlace()
    await withBulk(place.target, async (db) => {
      const { name, role } = await db.one<{ name: string; role: string }>(
        'select quote_ident(current_database()) as name, quote_ident(current_user) as role',
      )
      await db.query(`revoke create on database ${name} from public, ${role}`)
      const { code, stderr } = await finish(['import', path], settingsOf(place))
      assert.equal(code, 3)
      assert.match(stderr, /has no right CREATE on the database/)
      const [, statement] = /(grant create on database .+ to .+;)/.exec(stderr.replaceAll('\n', ' ')) ?? []
      assert.ok(statement, stderr)
      await db.query(statement)
      assert.equal((await importIt(place)).proof.is_equal, true)
    })
  })
})
