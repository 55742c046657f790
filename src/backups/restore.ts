// A backup becomes a blog again: in an empty database, in one transaction, and proved before it ends.
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { commandLine } from '../command-line.ts'
import { dressAgain, takeBare } from '../db/bare-tables.ts'
import type { ConnectionTarget } from '../db/connection-string.ts'
import { BulkConnection } from '../db/copy.ts'
import { jobsName } from '../db/jobs-schema.ts'
import { listMigrations, migrate } from '../db/migrate.ts'
import type { Limits } from '../db/pool.ts'
import { StartError } from '../errors.ts'
import type { Step } from '../import/progress.ts'
import type { MediaStore } from '../media/store.ts'
import { type Head, type Manifest, type TableOf, jobsTable } from './contents.ts'
import type { Bytes } from './pieces.ts'
import {
  analyze,
  beginLoad,
  fenceJobs,
  listAddresses,
  listApplied,
  listTables,
  loadRows,
  lookAround,
  markUnfinished,
  readPositions,
  removeMark,
  rowsOf,
  setPosition,
  sumPages,
  takeRestoreLock,
} from './queries.ts'
import { type Read, readBackup } from './read.ts'
import { RowSummer } from './row-sum.ts'

export type Source = { bytes: number; open: () => Bytes }

export type RestoreOptions = {
  source: Source
  passphrase: string | undefined
  /** Where the pictures go; undefined leaves them where they are. */
  store: Pick<MediaStore, 'put'> | undefined
  /** What waited to be told to somebody is not: it was, since. */
  isFenced?: boolean
  signal: AbortSignal
  onProgress: (step: Step) => void
}

export type Restored = {
  head: Head
  manifest: Manifest
  tables: number
  rows: number
  pages: number
  files: number
  /** Jobs that were left out. */
  fenced: number
  /** Foreign keys that some rows break, as they did in the blog of the backup. */
  loose: string[]
  /** Migrations that this Bloggy has and the backup had not. */
  upgraded: string[]
  /** Of posts that anybody may read, to look at them. */
  addresses: { slug: string; title: string }[]
}

/** Throws StartError for what a person can mend. The file is read twice: as a whole before anything is touched. */
export async function restoreBackup(
  target: ConnectionTarget,
  limits: Limits,
  { source, passphrase, store, isFenced, signal, onProgress }: RestoreOptions,
): Promise<Restored> {
  const db = await BulkConnection.open(target, { ...limits, lockTimeoutSeconds: 60 }, 'bloggy restore')
  const stop = () => void db.close()
  signal.addEventListener('abort', stop)
  try {
    const around = await lookAround(db)
    if (around.relations > 0 && !around.is_unfinished) throw new StartError(notEmpty(target))
    if (!(await takeRestoreLock(db))) throw new StartError('Another restore into this database is under way.')
    const found = await readBackup(noted(source, 'checking the backup', signal, onProgress), passphrase)
    const names = refuseOthers(found.head)
    refuseForeign(await listApplied(db), names)

    await markUnfinished(db)
    onProgress({ label: 'making the tables' })
    await migrate(target, limits, undefined, undefined, names)
    let fenced = 0
    let loose: string[] = []
    await db.transaction(async () => {
      loose = await load(db, found, passphrase, noted(source, 'restoring', signal, onProgress), store, onProgress)
      if (isFenced) fenced = await fenceJobs(db)
      signal.throwIfAborted()
      await removeMark(db)
    })
    const upgraded = await migrate(target, limits)
    onProgress({ label: 'counting what there is, for PostgreSQL' })
    await analyze(db)
    const { head, manifest } = found
    const ids = manifest.pages.map(({ post_id }) => post_id)
    return {
      head,
      manifest,
      tables: head.tables.length - 1,
      rows: Object.values(manifest.tables).reduce((sum, { rows }) => sum + rows, 0),
      pages: manifest.pages.length,
      files: manifest.media.length,
      fenced,
      loose,
      upgraded,
      addresses: await listAddresses(db, ids),
    }
  } catch (error) {
    if (signal.aborted) throw new StartError('Stopped. Run it again with the same file: it begins anew.')
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    await db.close()
  }
}

