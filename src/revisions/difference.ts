// What changed between two texts, word by word.
import { diffLines, diffWordsWithSpace } from 'diff'

export type Piece = { text: string; change: 'same' | 'added' | 'removed' }

// Comparing words takes longer the more they differ; after this, lines have to do.
const mostMs = 300

/** Word by word; line by line where that takes too long; where even that does, all of one and then all of the other. */
export function differenceOf(before: string, after: string): Piece[] {
  const found =
    diffWordsWithSpace(before, after, { timeout: mostMs }) ?? diffLines(before, after, { timeout: mostMs }) ?? []
  if (found.length === 0 && before !== after) {
    return [
      { text: before, change: 'removed' },
      { text: after, change: 'added' },
    ]
  }
  return found.map(({ value, added, removed }) => ({
    text: value,
    change: added ? 'added' : removed ? 'removed' : 'same',
  }))
}

export type Row = { before: Piece[]; after: Piece[]; isChanged: boolean }

/** The same side by side: line by line, as many rows as the longer side needs. */
export function sideBySide(pieces: Piece[]): Row[] {
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
export function folded(rows: Row[], around = 2): (Row | { skipped: number })[] {
  const isNear = rows.map((_, index) =>
    rows.slice(Math.max(0, index - around), index + around + 1).some((row) => row.isChanged),
  )
  const result: (Row | { skipped: number })[] = []
  rows.forEach((row, index) => {
    const last = result.at(-1)
    if (isNear[index]) result.push(row)
    else if (last && 'skipped' in last) last.skipped++
    else result.push({ skipped: 1 })
  })
  return result
}
