// A process beside others: does what its parent says, and ends when the parent is gone.
import type { ConnectionTarget } from '../db/connection-string.ts'
import { StartError } from '../errors.ts'
import type { Metrics } from '../http/metrics.ts'
import { watchMemory } from './memory.ts'
import type { Figures, FromChild, FromParent } from './messages.ts'

export type Begun = {
  metrics: Metrics
  stop: () => Promise<void>
  leave: () => Promise<void>
}

const patienceMs = 5000

/** `begin` is called once PostgreSQL answers. `mostMb` is the memory that it may hold; 0 for any. */
export function beChild(begin: (target: ConnectionTarget) => Promise<Begun>, mostMb: number): void {
  let begun: Begun | undefined
  let isEnding = false
  const end = async (how: () => Promise<void>) => {
    if (isEnding) return
    isEnding = true
    await how()
    if (begun) await tell({ is: 'figures', number: 0, figures: await figuresOf(begun.metrics) })
    process.exit(0)
  }
  process.on('message', (message: FromParent) => {
    if (message.is === 'begin') void start(message.target)
    if (message.is === 'stop') void end(async () => await begun?.stop())
    if (message.is === 'leave') void end(async () => await begun?.leave())
    if (message.is === 'figures' && begun) void answer(begun.metrics, message.number)
    if (message.is === 'text') asked.get(message.number)?.(message.text)
  })
  // Ctrl-C reaches the whole group, and the parent says what is to be done.
  for (const signal of ['SIGINT', 'SIGUSR2'] as const) process.on(signal, () => {})
  process.on('SIGTERM', () => void tell({ is: 'done', why: 'was told to end' }))
  void tell({ is: 'loaded' })

  const start = async (target: ConnectionTarget) => {
    try {
      begun = await begin(target)
      await tell({ is: 'ready' })
      if (mostMb > 0) watchMemory(mostMb, (why) => void tell({ is: 'done', why }))
    } catch (error) {
      // A stop came while it started.
      if (isEnding) return
      const { message, stack } = error as Error
      await tell({ is: 'failed', words: error instanceof StartError ? message : (stack ?? message) })
      process.exit(1)
    }
  }
}

const figuresOf = async ({ registry }: Metrics) => (await registry.getMetricsAsJSON()) as Figures

async function answer(metrics: Metrics, number: number): Promise<void> {
  await tell({ is: 'figures', number, figures: await figuresOf(metrics) })
}

const asked = new Map<number, (text: string) => void>()
let lastAsked = 0

/** The metrics of all processes. */
export async function askForAll(): Promise<string> {
  const number = ++lastAsked
  try {
    return await new Promise((resolve, reject) => {
      asked.set(number, resolve)
      setTimeout(() => reject(new Error('No figures from the other processes.')), patienceMs).unref()
      void tell({ is: 'all', number })
    })
  } finally {
    asked.delete(number)
  }
}

/** Settles when it was said, also when nobody hears it any more. */
async function tell(message: FromChild): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.send && process.connected) process.send(message, () => resolve())
    else resolve()
  })
}
