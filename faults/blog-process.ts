// A Bloggy as an operator runs it, on a port of its own.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { isReadyAt, launch } from './launch.ts'

export type BlogProcess = {
  origin: string
  pid: () => number
  isReady: () => Promise<boolean>
  /** Settles when /readyz says yes. */
  ready: (patienceMs?: number) => Promise<void>
  /** By SIGTERM. Milliseconds it took, and the exit code or the signal that ended it. */
  stop: () => Promise<{ ms: number; code: number | string | null }>
  start: () => Promise<void>
  said: () => string
}

export async function startBlog(port: number, environment: Record<string, string>): Promise<BlogProcess> {
  const origin = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  let said = ''

  const isReady = async () => await isReadyAt(origin, 2000)
  const ready = async (patienceMs = 60_000) => {
    for (const begun = performance.now(); !(await isReady()); await sleep(50)) {
      if (child?.exitCode !== null || performance.now() - begun > patienceMs)
        throw new Error(`A Bloggy does not get ready. It said:\n${said}`)
    }
  }
  const start = async () => {
    child = launch({ port, environment }, (text) => (said = (said + text).slice(-20_000)))
    await ready()
  }
  const stop = async () => {
    const running = child
    if (!running || running.exitCode !== null || running.signalCode !== null) return { ms: 0, code: null }
    const began = performance.now()
    const ended = once(running, 'exit') as Promise<[number | null, string | null]>
    running.kill('SIGTERM')
    const late = setTimeout(() => running.kill('SIGKILL'), 60_000)
    const [code, signal] = await ended
    clearTimeout(late)
    return { ms: performance.now() - began, code: code ?? signal }
  }
  // Whoever ends early leaves none behind.
  process.once('exit', () => child?.kill('SIGKILL'))
  await start()
  return { origin, pid: () => child?.pid ?? 0, isReady, ready, stop, start, said: () => said }
}
