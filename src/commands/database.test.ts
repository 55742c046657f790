// The commands on a PostgreSQL that somebody else runs.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bloggy, finish } from '../../test/bloggy.ts'
import { createDatabase, testLimits } from '../../test/database.ts'
import { startRelay } from '../../test/relay.ts'
import { freePort } from '../../test/tcp-server.ts'
import { formatConnectionString } from '../db/connection-string.ts'
import { listMigrations } from '../db/migrate.ts'
import { connect } from '../db/pool.ts'
import { encryptToken, purposeOfTokens } from '../oauth/token-encryption.ts'

const empty = await createDatabase('empty')
const DATABASE_URL = formatConnectionString(empty.target)
const port = await freePort()
const settings = { DATABASE_URL, PORT: String(port) }

describe('bloggy with DATABASE_URL', () => {
  test('does not serve a database without a schema', async () => {
    const { code, stdout, stderr } = await finish(['serve'], settings)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(
      stderr,
      /^\nThe database schema is older than this Bloggy: \d+ migrations are missing, first 0001_\w+\. Run `npm run bloggy -- migrations up`\.\n\n$/,
    )
  })

  test('says which migrations are missing and applies them, once', async () => {
    const names = listMigrations().map(({ name }) => name)
    const before = await finish(['migrations', 'status'], settings)
    assert.equal(before.code, 1)
    for (const name of names) assert.match(before.stdout, new RegExp(`^missing {2}${name}$`, 'm'))
    assert.match(before.stdout, /Run `npm run bloggy -- migrations up`\.\n$/)

    const up = await finish(['migrations', 'up'], settings)
    assert.equal(up.code, 0, up.stderr)
    for (const name of names) assert.match(up.stdout, new RegExp(`^Applied ${name} in \\d+ ms$`, 'm'))
    const again = await finish(['migrations', 'up'], settings)
    assert.deepEqual([again.code, again.stdout], [0, 'The database was up to date already.\n'])

    const after = await finish(['migrations', 'status'], settings)
    assert.equal(after.code, 0)
    for (const name of names) assert.match(after.stdout, new RegExp(`^applied {2}${name} {2}\\d{4}-`, 'm'))
  })

  test('serves it, names the database in its block and not the password, and leaves the server alone', async () => {
    const run = bloggy(['serve'], settings)
    await run.said(/Ctrl-C/)
    assert.match(run.stdout(), new RegExp(`\\n  PostgreSQL  .+, database ${empty.target.database}\\n`))
    assert.equal((await fetch(`http://localhost:${port}/readyz`)).status, 200)
    run.kill('SIGTERM')
    assert.equal(await run.ended, 0)
    const url = await finish(['database-url'], settings)
    assert.equal(url.stdout, `${DATABASE_URL}\n`)
    const superuser = await finish(['database-url', '--superuser'], settings)
    assert.equal(superuser.code, 2)
    assert.match(superuser.stderr, /--superuser is for the embedded server/)
  })

  test('encrypts tokens again with the first key, and says what it cannot read', async () => {
    const [newer, older] = [randomBytes(32), randomBytes(32)] as const
    const sql = connect(empty.target, testLimits, 1)
    const [user] = await sql`insert into users (name, slug) values ('Ada', 'ada') returning id`
    for (const [index, key] of [older, randomBytes(32)].entries()) {
      const [account] = await sql<{ id: number }[]>`
        insert into oauth_accounts (user_id, provider, provider_user_id) values (${user?.id}, 'google', ${String(index)})
        returning id::int`
      const id = account?.id ?? 0
      const token = encryptToken('secret', purposeOfTokens(id), [key])
      await sql`insert into oauth_tokens (oauth_account_id, access_token_encrypted) values (${id}, ${token})`
    }
    const lacking = await finish(['encrypt-again'], settings)
    assert.equal(lacking.code, 1)
    assert.match(lacking.stderr, /OAUTH_TOKEN_KEY is not set, so nothing can be encrypted with it\./)
    const keys = [newer, older].map((key) => key.toString('base64')).join()
    const done = await finish(['encrypt-again'], { ...settings, OAUTH_TOKEN_KEY: keys })
    assert.deepEqual([done.code, done.stdout], [1, 'Encrypted with the first key: 1 now, 0 before.\n'])
    assert.match(done.stderr, /1 cannot be read with these keys/)
    await sql`delete from users`
    await sql.end()
  })

  test('does not serve a newer database, nor migrate it', async () => {
    const sql = connect(empty.target, testLimits, 1)
    await sql`insert into schema_migrations (name, checksum) values ('9999_comments_on_the_moon', 'x')`
    await sql.end()
    for (const words of [['serve'], ['start'], ['migrations', 'up']]) {
      const { code, stdout, stderr } = await finish(words, settings)
      assert.deepEqual([code, stdout], [1, ''], words.join(' '))
      assert.match(
        stderr,
        /^\nThe database schema is newer than this Bloggy: it has 9999_comments_on_the_moon\. .+\n\n$/,
      )
    }
    const status = await finish(['migrations', 'status'], settings)
    assert.equal(status.code, 1)
    assert.match(status.stdout, /^unknown {2}9999_comments_on_the_moon {2}/m)
    await empty.drop()
  })

  test('says within seconds where it found nobody, without the password', async () => {
    const refused = `postgres://ada:hunter2@127.0.0.1:${await freePort()}/notes`
    const [, idleMs] = await timed(() => finish(['--version']))
    const words = ['migrations', 'up']
    const [{ code, stdout, stderr }, ms] = await timed(() => finish(words, { DATABASE_URL: refused }))
    assert.equal(code, 1)
    assert.ok(ms - idleMs < 10_000, `${ms} ms`)
    for (const part of ['127.0.0.1', new URL(refused).port, 'notes', 'ada']) assert.ok(stderr.includes(part), stderr)
    assert.doesNotMatch(stdout + stderr, /hunter2|\n {4}at /)
  })

  test('lives and is not ready while nobody is there, says so once, and serves when somebody is', async () => {
    const { target, drop } = await createDatabase()
    const relay = await startRelay(target)
    await relay.cut()
    const here = { DATABASE_URL: formatConnectionString(relay.target), PORT: String(await freePort()) }
    const run = bloggy(['serve'], here)
    const get = async (path: string) => await fetch(`http://localhost:${here.PORT}${path}`)
    try {
      await run.said(/refused the connection[^]*Waiting for it …/)
      assert.equal((await get('/livez')).status, 200)
      assert.equal((await get('/readyz')).status, 503)
      const page = await get('/')
      assert.deepEqual([page.status, page.headers.get('retry-after')], [503, '5'])
      await sleep(2000)
      assert.equal(run.stderr().match(/Waiting for it/g)?.length, 1)
      await relay.mend()
      await run.said(/Ctrl-C/)
      assert.equal((await get('/readyz')).status, 200)
      run.kill('SIGTERM')
      assert.equal(await run.ended, 0)
    } finally {
      run.kill('SIGKILL')
      await relay.remove()
      await drop()
    }
  })

  test('stops while it waits for somebody', async () => {
    const run = bloggy(['start'], {
      DATABASE_URL: `postgres://ada@127.0.0.1:${await freePort()}/notes`,
      PORT: String(await freePort()),
    })
    await run.said(/Waiting for it …/)
    run.kill('SIGTERM')
    assert.equal(await run.ended, 0)
    assert.match(run.stderr(), /Stopped cleanly\.\n$/)
  })
})

