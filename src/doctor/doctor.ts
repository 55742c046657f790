// Every check in its order, and how they are done: each by itself, each with an end.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import type { ConnectionTarget } from '../db/connection-string.ts'
import { StartError } from '../errors.ts'
import {
  checkChecksums,
  checkCounters,
  checkCounts,
  checkMigrations,
  checkReferences,
  checkSchema,
} from './database.ts'
import { type Around, type Database, type Finding, type Told, ok, wrong } from './finding.ts'
import { checkDisk, checkFiles, checkNode, checkSettings } from './installation.ts'
import { checkMedia } from './media.ts'
import { checkAddress, checkMail } from './network.ts'
import { checkClock, checkConnections, checkDurability, checkPostgres, checkRole, checkVacuum } from './server.ts'
import { checkStandbys } from './standbys.ts'
import { checkBackups, checkJobs } from './upkeep.ts'

type Check =
  | { about: string; look: (around: Around) => Told[] | Promise<Told[]>; needs?: never }
  /** `schema`: a database without the tables of this program has no answer. */
  | { about: string; look: (database: Database) => Promise<Told[]>; needs: 'database' | 'schema' }

export const checks: Record<string, Check> = {
  settings: { about: 'settings that are weak, missing or meant otherwise', look: checkSettings },
  node: { about: 'the versions of Bloggy and Node', look: checkNode },
  disk: { about: 'room and the right to write', look: checkDisk },
  files: { about: 'who may read what is in BLOGGY_DATA', look: checkFiles },
  mail: { about: 'the mail server', look: checkMail },
  address: { about: 'the address that readers use', look: checkAddress },
  postgresql: { about: 'the version of PostgreSQL', look: checkPostgres, needs: 'database' },
  clock: { about: 'the clocks of both machines', look: checkClock, needs: 'database' },
  role: { about: 'the rights of the role in PostgreSQL', look: checkRole, needs: 'database' },
  durability: {
    about: 'settings of PostgreSQL that can lose what was written',
    look: checkDurability,
    needs: 'database',
  },
  standbys: { about: 'replication and its slots', look: checkStandbys, needs: 'database' },
  connections: { about: 'connections that are open and allowed', look: checkConnections, needs: 'database' },
  vacuum: { about: 'vacuum and what holds it back', look: checkVacuum, needs: 'database' },
  migrations: { about: 'the schema against this program', look: checkMigrations, needs: 'database' },
  schema: { about: 'tables, rules, indexes and triggers, one by one', look: checkSchema, needs: 'schema' },
  checksums: { about: 'checksums of pages, and the insides of indexes', look: checkChecksums, needs: 'database' },
  references: { about: 'rows that lead to rows which are not there', look: checkReferences, needs: 'schema' },
  counters: { about: 'counters of ids behind their column', look: checkCounters, needs: 'schema' },
  counts: { about: 'numbers that are kept beside what they count', look: checkCounts, needs: 'schema' },
  media: { about: 'files of pictures against their rows', look: checkMedia, needs: 'schema' },
  jobs: { about: 'jobs that failed, are late or stuck', look: checkJobs, needs: 'schema' },
  backups: { about: 'the age of backups', look: checkBackups, needs: 'database' },
}

/** What a check may take: then it says so and the next one is begun. One that reads much ends by itself before. */
const usual = { readSeconds: 30, mostSeconds: 60 }
const whole = { readSeconds: Infinity, mostSeconds: 24 * 3600 }

export type Wanted = {
  only: ReadonlySet<string> | undefined
  /** Hears each finding as soon as it is known. */
  tell: (finding: Finding) => void
} & Omit<Around, 'isLate'>

/** What needs no database. */
export async function lookAround(wanted: Wanted): Promise<void> {
  for (const [name, check] of chosen(wanted))
    if (!check.needs) await bounded(name, wanted, async (isLate) => await check.look({ ...wanted, isLate }))
}

/** What needs one. */
export async function lookInside(wanted: Wanted, sql: Sql, target: ConnectionTarget): Promise<void> {
  const firstSeconds = wanted.config.connectTimeoutSeconds + 10
  const first = await within(firstSeconds, checkMigrations({ ...wanted, sql, target, isLate: () => false })).catch(
    (error: unknown) => error,
  )
  const hasSchema = Array.isArray(first) && first.length > 0 && first.every(({ level }) => level !== 'wrong')
  let answers = !(first instanceof NoEnd)
  if (!answers) {
    const words = `PostgreSQL takes connections and then says nothing for ${firstSeconds} seconds.`
    wanted.tell({ check: 'postgresql', ...wrong(words, 'Look at what stands between: a firewall, a proxy, a pooler.') })
  }
  for (const [name, check] of chosen(wanted)) {
    if (!check.needs) continue
    if (!answers) wanted.tell({ check: name, ...ok('Not looked at: PostgreSQL does not answer.') })
    else if (check.needs === 'schema' && !hasSchema)
      wanted.tell({ check: name, ...ok('Not looked at: first the migrations.') })
    else answers = await bounded(name, wanted, async (isLate) => await check.look({ ...wanted, sql, target, isLate }))
  }
}

/** Whether a database is wanted at all. */
export const looksInside = (only: ReadonlySet<string> | undefined): boolean =>
  Object.entries(checks).some(([name, { needs }]) => needs && (only?.has(name) ?? true))

function chosen({ only }: Wanted): [string, Check][] {
  return Object.entries(checks).filter(([name]) => only?.has(name) ?? true)
}

class NoEnd extends Error {}

/** A statement on a connection that was killed may never be answered. */
async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  const done = new AbortController()
  const late = sleep(seconds * 1000, undefined, { ref: false, signal: done.signal }).then(() => {
    throw new NoEnd(`no end after ${seconds} seconds`)
  })
  late.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    done.abort()
  }
}

/** False when it had no end: then whatever is asked next on that connection has none. */
async function bounded(
  name: string,
  { isWhole, tell }: Wanted,
  look: (isLate: () => boolean) => Promise<Told[]>,
): Promise<boolean> {
  const { readSeconds, mostSeconds } = isWhole ? whole : usual
  const begun = performance.now()
  try {
    const told = await within(
      mostSeconds,
      look(() => performance.now() - begun > readSeconds * 1000),
    )
    for (const one of told) tell({ check: name, ...one })
    return true
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const told =
      error instanceof StartError
        ? wrong(reason, 'Do what that says.')
        : wrong(`This could not be looked at: ${reason}.`, `Mend that, and ask again with --only ${name}.`)
    tell({ check: name, ...told })
    return !(error instanceof NoEnd)
  }
}
