// npm run bench:timing [-- TRIES [WORD]]: whether the time of an answer tells if an address has an account. Asks with an address that
// has one and with one that has none, in turns, and exits with 1 where a rank test holds the times apart at p < 0.01.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { loadConfig } from '../src/config.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'
import { migrate } from '../src/db/migrate.ts'
import { connect, openDatabase } from '../src/db/pool.ts'
import { openStore } from '../src/media/store.ts'
import { hashPassword } from '../src/passwords/password.ts'
import { paths } from '../src/paths.ts'
import { newServer } from '../src/server.ts'
import { watchSettings } from '../src/settings/current.ts'
import { setUp } from '../src/setup/queries.ts'
import { median, rankTest } from './ranks.ts'
import { floorLimits } from './shape.ts'

const tries = Number(process.argv[2] ?? 1000)
/** In the names of those to be measured. */
const word = process.argv[3] ?? ''
const unmeasured = 20
const mostLikely = 0.01
const accounts = 1000
const password = 'a long enough horse of fog'

const number = () => 1 + Math.floor(Math.random() * accounts)
const none = () => `nobody${Math.random().toString(36).slice(2, 10).padEnd(8, '0')}@example.com`
type Deed = { name: string; path: string; known: () => string; form: Record<string, string> }
const deeds: Deed[] = [
  {
    name: 'sign in',
    path: paths.signIn(),
    known: () => `p${number()}@example.com`,
    form: { password: 'not the password of anybody' },
  },
  {
    name: 'sign in, account of a service',
    path: paths.signIn(),
    known: () => `s${number()}@example.com`,
    form: { password: 'not the password of anybody' },
  },
  { name: 'forgotten password', path: paths.forgottenPassword(), known: () => `p${number()}@example.com`, form: {} },
  {
    name: 'register',
    path: paths.register(),
    known: () => `p${number()}@example.com`,
    form: { name: 'Somebody', password },
  },
]

const folder = mkdtempSync(join(tmpdir(), 'bloggy-timing-'))
// Durable, as a blog's: what is waited for may be the disk.
const server = await startEmbedded(folder, { durable: true })
try {
  await migrate(server.target, floorLimits)
  const sql = connect(server.target, floorLimits, 1)
  const database = openDatabase(server.target, floorLimits)
  const password_hash = await hashPassword(password)
  const owner = { title: 'Notes', description: '', name: 'Ada', email: 'ada@example.com', password_hash }
  await setUp(database.db, owner, null)
  for (const [letter, hash] of [
    ['p', password_hash],
    ['s', null],
  ] as const)
    await sql`insert into users (name, slug, email, email_confirmed_at, password_hash)
      select 'Person', ${letter}::text || n, ${letter}::text || n || '@example.com', now(), ${hash}::text from generate_series(1, ${accounts}::int) n`
  await sql`update settings set registration_is_open = true`
  await sql`vacuum analyze`
  const logger = pino({ level: 'silent' })
  const settings = await watchSettings(database, logger)
  const config = loadConfig({ NODE_ENV: 'test', BLOGGY_DATA: folder })
  const app = newServer({ config, database, settings, store: openStore(config), logger })
  await app.ready()

  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }
  console.log(`${tries} tries of each, in turns`)
  console.log(`${''.padEnd(32)}${'known ms'.padStart(10)}${'unknown ms'.padStart(12)}${'p'.padStart(8)}`)
  for (const { name, path, known, form } of deeds.filter((one) => one.name.includes(word))) {
    const times = { known: [] as number[], unknown: [] as number[] }
    let status: number | undefined
    for (let round = -unmeasured; round < tries; round++) {
      // The limits are another matter, and a table that grows would be slower for who comes later.
      await sql`delete from attempts`
      if (round % 100 === 0) {
        for (const table of ['registrations', 'mail_tokens', 'graphile_worker._private_jobs'])
          await sql`delete from ${sql(table)}`
        await sql`vacuum analyze`
      }
      const kinds = Math.random() < 0.5 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)
      for (const kind of kinds) {
        const email = kind === 'known' ? known() : none()
        const payload = new URLSearchParams({ ...form, email }).toString()
        const begun = performance.now()
        const { statusCode } = await app.inject({ method: 'POST', url: path, headers, payload })
        if (round >= 0) times[kind].push(performance.now() - begun)
        if (statusCode !== (status ??= statusCode)) throw new Error(`${name}: ${status} and ${statusCode}.`)
      }
    }
    const p = rankTest(times.known, times.unknown)
    const figures = [median(times.known).toFixed(2).padStart(10), median(times.unknown).toFixed(2).padStart(12)]
    console.log(`${name.padEnd(32)}${figures.join('')}${p.toFixed(3).padStart(8)}  answered ${status}`)
    if (p < mostLikely) process.exitCode = 1
  }
  await app.close()
  await settings.close()
  await database.close()
  await sql.end()
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
