import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { Agent, type IncomingMessage, get } from 'node:http'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  blogFolder,
  bloggy,
  dataFolder,
  finish,
  gone,
  owner,
  postmasterOf,
  send,
  signIn,
  start,
} from '../../test/bloggy.ts'
import { freePort, listen } from '../../test/tcp-server.ts'
import { until } from '../../test/waiting.ts'
import { isAlive } from '../db/embedded/processes.ts'
import { paths } from '../paths.ts'

const made = await blogFolder()

async function settingsFor(data: string) {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  return { origin, port, settings: { BLOGGY_DATA: data, PORT: String(port) } }
}

describe('bloggy start', () => {
  test('on an empty folder makes the blog, says where it is and how to set it up, and serves it', async () => {
    const data = dataFolder()
    const { origin, settings } = await settingsFor(data)
    const run = await start(settings)
    const block = /\n {2}Bloggy is running\n[^]*?\n {2}Stop {8}Ctrl-C\n/.exec(run.stdout())?.[0] ?? ''
    assert.match(block, new RegExp(`\\n  Blog        ${origin}\\n`))
    assert.match(block, new RegExp(`\\n  Data        ${data} \\(PostgreSQL 16, its own\\)\\n`))
    const link = /\n {2}Set up {6}(http\S+)\n/.exec(block)?.[1] ?? ''
    assert.match(await (await fetch(origin)).text(), /has not been set up yet/)
    assert.equal((await fetch(link)).status, 200)
    assert.equal((await fetch(`${link.slice(0, -1)}!`)).status, 404)

    const pid = postmasterOf(data) ?? 0
    assert.ok(isAlive(pid))
    run.kill('SIGTERM')
    assert.equal(await run.ended, 0)
    assert.match(run.stderr(), /Stopped cleanly\.\n$/)
    assert.equal(isAlive(pid), false)
    assert.equal(existsSync(`${data}/postgresql/postmaster.pid`), false)
  })

  test('after a stop has the posts and the sessions of before', async () => {
    const data = dataFolder(made)
    const { origin, settings } = await settingsFor(data)
    const first = await start(settings)
    assert.doesNotMatch(first.stdout(), /Set up/)
    const cookie = await signIn(origin)
    const post = { title: 'Kept', body: 'Across a restart.', publish: 'yes' }
    assert.equal((await send(origin + paths.admin.posts(), post, cookie)).status, 303)
    first.kill('SIGINT')
    assert.equal(await first.ended, 0)
    assert.equal(postmasterOf(data), undefined)

    const second = await start(settings)
    assert.match(await (await fetch(origin + paths.post('kept'))).text(), /Across a restart/)
    assert.equal((await fetch(origin + paths.profile(), { headers: { cookie }, redirect: 'manual' })).status, 200)
    second.kill('SIGTERM')
    assert.equal(await second.ended, 0)
  })

  test('loads neither packages that only few need nor, file by file, the large ones', async () => {
    const { origin, settings } = await settingsFor(dataFolder(made))
    const list = `${dataFolder()}-loaded.txt`
    const hook = `--import ${new URL('../../test/children/list-loaded.mjs', import.meta.url)}`
    const run = await start({ ...settings, NODE_OPTIONS: hook, LIST_LOADED: list })
    assert.equal((await fetch(origin)).status, 200)
    const hasLoaded = (name: string) => readFileSync(list, 'utf8').includes(`/node_modules/${name}/`)
    await until(() => hasLoaded('graphile-worker'))
    run.kill('SIGTERM')
    assert.equal(await run.ended, 0)
    assert.ok(hasLoaded('fastify'))
    const seldom =
      'css-tree diff harfbuzzjs htmlparser2 katex markdown-it nodemailer openid-client s3mini sanitize-html sharp shiki'
    const inMany = 'kysely kysely-postgres-js typebox'
    assert.deepEqual(`${seldom} ${inMany}`.split(' ').filter(hasLoaded), [])
    assert.match(readFileSync(list, 'utf8'), /bloggy\/packages-\w+\/kysely\.js/)
  })

  test('is refused on the folder of one that runs, which goes on; commands beside it use its PostgreSQL', async () => {
    const data = dataFolder(made)
    const { origin, settings } = await settingsFor(data)
    const first = await start(settings)
    const second = await finish(['start'], { BLOGGY_DATA: data, PORT: String(await freePort()) })
    assert.equal(second.code, 1)
    assert.match(
      second.stderr,
      new RegExp(`^\\nAnother Bloggy \\(process ${first.pid}\\) is already running on .+ Stop it first.+\\n\\n$`),
    )

    const url = await finish(['database-url'], settings)
    assert.match(url.stdout, /^postgres(ql)?:\/\/bloggy@/)
    if (hasPsql()) assert.equal(psql(url.stdout.trim(), 'select title from settings'), 'Rye & Rails')
    const superuser = await finish(['database-url', '--superuser'], settings)
    if (hasPsql())
      assert.equal(psql(superuser.stdout.trim(), 'select rolsuper from pg_roles where rolname = current_user'), 't')
    const status = await finish(['migrations', 'status'], settings)
    assert.equal(status.code, 0, status.stderr)

    assert.equal((await fetch(origin)).status, 200)
    first.kill('SIGTERM')
    assert.equal(await first.ended, 0)
    const without = await finish(['database-url'], settings)
    assert.equal(without.code, 1)
    assert.match(without.stderr, /^\nNo Bloggy runs on .+ Start one with `npm start`\.\n\n$/)
  })

  test('says when its port is taken, and leaves no PostgreSQL behind', async () => {
    const data = dataFolder(made)
    const other = await listen(() => {})
    const { code, stderr, stdout } = await finish(['start'], {
      BLOGGY_DATA: data,
      PORT: String(other.port),
      HOST: '127.0.0.1',
    })
    other.close()
    assert.equal(code, 1)
    assert.equal(stderr, `\nPort ${other.port} on 127.0.0.1 is taken by another program. Choose another with PORT.\n\n`)
    assert.equal(stdout, '')
    assert.equal(postmasterOf(data), undefined)
  })

  test('stops without waiting for connections on which nothing was asked', async () => {
    const data = dataFolder(made)
    const { port, settings } = await settingsFor(data)
    const run = await start(settings)
    const sockets = [0, 1].map(() => connect(port, 'localhost'))
    for (const socket of sockets) socket.on('error', () => {})
    sockets[1]?.write('GET / HTTP/1.1\r\nHost: loc')
    await sleep(300)
    run.kill('SIGTERM')
    const patience = sleep(8000, 'still running', { ref: false })
    assert.equal(await Promise.race([run.ended, patience]), 0)
    for (const socket of sockets) socket.destroy()
  })

  test('goes on answering for as long as a balancer needs to hear that it stops', async () => {
    const { origin, settings } = await settingsFor(dataFolder(made))
    const run = await start({ ...settings, STOP_DELAY: '2' })
    const agent = new Agent({ keepAlive: true })
    const ask = async (path: string) => {
      const sent = get(origin + path, { agent })
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      response.resume()
      await once(response, 'end')
      return { status: response.statusCode, connection: response.headers.connection }
    }
    assert.deepEqual(await ask(paths.readyz()), { status: 200, connection: 'keep-alive' })
    const begun = Date.now()
    run.kill('SIGTERM')
    await run.said(/Stopping …/)
    await sleep(100)
    assert.deepEqual(await ask(paths.readyz()), { status: 503, connection: 'close' })
    // On a new connection, too.
    assert.deepEqual(await ask(paths.home()), { status: 200, connection: 'close' })
    assert.equal(await run.ended, 0)
    assert.ok(Date.now() - begun > 1900)
    agent.destroy()
  })

  test('stops with a job that waits for a mail server, which says nothing, and leaves it for the next start', async () => {
    const silent = await listen((socket) => socket.write('220 mail.example\r\n'))
    const isAsked = once(silent, 'connection')
    const { origin, settings } = await settingsFor(dataFolder(made))
    const run = await start({ ...settings, SMTP_URL: `smtp://127.0.0.1:${silent.port}` })
    await send(origin + paths.forgottenPassword(), { email: owner.email })
    await isAsked
    run.kill('SIGTERM')
    assert.equal(await run.ended, 0)
    assert.match(run.stdout(), /A job was still running after 8 seconds/)
    assert.match(run.stderr(), /Stopped cleanly\.\n$/)
    silent.close()
  })

  test('stops at once at the second signal, though a request still runs', async () => {
    const data = dataFolder(made)
    const { port, settings } = await settingsFor(data)
    const run = await start(settings)
    const socket = connect(port, 'localhost')
    socket.on('error', () => {})
    socket.write(
      'POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\nemail=',
    )
    await sleep(200)
    run.kill('SIGTERM')
    await run.said(/Stopping …/)
    // Sooner, it would be the first one heard twice.
    await sleep(500)
    const begun = Date.now()
    run.kill('SIGTERM')
    const code = await run.ended
    assert.ok(typeof code === 'number' && code > 0, String(code))
    assert.ok(Date.now() - begun < 3000)
    socket.destroy()
    assert.ok(await gone(data))
  })

  test('stops cleanly when it is told while it still starts', async () => {
    const data = dataFolder(made)
    const { settings } = await settingsFor(data)
    const run = bloggy(['start'], settings)
    while (!postmasterOf(data)) await sleep(10)
    run.kill('SIGTERM')
    assert.equal(await run.ended, 0)
    assert.equal(postmasterOf(data), undefined)
  })
})

function hasPsql(): boolean {
  try {
    execFileSync('psql', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function psql(url: string, query: string): string {
  return execFileSync('psql', ['-X', '-A', '-t', '-c', query, url], { encoding: 'utf8', timeout: 20_000 }).trim()
}
