// A blog to make backups of, and the way back.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { finish } from './bloggy.ts'
import { createDatabase, testLimits } from './database.ts'
import { settingsOf } from './kills.ts'
import { makeBackup } from '../src/backups/make.ts'
import type { Bytes } from '../src/backups/pieces.ts'
import { restoreBackup } from '../src/backups/restore.ts'
import type { ConnectionTarget } from '../src/db/connection-string.ts'
import { describeSchema } from '../src/db/describe.ts'
import { connect } from '../src/db/pool.ts'

export const root = mkdtempSync(join(tmpdir(), 'bloggy-backup-'))
const drops: (() => Promise<void>)[] = []
after(async () => {
  for (const drop of drops) await drop()
  rmSync(root, { recursive: true, force: true })
})

export const place = 'abcdefghij0123456789'
export const picture = Buffer.alloc(3000, 'not a picture, and nobody minds')
export const passphrase = join(root, 'passphrase')
writeFileSync(passphrase, 'a short sentence is good\n')
export const blog = await newPlace('migrated')

before(async () => {
  const words = [
    'setup',
    '--title',
    'Rye & Rails',
    '--name',
    'Ada',
    '--email',
    'ada@example.com',
    '--password-file',
    '-',
  ]
  assert.equal((await finish(words, blog.settings, 'a short sentence is good\n')).code, 0)
  assert.equal((await finish(['sample'], blog.settings)).code, 0)
  mkdirSync(join(blog.data, 'media', 'ab', place), { recursive: true })
  writeFileSync(join(blog.data, 'media', 'ab', place, '480.webp'), picture)
  await ask(
    blog.target,
    `insert into media_files (content_hash, place, width, height, is_animated, sizes)
       values (sha256('a'), '${place}', 480, 400, false, '[{"width": 480, "height": 400, "bytes": 3000}]'),
         (sha256('b'), 'gone0000000000000000', 480, 400, false, '[{"width": 480, "height": 400, "bytes": 3000}]');
     create table somebody_elses (id int);
     select setval('posts_id_seq', 500);
     select graphile_worker.add_job('count-posts', '{}', run_at := now() + interval '1 year', job_key := 'kept')`,
  )
})

export async function newPlace(kind: 'migrated' | 'empty') {
  const { target, drop } = await createDatabase(kind)
  drops.push(drop)
  const data = mkdtempSync(join(root, 'data-'))
  return { target, data, settings: settingsOf({ target, folder: data }) }
}

export async function ask(target: ConnectionTarget, question: string): Promise<Record<string, unknown>[]> {
  const sql = connect(target, testLimits, 1)
  try {
    return (await sql.unsafe(question).simple()) as unknown as Record<string, unknown>[]
  } finally {
    await sql.end()
  }
}

export async function schemaOf(target: ConnectionTarget): Promise<string> {
  const sql = connect(target, testLimits, 1)
  return await describeSchema(sql).finally(() => sql.end())
}

export async function backUp(
  target: ConnectionTarget,
  file: string,
  send?: (whole: Bytes) => Promise<void>,
  signal = quiet,
) {
  const store = { open: async () => undefined }
  const parts: Buffer[] = []
  const collect = async (whole: Bytes) => {
    for await (const part of whole) parts.push(Buffer.from(part))
    writeFileSync(file, Buffer.concat(parts))
  }
  await makeBackup(target, testLimits, { store, passphrase: undefined, signal, onProgress: () => {} }, send ?? collect)
}

export async function restore(target: ConnectionTarget, file: string, open?: () => Bytes) {
  const bytes = readFileSync(file)
  const source = { bytes: bytes.length, open: open ?? (() => whole(bytes)) }
  const parts = { source, passphrase: undefined, store: undefined, signal: quiet, onProgress: () => {} }
  return await restoreBackup(target, testLimits, parts)
}

export async function* whole(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

export async function* breakingOff(bytes: Buffer) {
  yield* whole(bytes.subarray(0, bytes.length - 2000))
  throw new Error('the disk is gone')
}

const quiet = new AbortController().signal
