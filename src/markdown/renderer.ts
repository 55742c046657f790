// Long texts are rendered in a thread: some take seconds, by accident or by design, and nobody else waits for them.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { invalid, tooMany } from '../errors.ts'
import { type Rendered, renderMarkdown } from './render.ts'

// The worst text of this length takes a few milliseconds; a page of prose takes one.
const longestInline = 1000
const mostWaiting = 20

type Task = { markdown: string; limitMs: number; resolve: (rendered: Rendered) => void; reject: (error: Error) => void }

const waiting: Task[] = []
let thread: Promise<Worker> | undefined
let isBusy = false

/** As renderMarkdown(). Throws `invalid` for the field `body` when it takes longer than `limitMs`. */
export async function renderSafely(markdown: string, limitMs = 2000): Promise<Rendered> {
  if (markdown.length <= longestInline) return renderMarkdown(markdown)
  if (waiting.length >= mostWaiting) throw tooMany(60)
  return await new Promise((resolve, reject) => {
    waiting.push({ markdown, limitMs, resolve, reject })
    void work()
  })
}

/** One text after another, each in time or not at all. */
async function work(): Promise<void> {
  if (isBusy) return
  isBusy = true
  for (let task = waiting.shift(); task; task = waiting.shift()) await render(task).then(task.resolve, task.reject)
  isBusy = false
}

async function render({ markdown, limitMs }: Task): Promise<Rendered> {
  const worker = await (thread ??= newThread().catch(forget))
  const patience = new AbortController()
  try {
    worker.postMessage(markdown)
    const deadline = sleep(limitMs, undefined, { signal: patience.signal }).then(() => Promise.reject(tooLong()))
    return await Promise.race([nextAnswer(worker, patience.signal), deadline])
  } catch (error) {
    thread = undefined
    await worker.terminate()
    throw error
  } finally {
    patience.abort()
  }
}

async function nextAnswer(worker: Worker, signal: AbortSignal): Promise<Rendered> {
  const [rendered] = await once(worker, 'message', { signal })
  return rendered
}

/** Settles when the thread has loaded its libraries, which takes longer than most texts. */
async function newThread(): Promise<Worker> {
  const worker = new Worker(new URL('render-thread.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  })
  await once(worker, 'message')
  // A thread that dies takes its text with it, not the process.
  worker.on('error', () => (thread = undefined))
  // Between texts it must not keep a process alive that wants to end.
  worker.unref()
  return worker
}

function forget(error: Error): never {
  thread = undefined
  throw error
}

function tooLong() {
  const message =
    'This text takes too long to turn into a page. Look for very many brackets, tags or footnotes in a row.'
  return invalid(message, { body: message })
}
