// What lies beside a database, and where it lies.
import { open, readFile, stat } from 'node:fs/promises'
import { endianness } from 'node:os'
import type { Header } from './header.ts'

/** 'rollback' is the journal of a transaction that is running: it matters to the program that runs it only. */
export type Journal = 'none' | 'rollback' | 'wal' | 'hot journal' | 'stale journal' | 'missing wal'

export type Beside = {
  /** 'hot journal' also for one that may belong to a running transaction. */
  journal: Journal
  isWal: boolean
  /** SQLite can read the WAL without making a file. */
  hasIndex: boolean
  /** The file alone is not the whole state. */
  isPart: boolean
  /** Of the file alone. */
  bytes: number
  /** The most that a copy takes, with what is folded in. */
  copyBytes: number
}

export async function lookBeside(source: string, header: Header): Promise<Beside> {
  const [main, wal, journal, shm] = await Promise.all(
    ['', '-wal', '-journal', '-shm'].map((end) => glance(source + end)),
  )
  const hasFrames = wal !== undefined && wal.size > 0
  const isWal = header.isWal || hasFrames
  // A transaction that ended well leaves its journal empty or with zeros in front.
  const isHot = journal !== undefined && journal.size > 0 && journal.start[0] !== 0
  const ofWal = !hasFrames && shm && countsFrames(shm.start) ? 'missing wal' : 'wal'
  const ofJournal = journal ? 'stale journal' : 'none'
  return {
    journal: isHot ? 'hot journal' : isWal ? ofWal : ofJournal,
    isWal,
    hasIndex: shm !== undefined && wal !== undefined,
    isPart: isHot || hasFrames,
    bytes: main?.size ?? 0,
    copyBytes: (main?.size ?? 0) + 2 * (wal?.size ?? 0) + (journal?.size ?? 0),
  }
}

/**
 * Nobody can write there: the file system itself is read-only, and it is of a kind that no other machine writes. A
 * folder that is only mounted read-only here may be written elsewhere.
 */
export async function isOnReadOnlyDisk(path: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  const { dev } = await stat(path, { bigint: true })
  return isReadOnlyDisk(mounts, dev)
}

/** `mounts` as in /proc/self/mountinfo, `dev` as stat() gives it. */
export function isReadOnlyDisk(mounts: string, dev: bigint): boolean {
  const device = `${((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)}:${(dev & 0xffn) | ((dev >> 12n) & 0xffff00n)}`
  return mounts.split('\n').some((line) => {
    const [mount = '', system = ''] = line.split(' - ')
    // The options of the file system, not those of this mount of it.
    const [kind = '', , options = ''] = system.split(' ')
    return mount.split(' ')[2] === device && localKinds.includes(kind) && options.split(',').includes('ro')
  })
}

const localKinds = ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs', 'vfat', 'exfat', 'ntfs3', 'tmpfs'].concat(
  ['iso9660', 'udf', 'squashfs', 'erofs'], // read-only by nature
)

/** Whether the index of a WAL counts frames that were not folded in: of the index, words 4 and 24. */
function countsFrames(shm: Buffer): boolean {
  const word = (index: number) => (endianness() === 'LE' ? shm.readUInt32LE(4 * index) : shm.readUInt32BE(4 * index))
  return shm.length >= 128 && shm[12] === 1 && word(4) > word(24)
}

/** Its size and first bytes, or undefined when it is not there. */
async function glance(path: string): Promise<{ size: number; start: Buffer } | undefined> {
  try {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(128), position: 0 })
      return { size, start: buffer.subarray(0, bytesRead) }
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