async function load(
  db: BulkConnection,
  found: Read,
  passphrase: string | undefined,
  file: Bytes,
  store: RestoreOptions['store'],
  onProgress: (step: Step) => void,
): Promise<string[]> {
  const { manifest, head } = found
  await beginLoad(db)
  const { tables, foreign } = await listTables(db)
  const namesOf = (list: TableOf[]) => list.map(({ name }) => name).join(' ')
  if (namesOf(head.tables) !== namesOf([...tables, jobsTable])) throw notEqual('names of tables')
  const bare = await takeBare(db, ['schema_migrations', 'unfinished_restore'])
  const folder = await mkdtemp(join(tmpdir(), 'bloggy-restore-'))
  try {
    const again = await readBackup(file, passphrase, {
      rows: async (table, pieces) => void (await loadRows(db, table, pieces)),
      medium: async (name, body) => await put(store, folder, name, body),
    })
    if (again.sha256 !== found.sha256)
      throw new StartError('The backup changed while it was read. Nothing was restored.')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  for (const position of manifest.sequences) await setPosition(db, position)
  const loose = await dressAgain(db, bare, (done, total) => onProgress({ label: 'indexes', done, total, unit: 'done' }))
  for (const [done, table] of head.tables.entries()) {
    onProgress({ label: `comparing ${table.name}`, done, total: head.tables.length, unit: 'tables' })
    await proveTable(db, table, manifest)
  }
  if (JSON.stringify(await readPositions(db)) !== JSON.stringify(manifest.sequences)) throw notEqual('counters of ids')
  const pages = await sumPages(
    db,
    foreign,
    manifest.pages.map(({ post_id }) => post_id),
  )
  if (JSON.stringify(pages) !== JSON.stringify(manifest.pages)) throw notEqual('pages')
  return loose
}

async function put(store: RestoreOptions['store'], folder: string, name: string, body: Bytes): Promise<void> {
  if (!store) {
    for await (const _ of body);
    return
  }
  const path = join(folder, randomBytes(8).toString('hex'))
  await pipeline(body, createWriteStream(path, { mode: 0o600 }))
  await store.put(name, path)
  await rm(path)
}

async function proveTable(db: BulkConnection, table: TableOf, manifest: Manifest): Promise<void> {
  const found = new RowSummer()
  for await (const part of rowsOf(db, table)) found.add(part)
  const { rows, sum } = found.result()
  const wanted = manifest.tables[table.name]
  if (rows !== wanted?.rows || sum !== wanted.sum) throw notEqual(`rows of ${table.name}`)
}

const notEqual = (what: string) => new Error(`The ${what} are not what the backup has. Nothing was restored.`)

/** Names of the migrations to run first. */
function refuseOthers({ migrations, made_at, program }: Head): Set<string> {
  const known = new Map([...listMigrations().map(({ name, checksum }) => [name, checksum] as const), [jobsName, '']])
  const of = `The backup of ${made_at} is of Bloggy ${program} and`
  const unknown = migrations.filter(({ name }) => !known.has(name) && !name.startsWith('graphile-worker'))
  if (unknown.length > 0)
    throw new StartError(
      `${of} newer than this Bloggy: it has ${unknown.map(({ name }) => name).join(', ')}. Restore it with the Bloggy that made it, or a later one.`,
    )
  const changed = migrations.find(({ name, checksum }) => known.has(name) && known.get(name) !== checksum)
  if (changed)
    throw new StartError(`${of} has another ${changed.name} than this one. Restore it with the Bloggy that made it.`)
  return new Set([...migrations.map(({ name }) => name), jobsName])
}

function refuseForeign(applied: string[], wanted: ReadonlySet<string>): void {
  const other = applied.find((name) => !wanted.has(name))
  if (other)
    throw new StartError(
      `An interrupted restore of another backup is in this database (it has ${other}). Drop the database, make it anew and run this again.`,
    )
}

function notEmpty(target: ConnectionTarget): string {
  return (
    `The database ${target.database} has tables, and a backup is restored into an empty one. Nothing was changed.\n` +
    `Make one (createdb --owner=${target.user} --template=template0 --encoding=UTF8 --locale=C.UTF-8 restored) and name it in ` +
    `DATABASE_URL; or, with the PostgreSQL that Bloggy brings along, name a new folder in BLOGGY_DATA. ` +
    `\`${commandLine('backup verify FILE')}\` only looks at the file.`
  )
}

async function* noted(
  { bytes, open }: Source,
  label: string,
  signal: AbortSignal,
  onProgress: (step: Step) => void,
): AsyncGenerator<Buffer> {
  let done = 0
  for await (const part of open()) {
    signal.throwIfAborted()
    done += part.length
    onProgress({ label, done, total: bytes, unit: 'bytes' })
    yield part
  }
}
