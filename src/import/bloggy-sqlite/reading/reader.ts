// This side of the thread that reads the file.
import { Worker } from 'node:worker_threads'
import { StartError } from '../../../errors.ts'
import type { Chunk, FromReader, OpenRequest, Prior, ReadRequest, TableInfo, ToReader } from '../messages.ts'

// A batch takes milliseconds; a thread that is silent for so long is caught in what the file made it do.
const patienceMs = 120_000
const largestReused = 1 << 21

export class Reader {
  tables: TableInfo[] = []
  /** Answers what earlier imports of this blog brought. */
  findPrior: ((table: string, from: number, to: number) => Promise<Prior>) | undefined
  readonly #worker: Worker
  readonly #inbox: FromReader[] = []
  #serial = 0
  #failure: Error | undefined
  #wake: (() => void) | undefined

  private constructor() {
    this.#worker = new Worker(new URL('reader-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16 },
    })
    const fail = (error: Error) => {
      this.#failure ??= error
      this.#wake?.()
    }
    this.#worker.on('message', (message: FromReader) => {
      if (message.kind === 'failed') return fail(Object.assign(new Error(message.message), { stack: message.stack }))
      this.#inbox.push(message)
      this.#wake?.()
    })
    this.#worker.on('error', fail)
    this.#worker.on('exit', () => fail(new Error('The thread that reads the file ended.')))
  }

  /** `path` has to be safe to open: see openForReading(). */
  static async open(request: Omit<OpenRequest, 'do'>): Promise<Reader> {
    const reader = new Reader()
    reader.#say({ do: 'open', ...request })
    try {
      const { tables } = await reader.#receive('opened')
      reader.tables = tables
      return reader
    } catch (error) {
      await reader.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  /** A table from a key on, part by part; the thread stays a few parts ahead. */
  async *read(request: Omit<ReadRequest, 'do' | 'serial'>): AsyncGenerator<Chunk> {
    const serial = ++this.#serial
    this.#say({ do: 'read', serial, ...request })
    let isDone = false
    try {
      for (;;) {
        const message = await this.#receive('part', 'end', 'want prior')
        // What was under way when an earlier reading was stopped.
        if (message.serial !== serial) continue
        if (message.kind === 'end') {
          isDone = true
          return
        }
        if (message.kind === 'want prior') {
          this.#say({ do: 'prior', prior: await this.findPrior!(request.table, message.from, message.to) })
          continue
        }
        yield message.chunk
        this.#say({ do: 'more', serial })
      }
    } finally {
      if (!isDone) this.#say({ do: 'stop', serial })
    }
  }

  /** Whether the hash is that of the clear-text password of this user of the file. */
  async matches(key: number, hash: string): Promise<boolean> {
    this.#say({ do: 'match', key, hash })
    return (await this.#receive('matched')).isRight
  }

  /** Gives buffers of parts back, to be filled again: new ones would pile up until garbage is collected. */
  reuse(contents: Uint8Array[]): void {
    const buffers = contents.flatMap(({ buffer }) =>
      buffer instanceof ArrayBuffer && buffer.byteLength <= largestReused ? buffer : [],
    )
    this.#say({ do: 'reuse', buffers }, buffers)
  }

  #say(message: ToReader, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer)
  }

  async #receive<K extends FromReader['kind']>(...wanted: K[]): Promise<Extract<FromReader, { kind: K }>> {
    for (;;) {
      if (this.#failure) throw this.#failure
      const index = this.#inbox.findIndex(({ kind }) => (wanted as string[]).includes(kind))
      if (index >= 0) return this.#inbox.splice(index, 1)[0] as Extract<FromReader, { kind: K }>
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        timer = setTimeout(() => {
          this.#failure = new StartError(
            `Reading the file made no progress for ${patienceMs / 1000} seconds. It may be built to be slow; nothing was changed.`,
          )
          resolve()
        }, patienceMs)
      })
      clearTimeout(timer)
    }
  }
}
