// Each thing is broken for real, and the doctor names it and what to do.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { finish } from '../../test/bloggy.ts'
import { createDatabase, testLimits } from '../../test/database.ts'
import { settingsOf } from '../../test/kills.ts'
import { startTcpServer } from '../../test/tcp-server.ts'
import { describeSchema } from '../db/describe.ts'
import { type ConnectionTarget, formatConnectionString } from '../db/connection-string.ts'
import { connect } from '../db/pool.ts'
import { checks as allChecks } from '../doctor/doctor.ts'
import type { Finding } from '../doctor/finding.ts'

const root = mkdtempSync(join(tmpdir(), 'bloggy-doctor-'))
const drops: (() => Promise<void>)[] = []
after(async () => {
  for (const drop of drops) await drop()
  rmSync(root, { recursive: true, force: true })
})

const place = 'abcdefghij0123456789'
const blog = await newPlace()

before(async () => {
  const words = ['setup', '--title', 'Rye', '--name', 'Ada', '--email', 'ada@example.com', '--password-file', '-']
  assert.equal((await finish(words, blog.settings, 'a short sentence is good\n')).code, 0)
  assert.equal((await finish(['sample'], blog.settings)).code, 0)
})

describe('a blog that is well', () => {
  test('has nothing wrong, and is afterwards what it was before', async () => {
    const fingerprint = async () => [await schemaOf(blog.target), await ask(blog.target, everything)]
    const first = await fingerprint()
    // Servers for tests are allowed to lose what they have.
    const checks = Object.keys(allChecks).filter((name) => name !== 'durability')
    const { code, stdout, stderr } = await finish(['doctor', '--only', ...checks], blog.settings)
    assert.equal(code, 0, stdout + stderr)
    assert.doesNotMatch(stdout, /WRONG/)
    assert.match(stdout, /^ok +schema +Tables, rules, indexes, functions and triggers are those of db\/schema\.sql\.$/m)
    assert.match(stdout, /^ok +counts /m)
    assert.deepEqual(await fingerprint(), first)
  })

  test('is not waited for without end where the connection goes mute', { timeout: 60_000 }, async () => {
    const line = await startMuteLine()
    try {
      const settings = { ...blog.settings, DATABASE_URL: formatConnectionString(line.target), DB_CONNECT_TIMEOUT: '2' }
      const { code, told } = await examine(['--only', 'node', 'clock', 'role'], settings)
      assert.equal(code, 1)
      told('node', 'ok', /./)
      told('postgresql', 'wrong', /^PostgreSQL takes connections and then says nothing for 12 seconds\.$/, /firewall/)
      for (const check of ['clock', 'role']) told(check, 'ok', /^Not looked at: PostgreSQL does not answer\.$/)
    } finally {
      line.close()
    }
  })

  test('is looked at in parts, by name', async () => {
    const { findings } = await examine(['--only', 'clock', 'counters'])
    assert.deepEqual(
      findings.map(({ check, level }) => [check, level]),
      [
        ['clock', 'ok'],
        ['counters', 'ok'],
      ],
    )
    const { code, stderr } = await finish(['doctor', '--only', 'liver'], blog.settings)
    assert.equal(code, 2)
    assert.match(stderr, /There is no check liver\. There are: settings, node, /)
  })
})

test('a place without a blog is told so, and nothing is made there', async () => {
  const data = join(root, 'nothing')
  const { code, stdout } = await finish(['doctor'], { BLOGGY_DATA: data })
  assert.equal(code, 0)
  assert.match(stdout, /There is no blog in .*nothing yet/)
  assert.ok(!existsSync(data))
})

test('settings that cannot be read are the one finding', async () => {
  const { code, findings } = await examine([], { ...blog.settings, PORT: 'eighty' })
  assert.equal(code, 1)
  assert.equal(findings.length, 1)
  assert.match(findings[0]?.what ?? '', /PORT is "eighty"/)
})

