// What is odd about the rows of a file, counted by SQLite in one pass over each table. No value is ever shown.
import { isUtf8 } from 'node:buffer'
import type { DatabaseSync } from 'node:sqlite'
import { kindOfStoredPassword } from '../../../passwords/legacy.ts'
import { type Question, presentColumn, questionsAbout, sayAstray } from './odd-values.ts'
import { type SourceTable, planOf } from '../plan.ts'
import { type RealTable, columnNamed, quoted } from './real-tables.ts'

export type DateRange = { first: string; last: string }

export type Findings = {
  oddities: string[]
  notLookedAt: string[]
  /** Of posts and comments, as far as their dates begin with year, month and day. */
  ranges: Partial<Record<SourceTable, DateRange>>
}

/** Tables of Bloggy's as they are in this file. */
export type KnownTables = Map<SourceTable, RealTable>

// What SQLite hands to a function of ours stays in memory until its statement ends.
const rowsAtOnce = 5_000
// Sorted in memory or a temporary file, so that each parent is looked up once and in order.
const referencesAtOnce = 1_000_000

/** Looks until the time is over, and names what it did not get to. */
export function findOddities(db: DatabaseSync, tables: KnownTables, limitMs: number): Findings {
  const findings: Findings = { oddities: [], notLookedAt: [], ranges: {} }
  const end = performance.now() + limitMs
  const isOver = () => performance.now() > end
  // Node puts U+FFFD where bytes are no UTF-8. Only where it stands are the bytes themselves looked at.
  const options = { deterministic: true, directOnly: true }
  db.function('is_doubtful', options, (value) => (typeof value === 'string' && value.includes('\ufffd') ? 1 : 0))
  db.function('is_utf8', options, (value) => (value instanceof Uint8Array && isUtf8(value) ? 1 : 0))
  const look = (subject: string, ask: () => string[]) => {
    try {
      if (isOver()) findings.notLookedAt.push(subject)
      else findings.oddities.push(...ask())
    } catch (error) {
      // "String or blob too big": the import passes over such a value by itself.
      if (!(error instanceof Error) || !('errcode' in error) || error.errcode !== 18) throw error
      findings.notLookedAt.push(subject)
    }
  }
  for (const [source, table] of tables) {
    look(`the rows of ${source}`, () => {
      const { counts, range, seen, isWhole } = scan(db, table, questionsAbout(source, table), isOver)
      if (range) findings.ranges[source] = range
      if (!isWhole) findings.notLookedAt.push(`the rows of ${source} after the first ${seen.toLocaleString('en')}`)
      return counts
    })
    for (const column of planOf(source).columns) {
      const { to } = column
      const name = presentColumn(table, column)?.name
      if (!to || !name) continue
      look(`${source}.${name}`, () => {
        const count = countOrphans(db, table, quoted(name), tables.get(to), isOver)
        if (count === undefined) findings.notLookedAt.push(`${source}.${name}`)
        return count ? [sayAstray(count, source, name, to)] : []
      })
    }
    for (const columns of unique[source] ?? []) {
      look(`repeated rows of ${source}`, () => repeated(db, source, table, columns))
    }
    if (source === 'users') {
      look('addresses that are used twice', () => sharedAddresses(db, table))
      look('passwords in clear text', () => clearPasswords(db, table, isOver))
    }
  }
  return findings
}

/** What here is unique and was not always so in the old blog. */
const unique: Partial<Record<SourceTable, string[][]>> = {
  auth_groups: [['role']],
  auth_memberships: [['user', 'auth_group']],
  roles: [['name']],
  user_roles: [['user', 'role']],
  role_permissions: [['role', 'permission']],
  oauth_accounts: [['provider', 'provider_user_id']],
}

type Scan = { counts: string[]; range: DateRange | undefined; seen: number; isWhole: boolean }

/** All questions in one pass, a stretch of rows at a time, so that it can end when the time is over. */
function scan(db: DatabaseSync, table: RealTable, questions: Question[], isOver: () => boolean): Scan {
  const date = columnNamed(table.columns, 'date')
  const when =
    date && !date.isGenerated ? `case when ${isDay(quoted(date.name))} then ${quoted(date.name)} end` : 'null'
  const asked = questions.map(({ sql }) => `count(*) filter (where ${sql})`)
  const sql = `select count(*), min(${when}), max(${when}), ${[...asked, '0'].join(', ')} from ${quoted(table.name)}`
  const totals = questions.map(() => 0)
  let [first, last, seen, isWhole] = [undefined as string | undefined, undefined as string | undefined, 0, true]
  const add = (row: unknown[]) => {
    const [count, from, to, ...counts] = row
    seen += Number(count)
    if (typeof from === 'string' && (first === undefined || from < first)) first = from
    if (typeof to === 'string' && (last === undefined || to > last)) last = to
    for (const index of totals.keys()) totals[index] = (totals[index] ?? 0) + Number(counts[index])
  }
  const statement = db.prepare(sql + within(table))
  statement.setReturnArrays(true)
  for (const bounds of stretches(db, table, rowsAtOnce)) {
    if (isOver() && seen > 0) {
      isWhole = false
      break
    }
    add(statement.get(...bounds) as unknown as unknown[])
  }
  const found = questions.flatMap(({ say }, index) => (totals[index] ? say(totals[index]) : []))
  return {
    counts: found,
    range: first === undefined || last === undefined ? undefined : { first, last },
    seen,
    isWhole,
  }
}

