// npm run faults: does to two instances of Bloggy what happens to programs, and looks whether anything is lost.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { newProgress } from '../bench/progress.ts'
import { root } from '../bench/servers.ts'
import type { Fault, Report } from './fault.ts'
import { faults, shortOnes } from './list.ts'
import { type Options, choose, help, readOptions } from './options.ts'
import { templateIn } from './scene.ts'

const prepareSeconds = 10
/** Of the time of all rounds, about. */
const shortShare = 0.2
const signs = { passes: '✓', fails: '✗', 'cannot run here': '-', 'not built yet': '-' }

const stopping = new AbortController()
const { signal } = stopping
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => stopping.abort(new Error('Stopped.')))
try {
  const options = readOptions(process.argv.slice(2))
  if (!options) console.log(help)
  else if (options.isList) console.log(faults.map(lineOf).join('\n'))
  else await runFaults(options)
} catch (error) {
  if (signal.aborted) process.exitCode = 130
  else {
    console.error(error instanceof Error && process.env.DEBUG === undefined ? error.message : error)
    process.exitCode = 1
  }
}
// What a fault left half open keeps nobody here.
process.exit()

function lineOf({ number, name, what }: Fault): string {
  return `${String(number).padStart(2)}  ${name.padEnd(26)} ${what}`
}

async function runFaults({ chosen, isShort, rate, json }: Options): Promise<void> {
  const some = isShort && chosen.length === 0 ? shortOnes : chosen
  const tasks = some.length === 0 ? faults : choose(faults, some)
  const folder = mkdtempSync(join(tmpdir(), `bloggy-faults-${process.pid}-`))
  // As root, PostgreSQL runs under another account and must get to its data.
  chmodSync(folder, 0o711)
  const progress = newProgress()
  const rows: (Pick<Fault, 'number' | 'name' | 'what' | 'expected' | 'test'> & Report & { seconds: number })[] = []
  const template = templateIn(folder)
  try {
    const share = isShort ? shortShare : 1
    progress.plan(tasks.reduce((sum, { seconds }) => sum + seconds * share, prepareSeconds))
    progress.say('making a blog')
    await template()
    progress.add(prepareSeconds)
    for (const { number, name, what, expected, test, seconds, run } of tasks) {
      signal.throwIfAborted()
      progress.say(`${number} ${name}`)
      const begun = performance.now()
      const say = (words: string) => progress.say(`${number} ${name}: ${words}`)
      // One that breaks is told, and takes no other with it.
      const report = await run({ rate, isShort, template, say, signal }).catch((error: Error): Report => {
        signal.throwIfAborted()
        return { result: 'fails', seen: [`The run broke off: ${error.stack ?? error.message}`], figures: {} }
      })
      const took = Math.round((performance.now() - begun) / 100) / 10
      rows.push({ number, name, what, expected, ...(test && { test }), ...report, seconds: took })
      progress.note(described(lineOf({ number, name, what } as Fault), report, took))
      progress.add(seconds * share)
    }
  } finally {
    progress.end()
    rmSync(folder, { recursive: true, force: true })
  }
  const count = (result: Report['result']) => rows.filter((row) => row.result === result).length
  const others = (['cannot run here', 'not built yet'] as const).filter((result) => count(result) > 0)
  const rest = others.map((result) => `, ${count(result)} ${result}`).join('')
  console.log(`\n${count('passes')} of ${rows.length} pass, ${count('fails')} fail${rest}.`)
  const file = json ?? join(root, 'faults/results/latest.json')
  mkdirSync(dirname(file), { recursive: true })
  const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? '', node: process.version }
  const written = { at: new Date().toISOString(), machine, options: { rate, isShort }, rows }
  writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`)
  console.log(`Written to ${file}.`)
  if (count('fails') > 0) process.exitCode = 1
}

function described(line: string, { result, seen, figures }: Report, seconds: number): string {
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${value}`)
  const lines = [
    `${signs[result]} ${line}: ${result}, ${seconds} s`,
    ...(shown.length > 0 ? [`      ${shown.join('; ')}`] : []),
    ...seen.map((words) => `      ${words}`),
  ]
  return lines.join('\n')
}
