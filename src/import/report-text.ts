// The report of an import as it is read in a terminal.
import { type ImportReport, type TableReport, changes, fatesOf, proofWords, reasons } from './report.ts'
import { printable } from './bloggy-sqlite/file/refused-file.ts'
import { bytes, duration } from './progress.ts'
import { wrapped } from './wrap.ts'
import { text } from '../texts/texts.ts'

/** What is said below the report. Commands are not wrapped, so that they can be copied. */
export type Words = { outcome?: string[]; next: string[]; commands: string[] }

const number = (value: number) => value.toLocaleString('en')

export function reportText(report: ImportReport, { outcome = [], next, commands }: Words, width = Infinity): string {
  const { file, is_rehearsal, result, seconds, proof } = report
  const name = printable(file.name)
  const title = is_rehearsal
    ? `Rehearsed ${name} in ${duration(seconds * 1000)}. Nothing was kept.`
    : `Imported ${name} in ${duration(seconds * 1000)}: ${result}.`
  const sections = [
    wrapped(title, width),
    wrapped(`${bytes(file.bytes)}, ${printable(file.family)}${about(report)}`, width),
    tableOf(report),
    list('Changed on the way:', report.tables, 'changes', changes, width),
    list('Kept in import_leftovers:', report.tables, 'kept_aside', reasons, width),
    proofOf(proof, width),
    outcome.flatMap((sentence) => wrapped(sentence, width)),
    next.length + commands.length > 0
      ? [
          'Next:',
          ...next.flatMap((sentence) => wrapped(sentence, width, '  ', '    ')),
          ...commands.map((line) => `  ${line}`),
        ]
      : [],
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

function about({ continues, was_resumed, import_id }: ImportReport): string {
  const parts = [
    import_id === null ? '' : `import ${import_id}`,
    continues === null ? '' : `brings up to date what import ${continues} brought`,
    was_resumed ? text('imports.wasResumed') : '',
  ].filter(Boolean)
  return parts.length === 0 ? '' : ` · ${parts.join(' · ')}`
}

function tableOf(report: ImportReport): string[] {
  const { tables } = report
  if (tables.length === 0) return [text('imports.noTables')]
  const columns = [['rows', text('imports.rows')] as const, ...fatesOf(report.continues !== null)]
  const names = tables.map(({ name }) => shortName(name))
  const width = Math.max(5, ...names.map(({ length }) => length))
  const widths = columns.map(([key, title]) => Math.max(title.length, ...tables.map((row) => number(row[key]).length)))
  const line = (name: string, cells: string[]) =>
    `  ${name.padEnd(width)}${cells.map((cell, index) => `  ${cell.padStart(widths[index]!)}`).join('')}`
  const titles = columns.map(([, title]) => title)
  const cells = (row: TableReport) =>
    columns.map(([key]) => (row[key] === 0 && key !== 'rows' ? '·' : number(row[key])))
  return [line('table', titles), ...tables.map((row, index) => line(names[index]!, cells(row)))]
}

/** A line for each name: where, how many, what it means. */
function list(
  title: string,
  tables: TableReport[],
  key: 'changes' | 'kept_aside',
  words: Record<string, () => string>,
  width: number,
): string[] {
  const lines = tables.flatMap((table) =>
    Object.entries(table[key]).map(([name, count], index) => ({
      table: index === 0 ? shortName(table.name) : '',
      count: number(count),
      meaning: `${name}: ${words[name]?.() ?? ''}`,
    })),
  )
  if (lines.length === 0) return []
  const [tableWidth, countWidth] = (['table', 'count'] as const).map((part) =>
    Math.max(...lines.map((line) => line[part].length)),
  )
  const rows = lines.flatMap(({ table, count, meaning }) => {
    const start = `  ${table.padEnd(tableWidth!)}  ${count.padStart(countWidth!)}  `
    return wrapped(meaning, width, start, ' '.repeat(start.length))
  })
  return [title, ...rows]
}

/** Names come from the file, and may hold what a terminal obeys. */
function shortName(given: string): string {
  const name = printable(given)
  return name.length > 28 ? `${name.slice(0, 27)}…` : name
}

function proofOf(proof: ImportReport['proof'], width: number): string[] {
  const { differences, more_differences } = proof
  const lines = [
    ...wrapped(`Proof: ${proofWords(proof)}`, width),
    ...differences.slice(0, 20).map(({ table, key, what }) => `  ${table} ${key}: ${what}`),
  ]
  const more = more_differences + Math.max(0, differences.length - 20)
  if (more > 0) lines.push(`  … and ${number(more)} more, in the report (--report FILE)`)
  return lines
}
