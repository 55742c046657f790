// Two instances of Bloggy and a PostgreSQL as processes, a load on both, and what must be true when a fault is over.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startForeignCpu } from '../bench/machine.ts'
import { freePort, root } from '../bench/servers.ts'
import { type ConnectionTarget, formatConnectionString } from '../src/db/connection-string.ts'
import { paths } from '../src/paths.ts'
import { type Instance, startInstance } from './instance.ts'
import { type Ledger, type Verdict, compare, newLedger } from './ledger.ts'
import { type Line, openLine } from './line.ts'
import { type Load, type LoadOptions, quiet, startLoad } from './load.ts'
import { type Postgres, openPostgres } from './postgres.ts'
import { countsOf, longestAnswer, longestGap } from './seen.ts'
import { seed, slugOf } from './seed.ts'

export type Figures = Record<string, number | string>

export type Scene = {
  folder: string
  postgres: Postgres
  instances: readonly Instance[]
  /** Between the instances and PostgreSQL, where the fault is one of the network. */
  line: Line | undefined
  ledger: Ledger
  startLoad: (options?: Partial<LoadOptions>) => Load
  /** A sentence of what is expected; false makes the fault fail, with what was seen. */
  must: (isSo: boolean, sentence: string, seen?: unknown) => void
  /** The same of how long something takes, which is only told where other programs had most of the machine. */
  mustInTime: (isSo: boolean, sentence: string, seen?: unknown) => void
  figure: (name: string, value: number | string | undefined) => void
  say: (what: string) => void
  signal: AbortSignal
}

export type SceneOptions = {
  /** Of Bloggy. */
  environment?: Record<string, string>
  environmentOf?: (folder: string) => Record<string, string>
  before?: () => Promise<void>
  /** Of PostgreSQL. */
  settings?: Record<string, string>
  settingsOf?: (folder: string) => Record<string, string>
  /** Puts a line between. */
  isOverNetwork?: boolean
  instances?: number
  /** Words that stand before those of an instance. */
  within?: readonly string[]
  /** Folders of other versions, by instance. */
  programs?: readonly (string | undefined)[]
  /** Before the data are copied into the folder of the scene: disks of another size. */
  place?: (folder: string) => void
  /** After that. */
  prepare?: (folder: string) => void
  /** At the end. */
  unplace?: (folder: string) => void
  /** The fault ends instances under load: what was on their lines has no answer. */
  cutsLines?: boolean
  /** Not started: the fault is about that. */
  isPostgresDown?: boolean
}

export type Tools = {
  rate: number
  template: () => Promise<string>
  say: (what: string) => void
  signal: AbortSignal
}

export type Outcome = { isPassed: boolean; seen: string[]; figures: Figures }

