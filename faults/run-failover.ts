// `npm run failover [-- ROUNDS] [--asynchronous]`
import { parseArgs } from 'node:util'
import { failover } from './failover.ts'

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const { values, positionals } = parseArgs({ allowPositionals: true, options: { asynchronous: { type: 'boolean' } } })
const isSynchronous = values.asynchronous !== true
const result = await failover({
  rounds: Number(positionals[0] ?? 10),
  isSynchronous,
  report: (line) => process.stdout.write(`${line}\n`),
})
const { rounds: _, ...sums } = result
process.stdout.write(`${JSON.stringify(sums, null, 2)}\n`)
const isFine =
  result.doubled === 0 && result.areSame && result.slowestMs <= 5000 && (!isSynchronous || result.lost === 0)
process.stdout.write(`${isFine ? 'passed' : 'FAILED'}\n`)
process.exit(isFine ? 0 : 1)
