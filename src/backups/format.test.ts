// The format by itself: what was written comes back, and nothing else passes for it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { buffer } from 'node:stream/consumers'
import { createHash, randomBytes } from 'node:crypto'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { type Head, type Manifest, formatNumber } from './contents.ts'
import { BackupDamaged, WrongPassphrase } from './damage.ts'
import { NotABackup, readBackup } from './read.ts'
import { chunkBytes, seal, sealedMagic, unseal } from './sealed.ts'
import { type Sources, digestFrame, writeBackup } from './write.ts'

const rows: Record<string, Buffer> = {
  posts: Buffer.from('1\tOne\n2\tTwo \\n lines\n'),
  empty: Buffer.alloc(0),
  // More than one part, none of which ends where a row does.
  long: Buffer.from(`${randomBytes(3_000_000).toString('hex')}\n`.repeat(2)),
}
const pictures: Record<string, Buffer> = {
  'ab12/480.webp': randomBytes(70_000),
  'ab12/800.webp': Buffer.alloc(512, 'x'),
}
/** Of the backup that is read thousands of times. */
const smallPictures: typeof pictures = { ...pictures, 'ab12/480.webp': randomBytes(7000) }
const head: Head = {
  format: formatNumber,
  program: '0.1.0',
  made_at: '2026-11-23T17:00:00.000Z',
  title: 'Rye',
  migrations: [],
  tables: Object.keys(rows).map((name) => ({ name, columns: ['id'] })),
  about_bytes: 1000,
}

function sources(only?: string[]): Sources {
  const held = only ? smallPictures : pictures
  return {
    head: { ...head, tables: head.tables.filter(({ name }) => only?.includes(name) ?? true) },
    counts: new Map(),
    rows: ({ name }) => parts(rows[name] ?? Buffer.alloc(0), 10_001),
    media: {
      names: [...Object.keys(held), 'gone/480.webp'],
      open: async (name) => {
        const found = held[name]
        return found && { bytes: found.length, body: parts(found, 4096) }
      },
    },
    ending: async () => ({ sequences: [], pages: [] }),
  }
}

async function* parts(content: Buffer, size: number) {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}

async function write(passphrase?: string, only?: string[]): Promise<{ file: Buffer; manifest: Manifest }> {
  let manifest: Manifest | undefined
  const file = await buffer(
    writeBackup(
      sources(only),
      passphrase,
      () => {},
      (made) => (manifest = made),
    ),
  )
  assert.ok(manifest)
  return { file, manifest }
}

const read = (file: Buffer, passphrase?: string) => readBackup(parts(file, 5000), passphrase)
const small = ['posts', 'empty']

describe('a backup', () => {
  for (const passphrase of [undefined, 'a short sentence is good']) {
    test(`${passphrase ? 'behind a passphrase' : 'in clear'} comes back as it was`, async () => {
      const { file, manifest } = await write(passphrase)
      const got: Record<string, Buffer> = {}
      const found = await readBackup(parts(file, 5000), passphrase, {
        rows: async ({ name }, pieces) => void (got[name] = await buffer(copies(pieces))),
        medium: async (name, body) => void (got[name] = await buffer(copies(body))),
      })
      assert.deepEqual(found.manifest, manifest)
      assert.deepEqual(found.manifest.missing, ['gone/480.webp'])
      assert.equal(found.manifest.tables.posts?.rows, 2)
      for (const [name, content] of Object.entries({ ...rows, ...pictures }))
        assert.ok(got[name]?.equals(content), name)
      assert.equal(found.isSealed, passphrase !== undefined)
    })
  }

  test('cut off anywhere is refused', async () => {
    const { file } = await write(undefined, small)
    for (let length = 0; length < file.length; length += length > 1000 && length < file.length - 1000 ? 997 : 1)
      await assert.rejects(read(file.subarray(0, length)), isRefusal, `${length} of ${file.length}`)
  })

  test('with a bit turned around is refused, wherever', async () => {
    const { file } = await write(undefined, small)
    for (let at = 0; at < file.length; at += at > 1000 && at < file.length - 1000 ? 499 : 1)
      await assert.rejects(read(flipped(file, at)), isRefusal, String(at))
  })

  test('with a bit turned around before it was packed is refused, wherever', async () => {
    const { file } = await write(undefined, small)
    const tar = unpacked(file)
    const begins = tar.indexOf('"title"')
    for (let at = 0; at < tar.length; at += at > begins && at < begins + 50 ? 1 : 61) {
      // Who owns a file, and when it changed, no one reads; the sum of the header has them all the same. The rest of a
      // block is empty by definition.
      const isFilling = tar.subarray(at, at + 1).equals(Buffer.from([0]))
      if (!isFilling) await assert.rejects(read(packed(flipped(tar, at))), isRefusal, String(at))
    }
  })

  test('whose parts stand in another order is refused', async () => {
    const { file } = await write(undefined, ['long'])
    const tar = unpacked(file)
    const first = tar.indexOf('tables/long/000001.copy')
    const second = tar.indexOf('tables/long/000002.copy')
    const third = tar.indexOf('tables/long/000003.copy')
    assert.ok(first > 0 && second > first && third > second)
    const swapped = [
      tar.subarray(0, first),
      tar.subarray(second, third),
      tar.subarray(first, second),
      tar.subarray(third),
    ]
    await assert.rejects(read(packed(Buffer.concat(swapped))), isRefusal)
    const without = [tar.subarray(0, second), tar.subarray(third)]
    await assert.rejects(read(packed(Buffer.concat(without))), isRefusal)
  })

  test('with something behind its end is refused', async () => {
    const { file } = await write(undefined, small)
    for (const more of [Buffer.from('x'), file, zstdCompressSync(Buffer.from('x'))])
      await assert.rejects(read(Buffer.concat([file, more])), isRefusal)
  })

  test('is not what another file is', async () => {
    for (const other of [Buffer.alloc(0), Buffer.from('SQLite format 3\0'), zstdCompressSync(Buffer.alloc(4096, 'x'))])
      await assert.rejects(read(other), (error) => error instanceof NotABackup || error instanceof BackupDamaged)
  })
})

