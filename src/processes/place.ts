// A place among several processes: whoever has it and ends is followed by another.
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ConnectionTarget } from '../db/connection-string.ts'
import { StartError } from '../errors.ts'
import type { AllFigures } from './figures.ts'
import type { FromChild, FromParent } from './messages.ts'
import { quietSeconds } from './times.ts'

type Kind = 'web' | 'jobs'

export type Place = {
  /** The first one is at work. Fails with its words when it ends before. */
  begun: Promise<void>
  /** Has another take the place first and then lets the old one leave. Does nothing where the new one does not start. */
  replace: () => Promise<void>
  /** Has the figures learn of it. */
  ask: (number: number, patienceMs: number) => Promise<void>
  stop: (withinSeconds: number) => Promise<void>
}

type Surroundings = {
  ready: Promise<ConnectionTarget>
  say: (line: string) => void
  figures: AllFigures
  readAll: () => Promise<string>
}

type Child = {
  pid: number
  send: (message: FromParent) => void
  /** At work; undefined, or why it never was. */
  ready: Promise<string | undefined>
  ended: Promise<string>
  kill: () => void
  answers: Map<number, () => void>
  startedAt: number
}

/** Who lives so long did not die of how it starts. */
const soundMs = 10_000
const shortestMs = 500
const longestMs = 30_000
const startSeconds = 60
const betweenWishesMs = 60_000

const files = {
  web: fileURLToPath(new URL('web-process.ts', import.meta.url)),
  jobs: fileURLToPath(new URL('jobs-process.ts', import.meta.url)),
}
const names = { web: 'Web process', jobs: 'Process of jobs' }

// Each takes connections from the port itself; docs/performance.md has what the parent handing them out costs.
cluster.schedulingPolicy = cluster.SCHED_NONE

export function newPlace(kind: Kind, { ready, say, figures, readAll }: Surroundings): Place {
  const name = names[kind]
  const leaving = new Set<Child>()
  const stopping = new AbortController()
  const { signal } = stopping
  let next: Child | undefined
  let early = 0
  let hasBegun = false
  let replacedAt = -Infinity
  let replacing: Promise<void> | undefined
  let child = launch()
  // Empty until somebody has the place again.
  let isEmpty = false

  const begun = child.ready.then((trouble) => {
    if (trouble !== undefined) throw new StartError(trouble)
    hasBegun = true
  })
  begun.catch(() => {})

  function launch(): Child {
    cluster.setupPrimary({ exec: files[kind], args: [] })
    const worker = cluster.fork()
    const made = watch(worker)
    void made.ended.then((how) => {
      leaving.delete(made)
      if (signal.aborted || made !== child || !hasBegun) return
      void follow(made, how)
    })
    return made
  }

  async function follow(dead: Child, how: string): Promise<void> {
    if (next) {
      say(`${name} ${dead.pid} ended (${how}); the next one was on its way.`)
      child = next
      return
    }
    isEmpty = true
    early = performance.now() - dead.startedAt > soundMs ? 0 : early + 1
    const wait = early <= 1 ? 0 : Math.min(longestMs, shortestMs * 2 ** (early - 2))
    say(`${name} ${dead.pid} ended (${how}); another starts ${wait > 0 ? `in ${wait / 1000} seconds` : 'now'}.`)
    await sleep(wait, undefined, { signal, ref: false }).catch(() => {})
    if (signal.aborted) return
    child = launch()
    isEmpty = false
    void child.ready.then((trouble) => trouble !== undefined && !signal.aborted && say(trouble))
  }

  function watch(worker: Worker): Child {
    const answers: Child['answers'] = new Map()
    const { promise: isReady, resolve: settle } = Promise.withResolvers<string | undefined>()
    const pid = worker.process.pid ?? 0
    const send = (message: FromParent) => {
      if (worker.isConnected()) worker.send(message, undefined, () => {})
    }
    const ended = new Promise<string>((resolve) => {
      worker.once('exit', (code, signal) => {
        const how = signal ?? `exit code ${code}`
        settle(`${name} ${pid} ended before it was ready (${how}).`)
        for (const answer of answers.values()) answer()
        resolve(how)
      })
      worker.once('error', (error: Error) => {
        settle(error.message)
        resolve(error.message)
      })
    })
    // Its last words may come after its end.
    void ended.then(async () => {
      if (worker.isConnected()) await once(worker, 'disconnect')
      figures.forget(pid)
    })
    worker.on('message', (message: FromChild) => {
      if (message.is === 'loaded')
        void ready.then(
          (target) => send({ is: 'begin', target }),
          () => {},
        )
      else if (message.is === 'ready') settle(undefined)
      else if (message.is === 'failed') settle(message.words)
      else if (message.is === 'all') void readAll().then((text) => send({ is: 'text', number: message.number, text }))
      else if (message.is === 'done') void wish(made, message.why)
      else {
        figures.learn(pid, message.figures)
        answers.get(message.number)?.()
      }
    })
    const kill = () => void worker.process.kill('SIGKILL')
    const made = { pid, send, ready: isReady, ended, kill, answers, startedAt: performance.now() }
    return made
  }

  async function wish(from: Child, why: string): Promise<void> {
    if (from !== child || signal.aborted) return
    const wait = Math.max(0, betweenWishesMs - (performance.now() - replacedAt))
    await sleep(wait, undefined, { signal, ref: false }).catch(() => {})
    if (from !== child || signal.aborted) return
    say(`${name} ${from.pid} ${why}; it is replaced.`)
    await replace()
  }

  async function change(): Promise<void> {
    if (signal.aborted || isEmpty) return
    const fresh = launch()
    next = fresh
    const trouble = await Promise.race([
      fresh.ready,
      sleep(startSeconds * 1000, `It was not ready within ${startSeconds} seconds.`, { ref: false }),
    ])
    next = undefined
    if (signal.aborted) return
    if (trouble !== undefined) {
      if (child !== fresh) say(`${name} ${child.pid} goes on, because the next one did not start: ${trouble}`)
      fresh.kill()
      return
    }
    replacedAt = performance.now()
    const old = child
    if (old === fresh) return
    child = fresh
    leaving.add(old)
    old.send({ is: 'leave' })
    await endedWithin(old, quietSeconds + 10)
    say(`${name} ${old.pid} was replaced by ${fresh.pid}.`)
  }

  function replace(): Promise<void> {
    replacing ??= change().finally(() => (replacing = undefined))
    return replacing
  }

  return {
    begun,
    replace,
    ask: async (number, patienceMs) => {
      const { answers, send } = child
      await new Promise<void>((resolve) => {
        answers.set(number, resolve)
        setTimeout(resolve, patienceMs).unref()
        send({ is: 'figures', number })
      })
      answers.delete(number)
    },
    stop: async (withinSeconds) => {
      stopping.abort()
      const all = new Set([child, ...leaving, ...(next ? [next] : [])])
      for (const one of all) one.send({ is: 'stop' })
      await Promise.all([...all].map(async (one) => await endedWithin(one, withinSeconds)))
    },
  }
}

async function endedWithin(child: Child, seconds: number): Promise<void> {
  const patience = new AbortController()
  const late = sleep(seconds * 1000, undefined, { signal: patience.signal }).then(child.kill, () => {})
  await Promise.race([child.ended, late])
  patience.abort()
  await child.ended
}
