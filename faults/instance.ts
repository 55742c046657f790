// Bloggy as a process, with the supervisor that every operator has: one that ended is started again, and that is counted.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '../bench/servers.ts'
import { type Options, isReadyAt, launch } from './launch.ts'

export type Instance = {
  origin: string
  port: number
  pid: () => number
  /** How often it was started, also by its supervisor. */
  starts: () => number
  /** How it ended each time. */
  ends: () => (number | NodeJS.Signals | null)[]
  kill: (signal: NodeJS.Signals) => void
  /** Killed, and not started again before `release`. */
  hold: () => void
  release: () => void
  /** As an operator does: told to end, and started again when it has; its exit code. */
  restart: () => Promise<number | NodeJS.Signals | null>
  /** The program of this folder from the next start on. */
  exchange: (other: string) => void
  /** The next /readyz that answers 200. */
  ready: (patienceMs?: number) => Promise<void>
  isReady: () => Promise<boolean>
  said: () => string
  stop: () => Promise<void>
}

/** What the supervisor waits for, as systemd does (RestartSec). */
const againAfterMs = 100
const stopMs = 20_000

export function startInstance(options: Options): Instance {
  const { port } = options
  let program = options.program ?? root
  const origin = `http://127.0.0.1:${port}`
  const ends: (number | NodeJS.Signals | null)[] = []
  let child: ChildProcess
  let starts = 0
  let isStopping = false
  let isHeld = false
  let said = ''

  const begin = () => {
    starts++
    child = launch(
      { ...options, ...(program !== undefined && { program }) },
      (text) => (said = (said + text).slice(-200_000)),
    )
    const mine = child
    mine.once('exit', (code, signal) => {
      ends.push(code ?? signal)
      if (!isStopping && !isHeld) setTimeout(() => !isStopping && mine === child && begin(), againAfterMs)
    })
  }
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const isReady = async () => await isReadyAt(origin, 3000)
  begin()
  return {
    origin,
    port,
    pid: () => child.pid ?? 0,
    starts: () => starts,
    ends: () => ends,
    kill: (signal) => void child.kill(signal),
    hold: () => {
      isHeld = true
      child.kill('SIGKILL')
    },
    release: () => {
      isHeld = false
      begin()
    },
    restart: async () => {
      const before = starts
      const ended = isRunning() ? once(child, 'exit') : Promise.resolve([])
      child.kill('SIGTERM')
      const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null]
      while (starts === before) await sleep(20)
      return code ?? signal
    },
    exchange: (other) => void (program = other),
    ready: async (patienceMs = 30_000) => {
      for (const begun = performance.now(); !(await isReady()); await sleep(25)) {
        if (performance.now() - begun > patienceMs)
          throw new Error(
            `An instance was not ready within ${patienceMs / 1000} seconds. It said:\n${said.slice(-3000)}`,
          )
      }
    },
    isReady,
    said: () => said,
    stop: async () => {
      isStopping = true
      if (!isRunning()) return
      const ended = once(child, 'exit')
      // A SIGTERM would wait for those who ask for readiness.
      child.kill('SIGINT')
      await Promise.race([ended, sleep(stopMs, undefined, { ref: false })])
      if (isRunning()) {
        child.kill('SIGKILL')
        await ended
      }
    },
  }
}
