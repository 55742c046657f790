// A backup read from its beginning to its end, everything in it compared with its sums.
import { createHash } from 'node:crypto'
import { createZstdDecompress } from 'node:zlib'
import { type Head, type Manifest, type MediaFile, type TableOf, digestLine, formatNumber, parts } from './contents.ts'
import { BackupDamaged, WrongPassphrase } from './damage.ts'
import { type Bytes, Taker } from './pieces.ts'
import { RowSummer } from './row-sum.ts'
import { sealedMagic, unseal } from './sealed.ts'
import { blockBytes, padding, readHeader } from './tar.ts'
import { digestFrame, through } from './write.ts'

/** What to do with what comes. Each takes all bytes it is given; they are not proved before the end was read. */
export type Receiver = {
  head?: (head: Head) => Promise<void>
  rows?: (table: TableOf, parts: Bytes) => Promise<void>
  medium?: (name: string, body: Bytes) => Promise<void>
}

export type Read = { head: Head; manifest: Manifest; isSealed: boolean; sha256: string }

/** Throws BackupDamaged unless all is there and nothing else, NotABackup for another file, WrongPassphrase. */
export async function readBackup(file: Bytes, passphrase: string | undefined, receiver: Receiver = {}): Promise<Read> {
  const hash = createHash('sha256')
  const taker = new Taker(noting(file, (part) => hash.update(part)))
  try {
    const magic = await taker.upTo(sealedMagic.length)
    const isSealed = magic.equals(sealedMagic)
    if (!isSealed && !magic.subarray(0, 4).equals(zstdMagic)) throw new NotABackup('It begins with something else.')
    if (isSealed && passphrase === undefined) throw new WrongPassphrase('The backup is encrypted.')
    const all = rejoined(magic, taker)
    const packed = isSealed ? unseal(all, passphrase ?? '') : all
    const found = await readTar(unpacked(withoutDigest(packed)), receiver)
    return { ...found, isSealed, sha256: hash.digest('hex') }
  } finally {
    await taker.close()
  }
}

export class NotABackup extends Error {}
/** Of a format that came later. */
export class NewerFormat extends NotABackup {}

async function readTar(tar: Bytes, receiver: Receiver): Promise<{ head: Head; manifest: Manifest }> {
  const taker = new Taker(tar)
  try {
    return await new TarReader(taker, receiver).read()
  } finally {
    await taker.close()
  }
}

class TarReader {
  readonly #taker: Taker
  readonly #receiver: Receiver
  #next: { name: string; bytes: number } | undefined

  constructor(taker: Taker, receiver: Receiver) {
    this.#taker = taker
    this.#receiver = receiver
  }

