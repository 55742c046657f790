// A backup as a stream: a tar file of tables, files of pictures and sums, packed by zstd, and sealed where there is a
// passphrase. docs/backup.md has the format.
import { type Hash, createHash } from 'node:crypto'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import type { Step } from '../import/progress.ts'
import { type Head, type Manifest, type MediaFile, type TableOf, digestLine, parts } from './contents.ts'
import { type Bytes, inPieces } from './pieces.ts'
import { RowSummer } from './row-sum.ts'
import { seal } from './sealed.ts'
import { endOfTar, headerOf, padding } from './tar.ts'

export type Sources = {
  head: Head
  /** About how many rows each table has. */
  counts: ReadonlyMap<string, number>
  rows: (table: TableOf) => Bytes
  /** Undefined where a file is not there. */
  media: { names: string[]; open: (name: string) => Promise<{ bytes: number; body: Bytes } | undefined> }
  ending: () => Promise<Pick<Manifest, 'sequences' | 'pages'>>
}

/** `onManifest` is told before the last bytes come. */
export function writeBackup(
  sources: Sources,
  passphrase: string | undefined,
  onProgress: (step: Step) => void,
  onManifest: (manifest: Manifest) => void,
): Bytes {
  const packed = withDigest(through(writeTar(sources, onProgress, onManifest), newPacker()))
  return passphrase === undefined ? packed : seal(packed, passphrase)
}

async function* writeTar(
  { head, counts, rows, media, ending }: Sources,
  onProgress: (step: Step) => void,
  onManifest: (manifest: Manifest) => void,
): AsyncGenerator<Buffer> {
  const madeAt = new Date(head.made_at)
  const headText = asJson(head)
  yield* whole(parts.head, headText, madeAt)
  const tables: Manifest['tables'] = {}
  for (const table of head.tables) {
    const sums = { rows: new RowSummer(), hash: createHash('sha256'), bytes: 0 }
    let number = 0
    const total = counts.get(table.name)
    onProgress({ label: table.name, done: 0, ...(total && { total }) })
    for await (const piece of inPieces(rows(table), pieceBytes)) {
      sums.rows.add(piece)
      sums.hash.update(piece)
      sums.bytes += piece.length
      yield* whole(parts.rows(table.name, ++number), piece, madeAt)
      onProgress({ label: table.name, done: sums.rows.rows, ...(total && { total }) })
    }
    tables[table.name] = { ...sums.rows.result(), bytes: sums.bytes, sha256: sums.hash.digest('hex') }
  }
  const files: MediaFile[] = []
  const missing: string[] = []
  for (const [index, name] of media.names.entries()) {
    const found = await media.open(name)
    if (!found) {
      missing.push(name)
      continue
    }
    const hash = createHash('sha256')
    yield headerOf(parts.media + name, found.bytes, madeAt)
    yield* hashed(name, found, hash)
    yield padding(found.bytes)
    files.push({ name, bytes: found.bytes, sha256: hash.digest('hex') })
    onProgress({ label: 'pictures', done: index + 1, total: media.names.length, unit: 'files' })
  }
  const manifest = { head_sha256: sha256(headText), tables, ...(await ending()), media: files, missing }
  const manifestText = asJson(manifest)
  onManifest(manifest)
  yield* whole(parts.manifest, manifestText, madeAt)
  yield* whole(parts.digest, Buffer.from(digestLine(sha256(manifestText))), madeAt)
  yield endOfTar
}

function* whole(name: string, content: Buffer, modifiedAt: Date): Generator<Buffer> {
  yield headerOf(name, content.length, modifiedAt)
  yield content
  yield padding(content.length)
}

async function* hashed(name: string, { bytes, body }: { bytes: number; body: Bytes }, hash: Hash) {
  let read = 0
  for await (const part of body) {
    read += part.length
    if (read > bytes) break
    hash.update(part)
    yield part
  }
  if (read !== bytes) throw new Error(`The picture ${name} changed while it was read.`)
}

/** In the end a frame that zstd passes over, with the SHA-256 of all before it. */
async function* withDigest(packed: Bytes): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  for await (const part of packed) {
    hash.update(part)
    yield part
  }
  yield Buffer.concat([digestFrame, hash.digest()])
}

/** What a stream makes of the bytes. Ended early, it ends what it reads from. */
export async function* through(from: Bytes, transform: Transform): AsyncGenerator<Buffer> {
  const done = pipeline(Readable.from(from, { objectMode: false }), transform)
  done.catch(() => {})
  yield* transform as Bytes
  await done
}

const newPacker = () =>
  createZstdCompress({
    chunkSize: 1 << 18,
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
  })

/** A skippable frame (RFC 8878, 3.1.2) of 32 bytes. */
export const digestFrame = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 32, 0, 0, 0])

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const asJson = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 1)}\n`)
const pieceBytes = 4 << 20
