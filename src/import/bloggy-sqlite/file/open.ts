// Opens a database that somebody else owns. Neither it nor what lies beside it changes, and nothing new lies there.
//
// Nobody can tell whether an old blog is still running: between two transactions it holds no lock. So a file is read
// where it lies only when nobody can write it: it is an upload, or its file system is read-only as a whole (not merely
// mounted so here, as a container may have it). Everything else is read from a private copy, made in one of two ways:
//
// - Through SQLite's backup interface, under the lock that SQLite itself takes for reading. It holds up the old blog's
//   writes for as long as the copy takes, and in WAL mode not even that. The index of a WAL, the -shm, is opened
//   read-only; where there is none, SQLite would make one, or an empty -wal.
// - As files, where SQLite would have to write before it can read: a hot journal, or a -wal without its -shm. Then no
//   process has the database open; should one begin to write, it shows, and the copy is made again. SQLite rolls back
//   or folds in what lies beside the copy.
import { DatabaseSync, constants } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { type Beside, type Journal, isOnReadOnlyDisk, lookBeside } from './beside.ts'
import { countPages, readHeader, realFile } from './header.ts'
import { RefusedFile, damaged, printable } from './refused-file.ts'
import {
  type OnProgress,
  copyAsFiles,
  copyThroughBackup,
  makeSnapshotFolder,
  noSpace,
  removeAbandoned,
  stampOf,
} from './snapshot.ts'

export { RefusedFile } from './refused-file.ts'
export type { Journal } from './beside.ts'

export type OpenFile = {
  db: DatabaseSync
  /** What is open: the file or its copy. Threads open it with openPath(). */
  path: string
  how: 'in place' | 'snapshot'
  journal: Journal
  /** Of the file, as it lies there. */
  bytes: number
  isWal: boolean
  /** Removes the copy. */
  close(): Promise<void>
}

export type OpenOptions = {
  /** Where a copy may lie; made when it is not there. */
  snapshotFolder: string
  onProgress?: OnProgress
  /** Nobody else can write the file, as it was uploaded. */
  isOurs?: boolean
  /** How long to wait for another program to pause. */
  patienceMs?: number
}

// A longer text or blob is not read. PostgreSQL holds four times as much, the memory of an import does not.
const longestValue = 256 * 1024 * 1024

/** Throws RefusedFile for what cannot be read. While it runs, no other code of this process may open the file. */
export async function openForReading(path: string, options: OpenOptions): Promise<OpenFile> {
  const source = await realFile(path)
  await removeAbandoned(options.snapshotFolder)
  const end = performance.now() + (options.patienceMs ?? 30_000)
  for (;;) {
    const outcome = await attempt(source, options)
    if (typeof outcome === 'object') return outcome
    if (performance.now() > end) throw beingWritten(path, outcome)
    await sleep(20)
  }
}

/** A connection that reads tables and can do nothing else, to a file that nobody writes: see openForReading(). */
export function openPath(path: string): DatabaseSync {
  const db = connect(path, 'immutable=1')
  try {
    // Checks, like views and triggers, are somebody else's expressions.
    db.exec('pragma query_only = on; pragma cell_size_check = on; pragma ignore_check_constraints = on')
    db.setAuthorizer(onlyReading)
    return db
  } catch (error) {
    db.close()
    throw readable(path, error)
  }
}

/** What SQLite says of a damaged file, as a RefusedFile; other errors come back as they are. `path` is what is open. */
export function readable(name: string, error: unknown, path = name): unknown {
  const code = errorCode(error) & 0xff
  if (code !== corrupt && code !== noDatabase) return error
  const { counted, there } = countPages(path)
  if (there < counted) {
    return new RefusedFile(
      'truncated',
      `${printable(name)} is cut off: it says it has ${counted} pages, and only ${there} are there. Take another copy ` +
        'of it, or a backup.',
    )
  }
  return damaged(name, error instanceof Error ? error.message : '')
}

async function attempt(source: string, options: OpenOptions): Promise<OpenFile | 'busy' | 'moving'> {
  const header = await readHeader(source)
  const beside = await lookBeside(source, header)
  if (options.isOurs || (await isOnReadOnlyDisk(source))) {
    if (!beside.isPart) return opened(source, 'in place', beside, async () => {})
  } else if (!beside.isWal || beside.hasIndex) {
    const lock = lockForReading(source)
    if (lock === 'busy') return 'busy'
    if (lock !== 'must be folded') return await openBackup(source, lock, beside, options)
  }
  return await openCopiedFiles(source, beside, options)
}

/** A connection that holds SQLite's lock for reading: nobody changes what it sees. */
function lockForReading(source: string): DatabaseSync | 'busy' | 'must be folded' {
  const db = connect(source, 'readonly_shm=1')
  try {
    // A transaction takes its lock when it first reads, and this does not read the schema.
    db.exec('begin')
    db.prepare('pragma schema_version').get()
    return db
  } catch (error) {
    db.close()
    const code = errorCode(error) & 0xff
    if (code === busy || code === locked) return 'busy'
    if (code === readOnly || code === cannotOpen) return 'must be folded'
    throw readable(source, error)
  }
}

