import type { DatabaseSync } from 'node:sqlite'
import { type Ignored, type RealTable, quoted } from './real-tables.ts'
import { damaged } from './refused-file.ts'

/**
 * SQLite's own look at every page. Throws RefusedFile for damage; gives sentences about values that the rules of their
 * table do not allow, which are no damage.
 */
export function checkPages(db: DatabaseSync, name: string, tables: RealTable[], ignored: Ignored): string[] {
  const breaches: string[] = []
  for (const { sql } of checks(tables, ignored)) {
    for (const row of db.prepare(sql).all()) {
      const finding = String(Object.values(row)[0])
      if (finding === 'ok') continue
      if (!/^(NULL|NUMERIC|TEXT|non-\w+) value (missing )?(in|from) |^CHECK constraint /.test(finding)) {
        throw damaged(name, finding.split('\n').at(-1) ?? '')
      }
      breaches.push(finding)
    }
  }
  if (breaches.length === 0) return []
  const many = breaches.length === mostFindings ? `${mostFindings} or more` : String(breaches.length)
  return [`${many} values break the rules of their own table: ${breaches[0]}.`]
}

// What SQLite stops at by itself.
const mostFindings = 100

/**
 * Where the check of the whole file would start a virtual table or work out a column, which is somebody else's
 * expression, the tables are looked at one by one, without those.
 */
function checks(tables: RealTable[], ignored: Ignored): { sql: string }[] {
  const isPlain = ({ columns }: RealTable) => columns.every(({ isGenerated }) => !isGenerated)
  if (ignored.virtualTables.length === 0 && tables.every(isPlain)) return [{ sql: 'pragma quick_check' }]
  const names = ['sqlite_schema', ...tables.filter(isPlain).map((table) => table.name)]
  return names.map((table) => ({ sql: `pragma quick_check(${quoted(table)})` }))
}
