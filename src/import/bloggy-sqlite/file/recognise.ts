// What a file is: which of the old Bloggys wrote it, what it holds and what is odd about it, or why it is none.
import type { DatabaseSync } from 'node:sqlite'
import { checkPages } from './check-pages.ts'
import { emptied, nearestFamily, signsOf } from './families.ts'
import { aboutFile, aboutIgnored, aboutTable } from './odd-tables.ts'
import { type DateRange, type KnownTables, findOddities } from './oddities.ts'
import { readable } from './open.ts'
import { extrasTable, frameworkTables, plan } from '../plan.ts'
import { type Ignored, type RealTable, columnNamed, listRealTables, quoted } from './real-tables.ts'
import { RefusedFile, printable } from './refused-file.ts'

export type TableFacts = {
  name: string
  rows: number
  /** 'framework': the old framework's own, which has no home here. */
  kind: 'known' | 'framework' | 'stranger'
  columns: {
    known: string[]
    /** Here has no place for them: their values are kept as leftovers. */
    unknown: string[]
    /** What the nearest family has and this table has not. */
    missing: string[]
    /** Worked out from other columns, and not read. */
    generated: string[]
  }
  /** What sqlite_sequence says; null when it says nothing, or nothing that could be an id. */
  sequence: number | null
  /** Null for an empty table, and where `id` is not the key of the rows. */
  highestId: number | null
}

export type Recognised = {
  /** 'F1' … 'F15', or 'near F12' when tables or columns differ. */
  family: string
  /** In plain words: "Bloggy of October 2025 with roles and OAuth (revision b2c3d4e5f6g7)". */
  title: string
  /** What emmett_schema says, which alone does not tell the family. */
  revision: string | null
  encoding: string
  pageSize: number
  pages: number
  freePages: number
  tables: TableFacts[]
  posts: DateRange | null
  comments: DateRange | null
  /** Plain sentences. */
  oddities: string[]
  /** What was not looked at because the file is so large. */
  notLookedAt: string[]
  /** Every table was dropped: there is nothing to import. */
  isEmptied: boolean
}

const oddityMs = 20_000

/** Throws RefusedFile, which calls the file by this name. */
export function recognise(db: DatabaseSync, name: string, limitMs = oddityMs): Recognised {
  try {
    return look(db, name, limitMs)
  } catch (error) {
    throw readable(name, error, db.location() ?? name)
  }
}

function look(db: DatabaseSync, name: string, limitMs: number): Recognised {
  const { tables, ignored } = listRealTables(db)
  const isEmptied = tables.length === 0 && hasSequences(db)
  if (!isEmptied) refuseStrangers(db, name, tables)
  refuseViews(name, ignored)
  const encoding = String(pragma(db, 'encoding'))
  if (encoding !== 'UTF-8') throw notUtf8(name, encoding)
  const breaches = checkPages(db, name, tables, ignored)
  const known = knownTables(tables)
  const { family, isExact } = nearestFamily(tables, signsOf(tables, hasUniqueEmails(db, known)))
  const revisions = findRevisions(db, tables)
  const title = isEmptied ? emptied.title : family.title
  const facts = tables.map((table) => factsOf(db, table, family.tables))
  const findings = findOddities(db, known, limitMs)
  const [pages, freePages] = [Number(pragma(db, 'page_count')), Number(pragma(db, 'freelist_count'))]
  const absent = isEmptied ? [] : Object.keys(family.tables).filter((wanted) => !facts.some(isNamed(wanted)))
  return {
    family: isEmptied ? emptied.name : isExact ? family.name : `near ${family.name}`,
    title: revisions?.[0] ? `${title} (revision ${printable(revisions[0])})` : title,
    revision: revisions?.[0] ?? null,
    encoding,
    pageSize: Number(pragma(db, 'page_size')),
    pages,
    freePages,
    tables: facts,
    posts: findings.ranges.posts ?? null,
    comments: findings.ranges.comments ?? null,
    oddities: [
      ...findings.oddities,
      ...breaches,
      ...facts.flatMap((table) => aboutTable(table, tables.find(isNamed(table.name)), family.tables)),
      ...aboutFile({ facts, absent, revisions, pages, freePages }),
      ...aboutIgnored(ignored),
    ],
    notLookedAt: findings.notLookedAt,
    isEmptied,
  }
}

function refuseStrangers(db: DatabaseSync, name: string, tables: RealTable[]): void {
  const has = (table: string, ...columns: string[]) => {
    const found = tables.find(isNamed(table))
    return found !== undefined && columns.every((column) => columnNamed(found.columns, column))
  }
  if (has('posts', 'title', 'text') || has('users', 'email', 'password', 'first_name')) return
  if (tables.length === 0) {
    throw new RefusedFile(
      'no tables',
      `${printable(name)} is an SQLite database without a table: nothing was ever written into it. The old blog's data ` +
        'lies in another file.',
    )
  }
  if (has('users', 'username', 'email', 'role') && !has('users', 'password')) {
    const people = count(db, tables.find(isNamed('users'))?.name ?? 'users')
    throw new RefusedFile(
      'demo',
      `${printable(name)} is the file of a demonstration that lay beside Bloggy: its table "users" holds ${people} made-up ` +
        'people without passwords, and it has no posts. The blog is in another file, such as bloggy.db or main.db.',
    )
  }
  const names = tables.slice(0, 5).map((table) => printable(table.name))
  if (tables.length > names.length) names.push(`${tables.length - names.length} more`)
  throw new RefusedFile(
    'another program',
    `${printable(name)} belongs to another program: its tables are ${names.join(', ')}, and a Bloggy has posts with title ` +
      'and text, or users with email, password and first_name. Name the file of the old blog.',
  )
}

