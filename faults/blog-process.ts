// A Bloggy as an operator runs it, on a port of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { paths } from '../src/paths.ts'

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

const root = fileURLToPath(new URL('..', import.meta.url))

export async function startBlog(port: number, environment: Record<string, string>): Promise<BlogProcess> {
  const origin = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  let said = ''

  const isReady = async () =>
    await fetch(origin + paths.readyz(), { signal: AbortSignal.timeout(2000) }).then(
      ({ status }) => status === 200,
      () => false,
    )
  const ready = async (patienceMs = 60_000) => {
    for (const begun = performance.now(); !(await isReady()); await sleep(50)) {
      if (child?.exitCode !== null || performance.now() - begun > patienceMs)
        throw new Error(`A Bloggy does not get ready. It said:\n${said}`)
    }
  }
  const start = async () => {
    child = spawn(process.execPath, ['--import', './src/html/hook.mjs', 'src/cli.ts', 'serve'], {
      cwd: root,
      // Ctrl-C is for the program that stops all in turn.
      detached: true,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        HOST: '127.0.0.1',
        PORT: String(port),
        LOG_LEVEL: 'warn',
        LOG_FORMAT: 'json',
        TRUSTED_PROXIES: '127.0.0.1',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-20_000)))
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