describe('a sealed stream', () => {
  const passphrase = 'a short sentence is good'
  const content = randomBytes(chunkBytes * 3 + 100)
  const chunk = chunkBytes + 16
  const headBytes = sealedMagic.length + 48
  // What a key costs is no part of this.
  const keys = async (words: string, salt: Buffer) => {
    const key = createHash('sha256').update(words).update(salt).digest()
    return { key, check: key.subarray(16) }
  }
  const close = (plain: Buffer) => buffer(seal(parts(plain, 7000), passphrase, keys))
  const open = (file: Buffer) => buffer(unseal(parts(file, 9999), passphrase, keys))

  test('of any length comes back', async () => {
    for (const length of [0, chunkBytes, chunkBytes + 1]) {
      const sealed = await close(content.subarray(0, length))
      assert.ok((await open(sealed)).equals(content.subarray(0, length)), String(length))
    }
  })

  test('does not open with another passphrase, and says that it is that', async () => {
    const { file } = await write(passphrase, small)
    await assert.rejects(read(file, 'another sentence is bad'), WrongPassphrase)
    await assert.rejects(read(file), WrongPassphrase)
  })

  test('cut off where a chunk ends, put in another order, or with a chunk twice, does not open', async () => {
    const sealed = await close(content)
    const at = (number: number) => headBytes + number * chunk
    const piece = (from: number, to: number) => sealed.subarray(at(from), at(to))
    const start = sealed.subarray(0, headBytes)
    const wrong = {
      'without the last': [start, piece(0, 3)],
      'without all': [start],
      'in another order': [start, piece(1, 2), piece(0, 1), sealed.subarray(at(2))],
      'one twice': [start, piece(0, 1), piece(0, 1), sealed.subarray(at(1))],
      'one left out': [start, piece(0, 1), sealed.subarray(at(2))],
      'more behind': [sealed, Buffer.from('x')],
      'cut off in a chunk': [sealed.subarray(0, -1)],
    }
    for (const [how, pieces] of Object.entries(wrong))
      await assert.rejects(open(Buffer.concat(pieces)), BackupDamaged, how)
  })

  test('with a bit turned around does not open', async () => {
    const sealed = await close(content.subarray(0, 100))
    for (const at of [sealedMagic.length, headBytes + 50, sealed.length - 1])
      await assert.rejects(open(flipped(sealed, at)), (error) => isRefusal(error) || error instanceof WrongPassphrase)
  })
})

async function* copies(from: AsyncIterable<Buffer>) {
  for await (const part of from) yield Buffer.from(part)
}

function flipped(content: Buffer, at: number): Buffer {
  const copy = Buffer.from(content)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

/** As somebody would who changes a backup and makes its last sum fit. */
function packed(tar: Buffer): Buffer {
  const bytes = zstdCompressSync(tar)
  return Buffer.concat([bytes, digestFrame, createHash('sha256').update(bytes).digest()])
}

const unpacked = (file: Buffer) => zstdDecompressSync(file.subarray(0, -40))

const isRefusal = (error: unknown) => error instanceof BackupDamaged || error instanceof NotABackup
