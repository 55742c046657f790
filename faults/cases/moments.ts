// A base backup and the archive of the log, restored to a moment in the past.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { freePort, root, shipped } from '../../bench/servers.ts'
import { formatConnectionString } from '../../src/db/connection-string.ts'
import { paths } from '../../src/paths.ts'
import { copyCluster } from '../../test/base-backup.ts'
import { onTwoInstances } from '../fault.ts'
import { type Instance, startInstance } from '../instance.ts'
import { type Write, compare, keysIn } from '../ledger.ts'
import { sendAgain } from '../load.ts'
import { type Postgres, openPostgres } from '../postgres.ts'
import type { Scene } from '../scene.ts'
import { bearerOf, cookieOf, slugOf } from '../seed.ts'

const name = 'before_the_mistake'
const archiveOf = (folder: string) => join(folder, 'archive')

/** Between the first and the second nobody can say on which side of it a write is. */
type Moment = { from: number; to: number; text: string }

export const toTheMoment = onTwoInstances(
  {
    number: 42,
    name: 'to-the-moment',
    what: 'a base backup and the archive of the log, made under load, restored to a moment',
    expected: 'all that was acknowledged before it, once and whole, nothing of what was sent after it',
    seconds: 90,
  },
  {
    settingsOf: (folder) => ({
      archive_mode: 'on',
      archive_command: `test ! -f "${archiveOf(folder)}/%f" && cp %p "${archiveOf(folder)}/%f"`,
    }),
    prepare: (folder) => {
      mkdirSync(archiveOf(folder), { mode: 0o700 })
      execFileSync('chown', ['--reference', join(folder, 'postgresql'), archiveOf(folder)])
    },
  },
  async (scene, { isShort }) => {
    const { folder, postgres, startLoad, say, figure } = scene
    const pause = isShort ? 3000 : 15_000
    const load = startLoad()
    const kept = await upload(scene, 'teal')
    const deleted = await upload(scene, 'red')
    await sleep(pause)
    say('base backup')
    const begun = performance.now()
    await copyCluster(postgres.asSuperuser, join(folder, 'base'), ownedBy(join(folder, 'base')), true)
    figure('base backup ms', Math.round(performance.now() - begun))
    await sleep(pause)
    const moment = await markMoment(postgres)
    await sleep(pause)
    const later = await upload(scene, 'navy')
    await remove(scene, deleted)
    await load.stop()
    await archiveAll(postgres)
    figure('files of the log', readdirSync(archiveOf(folder)).length)
    // Once to the moment as a clock says it, once to the name that it was given.
    for (const [how, value] of [
      ['time', moment.text],
      ['name', name],
    ] as const) {
      say(`restore by ${how}`)
      await restore(scene, moment, { how, value }, { kept, deleted, later })
    }
  },
)

type Pictures = Record<'kept' | 'deleted' | 'later', Picture>

async function restore(
  scene: Scene,
  moment: Moment,
  { how, value }: { how: string; value: string },
  pictures: Pictures,
): Promise<void> {
  const { folder, must, figure, ledger } = scene
  const place = join(folder, `restored-${how}`)
  mkdirSync(place)
  chmodSync(place, 0o711)
  const begun = performance.now()
  execFileSync('cp', ['-a', join(folder, 'base'), join(place, 'postgresql')])
  const restored = await openPostgres(place)
  ownedBy(restored.cluster)('recovery.signal', '')
  // The pictures are those of now: they are no part of what PostgreSQL restores.
  cpSync(join(folder, 'data'), join(place, 'data'), { recursive: true })
  let instance: Instance | undefined
  try {
    await restored.start({
      restore_command: `cp "${archiveOf(folder)}/%f" "%p"`,
      recovery_target_action: 'promote',
      [`recovery_target_${how}`]: value,
    })
    await untilPromoted(restored)
    figure(`by ${how}: PostgreSQL is there after ms`, Math.round(performance.now() - begun))
    const before = ledger.writes().filter(({ acknowledgedAt }) => (acknowledgedAt ?? Infinity) < moment.from)
    const after = ledger.writes().filter(({ sentAt }) => sentAt > moment.to)
    await requireMoment(restored, scene, before, after, how)
    const environment = {
      DATABASE_URL: formatConnectionString(restored.target),
      BLOGGY_DATA: join(place, 'data'),
      SITE_URL: 'http://localhost:8081',
    }
    instance = startInstance({ port: await freePort(), environment })
    await instance.ready()
    figure(`by ${how}: Bloggy is ready after ms`, Math.round(performance.now() - begun))
    await requireBlog(instance, scene, before, after)
    await requirePictures(instance, scene, pictures)
    requireDoctor(environment, scene)
    await leaveMailOut(restored)
    must(instance.starts() === 1, 'Bloggy was started once', instance.said().slice(-1000))
  } finally {
    await instance?.stop()
    await restored.stop('immediate')
  }
}

