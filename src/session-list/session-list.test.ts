// Where somebody is signed in, and the end of it everywhere.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { get, request } from 'node:http'
import { join } from 'node:path'
import { beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { newBlog, testApp } from '../../test/app.ts'
import { serve, webSettings } from '../../test/browser.ts'
import { type Person, newcomer } from '../../test/cast.ts'
import { hearQueries } from '../../test/counted-statements.ts'
import { testLimits } from '../../test/database.ts'
import { publishPost } from '../../test/pages.ts'
import { cookieOf, send } from '../../test/people.ts'
import { folderOf } from '../import/uploads.ts'
import { paths } from '../paths.ts'
import { deviceWords } from './words.ts'
import { placeOf } from './device.ts'

const blog = await testApp({ ...(await webSettings()), LIVE_STREAMS_PER_NETWORK: '1000' })
const { app, db, cast, settings, deliverMail } = blog
const { ben } = cast
const other = await newBlog({}, { ...blog, limits: testLimits })
const origin = await serve(blog)

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'

beforeEach(() => sql`delete from attempts`.execute(db))

describe('the list of sessions', () => {
  test('names device and network, when it began and was last seen, and marks the one that asks', async () => {
    const person = await newcomer(app, db, 'Listed', 'viewer')
    await db.deleteFrom('sessions').where('user_id', '=', person.id).execute()
    const here = cookieOf(await enter(person.email, { ip: '203.0.113.77', agent: firefox }))
    await enter(person.email, { ip: '2001:db8:1:2::7', agent: safari })
    await enter(person.email, { ip: '::ffff:198.51.100.9', agent: '' })

    const page = await app.inject({ url: paths.sessions(), headers: { cookie: here } })
    assert.equal(page.statusCode, 200)
    const rows = rowsOf(page.body)
    assert.equal(rows.length, 3)
    assert.match(rows[0] ?? '', /Firefox on Linux.*this one.*203\.0\.113\.x.*Signed in <time.*Last seen <time/s)
    assert.match(page.body, /Safari on iPhone.*2001:db8:1:2::\/64/s)
    assert.match(page.body, /198\.51\.100\.x/)
    assert.equal(page.body.match(/this one/g)?.length, 1)
    assert.doesNotMatch(page.body, /203\.0\.113\.77|2001:db8:1:2::7/)
  })

  test('is led to from the profile, and shown to nobody else', async () => {
    assert.match((await ben.get(paths.profile())).body, new RegExp(`href="${paths.sessions()}"`))
    assert.equal((await app.inject(paths.sessions())).statusCode, 303)
  })

  test('shows nothing that would sign anybody in', async () => {
    const person = await newcomer(app, db, 'Unshown', 'viewer')
    const { body } = await person.get(paths.sessions())
    const token = person.cookie.split('=')[1] ?? ''
    const { rows } = await sql<{ hash: string; id: string }>`
      select encode(token_hash, 'hex') as hash, id from sessions where user_id = ${person.id}`.execute(db)
    const [row] = rows
    assert.ok(row && body.includes(row.id) && token.length > 20)
    for (const secret of [token, row.hash, Buffer.from(row.hash, 'hex').toString('base64url')])
      assert.ok(!body.includes(secret))
    const asked = await app.inject({ url: paths.profile(), headers: { cookie: `bloggy=${row.id}` } })
    assert.equal(asked.statusCode, 303)
  })

  test('says when a session was last seen, written once in five minutes', async () => {
    const person = await newcomer(app, db, 'Seen', 'viewer')
    const hourAgo = () =>
      sql`update sessions set last_seen_at = now() - interval '1 hour' where user_id = ${person.id}`.execute(db)
    await hourAgo()
    const written = writes()
    await person.get(paths.home())
    await settled(async () => (await agoOf(person.id)) < 60)
    for (let count = 0; count < 5; count++) await person.get(paths.home())
    assert.equal(await agoOf(person.id).then((seconds) => seconds < 60), true)
    assert.equal(written(), 1)
  })
})

describe('ending sessions', () => {
  test('one ends it on every server at once, and no other', async () => {
    const person = await newcomer(app, db, 'Ender', 'author')
    const elsewhere = cookieOf(await enter(person.email, { agent: safari }))
    const page = await app.inject({ url: paths.sessions(), headers: { cookie: person.cookie } })
    const row = rowsOf(page.body).find((text) => text.includes('iPhone')) ?? ''
    const path = /action="([^"]+)"/.exec(row)?.[1] ?? ''
    assert.equal(await isIn(other, elsewhere), true)

    assert.equal((await person.post(path)).statusCode, 303)
    for (const server of [blog, other]) {
      assert.equal(await isIn(server, elsewhere), false)
      assert.equal(await isIn(server, person.cookie), true)
    }
    assert.equal((await person.post(path)).statusCode, 404)
  })

  test('all others leaves this one; all leaves none', async () => {
    const person = await newcomer(app, db, 'Sweeper', 'viewer')
    const others = [cookieOf(await enter(person.email)), cookieOf(await enter(person.email))]
    assert.equal((await person.post(paths.sessionsEnd(), { which: 'others' })).statusCode, 303)
    for (const cookie of others) assert.equal(await isIn(other, cookie), false)
    assert.equal(await isIn(other, person.cookie), true)

    const answer = await person.post(paths.sessionsEnd(), { which: 'all' })
    assert.equal(answer.headers.location, paths.signIn())
    assert.match(String(answer.headers['set-cookie']), /^bloggy=;/)
    assert.equal(await isIn(other, person.cookie), false)
    const events = db.selectFrom('audit_events').select(['action', 'details']).where('subject_id', '=', person.id)
    assert.deepEqual(await events.where('action', '=', 'session.ended').orderBy('id').execute(), [
      { action: 'session.ended', details: { count: 2 } },
      { action: 'session.ended', details: { count: 1 } },
    ])
  })

  test('of somebody else is not found', async () => {
    const [one, two] = [await newcomer(app, db, 'Mine', 'viewer'), await newcomer(app, db, 'Yours', 'viewer')]
    const path = /action="([^"]+\/end)"/.exec((await one.get(paths.sessions())).body)?.[1] ?? ''
    assert.equal((await two.post(path)).statusCode, 404)
    assert.equal((await two.post(paths.sessionEnd('00000000-0000-0000-0000-000000000000'))).statusCode, 404)
    assert.equal((await two.post(paths.sessionEnd('1'))).statusCode, 404)
    assert.equal((await two.post(paths.sessionsEnd(), { which: 'theirs' })).statusCode, 422)
    assert.equal(await isIn(blog, one.cookie), true)
  })

  test('ends the streams that were opened with it, whichever server ends it', async () => {
    await db.updateTable('settings').set({ comments_are_live: true }).execute()
    await settings.refresh()
    const person = await newcomer(app, db, 'Streamer', 'viewer')
    const { slug } = await publishPost(ben)
    const kept = stream(slug, (await newcomer(app, db, 'Keeper', 'viewer')).cookie)
    const ended = stream(slug, person.cookie)
    await Promise.all([kept.begun, ended.begun])

    const answer = await other.app.inject({
      method: 'POST',
      url: paths.sessionsEnd(),
      headers: { cookie: person.cookie, 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'which=all',
    })
    assert.equal(answer.statusCode, 303)
    await ended.over
    assert.equal(kept.isOver(), false)
    kept.close()
  })

  test('makes nothing of a picture that is on its way', async () => {
    const person = await newcomer(app, db, 'Uploader', 'author')
    const folder = join(blog.config.dataFolder, 'media-arriving')
    assert.equal(await uploadWhile(person, paths.admin.media(), folder), 401)
    const media = db.selectFrom('media').select('id').where('uploaded_by', '=', person.id)
    assert.deepEqual(await media.execute(), [])
    assert.deepEqual(filesIn(folder), [])
  })

  test('makes nothing of a file to import that is on its way', async () => {
    const person = await newcomer(app, db, 'Importer', 'admin')
    const folder = folderOf(blog.config.dataFolder)
    assert.equal(await uploadWhile(person, paths.admin.imports(), folder), 401)
    assert.deepEqual(filesIn(folder), [])
  })
})

