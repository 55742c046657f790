// Files that the old blog had open when it was copied, killed or moved, and files that it is writing now.
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Child, startChild } from '../child.ts'
import { type Row, type Written, buildFamily, insert } from './families.ts'

export type LiveState =
  | 'open transaction'
  | 'exclusive transaction'
  | 'spilled transaction'
  | 'open WAL'
  | 'steady writes'

/** A file with committed rows that only its -wal holds. The rows told are those a reader must see. */
export async function buildLiveWal(path: string): Promise<Written> {
  return await inScratch(async (source) => {
    const written = grow(buildFamily(source, 'F12'), source)
    const writer = await startWriter(source, 'open WAL')
    for (const end of ['', '-wal', '-shm']) copyFileSync(source + end, path + end)
    await writer.kill()
    return withWalRows(written)
  })
}

/** The same without its -shm, as after a restart of the machine. */
export async function buildColdWal(path: string): Promise<Written> {
  const written = await buildLiveWal(path)
  rmSync(`${path}-shm`)
  return written
}

/** The same, but the -wal ends in the middle of its last commit, which therefore never happened. */
export async function buildTornWal(path: string): Promise<Written> {
  const written = await buildColdWal(path)
  truncateSync(`${path}-wal`, statSync(`${path}-wal`).size - 1000)
  const posts = written.tables.posts?.map((post) => (post.id === 1 ? { ...post, title: 'Great Scott' } : post)) ?? []
  return { ...written, tables: { ...written.tables, posts } }
}

/**
 * The file alone: its rows of the -wal are lost. With its -shm, which still counts the frames, that can be told;
 * without it nothing shows but the WAL mode in the header, as in T2. The rows told are those that are left.
 */
export async function buildMissingWal(path: string, { leavesShm = true } = {}): Promise<Written> {
  return await inScratch(async (source) => {
    const written = grow(buildFamily(source, 'F12'), source)
    const writer = await startWriter(source, 'open WAL')
    copyFileSync(source, path)
    if (leavesShm) copyFileSync(`${source}-shm`, `${path}-shm`)
    await writer.kill()
    return written
  })
}

/**
 * A file whose writer was killed with pages overwritten and the journal beside it. Who reads the file alone sees half
 * a transaction; the rows told are those after the journal was rolled back.
 */
export async function buildHotJournal(path: string): Promise<Written> {
  const written = grow(buildFamily(path, 'F12'), path, 400)
  const writer = await startWriter(path, 'spilled transaction')
  await writer.kill('SIGKILL')
  if (!existsSync(`${path}-journal`)) throw new Error('The writer left no journal.')
  return written
}

/** The file of a hot journal that somebody moved without it: nothing can bring the lost pages back. */
export async function buildLostJournal(path: string): Promise<void> {
  await buildHotJournal(path)
  rmSync(`${path}-journal`)
}

/** J1: a journal whose first bytes are still zero beside a file in good order. SQLite does not look at it. */
export function buildStaleJournal(path: string): Written {
  const written = buildFamily(path, 'F14')
  const journal = Buffer.alloc(512 + 4 + 4096 + 4, 0x5a)
  journal.fill(0, 0, 28)
  writeFileSync(`${path}-journal`, journal)
  return written
}

/** A file of F12 and a process that works on it until it is killed; `journal` is the mode of the file. */
export async function buildBusy(
  path: string,
  state: LiveState,
  journal: 'delete' | 'wal' = 'delete',
): Promise<{ written: Written; writer: Child }> {
  const written = grow(buildFamily(path, 'F12'), path)
  const db = new DatabaseSync(path)
  db.exec(`pragma journal_mode = ${journal}`)
  db.close()
  return { written, writer: await startWriter(path, state) }
}

async function startWriter(path: string, state: LiveState): Promise<Child> {
  const writer = startChild('sqlite-writer', state, path)
  if (!(await writer.wrote(1))) throw new Error('The writer ended before it began.')
  return writer
}

/** More posts and comments than a few pages hold. */
function grow(written: Written, path: string, count = 40): Written {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  const posts: Row[] = Array.from({ length: count }, (_, n) => ({
    id: 300 + n,
    title: `Post ${n}`,
    text: `${n} ${'Words of a long day. '.repeat(100)}`,
    date: '2025-10-14 10:00:00',
    user: 1,
  }))
  const comments: Row[] = Array.from({ length: count }, (_, n) => ({
    id: 300 + n,
    text: `Comment ${n}`,
    date: '2025-10-14 11:00:00',
    user: 3,
    post: 300 + n,
  }))
  db.exec('pragma synchronous = off; begin')
  for (const row of posts) insert(db, 'posts', row)
  for (const row of comments) insert(db, 'comments', row)
  db.exec('commit')
  db.close()
  const { tables, sequences } = written
  return {
    tables: {
      ...tables,
      posts: [...(tables.posts ?? []), ...posts],
      comments: [...(tables.comments ?? []), ...comments],
    },
    sequences: { ...sequences, posts: 299 + count, comments: 299 + count },
  }
}

/** What 'open WAL' of the writer adds. */
function withWalRows(written: Written): Written {
  const last = written.sequences.comments ?? 0
  const added = ['One in the WAL', 'Two in the WAL', 'Three in the WAL'].map((text, index) => ({
    id: last + index + 1,
    text,
    date: '2025-10-20 12:00:00',
    user: null,
    post: 1,
  }))
  const { tables, sequences } = written
  return {
    tables: {
      ...tables,
      posts: (tables.posts ?? []).map((post) => (post.id === 1 ? { ...post, title: 'Changed in the WAL' } : post)),
      comments: [...(tables.comments ?? []), ...added],
    },
    sequences: { ...sequences, comments: last + 3 },
  }
}

async function inScratch<T>(work: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bloggy-live-'))
  try {
    return await work(join(folder, 'source.db'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
