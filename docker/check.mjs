// What can be known about the container without a Docker engine: the compose file as Compose reads it, and the command
// line of the Dockerfile, run here against an embedded PostgreSQL.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { loadConfig } from '../src/config.ts'
import { settings } from '../src/settings-table.ts'
import { formatConnectionString } from '../src/db/connection-string.ts'
import { startEmbedded } from '../src/db/embedded/server.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const patienceMs = 60_000
const image = readDockerfile()
let failed = 0

const folder = mkdtempSync(join(tmpdir(), 'bloggy-container-'))
// Started by root, PostgreSQL runs as somebody else and must get to its data.
chmodSync(folder, 0o711)
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const compose = findCompose()
if (compose) {
  await step('compose file as it is', checkDefaults)
  await step('compose file with other settings', checkOverrides)
} else {
  console.log('skipped: compose file (neither `docker compose` nor `docker-compose` can be run and read here)')
}
await step('Dockerfile', checkDockerfile)

const database = await startEmbedded(join(folder, 'data'), { durable: false })
try {
  const url = formatConnectionString(database.target)
  await step('starts, answers and stops', () => serves(url))
  await step('does not serve when migrations fail', () => refusesForeignSchema(url))
  await step('waits for a database, live and not ready', waitsForDatabase)
} finally {
  await database.stop()
}
process.exitCode = failed > 0 ? 1 : 0

async function step(name, work) {
  try {
    await work()
    console.log(`ok: ${name}`)
  } catch (error) {
    failed++
    console.log(`failed: ${name}\n${error.stack}`)
  }
}

function checkDefaults() {
  const { services, volumes } = readCompose()
  assert.deepEqual(Object.keys(services).toSorted(), ['postgres', 'runtime', 'tests'])
  assert.deepEqual(Object.keys(volumes).toSorted(), ['bloggy_data', 'postgres_data'])

  const { postgres, runtime, tests } = services
  assert.equal(postgres.image, 'postgres:16-alpine')
  assert.equal(postgres.environment.POSTGRES_DB, 'bloggy')
  assert.equal(postgres.environment.POSTGRES_USER, 'bloggy')
  assert.equal(postgres.environment.POSTGRES_PASSWORD, 'bloggy_password')
  const ours = readFileSync(join(root, 'src/db/embedded/cluster.ts'), 'utf8')
  for (const option of postgres.environment.POSTGRES_INITDB_ARGS.split(' '))
    assert.ok(ours.includes(`'${option}'`), option)
  const { test, interval, timeout, retries } = postgres.healthcheck
  assert.match(test.join(' '), /^CMD-SHELL pg_isready -U bloggy /)
  assert.deepEqual([interval, timeout, retries], ['5s', '5s', 5])
  assert.deepEqual(mounts(postgres), ['postgres_data:/var/lib/postgresql/data'])
  assert.deepEqual(ports(postgres), ['127.0.0.1:5432:5432'])

  assert.equal(runtime.depends_on.postgres.condition, 'service_healthy')
  assert.equal(runtime.environment.DATABASE_URL, 'postgresql://bloggy:bloggy_password@postgres:5432/bloggy')
  assert.deepEqual(ports(runtime), ['127.0.0.1:8081:8081'])
  assert.deepEqual(mounts(runtime), ['bloggy_data:/data'])
  assert.equal(runtime.build.target, 'runtime')
  assert.equal(runtime.init, true)
  assert.equal(runtime.read_only, true)
  assert.deepEqual(runtime.security_opt, ['no-new-privileges:true'])
  assert.equal(runtime.restart, 'unless-stopped')
  assert.ok(runtime.stop_grace_period)
  const config = loadConfig(runtime.environment)
  assert.equal(config.siteUrl.href, 'http://localhost:8081/')
  assert.equal(config.host, '0.0.0.0')

  // What an operator may set reaches the blog.
  const known = Object.values(settings).map(({ env }) => env)
  const missing = known.filter((name) => name !== 'TEST_DATABASE_URL' && !(name in runtime.environment))
  assert.deepEqual(missing, [], 'settings of src/config.ts that the compose file does not pass on')
  const strange = Object.keys(runtime.environment).filter((name) => !known.includes(name))
  assert.deepEqual(strange, [], 'variables that src/config.ts does not know')

  assert.deepEqual(tests.profiles, ['tests'])
  assert.equal(tests.build.target, 'tests')
  assert.equal(tests.depends_on.postgres.condition, 'service_healthy')
  assert.equal(loadConfig(tests.environment).testDatabaseUrl?.database, 'bloggy_test')
}