  async read(): Promise<{ head: Head; manifest: Manifest }> {
    await this.#advance()
    if (this.#next?.name !== parts.head) throw new NotABackup('It does not begin as one.')
    const headText = await this.#whole(parts.head, mostHeadBytes)
    const head = asObject<Head>(headText)
    if (head?.format > formatNumber) throw new NewerFormat(`Its format is number ${head.format}.`)
    if (!isHead(head)) throw new BackupDamaged('its first part was changed')
    await this.#receiver.head?.(head)
    const tables: Manifest['tables'] = {}
    for (const table of head.tables) tables[table.name] = await this.#rows(table)
    const media: MediaFile[] = []
    while (this.#next?.name.startsWith(parts.media)) media.push(await this.#medium(this.#next))
    const manifestText = await this.#whole(parts.manifest, mostManifestBytes)
    const digest = await this.#whole(parts.digest, blockBytes)
    if (digest.toString() !== digestLine(sha256(manifestText))) throw new BackupDamaged('its list of sums was changed')
    await this.#end()
    const manifest = asObject<Manifest>(manifestText)
    compare(manifest, { head_sha256: sha256(headText), tables, media })
    return { head, manifest }
  }

  async #rows(table: TableOf) {
    const rows = new RowSummer()
    const hash = createHash('sha256')
    let bytes = 0
    let isRead = false
    const pieces = async function* (this: TarReader) {
      for (let number = 1; this.#next?.name === parts.rows(table.name, number); number++) {
        for await (const part of this.#body(this.#next.bytes)) {
          rows.add(part)
          hash.update(part)
          bytes += part.length
          yield part
        }
      }
      isRead = true
    }.call(this)
    await (this.#receiver.rows ?? drain)(table, pieces)
    if (!isRead) throw new Error(`${table.name} was not read to its end.`)
    return { ...rows.result(), bytes, sha256: hash.digest('hex') }
  }

  async #medium({ name, bytes }: { name: string; bytes: number }): Promise<MediaFile> {
    const hash = createHash('sha256')
    const short = name.slice(parts.media.length)
    if (!/^[a-z0-9]+\/[a-z0-9.-]+$/.test(short)) throw new BackupDamaged(`a picture is called ${JSON.stringify(short)}`)
    let isRead = false
    const body = async function* (this: TarReader) {
      yield* noting(this.#body(bytes), (part) => hash.update(part))
      isRead = true
    }.call(this)
    if (this.#receiver.medium) await this.#receiver.medium(short, body)
    else await drain(undefined, body)
    if (!isRead) throw new Error(`${name} was not read to its end.`)
    return { name: short, bytes, sha256: hash.digest('hex') }
  }

  async #whole(name: string, most: number): Promise<Buffer> {
    if (this.#next?.name !== name) throw new BackupDamaged(`${name} is not where it has to be`)
    if (this.#next.bytes > most) throw new BackupDamaged(`${name} is too large`)
    const found: Buffer[] = []
    for await (const part of this.#body(this.#next.bytes)) found.push(Buffer.from(part))
    return Buffer.concat(found)
  }

  /** The part that is next, and what fills it up; then another one is next. */
  async *#body(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0;) {
      const part = await this.#taker.some(left)
      if (!part) throw new BackupDamaged('it ends too early')
      left -= part.length
      yield part
    }
    await this.#taker.exactly(padding(bytes).length)
    await this.#advance()
  }

  async #advance(): Promise<void> {
    this.#next = readHeader(await this.#taker.exactly(blockBytes))
  }

  /** One empty block was read instead of a header. */
  async #end(): Promise<void> {
    const second = this.#next ? undefined : readHeader(await this.#taker.exactly(blockBytes))
    if (this.#next || second || (await this.#taker.some(1))) throw new BackupDamaged('something follows its end')
  }
}

function compare(manifest: Manifest, found: Pick<Manifest, 'head_sha256' | 'tables' | 'media'>): void {
  if (manifest.head_sha256 !== found.head_sha256) throw new BackupDamaged('its first part was changed')
  for (const name of Object.keys({ ...manifest.tables, ...found.tables })) {
    if (JSON.stringify(manifest.tables[name]) !== JSON.stringify(found.tables[name]))
      throw new BackupDamaged(`the table ${name} is not what it was`)
  }
  for (let at = 0; at < Math.max(manifest.media.length, found.media.length); at++) {
    if (JSON.stringify(manifest.media[at]) !== JSON.stringify(found.media[at]))
      throw new BackupDamaged(`the picture ${(manifest.media[at] ?? found.media[at])?.name} is not what it was`)
  }
}

async function drain(_table: unknown, pieces: Bytes): Promise<void> {
  for await (const _ of pieces);
}

async function* noting(from: Bytes, note: (part: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const part of from) {
    note(part)
    yield part
  }
}

async function* rejoined(first: Buffer, rest: Taker): AsyncGenerator<Buffer> {
  yield first
  for (let part = await rest.some(readBytes); part; part = await rest.some(readBytes)) yield part
}

async function* unpacked(packed: Bytes): AsyncGenerator<Buffer> {
  try {
    yield* through(packed, createZstdDecompress({ chunkSize: 1 << 18 }))
  } catch (error) {
    const { code } = error as { code?: string }
    if (code && /^(ZSTD_|Z_)/.test(code)) throw new BackupDamaged('it cannot be unpacked', error)
    throw error
  }
}

/** Compares the sum that stands at the end with what came before. */
async function* withoutDigest(packed: Bytes): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const length = digestFrame.length + 32
  let kept: Buffer = Buffer.alloc(0)
  for await (const part of packed) {
    const all = kept.length > 0 ? Buffer.concat([kept, part]) : part
    const ready = all.subarray(0, Math.max(0, all.length - length))
    kept = Buffer.from(all.subarray(ready.length))
    hash.update(ready)
    if (ready.length > 0) yield ready
  }
  if (!kept.equals(Buffer.concat([digestFrame, hash.digest()])))
    throw new BackupDamaged('it was changed, or it ends too early')
}

function isHead(head: Head | null): boolean {
  const { format, tables, migrations, title } = head ?? ({} as Head)
  const isTable = (table: TableOf | null) => typeof table?.name === 'string' && Array.isArray(table.columns)
  const areLists = Array.isArray(tables) && Array.isArray(migrations)
  return format === formatNumber && typeof title === 'string' && areLists && tables.every(isTable)
}

function asObject<T>(content: Buffer): T {
  try {
    return JSON.parse(content.toString()) as T
  } catch (error) {
    throw new BackupDamaged('a list in it cannot be read', error)
  }
}

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
const readBytes = 1 << 16
const mostHeadBytes = 16 << 20
const mostManifestBytes = 256 << 20