test('settings that are allowed and seldom meant are told', async () => {
  const secret = join(root, 'secret')
  writeFileSync(secret, 'x'.repeat(20))
  chmodSync(secret, 0o644)
  const { told } = await examine(['--only', 'settings'], {
    ...blog.settings,
    SITE_URL: 'https://blog.example',
    METRICS_TOKEN_FILE: secret,
    SMTP_URL: 'smtp://ada:pass@mail.example:587',
  })
  told('settings', 'notice', /public at https:\/\/blog\.example and NODE_ENV is development/, /NODE_ENV=production/)
  told('settings', 'notice', /TRUSTED_PROXIES is not set/, /Set TRUSTED_PROXIES/)
  told('settings', 'notice', /Every account of this machine can read the secret in .*secret/, /chmod 600/)
  told('settings', 'notice', /SMTP_URL sends the password/, /requireTLS=true/)
  told('settings', 'notice', /bloggy@localhost, which mail servers elsewhere refuse/, /MAIL_FROM/)
})

test('a PostgreSQL that is not there is said in words, beside what can be looked at without', async () => {
  const port = await freePort()
  const { code, told } = await examine([], {
    ...blog.settings,
    DATABASE_URL: `postgres://bloggy@127.0.0.1:${port}/bloggy`,
  })
  assert.equal(code, 1)
  told('postgresql', 'wrong', /refused the connection/)
  told('disk', 'ok', /free, and can be written/)
})

