import { spawn } from 'node:child_process'
import { once } from 'node:events'

type Options = { signal: AbortSignal; environment?: Record<string, string>; cwd?: string; codes?: number[] }

/** What it printed, once it ended with one of the codes. A signal stops it in order. */
export function runProgram(
  program: string,
  words: string[],
  { signal, environment = {}, cwd, codes = [0] }: Options,
): { pid: number; ended: Promise<string> } {
  const child = spawn(program, words, {
    ...(cwd && { cwd }),
    // A group of its own: Ctrl-C in the terminal reaches the bench alone, which then stops everything in its turn.
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => (output[stream] += chunk))
  }
  const stop = () => child.kill('SIGTERM')
  const ended = (async () => {
    signal.throwIfAborted()
    signal.addEventListener('abort', stop)
    try {
      const [code, killer] = (await once(child, 'close')) as [number | null, string | null]
      signal.throwIfAborted()
      if (code === null || !codes.includes(code)) {
        throw new Error(`${program} ${words[0]} … ended with ${code ?? killer}:\n${output.stdout}\n${output.stderr}`)
      }
      return output.stdout
    } finally {
      signal.removeEventListener('abort', stop)
    }
  })()
  return { pid: child.pid ?? 0, ended }
}
