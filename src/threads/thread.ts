// A thread for what takes long, with limits on time and memory. One that goes beyond them is ended, and the next question
// has a new one.
import { on, once } from 'node:events'
import { Worker } from 'node:worker_threads'

const mostMemoryMb = 256
// V8 ends the whole process at times when a thread comes to its own limit, so the thread is stopped long before that.
const limitMb = 1024
const lookEveryMs = 25

/** What was asked takes too much time or memory. */
export class TooMuch extends Error {}

/** The next answer. Throws TooMuch when it takes longer. */
type Next<Answer> = (limitMs: number) => Promise<Answer>

/**
 * The program says something when it has loaded, and then answers one question after another; it is started for the first.
 * `listen` takes as many answers as there are.
 */
export function newThread<Question, Answer>(program: URL) {
  let thread: Promise<Worker> | undefined

  return async function ask<T>(question: Question, listen: (next: Next<Answer>) => Promise<T>): Promise<T> {
    const worker = await (thread ??= start().catch(forget))
    const patience = new AbortController()
    // Listens from the start: the second answer may come right behind the first.
    const answers: AsyncIterator<Answer[]> = on(worker, 'message', { signal: patience.signal })
    const next = async (limitMs: number) => {
      const timer = setTimeout(() => patience.abort(), limitMs)
      const watch = setInterval(() => void isLarge(worker).then((isLarge) => isLarge && patience.abort()), lookEveryMs)
      try {
        return (await answers.next()).value[0]
      } catch (error) {
        thread = undefined
        await worker.terminate()
        const isTooMuch = patience.signal.aborted || (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY'
        throw isTooMuch ? new TooMuch() : error
      } finally {
        clearTimeout(timer)
        clearInterval(watch)
      }
    }
    try {
      worker.postMessage(question)
      return await listen(next)
    } finally {
      patience.abort()
    }
  }

  /** Settles when the thread has loaded its libraries, which takes longer than most answers. */
  async function start(): Promise<Worker> {
    const worker = new Worker(program, { resourceLimits: { maxOldGenerationSizeMb: limitMb } })
    await once(worker, 'message')
    // A thread that dies takes its question with it, not the process.
    worker.on('error', () => (thread = undefined))
    // Between questions it must not keep a process alive that wants to end.
    worker.unref()
    return worker
  }

  async function isLarge(worker: Worker): Promise<boolean> {
    // It may have ended between two looks.
    const heap = await worker.getHeapStatistics().catch(() => undefined)
    return heap !== undefined && heap.used_heap_size > mostMemoryMb * 1_048_576
  }

  function forget(error: Error): never {
    thread = undefined
    throw error
  }
}