function within({ rowid }: RealTable): string {
  return rowid ? ` where ${rowid} > ? and ${rowid} <= ?` : ''
}

/** What to put into within(), one stretch of rows after the other; a table without rowids is one. */
function* stretches(db: DatabaseSync, { name, rowid }: RealTable, size: number): Generator<bigint[]> {
  if (!rowid) return yield []
  const next = db.prepare(
    `select max(key) as last
      from (select ${rowid} as key from ${quoted(name)} where ${rowid} > ? order by ${rowid} limit ${size})`,
  )
  next.setReadBigInts(true)
  // The smallest of all cannot be passed: a row there would be the only one not looked at.
  let after = -9223372036854775808n
  for (;;) {
    const last = next.get(after)?.last
    if (typeof last !== 'bigint') return
    yield [after, last]
    after = last
  }
}

/** Undefined when the time was over. */
function countOrphans(
  db: DatabaseSync,
  table: RealTable,
  reference: string,
  parent: RealTable | undefined,
  isOver: () => boolean,
): number | undefined {
  const id = parent && columnNamed(parent.columns, 'id')
  const ids = id && !id.isGenerated ? `select ${quoted(id.name)} from ${quoted(parent.name)}` : undefined
  const isThere = parent?.isIdRowid
    ? `exists (select 1 from ${quoted(parent.name)} as parent where parent.${parent.rowid} = found.reference)`
    : `found.reference in (${ids})`
  const statement = db.prepare(
    `select coalesce(sum(n), 0) as n
      from (select ${reference} as reference, count(*) as n from ${quoted(table.name)} ${within(table)} group by 1) as found
      where typeof(reference) = 'integer' ${ids ? `and not ${isThere}` : ''}`,
  )
  let orphans = 0
  for (const bounds of stretches(db, table, referencesAtOnce)) {
    if (isOver()) return undefined
    orphans += Number(statement.get(...bounds)?.n)
  }
  return orphans
}

function repeated(db: DatabaseSync, source: SourceTable, table: RealTable, columns: string[]): string[] {
  const names = columns.map((name) => columnNamed(table.columns, name))
  if (names.some((column) => column === undefined || column.isGenerated)) return []
  // Names of roles are the same in capitals; numbers have none.
  const keys = names.map((column) => `lower(${quoted(column?.name ?? '')})`)
  const isNamed = keys.map((key) => `${key} is not null`).join(' and ')
  const count = countOf(
    db,
    `select coalesce(sum(n - 1), 0) as n
      from (select count(*) as n from ${quoted(table.name)} where ${isNamed} group by ${keys.join(', ')})`,
  )
  if (count === 0) return []
  const rows = count === 1 ? `1 row of ${source} has` : `${count.toLocaleString('en')} rows of ${source} have`
  return [`${rows} the same ${columns.join(' and ')} as an earlier row.`]
}

function sharedAddresses(db: DatabaseSync, table: RealTable): string[] {
  const email = columnNamed(table.columns, 'email')
  if (!email || email.isGenerated) return []
  const key = `lower(trim(${quoted(email.name)}))`
  const count = countOf(
    db,
    `select coalesce(sum(n), 0) as n
      from (select count(*) as n from ${quoted(table.name)} where ${key} <> '' group by ${key} having count(*) > 1)`,
  )
  return count === 0 ? [] : [`${count.toLocaleString('en')} users share an address with another user.`]
}

/** The usual hash is told apart by SQLite, the few others here, by the rule of the import itself. */
function clearPasswords(db: DatabaseSync, table: RealTable, isOver: () => boolean): string[] {
  const column = columnNamed(table.columns, 'password')
  if (!column || column.isGenerated) return []
  const password = quoted(column.name)
  const statement = db.prepare(
    `select cast(substr(${password}, 1, 1000) as text) as password from ${quoted(table.name)}
      where ${password} <> '' and ${password} not glob 'pbkdf2(2000,20,sha512)$????????????????$[0-9a-f]*'`,
  )
  const counts = { clear: 0, unverifiable: 0, argon2id: 0, legacy: 0 }
  let seen = 0
  for (const row of statement.iterate()) {
    counts[kindOfStoredPassword(String(row.password))]++
    if (++seen % 10_000 === 0 && isOver()) break
  }
  const { clear, unverifiable } = counts
  return [
    ...(clear > 0
      ? [`${clear.toLocaleString('en')} ${clear === 1 ? 'password is' : 'passwords are'} kept in clear text.`]
      : []),
    ...(unverifiable > 0
      ? [
          `${unverifiable.toLocaleString('en')} ${unverifiable === 1 ? 'password is' : 'passwords are'} kept in a form ` +
            'that nobody can verify.',
        ]
      : []),
  ]
}

function isDay(column: string): string {
  return `typeof(${column}) = 'text' and ${column} glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'`
}

function countOf(db: DatabaseSync, sql: string): number {
  return Number(db.prepare(sql).get()?.n)
}
