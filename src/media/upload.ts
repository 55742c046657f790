// From a file that somebody sent to a picture of the library.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Db } from '../db/pool.ts'
import type { Actor } from '../audit/queries.ts'
import { encode } from './encode.ts'
import { addMedium, findFiles, keepFiles, replaceMedium, reservePlace } from './queries.ts'
import type { MediaStore } from './store.ts'

export type Sent = { path: string; name: string }

export async function addPicture(db: Db, store: MediaStore, sent: Sent, alt: string, actor: Actor): Promise<number> {
  return await withFiles(db, store, sent.path, (files_id) => addMedium(db, { files_id, name: sent.name, alt }, actor))
}

/** Undefined when somebody else was faster. */
export async function replacePicture(
  db: Db,
  store: MediaStore,
  sent: Sent,
  { id, version }: { id: number; version: number },
  actor: Actor,
) {
  return await withFiles(db, store, sent.path, (files_id) => replaceMedium(db, id, version, files_id, actor))
}

/**
 * The same bytes are encoded once. Files that somebody removes while they are being taken are made again, and `use` is
 * called again with them.
 */
export async function withFiles<T>(
  db: Db,
  store: MediaStore,
  path: string,
  use: (files_id: number) => Promise<T>,
): Promise<T> {
  const hash = await hashOf(path)
  for (let round = 1; ; round++) {
    const files_id = (await findFiles(db, hash)) ?? (await makeFiles(db, store, path, hash))
    try {
      return await use(files_id)
    } catch (error) {
      if ((error as { code?: string }).code !== foreignKeyViolation || round === mostRounds) throw error
    }
  }
}

const foreignKeyViolation = '23503'
const mostRounds = 3

async function makeFiles(db: Db, store: MediaStore, path: string, hash: Buffer): Promise<number> {
  const folder = await mkdtemp(join(dirname(path), 'sizes-'))
  try {
    const encoded = await encode(path, folder)
    const place = await reservePlace(db)
    for (const size of encoded.sizes) {
      size.sha256 = (await hashOf(size.path)).toString('hex')
      await store.put(`${place}/${size.width}.webp`, size.path)
    }
    return await keepFiles(db, hash, place, encoded)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export async function hashOf(path: string): Promise<Buffer> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest()
}
