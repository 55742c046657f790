// `bloggy upgrade`: what `migrations up` does, after a look at what it would do and whether anything is in the way.
import { commandLine } from '../command-line.ts'
import { loadConfig } from '../config.ts'
import { isInUse } from '../db/condition.ts'
import { migrate } from '../db/migrate.ts'
import { limitsOf, withDatabase } from '../db/open.ts'
import type { Finding } from '../doctor/finding.ts'
import { CommandError } from '../errors.ts'
import { bytes } from '../import/progress.ts'
import { type Plan, type Step, needsStop, planUpgrade } from '../upgrades/upgrade.ts'
import { version } from '../version.ts'
import { answer, exitCodes } from './answer.ts'
import { look } from './doctor.ts'
import { wrapped } from './wrapped.ts'

type Options = { check?: boolean; anyway?: boolean; json?: boolean }

// What a migration stands on. The schema itself is looked at afterwards.
const looked = ['disk', 'postgresql', 'role', 'durability', 'standbys', 'checksums', 'vacuum', 'backups']

/** Exit code 1 when something is in the way. */
export async function upgrade(options: Options): Promise<void> {
  const config = loadConfig()
  await withDatabase(config, async ({ reader, target }) => {
    const plan = await planUpgrade(reader)
    if (!options.check && !options.anyway && needsStop(plan) && (await isInUse(reader)))
      throw new CommandError(
        `A Bloggy is running, which cannot go on with what ${firstContracting(plan)} does. Nothing was changed. Stop it first, or add --anyway.`,
        exitCodes.inTheWay,
      )
    const found = plan.is_empty ? [] : await listTrouble()
    const isBlocked = plan.state.unknown.length + plan.state.changed.length > 0 || found.some(isWrong)
    if (options.check) {
      if (isBlocked) process.exitCode = exitCodes.failed
      return answer(options.json, asJson(plan, found, isBlocked), describe(plan, found, isBlocked))
    }
    if (!options.json) for (const one of found) console.error(sentence(one))
    if (found.some(isWrong) && plan.steps.length > 0 && !options.anyway)
      throw new CommandError(
        'Something is wrong, and nothing was changed. Mend it first, or add --anyway.',
        exitCodes.inTheWay,
      )
    const applied = await migrate(target, limitsOf(config), (name, ms) => {
      if (!options.json) console.log(`Applied ${name} in ${Math.round(ms)} ms`)
    })
    answer(
      options.json,
      { applied },
      applied.length > 0
        ? `The database is that of Bloggy ${version}. \`${commandLine('doctor')}\` looks at all of it.`
        : 'The database is up to date already.',
    )
  })
}

const firstContracting = ({ steps }: Plan) => steps.find(({ expands }) => !expands)?.name

/** What is not in order, and how old the last backup is. */
async function listTrouble(): Promise<Finding[]> {
  const found: Finding[] = []
  await look({ only: looked }, (finding) => found.push(finding))
  return found.filter(({ check, level }) => level !== 'ok' || check === 'backups')
}

const isWrong = ({ level }: Finding) => level === 'wrong'

function asJson({ state, steps }: Plan, found: Finding[], isBlocked: boolean) {
  const { ahead, unknown, changed } = state
  return { is_current: steps.length === 0, is_blocked: isBlocked, steps, ahead, unknown, changed, findings: found }
}

function describe(plan: Plan, found: Finding[], isBlocked: boolean): string {
  const { state, steps } = plan
  const lines = [...steps.flatMap(describeStep), ...found.map(sentence)]
  if (state.unknown.length > 0)
    lines.push(
      `The schema is newer than Bloggy ${version}: it has ${state.unknown.join(', ')}. Nothing can be done with it here.`,
    )
  if (state.changed.length > 0) lines.push(`${state.changed.join(', ')} was edited after running here.`)
  if (state.ahead.length > 0)
    lines.push(`The schema is of a later Bloggy (${state.ahead.join(', ')}), with which ${version} may go on.`)
  if (steps.length > 0 && !plan.is_empty)
    lines.push(`For the way back, first make a backup; this version can: ${commandLine('backup FILE')}`)
  return [...lines, '', verdict(plan, isBlocked)].join('\n').trim()
}

function verdict(plan: Plan, isBlocked: boolean): string {
  if (isBlocked) return 'Not now: something is wrong.'
  if (plan.is_empty) return `The database is empty. \`${commandLine('start')}\` makes a blog of it.`
  if (plan.steps.length === 0) return `The database is that of Bloggy ${version} already.`
  const stop = needsStop(plan)
    ? 'Stop every Bloggy from before first: some of this it cannot go on with.'
    : 'A Bloggy from before may go on meanwhile and afterwards.'
  return `${stop} Then: ${commandLine('upgrade')}`
}

function describeStep({ name, is_in_transaction, locks }: Step): string[] {
  const how = is_in_transaction ? 'all or nothing' : 'outside a transaction; run again when it breaks off'
  const lines = locks.map(({ table, does, stops, reads_rows, about_rows, bytes: size }) => {
    if (stops === 'unknown') return `    ${does}\n      what it locks and how long is not told by its words`
    const large =
      about_rows === null || size === null
        ? 'its table'
        : `${table}, about ${about_rows.toLocaleString('en')} rows, ${bytes(size)}`
    return `    ${does}\n      ${stops === 'nobody' ? 'stops nobody' : `stops ${stops} of ${large}`}${work(stops, reads_rows, large)}`
  })
  return [`${name}: ${how}`, ...lines]
}

function work(stops: string, reads: boolean, large: string): string {
  if (!reads) return stops === 'nobody' ? '' : ', for a moment'
  return stops === 'nobody' ? ` and reads ${large}` : ', while it goes through all of them'
}

function sentence({ check, level, what, todo }: Finding): string {
  const words = wrapped(`${level === 'wrong' ? 'WRONG' : 'Note'} (${check}): ${what}`, '').join('\n')
  return todo ? `${words}\n  → ${wrapped(todo, '  → ').join('\n    ')}` : words
}
