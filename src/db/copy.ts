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
    const { from } = await import('pg-copy-streams')
    const stream = this.#client.query(from(`copy ${into} from stdin (format binary)`))
    const failed = once(stream, 'finish')
    failed.catch(() => {})
    stream.write(copyHeader)
    try {
      for await (const part of parts) {
        for (let at = 0; at < part.length; at += messageBytes) {
          const message = part.subarray(at, at + messageBytes)
          if (!stream.write(message)) await Promise.race([once(stream, 'drain'), failed])
        }
      }
    } catch (error) {
      stream.destroy(error as Error)
      await failed.catch(() => {})
      throw error
    }
    stream.end(copyTrailer)
    await failed
    return stream.rowCount
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

/** What `pg` asks of a query. A stream in between, as pg-copy-streams has it, copies everything twice. */
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
const messageBytes = 65_536
const sweptBytes = 4_000_000
const int8 = 20