/** What is there, by the ledger: all from before, each once and whole; nothing from after. */
async function requireMoment(
  restored: Postgres,
  { must, figure }: Scene,
  before: readonly Write[],
  after: readonly Write[],
  how: string,
): Promise<void> {
  await restored.asSuperuser(async (sql) => {
    const verdict = await compare(sql, { open: () => fail(), writes: () => before })
    const there = await keysIn(sql)
    const early = after.filter(({ key }) => there.has(key))
    figure(`by ${how}: acknowledged before`, verdict.acknowledged)
    figure(`by ${how}: lost`, verdict.lost)
    figure(`by ${how}: sent after`, after.length)
    figure(`by ${how}: of these there`, early.length)
    must(before.length > 0 && after.length > 0, 'there are writes on both sides', [before.length, after.length])
    must(verdict.lost === 0 && verdict.doubled === 0, 'what was acknowledged before is there once', verdict)
    must(verdict.halves.length === 0, 'nothing is there in parts', verdict.halves.slice(0, 5).join('; '))
    must(early.length === 0, 'nothing of what was sent after is there', early.slice(0, 5))
  })
}

/** Pages answer; ids go on; a key from before has its answer, and one from after is as if it never was. */
async function requireBlog(
  instance: Instance,
  { must }: Scene,
  before: readonly Write[],
  after: readonly Write[],
): Promise<void> {
  const pages = [paths.home(), paths.archive(), paths.search({ q: 'post' }), paths.feed('', 'atom.xml')]
  for (const path of [...pages, ...Array.from({ length: 10 }, (_, n) => paths.post(slugOf(n)))]) {
    const { status } = await fetch(instance.origin + path, { headers: { cookie: cookieOf(1) } })
    must(status === 200, 'pages answer', `${path} ${status}`)
  }
  const ids = new Set(before.map(({ kind, id }) => `${kind} ${id}`))
  for (const kind of ['comment', 'post'] as const) {
    const known = before.findLast((write) => write.kind === kind)
    const unknown = after.find((write) => write.kind === kind)
    if (!known || !unknown) continue
    const again = await sendAgain(instance, known)
    must(again.wasReplayed && again.id === known.id, `the answer to a ${kind} from before is kept`, again)
    const anew = await sendAgain(instance, unknown)
    must(anew.status === 201 && !anew.wasReplayed, `a ${kind} from after can be written again`, anew)
    must(!ids.has(`${kind} ${anew.id}`), `and gets an id of its own`, anew)
  }
}

async function requirePictures(instance: Instance, { must }: Scene, { kept, deleted, later }: Pictures): Promise<void> {
  const status = async ({ id }: Picture) =>
    (await fetch(instance.origin + paths.api.medium(id), { headers: { authorization: bearerOf(0) } })).status
  const file = async ({ url }: Picture) =>
    (await fetch(instance.origin + new URL(url).pathname, { headers: { cookie: cookieOf(1) } })).status
  must((await status(kept)) === 200 && (await file(kept)) === 200, 'a picture from before is there')
  must((await status(deleted)) === 200, 'one that was deleted after is known again')
  must((await status(later)) === 404, 'one from after is not')
}

