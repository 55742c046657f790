// A file by chance: a family, as many rows as it happens to have, and dirt wherever it happens to fall.
import type { DatabaseSync } from 'node:sqlite'
import { create, quoted, setSequence } from './families.ts'
import { type Dirt, insertDirt, loosened } from './marks.ts'
import { type Chance, type Ids, badText, chanceFrom, plainMoment, valueFor, words } from './random-values.ts'
import { type Family, type Table, families, revisionOf, schemaOf } from './schemas.ts'
import { seedGrants, seedPermissions, seedRoles } from './seed.ts'

/** `rows` counts every table of the file, strangers' too. */
export type RandomFile = { seed: number; family: Family; dirt: number; rows: Record<string, number> }

const mostRows = 60

/** The same seed gives the same file. In a third of them every value has the form it should have. */
export function buildRandom(path: string, seed: number): RandomFile {
  const chance = chanceFrom(seed)
  const family = chance.pick(families.filter((name) => name !== 'F2'))
  const dirt = chance.pick([0, 0.03, 0.2])
  const db = create(path, { pageSize: chance.pick([512, 1024, 4096, 4096, 65_536]) })
  db.exec('begin')
  const { tables, indexes } = schemaOf(family)
  const ids: Ids = {}
  for (const table of tables) {
    const isLoose = dirt > 0 && chance.happens(0.6)
    const more = isLoose && chance.happens(0.3) ? ['likes', '"Mixed ""Name"""'] : []
    db.exec(isLoose ? loosened(table, ...more) : table.sql)
  }
  for (const sql of indexes) db.exec(sql)
  // Rows name rows of other tables, some of which come later in the file.
  for (const table of inOrder(tables)) ids[table.name] = fillTable(db, chance, table, ids, family, dirt)
  if (dirt > 0 && chance.happens(0.5)) addStrangers(db, chance)
  for (const { name } of tables) if (chance.happens(0.2)) setSequence(db, name, 100 + chance.below(5000))
  db.exec('commit')
  const rows = countRows(db)
  db.close()
  return { seed, family, dirt, rows }
}

function fillTable(
  db: DatabaseSync,
  chance: Chance,
  table: Table,
  ids: Ids,
  family: Family,
  dirt: number,
): Ids[string] {
  const seed = seedRows(table.name, family)
  const written: Ids[string] = []
  const add = (row: Record<string, Dirt>) => {
    if (tryInsert(db, table.name, row)) written.push(row.id as number | bigint)
  }
  if (table.name === 'emmett_schema' || (seed && chance.happens(0.6))) for (const row of seed ?? []) add(row)
  if (table.name === 'emmett_schema') return written
  const columns = columnsOf(db, table.name)
  const count = chance.happens(0.1) ? 0 : chance.below(mostRows + 1)
  let last = written.length
  for (let n = 0; n < count; n++) {
    last += chance.happens(0.1) ? 1 + chance.below(40) : 1
    const id = chance.happens(dirt / 4) ? chance.pick(strangeIds) : last
    const row = columns.map((column) => [column, valueFor(chance, table.name, column, ids, dirt)])
    add(named(chance, table.name, { id, ...Object.fromEntries(row) }, dirt))
  }
  return written
}

/** A permission is called by its parts, if nobody renamed it. */
function named(chance: Chance, table: string, row: Record<string, Dirt>, dirt: number): Record<string, Dirt> {
  if (table !== 'permissions' || chance.happens(dirt)) return row
  return { ...row, name: [row.resource, row.action, row.scope].filter(Boolean).join('.') }
}

const strangeIds = [
  0,
  -5,
  -1,
  3_000_000_000,
  2 ** 48,
  2 ** 48 + 1,
  2 ** 52,
  2 ** 52 + 1,
  9_007_199_254_740_993n,
  -9_223_372_036_854_775_808n,
]

function seedRows(table: string, family: Family): Record<string, Dirt>[] | undefined {
  const revision = revisionOf(family)
  if (table === 'emmett_schema') return revision === null ? [] : [{ id: 1, version: revision }]
  if (table === 'roles') return seedRoles
  if (table === 'permissions') return seedPermissions
  if (table === 'role_permissions') return seedGrants
  return undefined
}

/** False for a row that the table itself does not take, which the old blog could not have written either. */
function tryInsert(db: DatabaseSync, table: string, row: Record<string, Dirt>): boolean {
  try {
    insertDirt(db, table, row)
    return true
  } catch (error) {
    if (/constraint failed/.test(String(error))) return false
    throw error
  }
}

function inOrder(tables: Table[]): Table[] {
  const first = ['users', 'auth_groups', 'roles', 'permissions', 'posts', 'oauth_accounts']
  const isFirst = ({ name }: Table) => first.includes(name)
  return [...tables.filter(isFirst), ...tables.filter((table) => !isFirst(table))]
}

function columnsOf(db: DatabaseSync, table: string): string[] {
  const columns = db.prepare('select name from pragma_table_info(?)').all(table)
  return columns.map(({ name }) => String(name)).filter((name) => name !== 'id')
}

function addStrangers(db: DatabaseSync, chance: Chance): void {
  const strangers: [string, string][] = [
    ['Weird "Table"', 'id integer primary key, "Col\'umn" text, data blob'],
    ['options', 'name text primary key, value'],
    ['logbook', 'what, at timestamp'],
    ['posts_backup', 'id, title, text, "date", user'],
  ]
  for (const [name, columns] of strangers) {
    if (chance.happens(0.5)) continue
    db.exec(`create table ${quoted(name)} (${columns}) ${name === 'options' ? 'without rowid' : ''}`)
    const names = db.prepare('select name from pragma_table_info(?)').all(name)
    for (let n = chance.below(20); n > 0; n--) {
      const row = names.map(({ name: column }): [string, Dirt] => {
        if (column === 'id' || column === 'name') return [String(column), n]
        if (column === 'at') return ['at', plainMoment(chance)]
        return [String(column), chance.happens(0.3) ? badText(chance) : words(chance, 6)]
      })
      insertDirt(db, name, Object.fromEntries(row))
    }
  }
  if (hasTable(db, 'posts') && chance.happens(0.5))
    db.exec('create view newest as select * from posts order by date desc')
}

function hasTable(db: DatabaseSync, name: string): boolean {
  return db.prepare(`select 1 from sqlite_schema where type = 'table' and name = ?`).get(name) !== undefined
}

function countRows(db: DatabaseSync): Record<string, number> {
  const tables = db.prepare(
    `select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'`,
  )
  const counts = tables.all().map(({ name }): [string, number] => {
    const found = db.prepare(`select count(*) as count from ${quoted(String(name))}`).get()
    return [String(name), Number(found?.count)]
  })
  return Object.fromEntries(counts)
}