function checkOverrides() {
  const { postgres, runtime, tests } = readCompose({
    POSTGRES_DB: 'blog',
    POSTGRES_USER: 'ada',
    POSTGRES_PASSWORD: 'engine',
    POSTGRES_PORT: '15432',
    DATABASE_PARAMETERS: '?sslmode=require',
    NODE_ENV: 'production',
    PORT: '9000',
    PUBLISH_ADDRESS: '0.0.0.0',
    SITE_URL: 'https://blog.example',
    TRUSTED_PROXIES: '10.0.0.0/8',
  }).services
  assert.match(postgres.healthcheck.test.join(' '), /pg_isready -U ada -d blog/)
  assert.deepEqual(ports(postgres), ['127.0.0.1:15432:5432'])
  assert.deepEqual(ports(runtime), ['0.0.0.0:9000:9000'])
  const config = loadConfig(runtime.environment)
  assert.deepEqual(config.databaseUrl?.addresses, [{ host: 'postgres', port: 5432 }])
  const { user, password, database, sslmode } = config.databaseUrl
  assert.deepEqual([user, password, database, sslmode], ['ada', 'engine', 'blog', 'require'])
  assert.equal(config.siteUrl.href, 'https://blog.example/')
  assert.equal(config.port, 9000)
  assert.equal(loadConfig(tests.environment).testDatabaseUrl?.user, 'ada')
}

function checkDockerfile() {
  assert.match(image.args.NODE_IMAGE, /^node:24.*-slim/)
  assert.equal(image.last('USER'), 'node')
  assert.equal(image.environment.HOST, '0.0.0.0')
  assert.equal(image.environment.PORT, '8081')
  assert.equal(image.command[0], 'node')
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
  for (const path of image.copied) {
    assert.ok(existsSync(join(root, path)), `${path} is copied and does not exist`)
    assert.ok(!ignored.includes(path), `${path} is copied and is in .dockerignore`)
  }
}

async function serves(databaseUrl) {
  const port = await freePort()
  const child = startEntrypoint(databaseUrl, port)
  try {
    assert.equal(await statusOf(child, port, '/livez'), 200)
    assert.equal(await statusOf(child, port, '/readyz'), 200)
    assert.equal(await healthCheck(port), 0, 'the health check of a living server')
    child.kill('SIGTERM')
    const { code, output } = await child.ended
    assert.equal(code, 0, `after SIGTERM it ended with ${code}:\n${output}`)
    assert.notEqual(await healthCheck(port), 0, 'the health check of a stopped server')
  } finally {
    child.kill('SIGKILL')
  }
}

/** A migration from a later version makes `migrate` refuse. */
async function refusesForeignSchema(databaseUrl) {
  const foreign = '9999_from_a_later_version'
  const sql = postgres({
    host: database.target.addresses[0].host,
    user: 'bloggy',
    database: 'bloggy',
    max: 1,
    onnotice: () => {},
  })
  try {
    await sql`insert into schema_migrations (name, checksum) values (${foreign}, '')`
    await refuses(databaseUrl, foreign)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Without one it says so, and asks to be left alone and sent nobody. */
async function waitsForDatabase() {
  const [port, away] = [await freePort(), await freePort()]
  const child = startEntrypoint(`postgresql://bloggy@127.0.0.1:${away}/bloggy`, port)
  try {
    for (const begun = Date.now(); !(await isListening(port)); await sleep(50)) {
      assert.ok(!child.hasEnded() && Date.now() - begun < patienceMs, 'it does not wait')
    }
    const statusOf = async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).status
    assert.deepEqual([await statusOf('/livez'), await statusOf('/readyz'), await statusOf('/')], [200, 503, 503])
    assert.equal(await healthCheck(port), 0, 'the health check of a server that waits')
    child.kill('SIGTERM')
    const { output } = await child.ended
    assert.ok(output.includes(String(away)), `it does not say what it waits for:\n${output}`)
  } finally {
    child.kill('SIGKILL')
  }
}

/** Ends with an error that names the reason, and listens at no moment. */
async function refuses(databaseUrl, reason) {
  const port = await freePort()
  const child = startEntrypoint(databaseUrl, port)
  let hasListened = false
  try {
    for (const begun = Date.now(); !child.hasEnded(); await sleep(50)) {
      hasListened ||= await isListening(port)
      assert.ok(Date.now() - begun < patienceMs, 'it goes on without a usable database')
    }
    const { code, output } = await child.ended
    assert.ok(typeof code === 'number' && code > 0, `it ended with ${code}:\n${output}`)
    assert.ok(output.includes(reason), `it does not say ${reason}:\n${output}`)
    assert.ok(!hasListened, 'it listened')
  } finally {
    child.kill('SIGKILL')
  }
}

function startEntrypoint(databaseUrl, port) {
  const [, ...words] = image.command
  const env = {
    PATH: process.env.PATH,
    ...image.environment,
    DATABASE_URL: databaseUrl,
    HOST: '127.0.0.1',
    PORT: String(port),
    BLOGGY_DATA: join(folder, 'mail'),
    DB_CONNECT_TIMEOUT: '2',
  }
  const child = spawn(process.execPath, words, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = (chunk) => (output = (output + chunk).slice(-10_000))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise((resolve) =>
    child.once('close', (code, signal) => resolve({ code: code ?? signal, output })),
  )
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  return { ended, hasEnded, kill: (signal) => child.kill(signal), output: () => output }
}

async function statusOf(child, port, path) {
  let last
  for (const begun = Date.now(); Date.now() - begun < patienceMs; await sleep(50)) {
    assert.ok(!child.hasEnded(), `it ended at once:\n${child.output()}`)
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      if (answer.status === 200) return 200
      last = answer.status
    } catch (error) {
      last = error.cause?.code ?? error.message
    }
  }
  return last
}

/** The exit code of the Dockerfile's HEALTHCHECK. */
function healthCheck(port) {
  const [program, ...words] = image.healthCheck
  assert.equal(program, 'node')
  const child = spawn(process.execPath, words, { env: { PORT: String(port) }, stdio: 'ignore', timeout: patienceMs })
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)))
}