describe('the schema', () => {
  test('with an invalid index, one that is gone, a rule that is loose and a trigger that is off', async () => {
    const broken = await newPlace()
    await ask(
      broken.target,
      `create table somebody_elses (id int);
       drop index posts_listed_idx;
       alter table reactions disable trigger reactions_counted;
       alter table comments drop constraint comments_post_id_fkey;
       alter table comments add constraint comments_post_id_fkey foreign key (post_id) references posts(id) on delete cascade not valid;
       alter table posts alter column title drop not null;
       insert into tags (slug, name) values ('one', 'Same'), ('two', 'Same')`,
    )
    await assert.rejects(ask(broken.target, 'create unique index concurrently tags_same_idx on tags (name)'))
    const { code, told } = await examine(['--only', 'schema'], broken.settings)
    assert.equal(code, 1)
    told('schema', 'wrong', /index tags_same_idx is invalid/, /SQL: reindex index concurrently tags_same_idx/)
    told(
      'schema',
      'wrong',
      /index posts_listed_idx of posts is missing/,
      /^SQL: CREATE INDEX CONCURRENTLY posts_listed_idx ON public\.posts/,
    )
    told('schema', 'notice', /table somebody_elses is not Bloggy's/, /backups leave it out/)
    told('schema', 'wrong', /trigger reactions_counted of reactions is turned off/, /enable trigger/)
    told('schema', 'wrong', /rule comments_post_id_fkey of comments was never compared/, /validate constraint/)
    told('schema', 'wrong', /column title of posts is not as Bloggy made it: title text$/)

    for (const statement of [
      'drop index concurrently tags_same_idx',
      'drop table somebody_elses',
      told('schema', 'wrong', /posts_listed_idx/).todo,
      told('schema', 'wrong', /reactions_counted/).todo,
      told('schema', 'wrong', /comments_post_id_fkey/).todo,
      'alter table posts alter column title set not null',
    ])
      await ask(broken.target, (statement ?? '').replace('SQL: ', ''))
    const mended = await examine(['--only', 'schema'], broken.settings)
    assert.deepEqual(
      mended.findings.map(({ level }) => level),
      ['ok'],
    )
  })

  test('of an older program says what runs next, and leaves the rest for later', async () => {
    const old = await newPlace()
    await ask(old.target, `delete from schema_migrations where name like '0061%'`)
    const { code, told } = await examine(['--only', 'migrations', 'jobs'], old.settings)
    assert.equal(code, 1)
    told('migrations', 'wrong', /1 migration of Bloggy .* did not run: 0061_backups/, /upgrade/)
    told('jobs', 'ok', /first the migrations/)
  })
})

test('a counter that was set back, rows that lead nowhere and counts that are off are named and mended as told', async () => {
  const broken = await newPlace()
  await ask(
    broken.target,
    `insert into users (email, name, slug, state) values ('a@example.com', 'A', 'a', 'active');
     insert into posts (slug, title, body, body_html, published_at) values ('p', 'P', '', '', '2026-01-01');
     insert into reactions (post_id, user_id, kind) select posts.id, users.id, 'like' from posts, users;
     update reaction_counts set people = 7;
     select setval('posts_id_seq', 1, false);
     alter table comments drop constraint comments_post_id_fkey;
     insert into comments (post_id, body) values (4711, 'nowhere');
     insert into archive_months values ('1999-01', 3);
     insert into sitemap_runs values (50, 60)`,
  )
  const { code, told } = await examine(['--only', 'counters', 'counts', 'schema'], broken.settings)
  assert.equal(code, 1)
  const counter = told('counters', 'wrong', /next id of posts would be 1, and 1 is taken/, /^SQL: select setval/)
  const reactions = told('counts', 'wrong', /Reactions to posts are counted wrongly 1 time/)
  told('counts', 'notice', /2 months is another than the archive says/, /add_job\('count-posts'/)
  // The one that is there for nothing, and the one of the post, which nobody counted.
  told('counts', 'notice', /lists 2 runs of parts otherwise than the posts are/, /add_job\('count-posts'/)
  told(
    'schema',
    'wrong',
    /constraint comments_post_id_fkey of comments is missing/,
    /^SQL: alter table comments add constraint/,
  )
  for (const { todo } of [counter, reactions]) await ask(broken.target, (todo ?? '').replace('SQL: ', ''))
  await ask(
    broken.target,
    `alter table comments add constraint comments_post_id_fkey foreign key (post_id) references posts(id) on delete cascade not valid`,
  )
  const then = await examine(['--only', 'counters', 'counts', 'references'], broken.settings)
  then.told('counters', 'ok', /past every id/)
  then.told(
    'references',
    'wrong',
    /1 row of comments leads to rows of posts that are not there \(comments_post_id_fkey\)/,
    /delete from comments as child/,
  )
  assert.ok(!then.findings.some(({ what }) => what.startsWith('Reactions')))
})

describe('the files of pictures', () => {
  const picture = Buffer.alloc(3000, 'not a picture, and nobody minds')
  const sha256 = createHash('sha256').update(picture).digest('hex')
  const folder = join(blog.data, 'media', 'ab', place)

  before(async () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(join(blog.data, 'media'), 0o700)
    writeFileSync(join(folder, '480.webp'), picture)
    writeFileSync(join(folder, '800.webp'), picture)
    await ask(
      blog.target,
      `insert into media_files (content_hash, place, width, height, is_animated, sizes) values (sha256('a'), '${place}', 800, 400, false,
        '[{"width": 480, "height": 400, "bytes": 3000, "sha256": "${sha256}"}, {"width": 800, "height": 400, "bytes": 3000}]')`,
    )
  })

  test('are there and what was written', async () => {
    const { told } = await examine(['--only', 'media'])
    told('media', 'ok', /^2 files of pictures are there and as long as noted, 1 compared with their SHA-256\.$/)
  })

  test('that are gone, changed, or of no picture are named', async () => {
    const changed = Buffer.from(picture)
    changed[1700] = 0
    const backup = join(root, 'with-pictures')
    assert.equal((await finish(['backup', backup], blog.settings)).code, 0)
    writeFileSync(join(folder, '480.webp'), changed)
    rmSync(join(folder, '800.webp'))
    const stray = join(blog.data, 'media', 'zz', 'zz345678901234567890')
    mkdirSync(stray, { recursive: true })
    utimesSync(stray, 1_700_000_000, 1_700_000_000)
    // An upload that is under way.
    mkdirSync(join(blog.data, 'media', 'zz', 'zzfresh8901234567890'), { recursive: true })
    const { code, told, findings } = await examine(['--only', 'media'])
    assert.equal(code, 1)
    told('media', 'wrong', new RegExp(`1 file of pictures is gone: ${place}/800\\.webp`), /backup/)
    const { todo = '' } = told(
      'media',
      'wrong',
      new RegExp(`1 file of pictures is not what was written: ${place}/480\\.webp`),
    )
    // As somebody would type it, with the name of their backup.
    const taken = spawnSync('sh', ['-c', (/backup: (.*?)\. One/.exec(todo)?.[1] ?? '').replace('FILE', backup)])
    assert.equal(taken.status, 0, String(taken.stderr))
    assert.ok(readFileSync(join(folder, '480.webp')).equals(picture))
    told('media', 'notice', /1 folder of files belongs to no picture: .*zz345678901234567890\.$/)
    assert.equal(findings.length, 3)
  })

  test('that other accounts may read are told', async () => {
    chmodSync(join(blog.data, 'media'), 0o755)
    const { code, told } = await examine(['--only', 'files'])
    assert.equal(code, 1)
    told('files', 'wrong', /Every account of this machine can look into .*media/, /chmod -R o-rwx/)
  })
})

describe('jobs and backups', () => {
  test('that failed for good, wait or are held are told', async () => {
    await ask(
      blog.target,
      `select graphile_worker.add_job('send-invitation', '{}', max_attempts := 1);
       update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'no such mailbox'
         where task_id = (select id from graphile_worker._private_tasks where identifier = 'send-invitation');
       select graphile_worker.add_job('tell-hub', '{}', run_at := now() - interval '1 hour');
       select graphile_worker.add_job('remove-stale', '{}');
       update graphile_worker._private_jobs set locked_at = now() - interval '1 hour', locked_by = 'gone'
         where task_id = (select id from graphile_worker._private_tasks where identifier = 'remove-stale')`,
    )
    const { told } = await examine(['--only', 'jobs'])
    told('jobs', 'notice', /1 job send-invitation failed for good: no such mailbox/, /job retry/)
    told('jobs', 'notice', /1 job waits for more than 15 minutes: tell-hub/)
    told('jobs', 'notice', /1 job is held by a runner that is gone: remove-stale/)
  })

  test('that are too old, failed or gone from where they were put', async () => {
    const settings = { ...blog.settings, BACKUP_TO: join(root, 'kept'), BACKUP_EVERY: '24' }
    const none = await examine(['--only', 'backups'], settings)
    assert.equal(none.code, 1)
    none.told('backups', 'wrong', /There is no backup yet/, /backup --schedule/)
    assert.equal((await finish(['backup', '--schedule'], settings)).code, 0)
    const fresh = await examine(['--only', 'backups'], settings)
    fresh.told('backups', 'ok', /The last backup is 0 hours old/)
    await ask(
      blog.target,
      `update backups set begun_at = begun_at - interval '3 days', ended_at = ended_at - interval '3 days';
       insert into backups (name, is_encrypted, ended_at, error) values ('x', false, now(), 'the disk is full')`,
    )
    rmSync(join(root, 'kept'), { recursive: true })
    const { told } = await examine(['--only', 'backups'], settings)
    told('backups', 'wrong', /The last backup is 3 days old, and BACKUP_EVERY is 24 hours/)
    told('backups', 'wrong', /The last backup failed at .*: the disk is full/)
    told('backups', 'wrong', /is not where BACKUP_TO leads/)
  })
})

test('the mail server is greeted without a mail, and with --mail one is sent', async () => {
  const received: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ password }, _, done) => (password === 'right' ? done(null, { user: 1 }) : done(new Error('no'))),
    onData: (stream, session, done) => {
      received.push(session.envelope.rcptTo.map(({ address }) => address).join())
      stream.resume().on('end', () => done())
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as net.AddressInfo
  const settings = (password: string) => ({ ...blog.settings, SMTP_URL: `smtp://ada:${password}@127.0.0.1:${port}` })
  try {
    const greeted = await examine(['--only', 'mail'], settings('right'))
    greeted.told('mail', 'ok', /greets and lets Bloggy in/)
    assert.deepEqual(received, [])
    const sent = await examine(['--only', 'mail', '--mail', 'ben@example.com'], settings('right'))
    sent.told('mail', 'ok', /took a mail to ben@example\.com/)
    assert.deepEqual(received, ['ben@example.com'])
    const refused = await examine(['--only', 'mail'], settings('wrong'))
    assert.equal(refused.code, 1)
    const { what } = refused.told('mail', 'wrong', /refuses the sign-in/, /Correct user and password/)
    assert.ok(!what.includes('ada:wrong'))
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  const gone = await examine(['--only', 'mail'], settings('right'))
  gone.told('mail', 'wrong', /cannot be reached: .*ECONNREFUSED/, /host and port/)
})

test('a PostgreSQL with too few connections is told', async () => {
  const { told } = await examine(['--only', 'connections', 'vacuum'], { ...blog.settings, DB_POOL_SIZE: '1000' })
  told('connections', 'wrong', /may open 1000 connections .*, and PostgreSQL takes \d+/, /Lower DB_POOL_SIZE/)
  told('vacuum', 'ok', /nothing holds it back/)
})

test('a PostgreSQL that can lose what it has, waits for a standby, or keeps things for nobody is told', async () => {
  const server = await startTcpServer({ autovacuum: 'off', max_prepared_transactions: '2', wal_level: 'replica' })
  try {
    await server.superuser.unsafe('alter role trusted superuser')
    for (const statement of [
      `select pg_create_physical_replication_slot('long_gone', true)`,
      `begin; create table closed (id int); prepare transaction 'first'`,
      `commit prepared 'first'`,
      `begin; create table half (id int); prepare transaction 'left alone'`,
      `alter system set synchronous_standby_names = 'other'`,
      `select pg_reload_conf()`,
    ])
      await ask(server.target({ user: 'trusted' }), statement)
    const settings = { ...blog.settings, DATABASE_URL: formatConnectionString(server.target()) }
    const { code, told } = await examine(['--only', 'durability', 'standbys', 'vacuum', 'role', 'checksums'], settings)
    assert.equal(code, 1)
    told('standbys', 'wrong', /synchronous_standby_names is 'other' and no standby is there/, /reload/)
    told('standbys', 'notice', /Nobody reads the replication slot long_gone/, /pg_drop_replication_slot\('long_gone'\)/)
    told('vacuum', 'wrong', /autovacuum is off/, /autovacuum = on/)
    told('vacuum', 'wrong', /1 prepared transaction wait/, /rollback prepared/)
    told('role', 'wrong', /The role ada may not read and write closed/, /grant select/)
    told('durability', 'wrong', /fsync is off/, /fsync = on/)
  } finally {
    await server.stop()
  }
})

// Nothing of it may change.
const everything = `select (select count(*) from posts) as posts, (select max(id) from audit_events) as events,
  (select count(*) from graphile_worker.jobs) as jobs, (select max(xmin::text::bigint) from settings) as settings,
  (select sum(last_value) from pg_sequences) as counters`

/** A line to the blog's database on which nothing passes any more, after the connection was made; the first one is whole. */
async function startMuteLine() {
  const [address] = blog.target.addresses
  let connections = 0
  const server = net.createServer((near) => {
    const isFirst = ++connections === 1
    const far = address?.host.startsWith('/')
      ? net.connect(`${address.host}/.s.PGSQL.${address.port}`)
      : net.connect(address?.port ?? 0, address?.host)
    // The greeting is longer, and comes at once.
    const isMute = () => !isFirst && far.bytesRead > 300
    near.on('data', (bytes) => !isMute() && far.write(bytes)).on('error', () => {})
    far.on('data', (bytes) => near.write(bytes)).on('error', () => {})
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as net.AddressInfo
  const target = { ...blog.target, addresses: [{ host: '127.0.0.1', port }] }
  return { target, close: () => void server.close() }
}

async function examine(words: string[], settings: Record<string, string> = blog.settings) {
  const { code, stdout, stderr } = await finish(['doctor', ...words, '--json'], settings)
  assert.ok(stdout.startsWith('{'), stderr)
  const { findings, is_well } = JSON.parse(stdout) as { findings: Finding[]; is_well: boolean }
  assert.equal(is_well, code === 0)
  return {
    code,
    findings,
    told: (check: string, level: string, what: RegExp, todo?: RegExp): Finding => {
      const found = findings.find((one) => one.check === check && one.level === level && what.test(one.what))
      assert.ok(found, `${check} did not tell ${what}:\n${JSON.stringify(findings, null, 2)}`)
      if (todo) assert.match(found.todo ?? '', todo)
      return found
    },
  }
}

async function newPlace() {
  const { target, drop } = await createDatabase('migrated')
  drops.push(drop)
  const data = mkdtempSync(join(root, 'data-'))
  return { target, data, settings: settingsOf({ target, folder: data }) as Record<string, string> }
}

async function ask(target: ConnectionTarget, question: string): Promise<Record<string, unknown>[]> {
  const sql = connect(target, testLimits, 1)
  try {
    return (await sql.unsafe(question).simple()) as unknown as Record<string, unknown>[]
  } finally {
    await sql.end()
  }
}

async function schemaOf(target: ConnectionTarget): Promise<string> {
  const sql = connect(target, testLimits, 1)
  return await describeSchema(sql).finally(() => sql.end())
}

async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as net.AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}
