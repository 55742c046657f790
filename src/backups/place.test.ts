// Where the backups of the timetable go, and how they go again.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { startBucket } from '../../test/pictures.ts'
import { findLastBackups, isBackupDue } from '../backup-log/queries.ts'
import { measureBackups } from '../backup-log/metrics.ts'
import { loadConfig } from '../config.ts'
import { newMetrics } from '../http/metrics.ts'
import { paths } from '../paths.ts'
import { backUpWhenDue } from './jobs.ts'
import { type BackupPlace, nameOf, openPlace } from './place.ts'
import { readBackup } from './read.ts'
import { makeScheduled } from './scheduled.ts'

const folder = mkdtempSync(join(tmpdir(), 'bloggy-place-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const { settings } = await startBucket()
const inBucket = {
  BACKUP_TO: settings.MEDIA_S3_URL ?? '',
  BACKUP_S3_REGION: 'us-east-1',
  BACKUP_S3_ACCESS_KEY: 'S3RVER',
  BACKUP_S3_SECRET_KEY: 'S3RVER',
}

describe('a place for backups', () => {
  for (const [kind, environment] of [
    ['a folder', { BACKUP_TO: join(folder, 'plain') }],
    ['a bucket', inBucket],
  ] as const) {
    test(`that is ${kind} gives back what was put there, the newest first, and forgets what is removed`, async () => {
      const place = openPlace(loadConfig(environment))
      assert.deepEqual(await place.list(), [])
      const first = nameOf(new Date('2026-11-23T17:00:00.123Z'))
      const second = nameOf(new Date('2026-11-24T17:00:00Z'))
      assert.equal(first, 'bloggy-20261123T170000Z.backup')
      // More than one part of an upload.
      const content = randomBytes(17 << 20)
      await place.put(first, pieces(content))
      await place.put(second, pieces(Buffer.from('short')))
      const found = await place.list()
      assert.deepEqual(found, [
        { name: second, bytes: 5 },
        { name: first, bytes: content.length },
      ])
      assert.ok((await buffer(place.source({ name: first, bytes: 0 }).open())).equals(content))
      await place.remove(first)
      assert.deepEqual(
        (await place.list()).map(({ name }) => name),
        [second],
      )
      await assert.rejects(place.put(first, failing()), /the line is cut/)
      assert.equal((await place.list()).length, 1)
    })
  }

  test('that is a folder lets nobody else read, and leaves alone what is not ours', async () => {
    const path = join(folder, 'ours')
    const place = openPlace(loadConfig({ BACKUP_TO: path }))
    await place.put(nameOf(new Date()), pieces(Buffer.from('x')))
    const [name = ''] = readdirSync(path)
    assert.equal(statSync(join(path, name)).mode & 0o777, 0o600)
    assert.equal(statSync(path).mode & 0o777, 0o700)
    writeFileSync(join(path, 'notes.txt'), 'mine')
    assert.equal((await place.list()).length, 1)
  })

  test('has to be named where backups are to be made, with the keys of a bucket', () => {
    assert.throws(() => loadConfig({ BACKUP_EVERY: '24' }), /BACKUP_EVERY needs BACKUP_TO/)
    assert.throws(() => loadConfig({ BACKUP_TO: 'https://s3.example/bucket' }), /BACKUP_S3_ACCESS_KEY/)
    assert.throws(() => loadConfig({ BACKUP_PASSPHRASE: 'short' }), /at least 12/)
  })
})

describe('a backup of the timetable', { concurrency: false }, async () => {
  const to = join(folder, 'kept')
  const passphrase = 'a short sentence is good'
  const { db, target, config, database, cast } = await testApp({
    BACKUP_TO: to,
    BACKUP_EVERY: '24',
    BACKUP_KEEP: '2',
    BACKUP_PASSPHRASE: passphrase,
  })
  const limits = {
    poolSize: 6,
    connectTimeoutSeconds: 5,
    statementTimeoutSeconds: 30,
    lockTimeoutSeconds: 5,
    preparesStatements: true,
  }
  const make = () =>
    makeScheduled(config, db, target, limits, { signal: new AbortController().signal, onProgress: () => {} })
  let started = 0
  const maker = { start: () => void started++, stop: async () => {} }

  test('is due when none was made, and the owner is told that there is none', async () => {
    assert.equal(await isBackupDue(db, 24), true)
    await backUpWhenDue(db, 24, maker)
    await backUpWhenDue(db, undefined, maker)
    await backUpWhenDue(db, 24, undefined)
    assert.equal(started, 1)
    assert.match((await cast.ada.get(paths.admin.dashboard())).body, /None was made yet/)
  })

  test('is encrypted, noted and kept; only so many stay, and then none is due', async () => {
    const place: BackupPlace = openPlace(config)
    for (const day of ['01', '02']) await place.put(`bloggy-202001${day}T000000Z.backup`, pieces(Buffer.from('old')))
    const { name, removed } = await make()
    assert.deepEqual(removed, ['bloggy-20200101T000000Z.backup'])
    const kept = await place.list()
    assert.deepEqual(
      kept.map((stored) => stored.name),
      [name, 'bloggy-20200102T000000Z.backup'],
    )
    const [first] = kept
    assert.ok(first)
    const { isSealed, manifest } = await readBackup(place.source(first).open(), passphrase)
    assert.equal(isSealed, true)
    const [users] = await database.reader`select count(*)::int as count from users`
    assert.equal(manifest.tables.users?.rows, users?.count)
    const last = await findLastBackups(db)
    assert.equal(last.bytes, first.bytes)
    assert.equal(await isBackupDue(db, 24), false)
    const { rows } = await database.reader`select action from audit_events where action like 'backup.%'`.then(
      (found) => ({ rows: found }),
    )
    assert.deepEqual(
      rows.map((row) => row.action),
      ['backup.made'],
    )
    const metrics = newMetrics()
    measureBackups(metrics.registry, db)
    assert.match(await metrics.registry.metrics(), /^bloggy_backup_age_seconds \d/m)
    assert.match((await cast.ada.get(paths.admin.dashboard())).body, /Backup[^]*encrypted/)
    assert.doesNotMatch((await cast.ben.get(paths.admin.dashboard())).body, /Backup/)
  })

  test('that fails says why, leaves the others, and is tried again after an hour', async () => {
    const before = readdirSync(to)
    const broken = { ...config, backupTo: '/dev/null/nowhere' }
    await assert.rejects(
      makeScheduled(broken, db, target, limits, { signal: new AbortController().signal, onProgress: () => {} }),
    )
    assert.deepEqual(readdirSync(to), before)
    assert.match((await findLastBackups(db)).error ?? '', /ENOTDIR/)
    await database.reader`delete from backups where error is null`
    assert.equal(await isBackupDue(db, 24), false)
    await database.reader`update backups set begun_at = now() - interval '61 minutes'`
    assert.equal(await isBackupDue(db, 24), true)
    assert.match((await cast.ada.get(paths.admin.dashboard())).body, /The last backup failed[^]*ENOTDIR/)
  })
})

async function* pieces(content: Buffer) {
  for (let at = 0; at < content.length; at += 1 << 20) yield content.subarray(at, at + (1 << 20))
}

async function* failing() {
  yield Buffer.from('half')
  throw new Error('the line is cut')
}
