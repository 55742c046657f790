import type { MarkdownIt } from 'markdown-it'

/** The content policy forbids inline styles, so a table cell's alignment becomes a class. */
export function alignedCells(parser: MarkdownIt): void {
  parser.core.ruler.push('aligned-cells', (state) => {
    for (const token of state.tokens) {
      const alignment = /^text-align:(left|center|right)$/.exec(String(token.attrGet('style') ?? ''))?.[1]
      if (!alignment) continue
      token.attrs = [['class', `to-${alignment}`]]
    }
  })
}
