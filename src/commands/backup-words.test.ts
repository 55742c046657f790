// What somebody reads where a backup does not come about: which of the many things is away, and no stack.
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { finish } from '../../test/bloggy.ts'
import { createDatabase } from '../../test/database.ts'
import { settingsOf } from '../../test/kills.ts'
import { freePort, startTcpServer } from '../../test/tcp-server.ts'
import { formatConnectionString } from '../db/connection-string.ts'

const root = mkdtempSync(join(tmpdir(), 'bloggy-words-'))
chmodSync(root, 0o755)
const { target, drop } = await createDatabase('migrated')
const settings: Record<string, string> = settingsOf({ target, folder: mkdtempSync(join(root, 'data-')) })
after(async () => {
  await drop()
  rmSync(root, { recursive: true, force: true })
})

test('through npm no backup goes to standard output, where its banner would be the first line', async () => {
  const throughNpm = { ...settings, npm_lifecycle_event: 'bloggy' }
  const refused = await finish(['backup', '-'], throughNpm)
  assert.equal(refused.code, 2)
  assert.equal(refused.stdout, '')
  assert.match(refused.stderr, /npm prints lines of its own before the backup\. Take `bin\/bloggy\.mjs backup -`/)
  assert.equal((await finish(['backup', '-'], { ...throughNpm, npm_config_loglevel: 'silent' })).code, 0)
  const { stdout } = await finish(['backup', '--help'])
  assert.match(stdout, /^ {2}bin\/bloggy\.mjs backup - \| ssh elsewhere/m)
  assert.match(
    (await finish(['restore', '--help'])).stdout,
    /^ {2}ssh .* \| bin\/bloggy\.mjs restore - --without-jobs$/m,
  )
})

test('a bucket that is away is not taken for PostgreSQL', async () => {
  const away = {
    ...settings,
    BACKUP_TO: `https://127.0.0.1:${await freePort()}/blog`,
    BACKUP_S3_ACCESS_KEY: 'key',
    BACKUP_S3_SECRET_KEY: 'secret',
  }
  for (const [words, told] of [
    [['backup', '--schedule'], /The backups in the bucket at 127\.0\.0\.1 cannot be reached \(ECONNREFUSED\)/],
    [['backup', 'drill'], /The backups in the bucket at 127\.0\.0\.1 cannot be listed \(ECONNREFUSED\)/],
  ] as const) {
    const { code, stderr } = await finish([...words], away)
    assert.equal(code, 1)
    assert.match(stderr, told)
    assert.doesNotMatch(stderr, /PostgreSQL|^ {4}at /m)
  }
})

test('a backup that this account may not read is said to be that', () => {
  const file = join(root, 'closed.backup')
  writeFileSync(file, 'x')
  const isRoot = process.getuid?.() === 0
  chmodSync(file, isRoot ? 0o600 : 0o000)
  const words = ['--import', './src/html/hook.mjs', 'src/cli.ts', 'backup', 'verify', file]
  const { stderr } = spawnSync(process.execPath, words, {
    env: { PATH: process.env.PATH, HOME: root, BLOGGY_DATA: join(root, 'none') },
    encoding: 'utf8',
    ...(isRoot && { uid: 65_534, gid: 65_534 }),
  })
  assert.match(stderr, /closed\.backup cannot be read \(EACCES\)/)
  assert.doesNotMatch(stderr, /^ {4}at /m)
})

test('a role without rights is told what it may not, and who says what to grant', async () => {
  const server = await startTcpServer()
  try {
    const DATABASE_URL = formatConnectionString(server.target({ user: 'trusted' }))
    const { code, stderr } = await finish(['upgrade', '--anyway'], { ...settings, DATABASE_URL })
    assert.equal(code, 1)
    assert.match(stderr, /PostgreSQL refused: permission denied for schema public\. .*doctor --only role/)
    assert.doesNotMatch(stderr, /^ {4}at /m)
  } finally {
    await server.stop()
  }
})
