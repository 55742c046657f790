// `bloggy doctor`: looks at everything a blog stands on, changes nothing, and says what to do.
import type { Sql } from 'postgres'
import { type Config, loadConfig } from '../config.ts'
import type { ConnectionTarget } from '../db/connection-string.ts'
import { limitsOf, withServer } from '../db/open.ts'
import { connect } from '../db/pool.ts'
import { probe } from '../db/probe.ts'
import { type Wanted, checks, lookAround, lookInside, looksInside } from '../doctor/doctor.ts'
import { type Finding, type Level, ok, wrong } from '../doctor/finding.ts'
import { hasCluster } from '../doctor/installation.ts'
import { StartError } from '../errors.ts'
import { progressLine } from '../import/progress.ts'
import { exitCodes, wrongUse } from './answer.ts'
import { wrapped } from './wrapped.ts'

type Options = { only?: string[]; mail?: string; all?: boolean; json?: boolean }

/** Exit code 1 when something is wrong. */
export async function doctor(options: Options): Promise<void> {
  const unknown = options.only?.find((name) => !Object.hasOwn(checks, name))
  if (unknown !== undefined)
    throw wrongUse(`There is no check ${unknown}. There are: ${Object.keys(checks).join(', ')}.`)
  if (options.mail !== undefined && !/^[^\s@]+@[^\s@]+$/.test(options.mail))
    throw wrongUse(`"${options.mail}" is no mail address.`)
  const findings: Finding[] = []
  await look(options, (finding) => {
    findings.push(finding)
    if (!options.json) print(finding)
  })
  const counts = countLevels(findings)
  if (counts.wrong > 0) process.exitCode = exitCodes.failed
  if (options.json) console.log(JSON.stringify({ is_well: counts.wrong === 0, findings }, null, 2))
  else console.log(`\n${summary(counts)}`)
}

/** Tells each finding as soon as it is known. */
export async function look({ only, mail, all, json }: Options, tell: (finding: Finding) => void): Promise<void> {
  const config = readSettings(tell)
  if (!config) return
  // A line for each check: what is done within two seconds shows none.
  let line = progressLine(process.stderr)
  const wanted: Wanted = {
    config,
    only: only && new Set(only),
    mailTo: mail,
    isWhole: all ?? false,
    onProgress: (step) => json || line.update(step),
    tell: (finding) => {
      line.end()
      tell(finding)
      line = progressLine(process.stderr)
    },
  }
  try {
    await lookAround(wanted)
    if (looksInside(wanted.only)) await lookInDatabase(wanted)
  } finally {
    line.end()
  }
}

/** What cannot be read keeps everything else from being looked at. */
function readSettings(tell: (finding: Finding) => void): Config | undefined {
  try {
    return loadConfig()
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    tell({ check: 'settings', ...wrong(error.message, 'Correct them; `show-config` then shows all of them.') })
    return undefined
  }
}

/** The server of a stopped blog is started for the while. */
async function lookInDatabase(wanted: Wanted): Promise<void> {
  const { config, tell } = wanted
  try {
    if (!config.databaseUrl && !hasCluster(config)) {
      const words = `There is no blog in ${config.dataFolder} yet, so there is no database to look at.`
      return tell({ check: 'postgresql', ...ok(words) })
    }
    await withServer(config, async (target) => {
      await probe(target, limitsOf(config))
      const sql = openReadOnly(target, config, wanted.isWhole)
      try {
        await lookInside(wanted, sql, target)
      } finally {
        await sql.end({ timeout: 1 })
      }
    })
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    tell({ check: 'postgresql', ...wrong(error.message, 'What is in the database is looked at after that.') })
  }
}

/** Nothing can be written through it. */
function openReadOnly(target: ConnectionTarget, config: Config, isWhole: boolean): Sql {
  const seconds = isWhole ? 3600 : 45
  return connect(target, { ...limitsOf(config), statementTimeoutSeconds: seconds }, 1, {
    fetch_types: false,
    max_lifetime: null,
    connection: { application_name: 'bloggy doctor', default_transaction_read_only: true },
  })
}

const signs: Record<Level, string> = { ok: 'ok    ', notice: 'notice', wrong: 'WRONG ' }
const colours: Record<Level, string> = { ok: '32', notice: '33', wrong: '1;31' }

function print({ check, level, what, todo }: Finding): void {
  const isColoured = process.stdout.isTTY && process.stdout.hasColors()
  const sign = isColoured ? `\u001b[${colours[level]}m${signs[level]}\u001b[0m` : signs[level]
  const width = Math.max(...Object.keys(checks).map((name) => name.length))
  const indent = ' '.repeat(signs.ok.length + 2 + width + 2)
  console.log(`${sign}  ${check.padEnd(width)}  ${wrapped(what, indent).join(`\n${indent}`)}`)
  if (todo !== undefined) console.log(`${indent}→ ${wrapped(todo, `${indent}→ `).join(`\n${indent}  `)}`)
}

function countLevels(findings: Finding[]): Record<Level, number> {
  const counts = { ok: 0, notice: 0, wrong: 0 }
  for (const { level } of findings) counts[level]++
  return counts
}

function summary({ wrong, notice }: Record<Level, number>): string {
  if (wrong === 0 && notice === 0) return 'Nothing is wrong.'
  const parts = [wrong > 0 && `${wrong} wrong`, notice > 0 && `${notice} to know`].filter(Boolean)
  return `${parts.join(', ')}. What to do stands behind the arrows.`
}
