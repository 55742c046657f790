// What an inspection found, for a terminal of 80 columns and for programs.
import { bytes } from '../../progress.ts'
import { wrapped } from '../../wrap.ts'
import type { Inspection } from './inspect.ts'
import type { DateRange } from './oddities.ts'
import type { TableFacts } from './recognise.ts'
import { type RefusedFile, printable } from './refused-file.ts'

const width = 80
const mostTables = 40
const mostOfName = 32

export function inspectionText(inspection: Inspection): string {
  const { file, title, family, tables, oddities, notLookedAt, isEmptied } = inspection
  const parts = [
    wrapped(`${printable(file)} is ${article(title)}${title}: family ${family}.`, width),
    facts(inspection),
    tables.length > 0 ? tableOf(tables) : [],
    section('What is odd:', oddities),
    section('Not looked at, as it would take too long:', notLookedAt),
    [isEmptied ? 'There is nothing in it to import.' : 'The file was read only; nothing in it or here has changed.'],
  ]
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

export function inspectionJson(inspection: Inspection): string {
  return JSON.stringify({ format: 'bloggy inspection 1', ...inspection }, null, 2)
}

export function refusalJson(file: string, { reason, message }: RefusedFile): string {
  return JSON.stringify({ format: 'bloggy inspection 1', file, refused: reason, message }, null, 2)
}

function article(title: string): string {
  return title.startsWith('Bloggy') ? 'a ' : ''
}

function facts(inspection: Inspection): string[] {
  const { bytes: size, pages, pageSize, freePages, encoding, tables, posts, comments } = inspection
  const rowsOf = (name: string) => tables.find((table) => table.name.toLowerCase() === name)?.rows ?? 0
  const lines: [string, string][] = [
    ['size', `${bytes(size)}: ${number(pages)} pages of ${pageSize} bytes, ${number(freePages)} of them free`],
    ['text', encoding],
    ['journal', journal(inspection)],
    ['posts', range(rowsOf('posts'), posts)],
    ['comments', range(rowsOf('comments'), comments)],
  ]
  return lines.map(([name, value]) => `  ${name.padEnd(10)}${value}`)
}

function journal({ journalMode, journal: beside }: Inspection): string {
  const lies: Record<Inspection['journal'], string> = {
    none: 'nothing lies beside the file',
    rollback: 'a transaction is running',
    wal: 'read with its -wal, if there is one',
    'hot journal': 'a broken-off transaction was rolled back in the copy',
    'stale journal': 'an old one lies beside the file and says nothing',
    'missing wal': 'its -wal is missing',
  }
  return `${journalMode === 'WAL' ? 'WAL' : 'rollback'}; ${lies[beside]}`
}

function range(rows: number, dates: DateRange | null): string {
  if (rows === 0 || !dates) return number(rows)
  const [from, to] = [dates.first.slice(0, 10), dates.last.slice(0, 10)]
  return from === to ? `${number(rows)} of ${from}` : `${number(rows)} from ${from} to ${to}`
}

function tableOf(tables: TableFacts[]): string[] {
  const shown = tables.slice(0, mostTables)
  const lines = shown.map((table) => [short(printable(table.name)), number(table.rows), remark(table)] as const)
  const rest = tables.slice(mostTables)
  if (rest.length > 0) {
    const rows = rest.reduce((sum, table) => sum + table.rows, 0)
    lines.push([`${number(rest.length)} more tables`, number(rows), remark(rest[0])])
  }
  const nameWidth = Math.max(5, ...lines.map(([name]) => name.length))
  const rowsWidth = Math.max(4, ...lines.map(([, rows]) => rows.length))
  return [['table', 'rows', ''] as const, ...lines].map(([name, rows, about]) =>
    `  ${name.padEnd(nameWidth)}  ${rows.padStart(rowsWidth)}  ${about}`.trimEnd(),
  )
}

function remark(table: TableFacts | undefined): string {
  if (table?.kind === 'framework') return 'of the framework, a leftover'
  if (table?.kind === 'stranger') return "not Bloggy's, a leftover"
  return ''
}

function short(name: string): string {
  return name.length > mostOfName ? `${name.slice(0, mostOfName - 1)}…` : name
}

function section(heading: string, sentences: string[]): string[] {
  return sentences.length === 0
    ? []
    : [heading, ...sentences.flatMap((sentence) => wrapped(sentence, width, '- ', '  '))]
}

function number(value: number): string {
  return value.toLocaleString('en')
}
