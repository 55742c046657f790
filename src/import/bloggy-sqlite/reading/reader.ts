// This side of the thread that reads the file.
import { Worker } from 'node:worker_threads'
import { StartError } from '../../../errors.ts'
import type { Chunk, FromReader, OpenRequest, Prior, ReadRequest, TableInfo, ToReader } from '../messages.ts'

// A batch takes milliseconds; a thread that is silent for so long is caught in what the file made it do.
const patienceMs = 120_000
const largestReused = 1 << 21
/** The message when the thread is gone and gave no reason. */
export const ended = 'The thread that reads the file ended.'

export class Reader {
  tables: TableInfo[] = []
  /** Answers what earlier imports of this blog brought. */
  findPrior: ((table: string, from: number, to: number) => Promise<Prior>) | undefined
  readonly #worker: Worker
  /** By the serial of the reading they belong to; what belongs to none is under 0. */
  readonly #inboxes = new Map<number, Inbox>([[0, new Inbox()]])
  #serial = 0
  #failure: Error | undefined

  private constructor() {
    this.#worker = new Worker(new URL('reader-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32 },
    })
    this.#worker.on('message', (message: FromReader) => {
      if (message.kind === 'failed') this.#fail(Object.assign(new Error(message.message), { stack: message.stack }))
      // There is none for what was under way when a reading was stopped.
      else this.#inboxes.get('serial' in message ? message.serial : 0)?.put(message)
    })
    this.#worker.on('error', (error) => this.#fail(error as Error))
    this.#worker.on('exit', () => this.#fail(new Error(ended)))
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const inbox of this.#inboxes.values()) inbox.wake()
  }

  /** `path` has to be safe to open: see openForReading(). */
  static async open(request: Omit<OpenRequest, 'do'>): Promise<Reader> {
    const reader = new Reader()
    reader.#say({ do: 'open', ...request })
    try {
      const { tables } = (await reader.#receive(0)) as Extract<FromReader, { kind: 'opened' }>
      reader.tables = tables
      return reader
    } catch (error) {
      await reader.close()
      throw error
    }
  }

  async close(): Promise<void> {
    // Whatever it says while it ends, such as that SQLite gave it no row, is no news.
    this.#fail(new Error(ended))
    await this.#worker.terminate()
  }

  /** A table from a key on, part by part; the thread stays a few parts ahead. */
  async *read(request: Omit<ReadRequest, 'do' | 'serial'>): AsyncGenerator<Chunk> {
    const serial = ++this.#serial
    this.#inboxes.set(serial, new Inbox())
    this.#say({ do: 'read', serial, ...request })
    let isDone = false
    try {
      for (;;) {
        const message = await this.#receive(serial)
        if (message.kind === 'end') {
          isDone = true
          return
        }
        if (message.kind === 'want prior') {
          const prior = await this.findPrior!(request.table, message.from, message.to)
          this.#say({ do: 'prior', serial, prior })
        } else if (message.kind === 'part') {
          yield message.chunk
          this.#say({ do: 'more', serial })
        }
      }
    } finally {
      this.#inboxes.delete(serial)
      if (!isDone) this.#say({ do: 'stop', serial })
    }
  }

  /** Whether the hash is that of the clear-text password of this user of the file. */
  async matches(key: number, hash: string): Promise<boolean> {
    this.#say({ do: 'match', key, hash })
    return ((await this.#receive(0)) as Extract<FromReader, { kind: 'matched' }>).isRight
  }

  /** Gives the buffer of a part back, to be filled again: new ones would pile up until garbage is collected. */
  reuse({ buffer }: Uint8Array): void {
    if (buffer instanceof SharedArrayBuffer && buffer.byteLength <= largestReused) this.#say({ do: 'reuse', buffer })
  }

  #say(message: ToReader): void {
    this.#worker.postMessage(message)
  }

  async #receive(serial: number): Promise<FromReader> {
    const inbox = this.#inboxes.get(serial)!
    for (;;) {
      if (this.#failure) throw this.#failure
      const message = inbox.take()
      if (message) return message
      if (await inbox.isSilentFor(patienceMs)) {
        this.#fail(
          new StartError(
            `Reading the file made no progress for ${patienceMs / 1000} seconds. It may be built to be slow; nothing was changed.`,
          ),
        )
      }
    }
  }
}

class Inbox {
  readonly #messages: FromReader[] = []
  #wake: (() => void) | undefined

  put(message: FromReader): void {
    this.#messages.push(message)
    this.wake()
  }

  take(): FromReader | undefined {
    return this.#messages.shift()
  }

  wake(): void {
    this.#wake?.()
  }

  async isSilentFor(milliseconds: number): Promise<boolean> {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve(false)
      }
    })
  }
}