describe('a sign-in from a device or network that is new', () => {
  test('is told by mail to who may write, and not the first of all', async () => {
    const person = await newcomer(app, db, 'Writer', 'author')
    await enter(person.email, { ip: '203.0.113.5', agent: firefox })
    await enter(person.email, { ip: '203.0.113.6', agent: firefox })
    assert.deepEqual(await deliverMail(), [])

    await enter(person.email, { ip: '198.51.100.5', agent: firefox })
    const [mail, ...others] = await deliverMail()
    assert.deepEqual(others, [])
    assert.equal(mail?.to, person.email)
    assert.match(mail?.subject ?? '', /new sign-in at Test Notes/)
    assert.match(mail?.text ?? '', /Firefox on Linux, from the network 198\.51\.100\.x/)
    assert.match(mail?.text ?? '', /\/account\/sessions/)

    await enter(person.email, { ip: '203.0.113.5', agent: safari })
    assert.match((await deliverMail())[0]?.text ?? '', /Safari on iPhone/)
    await enter(person.email, { ip: '198.51.100.9', agent: safari })
    assert.deepEqual(await deliverMail(), [])
  })

  test('is told to others who want it, and to nobody who does not', async () => {
    const reader = await newcomer(app, db, 'Quiet', 'viewer')
    const writer = await newcomer(app, db, 'Unasked', 'author')
    const box = (html: string) => /<input[^>]*name="is_told_of_sign_ins"[^>]*>/.exec(html)?.[0] ?? ''
    assert.doesNotMatch(box((await reader.get(paths.sessions())).body), /checked/)
    assert.match(box((await writer.get(paths.sessions())).body), /checked/)
    await reader.post(paths.signInMail(), { is_told_of_sign_ins: 'yes' })
    await writer.post(paths.signInMail(), {})
    assert.match(box((await reader.get(paths.sessions())).body), /checked/)
    for (const ip of ['203.0.113.5', '198.51.100.5'])
      for (const { email } of [reader, writer]) await enter(email, { ip, agent: firefox })
    assert.deepEqual(
      (await deliverMail()).map(({ to }) => to),
      [reader.email],
    )
  })

  test('is told five times a day at most', async () => {
    const person = await newcomer(app, db, 'Traveller', 'author')
    for (let count = 0; count < 9; count++) await enter(person.email, { ip: `198.18.${count}.1`, agent: firefox })
    assert.equal((await deliverMail()).length, 5)
  })
})

