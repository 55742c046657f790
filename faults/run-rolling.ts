// `npm run rolling [-- ROUNDS] [--rate N] [--pgbouncer]`
import { parseArgs } from 'node:util'
import { rolling } from './rolling.ts'

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rate: { type: 'string', default: '500' }, pgbouncer: { type: 'boolean', default: false } },
})
const result = await rolling({
  rounds: Number(positionals[0] ?? 20),
  requestsPerSecond: Number(values.rate),
  isPooled: values.pgbouncer,
  report: (line) => process.stdout.write(`${line}\n`),
})
process.stdout.write(`${JSON.stringify({ ...result, failures: result.failures.slice(0, 20) }, null, 2)}\n`)
const others = Object.keys(result.writes).filter((status) => status !== '201')
const isFine =
  result.failures.length === 0 &&
  others.length === 0 &&
  result.lost + result.doubled + result.streamFailures === 0 &&
  result.slowestStopMs < 30_000 &&
  result.codes.every((code) => code === 0)
process.stdout.write(isFine ? 'passed\n' : 'FAILED\n')
process.exit(isFine ? 0 : 1)
