// The report of an import as it is read in a terminal.
import { type ImportReport, type TableReport, changes, reasons } from './report.ts'
import { printable } from './bloggy-sqlite/file/refused-file.ts'
import { bytes, duration } from './progress.ts'

const number = (value: number) => value.toLocaleString('en')

export function reportText(report: ImportReport, next: string[]): string {
  const { file, is_rehearsal, result, seconds, proof } = report
  const title = is_rehearsal
    ? `Rehearsed ${file.name} in ${duration(seconds * 1000)}. Nothing was kept.`
    : `Imported ${file.name} in ${duration(seconds * 1000)}: ${result}.`
  const sections = [
    title,
    `${bytes(file.bytes)}, ${file.family}${about(report)}`,
    tableOf(report.tables),
    list('Changed on the way:', report.tables, 'changes', changes),
    list('Kept in import_leftovers:', report.tables, 'kept_aside', reasons),
    proofOf(proof),
    next.length > 0 ? `Next:\n${next.map((line) => `  ${line}`).join('\n')}` : '',
  ]
  return sections.filter(Boolean).join('\n\n')
}

function about({ continues, was_resumed, import_id }: ImportReport): string {
  const parts = [
    import_id === null ? '' : `import ${import_id}`,
    continues === null ? '' : `brings up to date what import ${continues} brought`,
    was_resumed ? 'went on where it was interrupted' : '',
  ].filter(Boolean)
  return parts.length === 0 ? '' : ` · ${parts.join(' · ')}`
}

const columns = [
  ['rows', 'rows'],
  ['copied', 'copied'],
  ['changed', 'changed'],
  ['already_there', 'here before'],
  ['set_aside', 'set aside'],
] as const

function tableOf(tables: TableReport[]): string {
  if (tables.length === 0) return 'The file holds no tables: every one was dropped.'
  const names = tables.map(({ name }) => shortName(name))
  const width = Math.max(5, ...names.map(({ length }) => length))
  const widths = columns.map(([key, title]) => Math.max(title.length, ...tables.map((row) => number(row[key]).length)))
  const line = (name: string, cells: string[]) =>
    `  ${name.padEnd(width)}${cells.map((cell, index) => `  ${cell.padStart(widths[index]!)}`).join('')}`
  const rows = tables.map((row, index) =>
    line(
      names[index]!,
      columns.map(([key]) => (row[key] === 0 && key !== 'rows' ? '·' : number(row[key]))),
    ),
  )
  return [
    line(
      'table',
      columns.map(([, title]) => title),
    ),
    ...rows,
  ].join('\n')
}

/** A line for each name: where, how many, what it means. */
function list(
  title: string,
  tables: TableReport[],
  key: 'changes' | 'kept_aside',
  words: Record<string, string>,
): string {
  const lines = tables.flatMap((table) =>
    Object.entries(table[key]).map(([name, count], index) => ({
      table: index === 0 ? shortName(table.name) : '',
      count: number(count),
      name,
    })),
  )
  if (lines.length === 0) return ''
  const [tableWidth, countWidth] = (['table', 'count'] as const).map((part) =>
    Math.max(...lines.map((line) => line[part].length)),
  )
  const text = lines.map(
    (line) =>
      `  ${line.table.padEnd(tableWidth!)}  ${line.count.padStart(countWidth!)}  ${line.name}: ${words[line.name] ?? ''}`,
  )
  return [title, ...text].join('\n')
}

/** Names come from the file, and may hold what a terminal obeys. */
function shortName(text: string): string {
  const name = printable(text)
  return name.length > 28 ? `${name.slice(0, 27)}…` : name
}

function proofOf({ is_equal, tables, differences, more_differences, pages }: ImportReport['proof']): string {
  const compared = tables.reduce((sum, table) => sum + table.compared, 0)
  const sums = tables.reduce((sum, table) => sum + table.columns.length, 0)
  const lines = [
    `Proof: ${number(compared)} rows of the file were compared with what PostgreSQL holds, and ${sums} checksums of columns` +
      ` ${is_equal ? 'are equal' : 'were made'}. ${pages.as_stored} of ${pages.looked_at} sampled pages are as they are rendered.`,
    ...differences.slice(0, 20).map(({ table, key, what }) => `  ${table} ${key}: ${what}`),
  ]
  const more = more_differences + Math.max(0, differences.length - 20)
  if (more > 0) lines.push(`  … and ${number(more)} more, in the report (--report FILE)`)
  return lines.join('\n')
}
