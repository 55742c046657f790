// The files of pictures against their rows: each there, as long as noted, with the checksum it was written with.
import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { commandLine, quoted } from '../command-line.ts'
import type { Config } from '../config.ts'
import { type MediaStore, openStore } from '../media/store.ts'
import { type Database, type Told, count, named, notice, ok, wrong } from './finding.ts'
import { type FileSize, countFiles, listFilesAfter, listUnknownPlaces } from './queries.ts'

type Looked = { files: number; summed: number; missing: string[]; damaged: string[]; unsummed: number }

export async function checkMedia(around: Database): Promise<Told[]> {
  const { sql, config } = around
  const total = await countFiles(sql)
  const store = openStore(config)
  const looked: Looked = { files: 0, summed: 0, missing: [], damaged: [], unsummed: 0 }
  await lookAtRows(around, store, total, looked)
  const found: Told[] = []
  if (looked.missing.length > 0)
    found.push(
      wrong(
        `${count(looked.missing.length, 'file')} of pictures ${are(looked.missing)} gone: ${named(looked.missing)}.`,
        takeBack(config, looked.missing),
      ),
    )
  if (looked.damaged.length > 0)
    found.push(
      wrong(
        `${count(looked.damaged.length, 'file')} of pictures ${are(looked.damaged)} not what was written: ${named(looked.damaged)}.`,
        takeBack(config, looked.damaged),
      ),
    )
  if (!config.mediaS3Url) found.push(...(await lookForStrays(around)))
  if (found.length > 0) return found
  if (total.files === 0) return [ok('There are no pictures, and no files of any.')]
  const part = looked.files < total.files ? `${looked.files.toLocaleString('en')} of ` : ''
  const sums = looked.summed > 0 ? `, ${looked.summed.toLocaleString('en')} compared with their SHA-256` : ''
  const rest =
    looked.files < total.files || looked.summed < looked.files - looked.unsummed ? '; the rest with --all' : ''
  return [ok(`${part}${count(total.files, 'file')} of pictures are there and as long as noted${sums}${rest}.`)]
}

/** A backup in clear is a tar file, and single files come out of it. */
function takeBack(config: Config, [first = '']: string[]): string {
  const [name = ''] = first.split(' ', 1)
  const out = `zstd -dc FILE | tar -xO media/${name}`
  const path = join(config.dataFolder, 'media', name.slice(0, 2), name)
  const how = config.mediaS3Url
    ? `${out} > ${name.replace('/', '-')}, to be put into the bucket as ${name}`
    : `mkdir -p ${quoted(dirname(path))} && ${out} > ${quoted(path)}`
  return `Take each from a backup: ${how}. One that is encrypted is restored elsewhere first: ${commandLine('restore FILE')} with another DATABASE_URL or BLOGGY_DATA. Or send the pictures again.`
}

const are = (list: unknown[]) => (list.length === 1 ? 'is' : 'are')

const atOnce = 200

async function lookAtRows(
  { sql, isLate, onProgress }: Database,
  store: MediaStore,
  total: { files: number; bytes: number },
  looked: Looked,
): Promise<void> {
  let [after, done] = [0, 0]
  for (;;) {
    const rows = await listFilesAfter(sql, after, atOnce)
    for (const { id, place, sizes } of rows) {
      after = id
      for (const size of sizes) {
        if (isLate()) return
        onProgress({ label: 'files of pictures', done, total: total.bytes, unit: 'bytes' })
        await lookAt(store, `${place}/${size.width}.webp`, size, looked)
        done += size.bytes
      }
    }
    if (rows.length < atOnce) return
  }
}

async function lookAt(store: MediaStore, name: string, { bytes, sha256 }: FileSize, looked: Looked): Promise<void> {
  looked.files++
  const file = await store.open(name)
  if (!file) return void looked.missing.push(name)
  if (file.bytes !== bytes || sha256 === undefined) {
    file.body.destroy()
    if (file.bytes !== bytes) looked.damaged.push(name)
    else looked.unsummed++
    return
  }
  const hash = createHash('sha256')
  try {
    for await (const part of file.body) hash.update(part as Buffer)
  } catch (error) {
    // A disk that cannot be read any more says so here.
    looked.damaged.push(`${name} (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`)
    return
  }
  looked.summed++
  if (hash.digest('hex') !== sha256) looked.damaged.push(name)
}

// An upload puts its files in place before their row is there.
const freshMs = 2 * 3600_000

/** Files that no row names: of an upload that was cut off, or of a row that is gone. */
async function lookForStrays({ sql, config, isLate, onProgress }: Database): Promise<Told[]> {
  const strays: string[] = []
  for (const folder of await foldersOf(config)) {
    if (isLate()) break
    onProgress({ label: 'files without pictures', done: strays.length, unit: 'found' })
    const places = await readdir(folder)
    for (const place of await listUnknownPlaces(sql, places)) {
      const path = join(folder, place)
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
      if (Date.now() - mtimeMs > freshMs) strays.push(path)
    }
  }
  if (strays.length === 0) return []
  return [
    notice(
      `${count(strays.length, 'folder')} of files ${strays.length === 1 ? 'belongs' : 'belong'} to no picture: ${named(strays)}.`,
      'After a look at them: rm -r, one by one.',
    ),
  ]
}

async function foldersOf({ dataFolder }: Config): Promise<string[]> {
  const media = join(dataFolder, 'media')
  const names = await readdir(media).catch(() => [])
  return names.filter((name) => /^[a-z0-9]{2}$/.test(name)).map((name) => join(media, name))
}
