// What changed between two texts, word by word.
import type { ChangeObject } from 'diff'
import { load, once } from '../once.ts'

export type Piece = { text: string; change: 'same' | 'added' | 'removed' }

const library = once(() => load('diff') as typeof import('diff'))

// Comparing takes longer the more is different. Within these limits it takes about 20 ms, whatever the texts hold.
const mostInline = { characters: 20_000, maxEditLength: 400 }
// In a thread: for the words, and again for the lines.
const mostMs = 300

/** Word by word, at once. Undefined when the texts are too long for that, or too different. */
export function quickDifference(before: string, after: string): Piece[] | undefined {
  if (before.length + after.length > mostInline.characters) return undefined
  return piecesOf(library().diffWordsWithSpace(before, after, { maxEditLength: mostInline.maxEditLength }))
}

/** Word by word; line by line where that takes too long; undefined where even that does. For a thread. */
export function slowDifference(before: string, after: string): Piece[] | undefined {
  const words = library().diffWordsWithSpace(before, after, { timeout: mostMs })
  if (words) return piecesOf(words)
  const lines = piecesOf(library().diffLines(before, after, { timeout: mostMs }))
  return lines?.some(({ change }) => change === 'same') ? lines : undefined
}

/** All of one and then all of the other. */
export function wholeTexts(before: string, after: string): Piece[] {
  return [
    { text: before, change: 'removed' },
    { text: after, change: 'added' },
  ]
}

function piecesOf(found: ChangeObject<string>[] | undefined): Piece[] | undefined {
  return found?.map(({ value, added, removed }) => ({
    text: value,
    change: added ? 'added' : removed ? 'removed' : 'same',
  }))
}

/** As a page shows it: in one column, and the rows of two. */
export type Layout = { pieces: Piece[]; rows: FoldedRow[]; rowsLeftOut: number }

export const mostRows = 2000

export function layOut(pieces: Piece[]): Layout {
  const rows = folded(sideBySide(pieces))
  return { pieces, rows: rows.slice(0, mostRows), rowsLeftOut: Math.max(0, rows.length - mostRows) }
}

type Row = { before: Piece[]; after: Piece[]; isChanged: boolean }

type FoldedRow = Row | { skipped: number }

/** The same side by side: line by line, as many rows as the longer side needs. */
function sideBySide(pieces: Piece[]): Row[] {
  const rows: Row[] = []
  let left: Piece[][] = [[]]
  let right: Piece[][] = [[]]
  const flush = () => {
    for (let index = 0; index < Math.max(left.length, right.length); index++) {
      const [before, after] = [left[index] ?? [], right[index] ?? []]
      const isChanged = [...before, ...after].some(({ change }) => change !== 'same')
      if (before.length > 0 || after.length > 0) rows.push({ before, after, isChanged })
    }
    left = [[]]
    right = [[]]
  }
  for (const { text, change } of pieces) {
    text.split('\n').forEach((line, index) => {
      // A line break on both sides ends the row on both.
      if (index > 0 && change === 'same') flush()
      else if (index > 0) (change === 'removed' ? left : right).push([])
      if (line === '') return
      if (change !== 'added') left.at(-1)?.push({ text: line, change })
      if (change !== 'removed') right.at(-1)?.push({ text: line, change })
    })
  }
  flush()
  return rows
}

/** Runs of unchanged rows become one, with a few left on both sides of what changed. */
function folded(rows: Row[], around = 2): FoldedRow[] {
  const isNear = rows.map((_, index) =>
    rows.slice(Math.max(0, index - around), index + around + 1).some((row) => row.isChanged),
  )
  const result: FoldedRow[] = []
  rows.forEach((row, index) => {
    const last = result.at(-1)
    if (isNear[index]) result.push(row)
    else if (last && 'skipped' in last) last.skipped++
    else result.push({ skipped: 1 })
  })
  return result
}
