// What belongs to Bloggy in a database that others may have put something into.
import { readFileSync } from 'node:fs'
import type { Sql } from 'postgres'
import { readServer } from '../db/condition.ts'
import { describeSchema } from '../db/describe.ts'
import { jobsName } from '../db/jobs-schema.ts'
import { listMigrations, readSchemaState, refuseForeign } from '../db/migrate.ts'
import { commandLine } from '../command-line.ts'
import { type Difference, differencesOf, partsOf } from '../doctor/schema-parts.ts'
import { StartError } from '../errors.ts'

const readSchema = () => readFileSync(new URL('../../db/schema.sql', import.meta.url), 'utf8')

/** Whether a table, or a column of one, is of this Bloggy or of one before. */
export function knownTables(): (table: string, column?: string) => boolean {
  const parts = partsOf(readSchema())
  // What a migration takes away or gives another name was ours until then.
  const gone = new Set(
    listMigrations().flatMap(({ text }) =>
      [...text.matchAll(/\b(?:drop (?:table|column)(?: if exists)?|rename(?: column)?) "?(\w+)/gi)].map(
        ([, name = '']) => name,
      ),
    ),
  )
  const names = new Set([...parts.values()].map(({ kind, table, name }) => `${kind} ${table}.${bare(name)}`))
  return (table, column) =>
    column === undefined
      ? names.has(`table ${table}.${table}`) || gone.has(table)
      : names.has(`column ${table}.${column}`) || gone.has(column) || gone.has(table)
}

const bare = (name: string) => name.replaceAll('"', '')

/** Throws a StartError where what a backup takes along could not be restored. */
export async function refuseUnrestorable(sql: Sql): Promise<void> {
  const state = await readSchemaState(sql)
  if (state.applied.length === 0)
    throw new StartError(
      `The database is empty. Run \`${commandLine('start')}\` or \`${commandLine('migrations up')}\` first.`,
    )
  refuseForeign(state)
  if (state.ahead.length > 0)
    throw new StartError(
      `The schema is of a later Bloggy (${state.ahead.join(', ')}). Make the backup with that one: this one does not know all of it.`,
    )
  if (!state.applied.some(({ name }) => name.startsWith('graphile-worker')))
    throw new StartError(`The tables of jobs are missing. Run \`${commandLine('migrations up')}\` first.`)
  // Of an older schema nobody has kept how it was; its backup is made before the upgrade.
  if (state.pending.some((name) => name !== jobsName)) return
  const { version_number } = await readServer(sql)
  const [lost] = differencesOf(readSchema(), await describeSchema(sql)).filter((one) => isInTheWay(one, version_number))
  if (lost)
    throw new StartError(
      `The ${lost.part.kind} ${lost.part.name}${lost.part.kind === 'table' ? '' : ` of ${lost.part.table}`} is ${lost.kind === 'missing' ? 'missing' : 'not as Bloggy made it'}, so a backup of this blog might not be restored. \`${commandLine('doctor --only schema')}\` says what to do.`,
    )
}

/** Rows may be there that the tables of a restore do not take, or lack what these ask for. Foreign keys go along broken. */
function isInTheWay({ kind, part }: Difference, version: number): boolean {
  if (kind === 'extra' || part.text.startsWith('FOREIGN KEY')) return false
  if (part.kind === 'index') return kind === 'missing' && part.text.startsWith('CREATE UNIQUE')
  if (kind === 'missing') return ['table', 'column', 'constraint'].includes(part.kind)
  // Another major version writes the same rules in other words.
  if (part.kind === 'constraint') return version < wordsChangedIn
  if (part.kind !== 'column') return false
  const { text } = partsOf(readSchema()).get(`column ${part.table}.${part.name}`) ?? part
  return shapeOf(text) !== shapeOf(part.text)
}

const wordsChangedIn = 170_000

/** Type and whether it may be empty. */
const shapeOf = (column: string) => column.replace(/ default .*/, '')
