// Long texts, and those with code or formulas, are rendered in a thread: some take seconds, by accident or by design, and nobody
// else waits for them.
import { on, once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { invalid, tooMany } from '../errors.ts'
import { hasFormula } from './formulas.ts'
import { hasKnownCode } from './languages.ts'
import { type Rendered, renderMarkdown } from './render.ts'
import { type Surroundings, noSurroundings } from './surroundings.ts'

// The worst text of this length takes a few milliseconds; a page of prose takes one.
const longestInline = 1000
const mostWaiting = 20

type Options = { surroundings: Surroundings; limitMs: number; coloursMs: number }

type Task = Options & {
  markdown: string
  resolve: (rendered: Rendered) => void
  reject: (error: Error) => void
}

const waiting: Task[] = []
let thread: Promise<Worker> | undefined
let isBusy = false

/** What the thread is asked. */
export type Question = { markdown: string; surroundings: Surroundings }

/** What the thread says. The last word on a text with code is in colours. */
export type Answer = { rendered: Rendered; isLast: boolean }

/**
 * As renderMarkdown(), with code in colours. Throws `invalid` for the field `body` when it takes longer than `limitMs`;
 * colours that take longer than `coloursMs` are left out.
 */
export async function renderSafely(
  markdown: string,
  { surroundings = noSurroundings, limitMs = 2000, coloursMs = 6000 }: Partial<Options> = {},
): Promise<Rendered> {
  if (markdown.length <= longestInline && !hasKnownCode(markdown) && !hasFormula(markdown))
    return renderMarkdown(markdown, undefined, surroundings)
  if (waiting.length >= mostWaiting) throw tooMany(60)
  return await new Promise((resolve, reject) => {
    waiting.push({ markdown, surroundings, limitMs, coloursMs, resolve, reject })
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

async function render({ markdown, surroundings, limitMs, coloursMs }: Task): Promise<Rendered> {
  const worker = await (thread ??= newThread().catch(forget))
  const patience = new AbortController()
  // Listens from the start: the second answer may come right behind the first.
  const answers: Answers = on(worker, 'message', { signal: patience.signal })
  let plain: Rendered | undefined
  try {
    worker.postMessage({ markdown, surroundings } satisfies Question)
    const first = await nextAnswer(answers, patience, limitMs)
    if (first.isLast) return first.rendered
    plain = first.rendered
    return (await nextAnswer(answers, patience, coloursMs)).rendered
  } catch (error) {
    thread = undefined
    await worker.terminate()
    if (plain) return plain
    throw patience.signal.aborted ? tooLong() : error
  } finally {
    patience.abort()
  }
}

type Answers = AsyncIterator<Answer[]>

async function nextAnswer(answers: Answers, patience: AbortController, limitMs: number): Promise<Answer> {
  const timer = setTimeout(() => patience.abort(), limitMs)
  try {
    const { value } = await answers.next()
    return value[0]
  } finally {
    clearTimeout(timer)
  }
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
