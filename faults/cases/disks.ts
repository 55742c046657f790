// Disks that are full: of the data, of the log, of the pictures.
import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, symlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { paths } from '../../src/paths.ts'
import { type Fault, onTwoInstances, withoutRun } from '../fault.ts'
import { countsOf, firstGoodAfter, isGood } from '../seen.ts'
import { bearerOf, cookieOf } from '../seed.ts'
import { accepting, recoveryMs, requireSameProcesses } from './killed-postgres.ts'

const about = {
  data: {
    number: 12,
    name: 'data-disk-full',
    what: 'no room where the data of PostgreSQL are',
    expected:
      'writes 503 with a plain message, reads 200; with room writes work without a restart; nothing half written',
    seconds: 40,
  },
  log: {
    number: 13,
    name: 'log-disk-full',
    what: 'no room where the log of PostgreSQL is: it stops itself',
    expected: 'as 5, once there is room',
    seconds: 40,
  },
  media: {
    number: 14,
    name: 'media-disk-full',
    what: 'no room, then no right to write, where pictures are kept',
    expected: 'the upload is 507, its file is gone, no row',
    seconds: 30,
  },
}

/** A file system of its own, in memory: only root may make one. */
const mayMount = (() => {
  if (process.getuid?.() !== 0) return 'Only root may mount a small file system.'
  const folder = '/tmp/bloggy-faults-mount'
  try {
    mkdirSync(folder, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder], { stdio: 'pipe' })
    execFileSync('umount', [folder], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `No small file system can be mounted here: ${(error as Error).message.split('\n')[0]}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})()

const mount = (folder: string, size: string) => {
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'none', folder])
}
const unmount = (folder: string) => execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' })

/** Takes all the room there is. */
function fill(path: string): void {
  const file = openSync(path, 'a')
  const piece = Buffer.alloc(64 * 1024)
  try {
    for (;;) writeSync(file, piece)
  } catch {
    // Then no further byte.
    try {
      for (;;) writeSync(file, piece, 0, 1)
    } catch {}
  } finally {
    closeSync(file)
  }
}

const ifMountable = (one: Omit<Fault, 'run'>, fault: () => Fault): Fault =>
  mayMount === undefined ? fault() : withoutRun(one, 'cannot run here', mayMount)

export const dataDiskFull = ifMountable(about.data, () =>
  onTwoInstances(
    about.data,
    {
      place: (folder) => mount(join(folder, 'postgresql'), '400m'),
      // The log is elsewhere, and stays small.
      prepare: (folder) => {
        renameOver(join(folder, 'postgresql', 'pg_wal'), join(folder, 'wal'))
      },
      unplace: (folder) => void unmount(join(folder, 'postgresql')),
    },
    async (scene, { isShort }) => {
      const { folder, postgres, startLoad, must, figure } = scene
      const load = startLoad()
      await sleep(2000)
      const blocker = join(folder, 'postgresql', 'blocker')
      fill(blocker)
      const from = load.now()
      // What is there has room inside for a while.
      await postgres
        .asSuperuser(
          async (sql) =>
            await sql`create table filling as select repeat('x', 2000) as a from generate_series(1, 200000)`,
        )
        .catch(() => {})
      await sleep(isShort ? 4000 : 10_000)
      fill(blocker)
      const to = load.now()
      rmSync(blocker)
      await sleep(4000)
      const back = firstGoodAfter(load.answers(), ['write'], to)
      await load.stop()
      const during = load.answers().filter(({ at }) => at >= from && at < to)
      const reads = during.filter(({ kind }) => kind !== 'write')
      const writes = during.filter(({ kind }) => kind === 'write')
      figure('writes refused', writes.filter((answer) => !isGood(answer)).length)
      figure('writes taken', writes.filter(isGood).length)
      figure('writes again after ms', back)
      const broken = reads.filter((answer) => !isGood(answer) && answer.kind !== 'api')
      must(broken.length === 0, 'pages are read', countsOf(broken))
      must(back !== undefined, 'writes work when there is room', back)
      requireSameProcesses(scene)
    },
  ),
)

export const logDiskFull = ifMountable(about.log, () =>
  onTwoInstances(
    about.log,
    {
      settings: { max_wal_size: '64MB', min_wal_size: '32MB' },
      place: (folder) => mount(join(folder, 'wal-disk'), '160m'),
      prepare: (folder) => {
        renameOver(join(folder, 'postgresql', 'pg_wal'), join(folder, 'wal-disk', 'wal'))
      },
      unplace: (folder) => void unmount(join(folder, 'wal-disk')),
    },
    async (scene) => {
      const { folder, postgres, startLoad, must, figure } = scene
      const load = startLoad()
      await sleep(2000)
      const blocker = join(folder, 'wal-disk', 'blocker')
      fill(blocker)
      const from = load.now()
      // Until the log has no room.
      for (let turn = 0; turn < 40 && postgres.isRunning(); turn++)
        await postgres
          .asSuperuser(async (sql) => {
            await sql`create table if not exists filling (a text)`
            await sql`insert into filling select repeat('x', 2000) from generate_series(1, 5000)`
          })
          .catch(() => {})
      await sleep(1500)
      figure('PostgreSQL ended', postgres.isRunning() ? 'no, it recovered' : 'yes')
      must(
        /PANIC|No space left/.test(postgres.lastWords()),
        'PostgreSQL found no room',
        postgres.lastWords().slice(-300),
      )
      rmSync(blocker)
      if (!postgres.isRunning()) await postgres.start()
      const to = await accepting(scene, load)
      await sleep(4000)
      figure('back ms', recoveryMs(scene, load, to))
      await load.stop()
      const cached = load.answers().filter(({ at, kind }) => at >= from && at < to && kind === 'cached')
      must(cached.every(isGood), 'pages from memory go on', countsOf(cached))
      requireSameProcesses(scene)
    },
  ),
)

export const mediaDiskFull = ifMountable(about.media, () =>
  onTwoInstances(
    about.media,
    {
      place: (folder) => mount(join(folder, 'data'), '400m'),
      unplace: (folder) => void unmount(join(folder, 'data')),
    },
    async (scene) => {
      const { folder, postgres, instances, must, figure } = scene
      const picture = await sharp({ create: { width: 1200, height: 800, channels: 3, background: 'teal' } })
        .jpeg()
        .toBuffer()
      const upload = async (path: string, headers: Record<string, string>) => {
        const form = new FormData()
        form.append('file', new Blob([new Uint8Array(picture)], { type: 'image/jpeg' }), 'picture.jpg')
        return await fetch((instances[0]?.origin ?? '') + path, {
          method: 'POST',
          headers,
          body: form,
          redirect: 'manual',
        }).then(({ status }) => status)
      }
      const both = async () => [
        await upload(paths.admin.media(), { cookie: cookieOf(0), accept: 'application/json' }),
        await upload(paths.api.media(), { authorization: bearerOf(0) }),
      ]
      const rows = async () =>
        await postgres.asSuperuser(async (sql) => {
          const [{ count = 0 } = {}] = await sql<{ count: number }[]>`
            select ((select count(*) from media) + (select count(*) from media_files))::int as count`
          return count
        })
      const left = () =>
        execFileSync('find', [join(folder, 'data'), '-type', 'f', '-not', '-name', 'blocker'], { encoding: 'utf8' })
      const before = left()
      const blocker = join(folder, 'data', 'blocker')
      fill(blocker)
      const full = await both()
      must(full.join() === '507,507', 'with no room the upload is refused', full)
      rmSync(blocker)
      execFileSync('mount', ['-o', 'remount,ro', join(folder, 'data')])
      const readOnly = await both()
      execFileSync('mount', ['-o', 'remount,rw', join(folder, 'data')])
      must(readOnly.join() === '507,507', 'where nothing may be written, too', readOnly)
      must((await rows()) === 0, 'no row is left')
      must(left() === before, 'no file is left', left())
      const again = await both()
      must(
        again.every((status) => status < 400),
        'with room it is kept',
        again,
      )
      figure('answers', [full, readOnly, again].join(', '))
      requireSameProcesses(scene)
    },
  ),
)

function renameOver(from: string, to: string): void {
  if (!existsSync(from)) return
  // Another file system: a copy, with its owner.
  execFileSync('cp', ['-a', from, to])
  renameSync(from, `${from}-old`)
  rmSync(`${from}-old`, { recursive: true })
  symlinkSync(to, from)
}