async function openBackup(
  source: string,
  lock: DatabaseSync,
  beside: Beside,
  options: OpenOptions,
): Promise<OpenFile | 'moving'> {
  const folder = await makeSnapshotFolder(options.snapshotFolder, source, beside.copyBytes).catch((error: unknown) => {
    lock.close()
    throw error
  })
  try {
    const before = await stampOf(source)
    await copyThroughBackup(lock, folder.path, options.onProgress)
    // Under the lock only what knows no locks can have written, such as a program that is still copying the file here.
    // In WAL mode the file may change: what this copy needs of it does not.
    if (!beside.isWal && (await stampOf(source)) !== before) {
      await folder.remove()
      return 'moving'
    }
    // A journal that was not in the way belongs to a transaction that somebody else is in the middle of.
    const journal = beside.journal === 'hot journal' ? 'rollback' : beside.journal
    return opened(folder.path, 'snapshot', { ...beside, journal }, folder.remove)
  } catch (error) {
    await folder.remove()
    throw translated(source, error, options, beside)
  } finally {
    lock.close()
  }
}

async function openCopiedFiles(source: string, beside: Beside, options: OpenOptions): Promise<OpenFile | 'moving'> {
  const folder = await makeSnapshotFolder(options.snapshotFolder, source, beside.copyBytes)
  try {
    if (!(await copyAsFiles(source, folder.path, options.onProgress))) {
      await folder.remove()
      return 'moving'
    }
    foldIn(folder.path)
    return opened(folder.path, 'snapshot', beside, folder.remove)
  } catch (error) {
    await folder.remove()
    throw translated(source, error, options, beside)
  }
}

/** Lets SQLite roll back the journal or take over the WAL that lies beside a copy. */
function foldIn(copy: string): void {
  const db = connect(copy, 'mode=rw')
  try {
    db.prepare('pragma schema_version').get()
    db.exec('pragma journal_mode = delete')
  } finally {
    db.close()
  }
}

function opened(path: string, how: OpenFile['how'], beside: Beside, remove: () => Promise<void>): OpenFile {
  const db = openPath(path)
  return {
    db,
    path,
    how,
    journal: beside.journal,
    bytes: beside.bytes,
    isWal: beside.isWal,
    close: async () => {
      if (db.isOpen) db.close()
      await remove()
    },
  }
}

function connect(path: string, query: string): DatabaseSync {
  // An address instead of a path carries the query, whatever characters the name holds.
  const address = pathToFileURL(path)
  address.search = query
  const db = new DatabaseSync(address, {
    readOnly: query !== 'mode=rw',
    timeout: 0,
    allowExtension: false,
    defensive: true,
    enableForeignKeyConstraints: false,
    limits: {
      length: longestValue,
      sqlLength: 16_000_000,
      attach: 0,
      triggerDepth: 1,
      exprDepth: 200,
      compoundSelect: 100,
      likePatternLength: 200,
      vdbeOp: 1_000_000,
    },
  })
  db.exec('pragma trusted_schema = off; pragma mmap_size = 0')
  return db
}

/** Asked once for each statement, not for each row. */
function onlyReading(
  action: number,
  first: string | null,
  second: string | null,
  _: string | null,
  via: string | null,
) {
  const isAllowed =
    action === constants.SQLITE_SELECT ||
    action === constants.SQLITE_TRANSACTION ||
    (action === constants.SQLITE_READ && via === null) ||
    (action === constants.SQLITE_FUNCTION && functions.has((second ?? '').toLowerCase())) ||
    (action === constants.SQLITE_PRAGMA && (second === null ? facts : factsOfTable).has((first ?? '').toLowerCase()))
  return isAllowed ? constants.SQLITE_OK : constants.SQLITE_DENY
}

// `table_list` is missing on purpose: see listRealTables().
const words = (text: string) => new Set(text.split(' '))
const functions = words(
  'count sum total min max avg group_concat typeof length octet_length abs round coalesce ifnull nullif iif ' +
    'lower upper trim ltrim rtrim substr substring instr hex quote unicode like glob json_valid is_doubtful is_utf8',
)
const facts = words(
  'encoding page_size page_count freelist_count schema_version user_version application_id journal_mode quick_check',
)
const factsOfTable = words('table_info table_xinfo index_list index_info index_xinfo quick_check')

const [busy, locked, readOnly, corrupt, full, cannotOpen, noDatabase] = [5, 6, 8, 11, 13, 14, 26]

function errorCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0
}

function translated(source: string, error: unknown, options: OpenOptions, { copyBytes }: Beside): unknown {
  const isFull = errorCode(error) === full || (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
  return isFull ? noSpace(options.snapshotFolder, source, copyBytes, 0) : readable(source, error)
}

function beingWritten(path: string, outcome: 'busy' | 'moving'): RefusedFile {
  const what =
    outcome === 'busy'
      ? 'Another program has it locked and does not let go.'
      : 'Another program writes it faster than it can be copied.'
  return new RefusedFile(
    'being written',
    `${printable(path)} cannot be read right now. ${what} Stop the old blog, or try again when it is quieter.`,
  )
}
