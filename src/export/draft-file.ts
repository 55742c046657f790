// A file that gets its name when it is whole.
import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { StartError } from '../errors.ts'

export type DraftFile = {
  /** Where it is written meanwhile. */
  path: string
  /** The name it gets. */
  target: string
  /** Waits for the disk, then gives it its name, unless somebody else took that. Returns its size. */
  keep: () => number
  discard: () => void
}

/** Makes it, for this account alone. Throws a StartError when a file of that name is there or it cannot be written. */
export function createDraft(file: string): DraftFile {
  const target = resolve(file)
  const path = `${target}.partial`
  refuse(target)
  try {
    const handle = openSync(path, 'wx', 0o600)
    fchmodSync(handle, 0o600)
    closeSync(handle)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST')
      throw new StartError(
        `${path} is there already: another command is writing it, or one was killed. Remove it then.`,
      )
    throw unwritable(path, error)
  }
  return {
    path,
    target,
    keep: () => {
      try {
        sync(path)
        giveName(path, target)
        sync(dirname(target))
        return statSync(target).size
      } catch (error) {
        throw error instanceof StartError ? error : unwritable(target, error)
      }
    },
    discard: () => rmSync(path, { force: true }),
  }
}

/** A reason for people that a file could not be written, or the error itself when it is about something else. */
export function unwritable(path: string, error: unknown): unknown {
  const { code, errcode, errstr } = error as NodeJS.ErrnoException & { errcode?: number; errstr?: string }
  // SQLite tells the kind of a failure in the low byte: 13 is a full disk, 10 one that does not do as told.
  const kind = code === 'ERR_SQLITE_ERROR' ? (errcode ?? 0) & 255 : 0
  if (code === 'ENOSPC' || code === 'EDQUOT' || kind === 13)
    return new StartError(`The disk of ${dirname(path)} is full. Nothing was left there.`)
  if (kind === 10) return new StartError(`${path} cannot be written (${errstr}). Nothing was left there.`)
  if (!code || !(error as NodeJS.ErrnoException).syscall) return error
  return new StartError(`${path} cannot be written (${code}).`)
}

function refuse(target: string): void {
  const folder = dirname(target)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new StartError(`There is no folder ${folder}. Make it, or name another.`)
  if (isThere(target)) throw taken(target)
  // SQLite would take them for parts of the new file and read old pages out of them.
  for (const ending of ['-journal', '-wal', '-shm']) {
    if (isThere(target + ending))
      throw new StartError(
        `${target}${ending} is there, which belongs to an older ${basename(target)}. Name another file, or put it away.`,
      )
  }
}

function taken(target: string): StartError {
  return new StartError(`${target} is there already and was left as it is. Name another file.`)
}

/** Also for a link that leads nowhere. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Renaming would replace a file that came meanwhile; a second name for the same file does not. */
function giveName(path: string, target: string): void {
  try {
    linkSync(path, target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw taken(target)
    // Not every disk knows second names.
    if (existsSync(target)) throw taken(target)
    return renameSync(path, target)
  }
  rmSync(path)
}

function sync(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