/** Everything the scene started is stopped at its end, also when the work throws. */
export async function onScene(
  tools: Tools,
  options: SceneOptions,
  work: (scene: Scene) => Promise<void>,
): Promise<Outcome> {
  const template = await tools.template()
  await options.before?.()
  const folder = mkdtempSync(join(tmpdir(), `bloggy-faults-${process.pid}-`))
  chmodSync(folder, 0o711)
  const seen: string[] = []
  const figures: Figures = {}
  const endings: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })]
  try {
    if (options.place) {
      options.place(folder)
      endings.push(async () => options.unplace?.(folder))
    }
    execFileSync('cp', ['-a', join(template, 'postgresql'), folder])
    options.prepare?.(folder)
    const postgres = await openPostgres(folder, { ...options.settings, ...options.settingsOf?.(folder) })
    endings.push(() => postgres.stop('immediate'))
    if (!options.isPostgresDown) await postgres.start()
    const line = options.isOverNetwork ? await openLine(addressOf(postgres.target)) : undefined
    if (line) endings.push(() => line.close())
    const target: ConnectionTarget = line
      ? { ...postgres.target, addresses: [{ host: '127.0.0.1', port: line.port }] }
      : postgres.target
    const data = join(folder, 'data')
    mkdirSync(data, { recursive: true })
    const instances: Instance[] = []
    for (let index = 0; index < (options.instances ?? 2); index++) {
      const environment = {
        DATABASE_URL: formatConnectionString(target),
        BLOGGY_DATA: data,
        SITE_URL: 'http://localhost:8081',
        ...options.environment,
        ...options.environmentOf?.(folder),
      }
      const { within = [], programs = [] } = options
      const program = programs[index] ?? root
      const instance = startInstance({ port: await freePort(), environment, within, program })
      instances.push(instance)
      endings.push(() => instance.stop())
    }
    if (!options.isPostgresDown) {
      await Promise.all(instances.map((instance) => instance.ready()))
      await warmUp(instances)
    }
    const ledger = newLedger()
    let load: Load | undefined
    const foreign = startForeignCpu()
    const late: string[] = []
    await work({
      folder,
      postgres,
      instances,
      line,
      ledger,
      signal: tools.signal,
      say: tools.say,
      startLoad: (more = {}) => (load = startLoad(instances, ledger, { rate: tools.rate, ...more })),
      must: (isSo, sentence, what) => {
        if (!isSo) seen.push(what === undefined ? `Not so: ${sentence}` : `Not so: ${sentence} (${shown(what)})`)
      },
      mustInTime: (isSo, sentence, what) => {
        if (!isSo) late.push(`Too late: ${sentence} (${shown(what)})`)
      },
      figure: (name, value) => void (figures[name] = value ?? 'never'),
    })
    await load?.stop()
    const others = (foreign() ?? 0) / availableParallelism()
    figures['others took % of the machine'] = Math.round(others * 100)
    if (others < mostForeign) seen.push(...late)
    await check(
      { postgres, instances, data, cutsLines: options.cutsLines ?? false },
      load,
      seen,
      figures,
      async (sql) => await compare(sql, ledger),
    )
    const isPassed = seen.length === 0
    if (!isPassed) seen.push(...troublesOf(instances))
    if (others >= mostForeign) seen.push(...late)
    return { isPassed, seen, figures }
  } finally {
    for (const ending of endings.toReversed()) await ending().catch((error: Error) => console.error(error.message))
  }
}

/** Of the machine: with less left to it, how long Bloggy takes says nothing of Bloggy. */
const mostForeign = 0.25

/** What is to come from memory is put there. */
async function warmUp(instances: readonly Instance[]): Promise<void> {
  for (let round = 0; round < 3; round++)
    for (const { origin } of instances)
      for (let n = 0; n < quiet; n++) await (await fetch(origin + paths.post(slugOf(n)))).arrayBuffer()
}

type Parts = { postgres: Postgres; instances: readonly Instance[]; data: string; cutsLines: boolean }

const drainMs = 60_000
/** Enqueued under a key: one that runs while another is asked for is never tried again, because that one will be. */
const takenOver = 'render-again index-posts index-all tell-of-comments digest-posts count-posts note-appearance'

