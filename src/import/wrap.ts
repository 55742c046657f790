/** The lines of a text: `first` before the first of them, `next` before the others. A word that is wider stays whole. */
export function wrapped(text: string, width: number, first = '', next = ''): string[] {
  const lines: string[] = []
  let line = first
  for (const word of text.split(' ')) {
    const isFresh = line === first || line === next
    if (!isFresh && line.length + 1 + word.length > width) {
      lines.push(line)
      line = next + word
    } else {
      line += isFresh ? word : ` ${word}`
    }
  }
  return [...lines, line]
}

/** How wide lines may be there: as wide as can be read in comfort, and without end where no terminal shows them. */
export function readableWidth({ isTTY, columns }: { isTTY?: boolean; columns?: number }): number {
  return isTTY ? Math.min(columns || widest, widest) : Infinity
}

const widest = 100
