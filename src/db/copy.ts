// One connection for moving many rows: COPY in both directions, and transactions as long as they need. It goes through
// `pg`, because a COPY that PostgreSQL refuses never ends in postgres.js 3.4.9.
import { once } from 'node:events'
import type { Client, Connection, Submittable } from 'pg'
import type { ConnectionTarget } from './connection-string.ts'
import { copyHeader, copyTrailer } from './copy-format.ts'
import { clientOptions } from './job-pool.ts'
import type { Limits } from './pool.ts'
import { sweep } from './sweep.ts'

export class BulkConnection {
  readonly #client: Client
  #lost: Error | undefined

  private constructor(client: Client) {
    this.#client = client
    client.on('error', (error) => (this.#lost = error))
    client.on('end', () => (this.#lost ??= new Error('The connection to PostgreSQL ended.')))
  }

  /** Without limits on how long a statement takes; waiting for locks keeps its limit. */
  static async open(target: ConnectionTarget, limits: Limits, name: string): Promise<BulkConnection> {
    const { default: pg } = await import('pg')
    const client = new pg.Client({
      ...(await clientOptions(target, limits)),
      application_name: name,
      types: { getTypeParser: (oid, format) => (oid === int8 ? Number : pg.types.getTypeParser(oid, format)) },
    })
    const connection = new BulkConnection(client)
    await client.connect()
    await client.query(
      `set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set timezone = 'UTC';
       set lock_timeout = '${limits.lockTimeoutSeconds}s'; set client_min_messages = 'error'`,
    )
    return connection
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {})
  }

  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    this.#check()
    const result = await this.#client.query(text, values)
    return (Array.isArray(result) ? [] : result.rows) as Row[]
  }

  async one<Row extends object>(text: string, values: unknown[] = []): Promise<Row> {
    const [row] = await this.query<Row>(text, values)
    if (!row) throw new Error(`No row: ${text}`)
    return row
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.query('begin')
    try {
      const result = await work()
      await this.query('commit')
      return result
    } catch (error) {
      await this.query('rollback').catch(() => {})
      throw error
    }
  }

  /** Rows in the binary format, without header and trailer. Returns how many. */
  async copyIn(into: string, parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
    this.#check()
    const copy = new CopyIn(`copy ${into} from stdin (format binary)`)
    this.#client.query(copy)
    await copy.begun
    try {
      await copy.send(copyHeader)
      for await (const part of parts) {
        for (let at = 0; at < part.length; at += messageBytes) await copy.send(part.subarray(at, at + messageBytes))
      }
      await copy.send(copyTrailer)
    } catch (error) {
      await copy.giveUp(error as Error)
      throw error
    }
    return await copy.finish()
  }

  /** Rows in the text format, as lines. Returns how many. */
  async copyLinesIn(into: string, parts: AsyncIterable<Uint8Array>): Promise<number> {
    this.#check()
    const copy = new CopyIn(`copy ${into} from stdin`)
    this.#client.query(copy)
    try {
      await copy.begun
      for await (const part of parts) {
        for (let at = 0; at < part.length; at += messageBytes) await copy.send(part.subarray(at, at + messageBytes))
      }
    } catch (error) {
      await copy.giveUp(error as Error)
      throw error
    }
    return await copy.finish()
  }

  /** Rows in the text format, as lines, in parts of any length. PostgreSQL waits while nobody takes them. */
  async *copyLinesOut(query: string): AsyncGenerator<Buffer> {
    this.#check()
    const lines = new LinesOut(`copy (${query}) to stdout`)
    this.#client.query(lines)
    yield* lines.parts()
  }

  /**
   * Parts of what COPY … TO STDOUT in the binary format sends, header and trailer included; each is only good until
   * `onPart` returns.
   */
  async copyOut(query: string, onPart: (part: Buffer) => void): Promise<void> {
    this.#check()
    await new Promise<void>((resolve, reject) => {
      this.#client.query(new CopyOut(`copy (${query}) to stdout (format binary)`, onPart, resolve, reject))
    })
  }

  #check(): void {
    if (this.#lost) throw this.#lost
  }
}

/**
 * What `pg` asks of a query. pg-copy-streams 7.0.0 has the same as streams: out of one everything is copied twice, and one
 * that is ended after its connection was lost ends the process.
 */
class CopyIn implements Submittable {
  readonly #text: string
  readonly #begun = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<number>()
  #connection: CopyConnection | undefined
  #failure: Error | undefined
  #rows = 0

  constructor(text: string) {
    this.#text = text
    // Both are refused at once, and often nobody waits for both.
    for (const { promise } of [this.#begun, this.#ended]) promise.catch(() => {})
  }

  /** Resolves when PostgreSQL takes rows. */
  get begun(): Promise<void> {
    return this.#begun.promise
  }

  /** Throws what PostgreSQL answered meanwhile. Resolves when there is room for more. */
  async send(rows: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure
    if (!this.#connection) throw new Error('PostgreSQL takes no rows yet.')
    const { stream } = this.#connection
    const head = Buffer.allocUnsafe(5)
    head[0] = copyData
    head.writeUInt32BE(rows.length + 4, 1)
    stream.cork()
    stream.write(head)
    const hasRoom = stream.write(rows)
    stream.uncork()
    if (!hasRoom) await Promise.race([once(stream, 'drain'), this.#ended.promise])
  }

  /** Resolves when PostgreSQL forgot what it has, or is gone. */
  async giveUp({ message }: Error): Promise<void> {
    if (!this.#failure) this.#connection?.sendCopyFail(message)
    await this.#ended.promise.catch(() => {})
  }

  async finish(): Promise<number> {
    if (!this.#failure) this.#connection?.endCopyFrom()
    return await this.#ended.promise
  }

  submit(connection: Connection): void {
    connection.query(this.#text)
  }

  handleCopyInResponse(connection: Connection): void {
    this.#connection = connection as CopyConnection
    this.#begun.resolve()
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#rows = Number(/^COPY (\d+)$/.exec(text)?.[1])
  }

  handleReadyForQuery(): void {
    this.#ended.resolve(this.#rows)
  }

  handleError(error: Error): void {
    this.#failure = error
    this.#begun.reject(error)
    this.#ended.reject(error)
  }
}

class LinesOut implements Submittable {
  readonly #text: string
  #connection: CopyConnection | undefined
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #isOver = false
  #failure: Error | undefined
  #wake = () => {}

  constructor(text: string) {
    this.#text = text
  }

  async *parts(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        if (this.#waiting.length > 0) {
          const part = Buffer.concat(this.#waiting)
          this.#waiting = []
          this.#waitingBytes = 0
          this.#connection?.stream.resume()
          yield part
        } else if (this.#failure) throw this.#failure
        else if (this.#isOver) return
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      // Nobody wants the rest, and the connection is of no use before it has come.
      this.#waiting = []
      if (!this.#isOver) this.#connection?.stream.destroy()
    }
  }

  submit(connection: Connection): void {
    this.#connection = connection as CopyConnection
    connection.query(this.#text)
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    // A part is only good for now.
    this.#waiting.push(Buffer.from(chunk))
    this.#waitingBytes += chunk.length
    if (this.#waitingBytes > mostWaitingBytes) this.#connection?.stream.pause()
    this.#wake()
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#isOver = true
    this.#wake()
  }

  handleError(error: Error): void {
    this.#failure = error
    this.#isOver = true
    this.#wake()
  }
}

/** What @types/pg leaves out. */
type CopyConnection = Connection & { sendCopyFail: (message: string) => void; endCopyFrom: () => void }

/** Likewise. */
class CopyOut implements Submittable {
  readonly #text: string
  readonly #onPart: (part: Buffer) => void
  readonly #resolve: () => void
  readonly #reject: (error: Error) => void
  #failure: Error | undefined
  #sinceSweep = 0

  constructor(text: string, onPart: (part: Buffer) => void, resolve: () => void, reject: (error: Error) => void) {
    this.#text = text
    this.#onPart = onPart
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: Connection): void {
    connection.query(this.#text)
  }

  /** Nobody would catch what is thrown here; what still comes is passed over. */
  handleCopyData({ chunk }: { chunk: Buffer }): void {
    if (this.#failure) return
    this.#sinceSweep += chunk.length
    if (this.#sinceSweep > sweptBytes) {
      this.#sinceSweep = 0
      sweep()
    }
    try {
      this.#onPart(chunk)
    } catch (error) {
      this.#failure = error as Error
    }
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    if (this.#failure) this.#reject(this.#failure)
    else this.#resolve()
  }

  handleError(error: Error): void {
    this.#reject(error)
  }
}

// PostgreSQL begins with a message when all of it is there: while it works on one, the next has to fit into the socket.
const messageBytes = 16_384
const mostWaitingBytes = 1 << 20
const copyData = 0x64 // 'd'
const sweptBytes = 4_000_000
const int8 = 20