/** Passed over like other views, one with the name of a table of Bloggy would lose its rows without a word. */
function refuseViews(name: string, { views, virtualTables }: Ignored): void {
  const isOfBloggy = (view: string) => plan.some(({ source }) => source === view.toLowerCase())
  const view = views.find(isOfBloggy)
  const found = view ?? virtualTables.find(isOfBloggy)
  if (found === undefined) return
  throw new RefusedFile(
    'not a table',
    `In ${printable(name)}, ${found} is a ${view === undefined ? 'virtual table' : 'view'}, which is not run, so its rows ` +
      `would be missing. Make a table of it in a copy of the file, and import that: sqlite3 copy.db "create table rows_of_it ` +
      `as select * from ${found}; drop ${view === undefined ? 'table' : 'view'} ${found}; alter table rows_of_it rename to ${found}"`,
  )
}

function notUtf8(name: string, encoding: string): RefusedFile {
  return new RefusedFile(
    'UTF-16',
    `${printable(name)} keeps its text as ${encoding}, which no Bloggy ever did. Make a copy in UTF-8 and import that: ` +
      'sqlite3 FILE .dump | sqlite3 copy.db',
  )
}

function factsOf(db: DatabaseSync, table: RealTable, family: Record<string, string>): TableFacts {
  const source = table.name.toLowerCase()
  const planned = plan.find((one) => one.source === source)
  const kind = planned || source === extrasTable ? 'known' : frameworkTables.includes(source) ? 'framework' : 'stranger'
  const homes = new Set(['id', ...(planned?.columns.flatMap((column) => [column.source, column.alias]) ?? [])])
  const read = table.columns.filter(({ isGenerated }) => !isGenerated).map((column) => column.name)
  const isKnown = (column: string) => (planned ? homes.has(column.toLowerCase()) : kind !== 'stranger')
  return {
    name: table.name,
    rows: count(db, table.name),
    kind,
    columns: {
      known: read.filter(isKnown),
      unknown: read.filter((column) => !isKnown(column)),
      missing: ((Object.hasOwn(family, source) && family[source]?.split(' ')) || []).filter(
        (column) => !columnNamed(table.columns, column),
      ),
      generated: table.columns.filter(({ isGenerated }) => isGenerated).map((column) => column.name),
    },
    sequence: kind === 'stranger' ? null : sequenceOf(db, table.name),
    highestId: table.isIdRowid ? numberOf(db, `select max(${table.rowid}) as n from ${quoted(table.name)}`) : null,
  }
}

function knownTables(tables: RealTable[]): KnownTables {
  return new Map(
    plan.flatMap(({ source }) => {
      const real = tables.find(isNamed(source))
      return real ? [[source, real] as const] : []
    }),
  )
}

/** Undefined without the table that names them. */
function findRevisions(db: DatabaseSync, tables: RealTable[]): string[] | undefined {
  const table = tables.find(isNamed('emmett_schema'))
  const version = table && columnNamed(table.columns, 'version')
  if (!version || version.isGenerated) return undefined
  const column = quoted(version.name)
  const rows = db
    .prepare(
      `select substr(cast(${column} as text), 1, 40) as version from ${quoted(table.name)} where ${column} <> ''`,
    )
    .all()
  return rows.slice(0, 10).map((row) => String(row.version))
}

function hasSequences(db: DatabaseSync): boolean {
  const found = db.prepare(`select 1 from sqlite_schema where name = 'sqlite_sequence' and type = 'table'`).get()
  return found !== undefined
}

/** Others may have written there what they liked, also twice. */
function sequenceOf(db: DatabaseSync, table: string): number | null {
  if (!hasSequences(db)) return null
  return numberOf(
    db,
    `select max(seq) as n from sqlite_sequence
      where lower(name) = lower(?) and typeof(seq) = 'integer' and seq between 0 and ${Number.MAX_SAFE_INTEGER}`,
    table,
  )
}

function hasUniqueEmails(db: DatabaseSync, known: KnownTables): boolean {
  const users = known.get('users')
  if (!users) return false
  const indexes = db.prepare(`pragma index_list(${quoted(users.name)})`).all()
  return indexes
    .filter((index) => index.unique === 1 && index.partial === 0)
    .map((index) => db.prepare(`pragma index_info(${quoted(String(index.name))})`).all())
    .some((columns) => columns.length === 1 && String(columns[0]?.name).toLowerCase() === 'email')
}

function isNamed(name: string): (table: { name: string }) => boolean {
  return (table) => table.name.toLowerCase() === name.toLowerCase()
}

function count(db: DatabaseSync, table: string): number {
  return numberOf(db, `select count(*) as n from ${quoted(table)}`) ?? 0
}

function numberOf(db: DatabaseSync, sql: string, ...values: string[]): number | null {
  const statement = db.prepare(sql)
  statement.setReadBigInts(true)
  const found = statement.get(...values)?.n
  return found === null || found === undefined ? null : Number(found)
}

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0]
}
