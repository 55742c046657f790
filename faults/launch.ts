// One process of Bloggy, as an operator runs it.
import { type ChildProcess, spawn } from 'node:child_process'
import { root, shipped } from '../bench/servers.ts'
import { paths } from '../src/paths.ts'

export type Options = {
  port: number
  environment: Record<string, string>
  words?: string[]
  nodeWords?: string[]
  /** The folder of another version. */
  program?: string
  /** Words that stand before it. */
  within?: readonly string[]
}

/** `hear` gets what it prints. */
export function launch(options: Options, hear: (text: string) => void): ChildProcess {
  const { port, environment, words = ['serve'], nodeWords = [], program = root, within = [] } = options
  const [first = '', ...rest] = [...within, process.execPath, ...nodeWords, ...shipped, ...words]
  const child = spawn(first, rest, {
    cwd: program,
    // A group of its own: Ctrl-C reaches the program alone that stops each in its turn.
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
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', hear)
  return child
}

export async function isReadyAt(origin: string, withinMs: number): Promise<boolean> {
  return await fetch(origin + paths.readyz(), { signal: AbortSignal.timeout(withinMs) }).then(
    ({ status }) => status === 200,
    () => false,
  )
}
