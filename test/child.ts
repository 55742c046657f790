// Another process of ours, to be killed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export type Child = {
  pid: number
  /** The lines it has written so far. */
  lines: string[]
  /** Resolves with true when it has written that many lines, with false when it ended before. */
  wrote: (count: number) => Promise<boolean>
  kill: (signal?: NodeJS.Signals) => Promise<void>
}

/** Runs test/children/<name>.ts. */
export function startChild(name: string, ...words: string[]): Child {
  const path = fileURLToPath(new URL(`./children/${name}.ts`, import.meta.url))
  const child = spawn(process.execPath, [path, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
  })
  const ended = once(child, 'close')
  return {
    pid: child.pid ?? 0,
    lines,
    wrote: async (count) => {
      while (lines.length < count && child.exitCode === null && child.signalCode === null) {
        await Promise.race([once(child.stdout, 'data'), ended])
      }
      return lines.length >= count
    },
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal)
      await ended
    },
  }
}