/** In order but for the files of pictures that were deleted or came after: those it names. */
function requireDoctor(environment: Record<string, string>, { must }: Scene): void {
  const folders = join(environment.BLOGGY_DATA ?? '', 'media')
  // What is younger may be an upload that is not done.
  const long = new Date(Date.now() - 3 * 3600_000)
  for (const one of readdirSync(folders))
    for (const place of readdirSync(join(folders, one))) utimesSync(join(folders, one, place), long, long)
  const checks = ['migrations', 'schema', 'references', 'counters', 'media', 'jobs']
  const words = [...shipped, 'doctor', '--json', '--only', ...checks]
  let said: string
  try {
    said = execFileSync(process.execPath, words, { cwd: root, env: cleanOf(environment), encoding: 'utf8' })
  } catch (error) {
    said = (error as { stdout: string }).stdout
  }
  const { findings } = JSON.parse(said) as { findings: { check: string; level: string; what: string }[] }
  const amiss = findings.filter(({ level }) => level !== 'ok')
  const rest = amiss.filter(({ check }) => check !== 'media')
  must(rest.length === 0, 'the doctor finds the rest in order', rest)
  const media = amiss.map(({ what }) => what).join(' ')
  must(media.includes(`belongs to no picture`), 'the doctor finds the files of a picture from after', media)
  must(/files of pictures are gone/.test(media), 'the doctor misses the files of a picture that was deleted', media)
}

/** In the words of docs/backup.md: that they are understood. */
async function leaveMailOut(restored: Postgres): Promise<void> {
  const [, words] = /To leave\n?[^]*?\n\n(( {4}.*\n)+)/m.exec(readFileSync(join(root, 'docs/backup.md'), 'utf8')) ?? []
  if (!words) throw new Error('docs/backup.md does not say how to leave mail out.')
  await restored.asSuperuser(async (sql) => void (await sql.unsafe(words).simple()))
}

const cleanOf = (environment: Record<string, string>) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  ...environment,
})

async function markMoment(postgres: Postgres): Promise<Moment> {
  return await postgres.asSuperuser(async (sql) => {
    const from = performance.now()
    const [row] = await sql<{ text: string }[]>`select clock_timestamp()::text as text`
    await sql`select pg_create_restore_point(${name})`
    return { from, to: performance.now(), text: row?.text ?? '' }
  })
}

async function archiveAll(postgres: Postgres): Promise<void> {
  await postgres.asSuperuser(async (sql) => {
    const [row] = await sql<{ file: string }[]>`select pg_walfile_name(pg_switch_wal()) as file`
    for (const begun = performance.now(); performance.now() - begun < 60_000; await sleep(100)) {
      const [archiver] = await sql<{ is_done: boolean }[]>`
        select last_archived_wal >= ${row?.file ?? ''}::text as is_done from pg_stat_archiver`
      if (archiver?.is_done) return
    }
    throw new Error('The log was not archived within a minute.')
  })
}

async function untilPromoted(restored: Postgres): Promise<void> {
  for (const begun = performance.now(); performance.now() - begun < 120_000; await sleep(50)) {
    const isThere = await restored
      .asSuperuser(async (sql) => {
        const [row] = await sql<{ is_there: boolean }[]>`select not pg_is_in_recovery() as is_there`
        return row?.is_there ?? false
      })
      .catch(() => false)
    if (isThere) return
  }
  throw new Error(`PostgreSQL did not come to the moment:\n${restored.lastWords()}`)
}

/** Writes a file that belongs to PostgreSQL. */
const ownedBy = (cluster: string) => (file: string, text: string) => {
  writeFileSync(join(cluster, file), text, { mode: 0o600 })
  execFileSync('chown', ['--reference', join(cluster, 'PG_VERSION'), join(cluster, file)])
}

function fail(): never {
  throw new Error('Nothing is written here.')
}

type Picture = { id: number; url: string }

async function upload({ instances }: Scene, background: string): Promise<Picture> {
  const picture = await sharp({ create: { width: 600, height: 400, channels: 3, background } })
    .jpeg()
    .toBuffer()
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(picture)], { type: 'image/jpeg' }), `${background}.jpg`)
  const answer = await fetch((instances[0]?.origin ?? '') + paths.api.media(), {
    method: 'POST',
    headers: { authorization: bearerOf(0) },
    body: form,
  })
  if (answer.status !== 201) throw new Error(`An upload was answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as Picture
}

async function remove({ instances, folder, must }: Scene, { id }: Picture): Promise<void> {
  const files = () => readdirSync(join(folder, 'data', 'media'), { recursive: true }).length
  const before = files()
  const { status } = await fetch((instances[0]?.origin ?? '') + paths.api.medium(id), {
    method: 'DELETE',
    headers: { authorization: bearerOf(0) },
  })
  must(status < 300, 'a picture is deleted', status)
  for (const begun = performance.now(); files() >= before && performance.now() - begun < 30_000;) await sleep(50)
}
