// A backup of the blog as it is at one moment, while it is in use.
import type { ConnectionTarget } from '../db/connection-string.ts'
import { BulkConnection } from '../db/copy.ts'
import type { Limits } from '../db/pool.ts'
import type { Step } from '../import/progress.ts'
import type { MediaStore } from '../media/store.ts'
import { version } from '../version.ts'
import { type Manifest, formatNumber, jobsTable } from './contents.ts'
import type { Bytes } from './pieces.ts'
import {
  type Foreign,
  type Orphans,
  beginSnapshot,
  endSnapshot,
  listFiles,
  listOrphans,
  listTables,
  readMigrations,
  readPositions,
  readTitle,
  rowsOf,
  sumPages,
} from './queries.ts'
import { writeBackup } from './write.ts'

export type MakeOptions = {
  store: Pick<MediaStore, 'open'>
  passphrase: string | undefined
  /** Ends it; what was written so far is no backup. */
  signal: AbortSignal
  onProgress: (step: Step) => void
}
export type Made = {
  manifest: Manifest
  foreign: Foreign
  /** Taken along as they are; the restore says so again. */
  orphans: Orphans[]
  bytes: number
}

/** `send` takes the whole of it, in its own time: PostgreSQL waits for it. */
export async function makeBackup(
  target: ConnectionTarget,
  limits: Limits,
  { store, passphrase, signal, onProgress }: MakeOptions,
  send: (file: Bytes) => Promise<void>,
): Promise<Made> {
  const db = await BulkConnection.open(target, limits, 'bloggy backup')
  const stop = () => void db.close()
  signal.addEventListener('abort', stop)
  try {
    signal.throwIfAborted()
    const { tables, foreign } = await listTables(db)
    await beginSnapshot(db, tables)
    const head = {
      format: formatNumber,
      program: version,
      made_at: new Date().toISOString(),
      title: await readTitle(db),
      migrations: await readMigrations(db),
      tables: [...tables.map(({ name, columns }) => ({ name, columns })), jobsTable],
      about_bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
    }
    let manifest: Manifest | undefined
    let bytes = 0
    const file = writeBackup(
      {
        head,
        counts: new Map(tables.map(({ name, about_rows }) => [name, about_rows])),
        rows: (table) => rowsOf(db, table),
        media: { names: await listFiles(db), open: (name) => store.open(name) },
        ending: async () => ({ pages: await sumPages(db, foreign), sequences: await readPositions(db) }),
      },
      passphrase,
      onProgress,
      (whole) => (manifest = whole),
    )
    await send(counting(file, signal, (part) => (bytes += part.length)))
    if (!manifest) throw new Error('The backup was not read to its end.')
    const orphans = await listOrphans(db, (done, total) =>
      onProgress({ label: 'references', done, total, unit: 'done' }),
    )
    await endSnapshot(db)
    return { manifest, foreign, orphans, bytes }
  } finally {
    signal.removeEventListener('abort', stop)
    await db.close()
  }
}

async function* counting(file: Bytes, signal: AbortSignal, count: (part: Buffer) => void) {
  for await (const part of file) {
    signal.throwIfAborted()
    count(part)
    yield part
  }
}