/** What holds after every fault. */
async function check(
  { postgres, instances, data, cutsLines }: Parts,
  load: Load | undefined,
  seen: string[],
  figures: Figures,
  compareAll: (sql: Parameters<typeof compare>[0]) => Promise<Verdict>,
): Promise<void> {
  for (const [index, instance] of instances.entries()) {
    await instance.ready(10_000).catch((error: Error) => seen.push(`Instance ${index + 1}: ${error.message}`))
  }
  const begun = performance.now()
  let waiting: { name: string }[] = []
  await postgres.asSuperuser(async (sql) => {
    for (; performance.now() - begun < drainMs; await sleep(200)) {
      waiting = await sql`
        select task_identifier as name, locked_at::text as held, locked_by as by, attempts, last_error,
            (select extract(epoch from now() - seen_at)::int from job_runners where job_runners.id = locked_by) as seen_before
          from graphile_worker.jobs where run_at <= now() and attempts < max_attempts limit 5`
      if (waiting.length === 0) break
    }
    const dead = await sql<{ name: string; last_error: string }[]>`
      select task_identifier as name, last_error from graphile_worker.jobs
        where attempts >= max_attempts and locked_at is null and last_error is not null
          and task_identifier <> all(string_to_array(${takenOver}, ' '))`
    for (const { name, last_error } of dead) seen.push(`The job ${name} was given up: ${last_error}`)
    const verdict = await compareAll(sql)
    figures.acknowledged = verdict.acknowledged
    figures.lost = verdict.lost
    if (verdict.acknowledged === 0 && load?.answers().some(({ kind }) => kind === 'write'))
      seen.push('No write was acknowledged, so none could be lost.')
    figures.doubled = verdict.doubled
    if (verdict.lost > 0) seen.push(`${verdict.lost} acknowledged writes are lost.`)
    if (verdict.doubled > 0) seen.push(`${verdict.doubled} writes are there twice.`)
    for (const half of verdict.halves.slice(0, 10)) seen.push(`Half a write: ${half}.`)
    const places = await sql<{ place: string }[]>`select place from media_files`
    const orphans = filesIn(join(data, 'media')).filter((name) => !places.some(({ place }) => place === name))
    if (orphans.length > 0) seen.push(`${orphans.length} folders of pictures belong to nothing: ${orphans[0]} …`)
  })
  if (waiting.length > 0) seen.push(`Jobs still waited after ${drainMs / 1000} seconds: ${shown(waiting)}`)
  figures['jobs drained s'] = Math.round((performance.now() - begun) / 100) / 10
  if (!load) return
  const answers = load.answers()
  const wrong = answers.filter(({ status }) => status >= 400 && status !== 503 && status !== 507)
  const counts = countsOf(wrong)
  const unanswered = answers.filter(({ status, trouble }) => status === 0 && trouble !== 'ECONNREFUSED')
  if (unanswered.length > 0 && !cutsLines) seen.push(`Requests without an answer: ${shown(countsOf(unanswered))}`)
  if (wrong.length > 0) seen.push(`Answers that nobody should get: ${shown(counts)}`)
  const bare = answers.filter(({ status, hasRetryAfter }) => status === 503 && !hasRetryAfter).length
  if (bare > 0) seen.push(`${bare} answers of 503 without Retry-After.`)
  figures.requests = answers.length
  figures.failed = answers.filter(({ status }) => status === 0 || status >= 500).length
  figures['longest answer ms'] = longestAnswer(answers)
  figures['longest gap of cached pages ms'] = longestGap(answers, ['cached'])
  figures['longest gap of fresh pages ms'] = longestGap(answers, ['page', 'api'])
  figures['longest gap of writes ms'] = longestGap(answers, ['write'])
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => path.split('/').at(-1) ?? '')
  return names.filter((name) => /^[a-z0-9]{20}$/.test(name))
}

/** The errors that an operator would read. */
function troublesOf(instances: readonly Instance[]): string[] {
  return instances.flatMap((instance, index) => {
    const lines = instance.said().split('\n')
    const found = lines.filter((line) => /"level":(50|60)|^\s*at |Error/.test(line))
    return found.slice(0, 6).map((line) => `Instance ${index + 1} said: ${line.slice(0, 600)}`)
  })
}

function addressOf({ addresses }: ConnectionTarget) {
  const [first] = addresses
  if (!first) throw new Error('The target has no address.')
  return first
}

function shown(what: unknown): string {
  return typeof what === 'string' ? what : JSON.stringify(what)
}

/** A blog in a data folder that scenes copy: made once a run. */
export function templateIn(folder: string): () => Promise<string> {
  let made: Promise<string> | undefined
  const make = async () => {
    const postgres = await openPostgres(folder)
    await postgres.start()
    await seed(postgres)
    await postgres.stop('fast')
    return folder
  }
  return () => (made ??= make())
}