test('devices have plain names', () => {
  const names = {
    [firefox]: 'Firefox on Linux',
    [safari]: 'Safari on iPhone',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0':
      'Edge on Windows',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36':
      'Chrome on macOS',
    'Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36':
      'Chrome on Android',
    'Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1':
      'Chrome on iPad',
    'curl/8.0': 'curl',
    'Something (X11; Linux)': 'A browser on Linux',
    '<script>': 'A browser or program that does not say what it is',
    '': 'A browser or program that does not say what it is',
  }
  for (const [agent, name] of Object.entries(names)) assert.equal(deviceWords(agent), name)
})

test('places are networks', () => {
  const places = {
    '203.0.113.77': '203.0.113.x',
    '::ffff:203.0.113.77': '203.0.113.x',
    '2001:db8:1:2:3:4:5:6': '2001:db8:1:2::/64',
    '2001:db8::1': '2001:db8::/64',
    '::1': '::/64',
    here: undefined,
  }
  for (const [ip, place] of Object.entries(places)) assert.equal(placeOf(ip), place, ip)
  assert.equal(placeOf(null), undefined)
})

function enter(email: string, { ip, agent = firefox }: { ip?: string; agent?: string } = {}) {
  const form = { email, password: 'correct horse battery' }
  return send(blog, paths.signIn(), form, { ...(ip && { ip }), headers: { 'user-agent': agent } })
}

async function isIn(server: Pick<typeof blog, 'app'>, cookie: string): Promise<boolean> {
  return (await server.app.inject({ url: paths.profile(), headers: { cookie } })).statusCode === 200
}

function rowsOf(html: string): string[] {
  return [...html.matchAll(/<li class="with-action">.*?<\/li>/gs)].map(([row]) => row)
}

async function agoOf(id: number): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    select extract(epoch from now() - last_seen_at)::float as seconds from sessions where user_id = ${id}`.execute(db)
  return rows[0]?.seconds ?? Infinity
}

/** How often a session was noted as seen since. */
function writes(): () => number {
  let count = 0
  const stop = hearQueries(db, (query) => {
    if (/update "sessions"/.test(query.sql)) count++
  })
  return () => {
    stop()
    return count
  }
}

async function settled(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}

function stream(slug: string, cookie: string) {
  let isOver = false
  let close = () => {}
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const over = new Promise<void>((resolve, reject) => {
    const asked = get(`${origin}${paths.liveComments(slug)}`, { headers: { cookie } }, (response) => {
      // The first words come when it is followed.
      response.once('data', begin).resume()
      response.once('close', () => {
        isOver = true
        resolve()
      })
    })
    asked.once('error', reject)
    close = () => asked.destroy()
  })
  over.catch(() => {})
  return { begun, over, isOver: () => isOver, close: () => close() }
}

/** Ends every session of the person in the middle of an upload of theirs. */
async function uploadWhile(person: Person, path: string, folder: string): Promise<number> {
  const boundary = 'x123'
  const task = `--${boundary}\r\ncontent-disposition: form-data; name="task"\r\n\r\ninspection\r\n`
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.db"\r\ncontent-type: image/png\r\n\r\n`
  return await new Promise<number>((resolve, reject) => {
    const headers = { cookie: person.cookie, 'content-type': `multipart/form-data; boundary=${boundary}` }
    const asked = request(`${origin}${path}`, { method: 'POST', headers })
    asked.once('response', (response) => resolve(response.resume().statusCode ?? 0)).once('error', reject)
    asked.write(`${task}${head}${'a'.repeat(70_000)}`)
    void settled(async () => filesIn(folder).length > 0)
      .then(() => person.post(paths.sessionsEnd(), { which: 'all' }))
      .then(() => asked.end(`\r\n--${boundary}--\r\n`))
  })
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
  } catch {
    return []
  }
}
