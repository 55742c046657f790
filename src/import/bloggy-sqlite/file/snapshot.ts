// A private copy of a database: in a folder that only this process uses, gone when it is done.
import { existsSync, mkdtempSync } from 'node:fs'
import { copyFile, constants as fs, lstat, mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync, backup } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { bytes } from '../../progress.ts'
import { RefusedFile, printable } from './refused-file.ts'

export type OnProgress = (doneBytes: number, totalBytes: number) => void

export type SnapshotFolder = {
  /** Where the copy belongs. */
  path: string
  remove(): Promise<void>
}

const prefix = 'bloggy-snapshot-'
const copyName = 'snapshot.db'
const newFolderMs = 60_000
// Small enough for the progress to move, large enough not to count.
const pagesPerStep = 4096
const spareBytes = 16 * 1024 * 1024

/** Where a blog keeps the copies while it reads from them. */
export function snapshotFolderOf(dataFolder: string): string {
  return join(dataFolder, 'snapshots')
}

/** Throws RefusedFile when the disk has not that many bytes. */
export async function makeSnapshotFolder(parent: string, source: string, neededBytes: number): Promise<SnapshotFolder> {
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const { bavail, bsize } = await statfs(parent)
  if (bavail * bsize < neededBytes + spareBytes) throw noSpace(parent, source, neededBytes, bavail * bsize)
  const folder = mkdtempSync(join(parent, prefix))
  const owner = claim(folder)
  return {
    path: join(folder, copyName),
    remove: async () => {
      if (owner.isOpen) owner.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Changes when the file does. */
export async function stampOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true })
  return `${dev}/${ino} ${size} ${mtimeNs}`
}

/** A copy through SQLite, which sees the state that `source` sees, -wal included. */
export async function copyThroughBackup(source: DatabaseSync, target: string, onProgress?: OnProgress): Promise<void> {
  const pageSize = Number(source.prepare('pragma page_size').get()?.page_size)
  await backup(source, target, {
    rate: pagesPerStep,
    progress: ({ totalPages, remainingPages }) =>
      onProgress?.((totalPages - remainingPages) * pageSize, totalPages * pageSize),
  })
  const { size } = await stat(target)
  onProgress?.(size, size)
}

/** The database and what lies beside it, copied as files. False when one of them changed meanwhile. */
export async function copyAsFiles(source: string, target: string, onProgress?: OnProgress): Promise<boolean> {
  const before = await stateOf(source)
  await sleep(before.restMs)
  const watch = setInterval(() => {
    void stat(target).then(({ size }) => onProgress?.(size, before.bytes), ignore)
  }, 250)
  try {
    for (const end of ['', '-wal', '-journal']) {
      if (before.ends.has(end)) await copyFile(source + end, target + end, fs.COPYFILE_FICLONE)
    }
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  } finally {
    clearInterval(watch)
  }
  onProgress?.(before.bytes, before.bytes)
  return (await stateOf(source)).marks === before.marks
}

type State = { marks: string; ends: Set<string>; bytes: number; restMs: number }

/**
 * What changes when the database or its journal is written. A -wal may grow meanwhile: what is added after a copy was
 * begun is not part of it. Its first bytes change when it starts anew, which folding it in has to come before.
 */
async function stateOf(source: string): Promise<State> {
  const ends = new Set<string>()
  const marks: string[] = []
  let total = 0
  let restMs = 0
  for (const end of ['', '-wal', '-journal']) {
    const facts = await stat(source + end, { bigint: true }).catch(nothingIfAbsent)
    if (!facts) continue
    ends.add(end)
    total += Number(facts.size)
    marks.push(end, `${facts.dev}/${facts.ino}`, await start(source + end))
    if (end === '-wal') continue
    marks.push(`${facts.size} ${facts.mtimeNs}`)
    // A second write in the same tick of the clock leaves the same time: wait until that time is over.
    const tickMs = facts.mtimeNs % 1_000_000_000n === 0n ? 2100 : 50
    const age = Math.max(0, Date.now() - Number(facts.mtimeNs / 1_000_000n))
    restMs = Math.max(restMs, tickMs - age)
  }
  return { marks: marks.join(' '), ends, bytes: total, restMs }
}

async function start(path: string): Promise<string> {
  const file = await open(path).catch(nothingIfAbsent)
  if (!file) return ''
  try {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(32), position: 0 })
    return buffer.toString('hex', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** What a killed process left. Its lock went with it, whatever machine or container it ran in. */
export async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const folder = join(parent, name)
    const facts = name.startsWith(prefix) ? await lstat(folder).catch(ignore) : undefined
    if (!facts?.isDirectory() || facts.uid !== process.getuid?.()) continue
    // A folder that was just made may not have its lock yet; where there is a copy, it has.
    if (Date.now() - facts.mtimeMs < newFolderMs && !existsSync(join(folder, copyName))) continue
    try {
      claim(folder).close()
      await rm(folder, { recursive: true, force: true })
    } catch {}
  }
}

/** Throws when another process holds it. */
function claim(folder: string): DatabaseSync {
  const owner = new DatabaseSync(join(folder, 'owner.db'), { timeout: 0 })
  try {
    owner.exec('pragma journal_mode = memory; begin exclusive')
    return owner
  } catch (error) {
    owner.close()
    throw error
  }
}

export function noSpace(folder: string, source: string, neededBytes: number, freeBytes: number): RefusedFile {
  return new RefusedFile(
    'no space',
    `${printable(source)} is read from a copy, which needs ${bytes(neededBytes)}, and ${printable(folder)} has ` +
      `${bytes(freeBytes)} free. Make room there, or name a folder on a larger disk with BLOGGY_DATA.`,
  )
}

function nothingIfAbsent(error: unknown): undefined {
  if (!isAbsent(error)) throw error
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function ignore(): undefined {}
