// Where backups are kept that the blog makes by itself: a folder, or a bucket.
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { S3mini } from 's3mini'
import type { Config } from '../config.ts'
import { StartError } from '../errors.ts'
import { createDraft, unwritable } from '../export/draft-file.ts'
import { shownError } from '../job-list/job.ts'
import { type Bytes, inPieces } from './pieces.ts'
import type { Source } from './restore.ts'

export type Stored = { name: string; bytes: number }

export type BackupPlace = {
  /** Whole or not at all, under a name that none has yet. */
  put: (name: string, file: Bytes) => Promise<void>
  /** The newest first. */
  list: () => Promise<Stored[]>
  source: (stored: Stored) => Source
  remove: (name: string) => Promise<void>
}

/** By the moment, so that their order is that of their names. */
export const nameOf = (moment: Date): string => `bloggy-${moment.toISOString().replaceAll(/[-:]|\.\d+/g, '')}.backup`

const isName = (name: string) => /^bloggy-\d{8}T\d{6}Z\.backup$/.test(name)
const byName = (a: Stored, b: Stored) => (a.name < b.name ? 1 : -1)

export function openPlace(config: Config): BackupPlace {
  const { backupTo, backupS3AccessKey: accessKeyId = '', backupS3SecretKey: secretAccessKey = '' } = config
  if (backupTo === undefined) throw new StartError('BACKUP_TO is not set. It says where backups go.')
  if (typeof backupTo === 'string') return folder(backupTo)
  return bucket({
    endpoint: backupTo.href.replace(/\/$/, ''),
    region: config.backupS3Region,
    accessKeyId,
    secretAccessKey,
  })
}

function folder(path: string): BackupPlace {
  return {
    async put(name, file) {
      await mkdir(path, { recursive: true, mode: 0o700 })
      await removeOldDrafts(path)
      const draft = createDraft(join(path, name))
      try {
        await pipeline(file, createWriteStream(draft.path, { flags: 'r+' }))
        draft.keep()
        await chmod(draft.target, 0o600)
      } catch (error) {
        throw unwritable(draft.path, error)
      } finally {
        draft.discard()
      }
    },
    async list() {
      const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return []
        throw new StartError(`The backups in ${path} cannot be listed (${error.code}).`)
      })
      const found = names.filter(isName).map(async (name) => ({ name, bytes: (await stat(join(path, name))).size }))
      return (await Promise.all(found)).toSorted(byName)
    },
    source: ({ name, bytes }) => ({
      bytes,
      open: () => createReadStream(join(path, name), { highWaterMark: 1 << 18 }),
    }),
    remove: async (name) => await rm(join(path, name), { force: true }),
  }
}

/** What a killed process left behind; only one makes them at a time. */
async function removeOldDrafts(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    const [, whole = ''] = /^(.*)\.partial$/.exec(name) ?? []
    if (isName(whole)) await rm(join(path, name), { force: true })
  }
}

type Access = { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string }

function bucket(access: Access): BackupPlace {
  const client = new S3mini({ ...access, requestAbortTimeout: partPatienceMs })
  // Of a file as large as a blog nobody knows how long it takes.
  const reader = new S3mini(access)
  // Its troubles look like those of PostgreSQL: who reads them has to know which one is meant.
  const reach: Reach = async (asked, what = 'reached') => {
    try {
      return await asked
    } catch (error) {
      const { hostname } = new URL(access.endpoint)
      throw new StartError(`The backups in the bucket at ${hostname} cannot be ${what} (${reasonOf(error)}).`, {
        cause: error,
      })
    }
  }
  return {
    async put(name, file) {
      const id = await reach(client.getMultipartUploadId(name, 'application/octet-stream'))
      try {
        const sent: { partNumber: number; etag: string }[] = []
        for await (const part of inPieces(file, partBytes))
          sent.push(await reach(client.uploadPart(name, id, part, sent.length + 1)))
        await reach(client.completeMultipartUpload(name, id, sent))
      } catch (error) {
        await client.abortMultipartUpload(name, id).catch(() => {})
        throw error
      }
    },
    async list() {
      const found = (await reach(client.listObjects('/', 'bloggy-'), 'listed')) ?? []
      const stored = found.map(({ Key, Size }) => ({ name: Key, bytes: Number(Size) }))
      return stored.filter(({ name }) => isName(name)).toSorted(byName)
    },
    source: ({ name, bytes }) => ({ bytes, open: () => read(reader, reach, name) }),
    remove: async (name) => void (await reach(client.deleteObject(name))),
  }
}

async function* read(client: S3mini, reach: Reach, name: string): AsyncGenerator<Buffer> {
  const answer = await reach(client.getObjectResponse(name))
  if (!answer?.body) throw new StartError(`The backup ${name} is not in the bucket.`)
  for await (const part of answer.body) yield Buffer.from(part as Uint8Array)
}

type Reach = <T>(asked: Promise<T>, what?: string) => Promise<T>

/** The code at the bottom, or the first line of what was said. */
function reasonOf(error: unknown): string {
  for (let one = error; one instanceof Error; one = one.cause) {
    const { code } = one as NodeJS.ErrnoException
    if (typeof code === 'string' && /^[A-Z][A-Z_]+$/.test(code)) return code
  }
  return shownError((error as Error).message) ?? ''
}

const partBytes = 16 << 20
const partPatienceMs = 120_000
