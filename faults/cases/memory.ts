// Much to do with little memory, within a limit that the system enforces.
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, statSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { runProgram } from '../../bench/program.ts'
import { root, shipped } from '../../bench/servers.ts'
import { formatConnectionString } from '../../src/db/connection-string.ts'
import { migrate } from '../../src/db/migrate.ts'
import type { ExportReport } from '../../src/export/bloggy-sqlite.ts'
import type { ImportReport } from '../../src/import/report.ts'
import { paths } from '../../src/paths.ts'
import { type Fault, reportOf } from '../fault.ts'
import { type MemoryLimit, limitMemory } from '../memory-limit.ts'
import { limits } from '../postgres.ts'
import { type Scene, onScene } from '../scene.ts'
import { bearerOf, cookieOf } from '../seed.ts'
import { requireSameProcesses } from './killed-postgres.ts'

const mostBytes = 256 * 1024 * 1024
/** Of a file of bench/build-big-file.ts: 500 MB and 1,140,000 rows. */
const wholeScale = 0.5
const briefScale = 0.05
const inMemory = 0x0102_1994

export const littleMemory: Fault = {
  number: 39,
  name: 'little-memory',
  what: '256 MB each for a server that is sent a picture of 100 MB, an import of 500 MB, an export of a million rows',
  expected: 'each is done, none is killed for want of memory',
  seconds: 150,
  run: async (means) => {
    const ends: (() => unknown)[] = []
    try {
      const folder = folderOnDisk()
      if (!folder) return { result: 'cannot run here', seen: ['What is written here lies in memory.'], figures: {} }
      ends.push(() => rmSync(folder, { recursive: true, force: true }))
      const limited = (['server', 'import', 'export'] as const).map((name) => limitMemory(name, mostBytes))
      for (const limit of limited) if (limit) ends.push(limit.end)
      const [server, importing, exporting] = limited
      if (!server || !importing || !exporting)
        return { result: 'cannot run here', seen: ['No control group for memory can be made; root may.'], figures: {} }
      const data = join(folder, 'data')
      mkdirSync(data)
      const environment = { MEDIA_MAX_MB: '110', BLOGGY_DATA: data, MALLOC_ARENA_MAX: '2' }
      return reportOf(
        await onScene(means, { instances: 1, within: server.within, environment }, async (scene) => {
          const { isShort } = means
          await sendPicture(scene, isShort ? 20 : 100)
          await told(scene, 'server', server)
          await importAndExport(scene, folder, isShort ? briefScale : wholeScale, importing, exporting)
          requireSameProcesses(scene)
        }),
      )
    } finally {
      for (const end of ends.toReversed()) await end()
    }
  },
}

/** What is written to a file system in memory counts as memory, and cannot be put away. */
function folderOnDisk(): string | undefined {
  const place = [tmpdir(), '/var/tmp', root].find((path) => statfsSync(path, { bigint: false }).type !== inMemory)
  return place && mkdtempSync(join(place, `bloggy-faults-${process.pid}-memory-`))
}

function told({ must, figure }: Scene, name: string, limit: MemoryLimit): void {
  figure(`${name}: most MB`, Math.round(limit.peak() / 1e6))
  figure(`${name}: killed`, limit.kills())
  must(limit.kills() === 0, `nothing of the ${name} is killed for want of memory`, limit.kills())
}

/** As soft as a photograph and not compressed, while others read and write. Noise would take the encoder 20 MB more. */
async function sendPicture({ instances, startLoad, must, figure, say }: Scene, megabytes: number): Promise<void> {
  const [width, channels] = [6000, 3] as const
  const height = Math.floor((megabytes * 1e6) / width / channels)
  const png = await sharp(randomBytes(60 * 40 * channels), { raw: { width: 60, height: 40, channels } })
    .resize({ width, height, fit: 'fill' })
    .png({ compressionLevel: 0 })
    .toBuffer()
  say(`a picture of ${Math.round(png.length / 1e6)} MB`)
  const load = startLoad()
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(png)], { type: 'image/png' }), 'soft.png')
  const begun = performance.now()
  const answer = await fetch((instances[0]?.origin ?? '') + paths.api.media(), {
    method: 'POST',
    headers: { authorization: bearerOf(0) },
    body: form,
    signal: AbortSignal.timeout(300_000),
  })
  const text = await answer.text()
  await load.stop()
  figure('picture MB', Math.round(png.length / 1e6))
  figure('picture s', Math.round((performance.now() - begun) / 1000))
  must(answer.status === 201, 'the picture is kept', text.slice(0, 300))
  if (answer.status !== 201) return
  const { url } = JSON.parse(text) as { url: string }
  const shown = await fetch((instances[0]?.origin ?? '') + new URL(url).pathname, { headers: { cookie: cookieOf(1) } })
  must(shown.status === 200, 'and shown', shown.status)
}

async function importAndExport(
  scene: Scene,
  folder: string,
  scale: number,
  importing: MemoryLimit,
  exporting: MemoryLimit,
): Promise<void> {
  const { postgres, signal, must, figure, say } = scene
  const file = join(folder, 'old.db')
  say('making a file')
  const words = ['--import', './src/html/hook.mjs', 'bench/build-big-file.ts', file, String(scale)]
  await runProgram(process.execPath, words, { signal, cwd: root }).ended
  figure('file MB', Math.round(statSync(file).size / 1e6))
  await postgres.asSuperuser(async (sql) => {
    await sql`create database imported owner bloggy template template0 encoding 'UTF8' locale 'C.UTF-8'`
  }, 'postgres')
  const target = { ...postgres.target, database: 'imported' }
  await migrate(target, limits)
  const environment = {
    DATABASE_URL: formatConnectionString(target),
    BLOGGY_DATA: join(folder, 'import'),
    MALLOC_ARENA_MAX: '2',
  }
  const run = async <T>(name: string, limit: MemoryLimit, ...words: string[]): Promise<T | undefined> => {
    say(name)
    const [program = '', ...rest] = [...limit.within, process.execPath, ...shipped, ...words, '--json']
    const begun = performance.now()
    // 2: complete, and something found no place here, such as the table emmett_schema.
    const { ended } = runProgram(program, rest, { signal, environment, cwd: root, codes: [0, 2] })
    const printed = await ended.catch((error: Error) => error)
    figure(`${name} s`, Math.round((performance.now() - begun) / 1000))
    told(scene, name, limit)
    must(typeof printed === 'string', `the ${name} is done`, printed instanceof Error && printed.message.slice(-600))
    return typeof printed === 'string' ? (JSON.parse(printed) as T) : undefined
  }
  const brought = await run<ImportReport>('import', importing, 'import', file)
  if (!brought) return
  must(brought.proof.is_equal, 'the proof of the import finds both sides equal')
  const taken = await run<ExportReport>('export', exporting, 'export', '--sqlite', join(folder, 'new.db'))
  if (!taken) return
  const rows = taken.tables.reduce((sum, { rows }) => sum + rows, 0)
  figure('exported rows', rows)
  for (const name of ['posts', 'comments'])
    must(
      taken.tables.find((table) => table.name === name)?.rows ===
        brought.tables.find((table) => table.name === name)?.rows,
      `all ${name} are exported`,
      taken.tables,
    )
}
