// Looks at a file in a thread of its own: what is in it is somebody else's, and may take long.
import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { Worker } from 'node:worker_threads'
import { type Journal, type OpenOptions, RefusedFile, openForReading } from './open.ts'
import type { FromInspector } from './inspect-thread.ts'
import type { Recognised } from './recognise.ts'
import { printable } from './refused-file.ts'

export type Inspection = Recognised & {
  file: string
  /** Of the file, without what lies beside it. */
  bytes: number
  journalMode: 'rollback' | 'WAL'
  /** What lies beside the file. */
  journal: Journal
}

type ThreadOptions = {
  limitMs?: number
  /** More memory than the process had at the start. */
  limitBytes?: number
  /** For counting what is odd; 0 leaves it out. */
  oddityLimitMs?: number
}

/** Throws RefusedFile for what cannot be imported. The file and what lies beside it stay as they are. */
export async function inspectFile(
  path: string,
  options: Partial<OpenOptions> & ThreadOptions = {},
): Promise<Inspection> {
  const file = await openForReading(path, { snapshotFolder: tmpdir(), ...options })
  try {
    const { isWal, bytes, journal } = file
    const recognised = await recogniseInThread(file.path, path, options)
    const isAlone = journal === 'wal' && !existsSync(`${await realpath(path)}-wal`)
    const oddities = [...(isAlone ? [withoutWal] : aboutJournal(journal)), ...recognised.oddities]
    return { ...recognised, oddities, file: path, bytes, journalMode: isWal ? 'WAL' : 'rollback', journal }
  } finally {
    await file.close()
  }
}

/**
 * As recognise(), for a path that openForReading() gave.
 *
 * A statement that runs cannot be interrupted, only left behind. None of them takes longer than the size of the file
 * explains: nothing of the file is run, and long passes are cut into short ones.
 */
export async function recogniseInThread(path: string, name: string, options: ThreadOptions = {}): Promise<Recognised> {
  const { limitMs = 600_000, limitBytes = 1024 ** 3, oddityLimitMs } = options
  const worker = new Worker(new URL('inspect-thread.ts', import.meta.url), {
    workerData: { path, name, oddityLimitMs },
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  })
  const before = process.memoryUsage.rss()
  const begun = performance.now()
  let watch: NodeJS.Timeout | undefined
  try {
    return await new Promise((resolve, reject) => {
      // What SQLite takes is not part of a thread's own limits.
      watch = setInterval(() => {
        const isTooLong = performance.now() - begun > limitMs
        if (isTooLong || process.memoryUsage.rss() - before > limitBytes) reject(tooMuchWork(name, isTooLong))
      }, 100)
      worker.once('message', (answer: FromInspector) => {
        if ('recognised' in answer) resolve(answer.recognised)
        else reject(new RefusedFile(answer.reason, answer.message))
      })
      worker.once('error', (error: Error & { code?: string }) => {
        reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooMuchWork(name, false) : error)
      })
      worker.once('exit', () => reject(tooMuchWork(name, false)))
    })
  } finally {
    clearInterval(watch)
    void worker.terminate()
  }
}

function tooMuchWork(name: string, isTooLong: boolean): RefusedFile {
  return new RefusedFile(
    'too much work',
    `Looking at ${printable(name)} took ${isTooLong ? 'too long' : 'too much memory'}, and was given up. It is very large ` +
      'or was made to do that. If it is the old blog, make a tidy copy: sqlite3 FILE "vacuum into \'copy.db\'"',
  )
}

// A program that ends in order leaves it so as well.
const withoutWal =
  'It is in WAL mode, and no -wal lies beside it. If the old blog was running when the file was copied, its last ' +
  'changes are missing: copy the -wal along, or stop the old blog in an orderly way and copy again.'

function aboutJournal(journal: Journal): string[] {
  const sentences: Partial<Record<Journal, string>> = {
    rollback: 'Another program is in the middle of a transaction; what it has not committed is not in the copy.',
    'hot journal':
      'The last program that wrote it died in the middle of a transaction. The copy that was read has it rolled back, ' +
      'as the journal beside the file asks for.',
    'stale journal': 'A journal lies beside the file that says nothing; SQLite passes over it, too.',
    'missing wal':
      'The -wal file that belongs to it is missing, and with it the last changes. Copy it along, or stop the old blog ' +
      'in an orderly way and copy again.',
  }
  const sentence = sentences[journal]
  return sentence ? [sentence] : []
}
