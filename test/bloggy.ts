// Bloggy as an operator runs it: its command line in a process of its own, with nothing of ours in its environment.
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { patienceMs } from './waiting.ts'
import { isAlive, readPostmaster } from '../src/db/embedded/processes.ts'
import { paths } from '../src/paths.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

export type Run = {
  pid: number
  stdout: () => string
  stderr: () => string
  /** Resolves with the match as soon as the output has it; fails when the process ends without. */
  said: (pattern: RegExp) => Promise<RegExpExecArray>
  kill: (signal: NodeJS.Signals) => void
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>
}

export function bloggy(words: string[], settings: Record<string, string> = {}, input: string | Buffer = ''): Run {
  const child = spawn(process.execPath, ['--import', './src/html/hook.mjs', 'src/cli.ts', ...words], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...settings },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // A process that ends without reading its input is no failure.
  child.stdin.on('error', () => {}).end(input)
  living.add(child)
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => (output[stream] += chunk))
  }
  const ended = once(child, 'close').then(([code, signal]) => {
    living.delete(child)
    return (code ?? signal) as number | NodeJS.Signals
  })
  return {
    pid: child.pid ?? 0,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    kill: (signal) => child.kill(signal),
    ended,
    said: async (pattern) => {
      for (const begun = Date.now(); ; await sleep(20)) {
        const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr)
        if (match) return match
        if (!living.has(child) || Date.now() - begun > patienceMs) {
          assert.fail(`It did not say ${pattern} but:\n${output.stdout}\n${output.stderr}`)
        }
      }
    },
  }
}

/** Runs a command to its end. */
export async function finish(words: string[], settings: Record<string, string> = {}, input: string | Buffer = '') {
  const run = bloggy(words, settings, input)
  const code = await run.ended
  return { code, stdout: run.stdout(), stderr: run.stderr() }
}

/** `bloggy start`, ready to answer. */
export async function start(settings: Record<string, string>): Promise<Run> {
  const run = bloggy(['start'], settings)
  await run.said(/Ctrl-C/)
  return run
}

const living = new Set<ChildProcess>()
const folders: string[] = []

after(async () => {
  for (const child of living) child.kill('SIGKILL')
  for (const folder of folders) {
    await gone(join(folder, 'data'))
    rmSync(folder, { recursive: true, force: true })
  }
})

/** A data folder that does not exist yet, or a copy of another whose Bloggy has stopped. */
export function dataFolder(copyOf?: string): string {
  const folder = mkdtempSync(join(tmpdir(), `bloggy-test-${process.pid}-run-`))
  // As root, PostgreSQL runs under another account and must get to its data.
  chmodSync(folder, 0o711)
  folders.push(folder)
  const data = join(folder, 'data')
  if (copyOf) execFileSync('cp', ['-a', copyOf, data])
  return data
}

/** The process of the folder's PostgreSQL, while it runs. */
export function postmasterOf(data: string): number | undefined {
  const pid = readPostmaster(join(data, 'postgresql'))?.pid
  return pid && isAlive(pid) ? pid : undefined
}

/** Resolves with true when no PostgreSQL runs on the folder, with false when one still does after a minute. */
export async function gone(data: string): Promise<boolean> {
  for (const begun = Date.now(); Date.now() - begun < patienceMs; await sleep(50)) {
    if (!postmasterOf(data)) return true
  }
  return false
}

export const owner = { email: 'ada@example.com', password: 'a short sentence is good' }

/** A data folder with a blog that Ada has set up. */
export async function blogFolder(): Promise<string> {
  const data = dataFolder()
  const words = ['setup', '--title', 'Rye & Rails', '--name', 'Ada', '--email', owner.email, '--password-file', '-']
  const { code, stderr } = await finish(words, { BLOGGY_DATA: data }, `${owner.password}\n`)
  assert.equal(code, 0, stderr)
  return data
}

/** Posts a form as a browser would, without following where it leads. */
export async function send(url: string, form: Record<string, string>, cookie = ''): Promise<Response> {
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { cookie },
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
  })
  await response.arrayBuffer()
  return response
}

/** Ada's cookie. */
export async function signIn(origin: string): Promise<string> {
  const response = await send(origin + paths.signIn(), owner)
  assert.equal(response.status, 303)
  return response.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
}
