// What is odd about the tables of a file and about the file itself, in sentences.
import type { Ignored, RealTable } from './real-tables.ts'
import { printable } from './refused-file.ts'
import type { TableFacts } from './recognise.ts'

export function aboutTable(facts: TableFacts, table: RealTable | undefined, family: Record<string, string>): string[] {
  if (facts.kind !== 'known') return []
  const { rows, sequence, highestId, columns } = facts
  const name = printable(facts.name)
  const sentences: string[] = []
  if (sequence !== null && rows === 0 && sequence > 0) {
    sentences.push(`sqlite_sequence of ${name} is ${sequence}, and the table is empty.`)
  } else if (sequence !== null && highestId !== null && sequence > highestId) {
    sentences.push(`sqlite_sequence of ${name} is ${sequence}, the highest id ${highestId}.`)
  }
  const usual = family[facts.name.toLowerCase()]?.split(' ') ?? []
  const unusual = columns.unknown.filter((column) => !usual.includes(column.toLowerCase()))
  if (unusual.length > 0) {
    sentences.push(`${name} has columns that no Bloggy had, which are kept as leftovers: ${list(unusual)}.`)
  }
  if (columns.missing.length > 0) sentences.push(`${name} has no ${list(columns.missing)}.`)
  if (columns.generated.length > 0) {
    sentences.push(`${name} has columns that are worked out from others and not read: ${list(columns.generated)}.`)
  }
  if (table && !table.isIdRowid) {
    sentences.push(`The id of ${name} is not the key of its rows: it may be missing, or there twice.`)
  }
  return sentences
}

type File = {
  facts: TableFacts[]
  absent: string[]
  revisions: string[] | undefined
  pages: number
  freePages: number
}

export function aboutFile({ facts, absent, revisions, pages, freePages }: File): string[] {
  const sentences: string[] = []
  if (revisions?.length === 0) sentences.push('emmett_schema is empty: the file does not name its revision.')
  if (revisions && revisions.length > 1)
    sentences.push(`emmett_schema names more than one revision: ${list(revisions)}.`)
  if (absent.length > 0) sentences.push(`These tables are not in the file: ${list(absent)}.`)
  const strangers = facts.filter(({ kind }) => kind === 'stranger').map(({ name }) => name)
  if (strangers.length > 0) sentences.push(`Tables that are not Bloggy's are kept as leftovers: ${list(strangers)}.`)
  if (freePages > 0) {
    sentences.push(
      `${freePages.toLocaleString('en')} of ${pages.toLocaleString('en')} pages are free and may still hold deleted rows: ` +
        'do not publish the file.',
    )
  }
  return sentences
}

export function aboutIgnored({ views, triggers, virtualTables, shadowTables }: Ignored): string[] {
  const kinds = [
    ['views', views],
    ['triggers', triggers],
    ['virtual tables', virtualTables],
    ['tables of virtual tables', shadowTables],
  ] as const
  return kinds
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => `The file has ${kind}, which are not run and not copied: ${list(names)}.`)
}

function list(names: string[]): string {
  const shown = names.slice(0, 8).map(printable)
  if (names.length > shown.length) shown.push(`${(names.length - shown.length).toLocaleString('en')} more`)
  return shown.join(', ')
}