function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** The last stage's instructions, which become the image; what any stage copies from the repository. */
function readDockerfile() {
  const text = readFileSync(join(root, 'docker/Dockerfile'), 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
  const lines = text
    .split('\n')
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line.trim()))
    .filter(Boolean)
  const stage = lines.slice(lines.findLastIndex(([, name]) => name === 'FROM'))
  const last = (name) => stage.findLast(([, found]) => found === name)?.[2]
  const pairs = (name, from) =>
    Object.fromEntries(
      from
        .filter(([, found]) => found === name)
        .flatMap(([, , words]) => words.split(/\s+/).map((word) => word.split('='))),
    )
  return {
    last,
    args: pairs('ARG', lines),
    environment: pairs('ENV', stage),
    command: [...JSON.parse(last('ENTRYPOINT')), ...JSON.parse(last('CMD'))],
    healthCheck: JSON.parse(/CMD (\[.*\])$/.exec(last('HEALTHCHECK'))[1]),
    copied: lines
      .filter(([, name, words]) => name === 'COPY' && !words.includes('--from='))
      .flatMap(([, , words]) =>
        words
          .split(/\s+/)
          .filter((word) => !word.startsWith('--'))
          .slice(0, -1),
      ),
  }
}

/** How to get the compose file as JSON: version 2 writes it; version 1 writes YAML, which its own Python reads. */
function findCompose() {
  const candidates = [
    { words: ['docker', 'compose'], format: ['--format', 'json'], read: (text) => JSON.parse(text) },
    { words: ['docker-compose'], format: [], read: readYaml },
  ]
  return candidates.find(({ words, read }) => {
    try {
      execFileSync(words[0], [...words.slice(1), 'version'], { stdio: 'ignore', timeout: patienceMs })
      read('{"services": {}}')
      return true
    } catch {
      return false
    }
  })
}

function readYaml(text) {
  const program = 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)'
  return JSON.parse(execFileSync('python3', ['-c', program], { input: text, encoding: 'utf8', timeout: patienceMs }))
}

function readCompose(environment = {}) {
  const { words, format, read } = compose
  // An operator's docker/.env must not change what is checked.
  const none = join(folder, 'none.env')
  writeFileSync(none, '')
  const place = ['--env-file', none, '--file', join(root, 'docker/docker-compose.yaml')]
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, COMPOSE_PROFILES: 'tests', ...environment }
  const stdio = ['ignore', 'pipe', 'pipe']
  return read(
    execFileSync(words[0], [...words.slice(1), ...place, 'config', ...format], {
      env,
      stdio,
      encoding: 'utf8',
      timeout: patienceMs,
    }),
  )
}

// Compose 1 keeps the short form, Compose 2 writes the long one.
function ports({ ports }) {
  return ports.map((port) =>
    typeof port === 'string' ? port.replace(/\/tcp$/, '') : `${port.host_ip}:${port.published}:${port.target}`,
  )
}

function mounts({ volumes }) {
  return volumes.map((volume) =>
    typeof volume === 'string' ? volume.replace(/:rw$/, '') : `${volume.source}:${volume.target}`,
  )
}