describe('the settings of bloggy', () => {
  test('are all checked before anything starts, and every mistake is listed', async () => {
    const wrong = {
      NODE_ENV: 'staging',
      DATABASE_URL: 'mysql://localhost/notes',
      DB_POOL_SIZE: 'many',
      DB_STATEMENT_TIMEOUT: '0',
      DB_PREPARE: 'perhaps',
      SITE_URL: 'http://blog.example',
      PORT: '80 81',
      TRUSTED_PROXIES: 'everyone',
      METRICS_TOKEN: 'short',
      SMTP_URL: 'mail.example',
      MAIL_FROM: 'nobody',
      SENTRY_DSN: 'https://errors.example',
      LOG_LEVEL: 'loud',
    }
    const { code, stdout, stderr } = await finish(['start'], wrong)
    assert.deepEqual([code, stdout], [1, ''])
    for (const name of Object.keys(wrong)) assert.match(stderr, new RegExp(`^ {2}- ${name} `, 'm'))
    assert.equal(stderr.match(/^ {2}- /gm)?.length, Object.keys(wrong).length)
  })

  test('are shown without their secrets', async () => {
    const secrets = {
      DATABASE_URL: 'postgres://ada:s3cret-one@db.example/notes',
      SMTP_URL: 'smtp://ada:s3cret-two@mail.example',
      METRICS_TOKEN: 's3cret-three-and-long',
      SENTRY_DSN: 'https://s3cretfour@errors.example/1',
    }
    const { code, stdout, stderr } = await finish(['show-config'], { ...secrets, PORT: '9000' })
    assert.equal(code, 0, stderr)
    assert.doesNotMatch(stdout, /s3cret/)
    for (const name of Object.keys(secrets)) assert.match(stdout, new RegExp(`^${name} +set +environment `, 'm'))
    assert.match(stdout, /^PORT +9000 +environment /m)
    assert.match(stdout, /^DB_POOL_SIZE +20 +default /m)
    assert.match(stdout, /^SITE_URL +http:\/\/localhost:9000\/? +default /m)
    assert.doesNotMatch(stdout, /shared_buffers/)
  })

  test('are shown with those that the embedded PostgreSQL gets on this machine', async () => {
    const { code, stdout } = await finish(['show-config'])
    assert.equal(code, 0)
    assert.match(stdout, /^The embedded PostgreSQL on this machine: max_connections 100, shared_buffers \d+MB, /m)
    // Five times 40, twice 8 for the jobs, 14 for commands, and the server's own 20.
    const many = await finish(['show-config'], { WEB_CONCURRENCY: '4', DB_POOL_SIZE: '40' })
    assert.match(many.stdout, /: max_connections 250, /)
  })

  test('leave a command that does not exist, and help, to the command line', async () => {
    const unknown = await finish(['publish'])
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /error: .*publish/)
    const help = await finish(['--help'])
    assert.equal(help.code, 0)
    assert.match(help.stdout, /migrations[^]*database-url/)
  })
})

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const begun = performance.now()
  const result = await work()
  return [result, performance.now() - begun]
}

test('a command goes on without a complaint when nobody reads what it says', async () => {
  const child = spawn(process.execPath, ['--import', './src/html/hook.mjs', 'src/cli.ts', '--help'])
  child.stdout.destroy()
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (words: string) => (said += words))
  const [code] = (await once(child, 'close')) as [number | null]
  assert.deepEqual([code, said], [0, ''])
})
