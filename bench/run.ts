// npm run bench: what Bloggy does in a second, beside a floor in the same run. Figures are ratios; see docs/performance.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { fillSeconds, growthTasks } from './growth.ts'
import { generator } from './load.ts'
import { loadAverage, waitForQuiet } from './machine.ts'
import { type Options, help, isChosen, readOptions } from './options.ts'
import { besideOthers } from './others.ts'
import { profile } from './profile.ts'
import { newProgress } from './progress.ts'
import { cachedTasks, steadyTasks, uncachedTasks } from './reading.ts'
import { openPlace, root } from './servers.ts'
import { openSite } from './site.ts'
import { startTasks } from './starting.ts'
import { besideTable, tableOf } from './table.ts'
import type { Row, Task } from './turns.ts'
import { writingTasks } from './writing.ts'

const prepareSeconds = 15

const stopping = new AbortController()
const { signal } = stopping
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => stopping.abort(new Error('Stopped.')))
}
try {
  const options = readOptions(process.argv.slice(2))
  if (options) await bench(options)
  else console.log(help)
} catch (error) {
  if (signal.aborted) process.exitCode = 130
  else {
    console.error(error instanceof Error && process.env.DEBUG === undefined ? error.message : error)
    process.exitCode = 1
  }
}

async function bench(options: Options): Promise<void> {
  const place = openPlace(options, signal)
  const site = openSite(place)
  const progress = newProgress()
  const tools = { options, signal, progress }
  const all: Task[] = options.isGrowth
    ? growthTasks(place, options, progress)
    : [
        ...cachedTasks(site, options),
        ...uncachedTasks(site, options),
        ...steadyTasks(site, options),
        ...writingTasks(site, options),
        ...startTasks(place, options),
      ]
  const tasks = all.filter(({ table, name }) => isChosen(`${table} ${name}`, options.only))
  try {
    if (options.profile !== undefined) {
      progress.plan(prepareSeconds + options.seconds)
      return await profile(place, options, progress)
    }
    if (tasks.length === 0) throw new Error('No figure has all these words. The names are in docs/performance.md.')
    const preparing = options.isGrowth ? fillSeconds(options) : prepareSeconds
    progress.plan(tasks.reduce((sum, { seconds }) => sum + seconds, preparing))
    await waitForQuiet(options.patience, (line) => progress.note(line), signal)
    if (!options.isGrowth) {
      progress.say('filling a blog')
      if (tasks.some(({ table }) => table !== 'start' && table !== 'memory')) await site.target()
      progress.add(preparing)
    }
    const rows: Row[] = []
    const failures: Failure[] = []
    for (const task of tasks) {
      signal.throwIfAborted()
      // One that fails is told at the end, and takes no other with it.
      const row = await task.run(tools).catch((error: Error) => {
        signal.throwIfAborted()
        failures.push({ table: task.table, name: task.name, message: error.message })
        progress.note(`${task.table}, ${task.name} failed: ${error.message}`)
      })
      if (row) rows.push(row)
      // The blogs of the growth are filled when the first page of them is asked for.
      progress.add(task.seconds + (options.isGrowth && task === tasks[0] ? preparing : 0))
    }
    progress.end()
    report(options, rows, failures)
    // Buffers are the same on every machine; other figures are for people to judge.
    const grows = options.isGrowth && rows.some(({ isKept }) => isKept === false)
    if (failures.length > 0 || grows) process.exitCode = 1
  } finally {
    progress.end()
    await place.end()
  }
}

type Failure = { table: string; name: string; message: string }

function report(options: Options, rows: Row[], failures: Failure[]): void {
  const beside = besideOthers(rows)
  console.log(tableOf(rows))
  if (beside.rows.length > 0) console.log(besideTable(beside))
  const disturbed = rows.filter(({ isDisturbed }) => isDisturbed).length
  if (disturbed > 0) {
    console.log(
      `\n! Other programs took more than ${options.mostForeign} % of the machine during ${disturbed} of ${rows.length} figures, ` +
        'also when they were repeated. Trust the ratios little, and the figures themselves not at all.',
    )
  }
  for (const { table, name, message } of failures) console.log(`\nNot measured: ${table}, ${name}. ${message}`)
  const { seconds, rounds, logLevel } = options
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model ?? '',
    node: process.version,
    generator,
    load: loadAverage(),
  }
  const file = options.json ?? join(root, 'bench/results', options.isGrowth ? 'growth.json' : 'latest.json')
  mkdirSync(dirname(file), { recursive: true })
  const written = {
    at: new Date().toISOString(),
    machine,
    options: { seconds, rounds, logLevel },
    rows,
    beside,
    failures,
  }
  writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`)
  console.log(`\nWritten to ${file}.`)
}
