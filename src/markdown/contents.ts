// `[[toc]]` alone in its paragraph becomes a list of the headings. The addresses are those of heading-anchors.ts.
import type { MarkdownIt, Token } from 'markdown-it'
import { wordsOf } from './heading-anchors.ts'

const mostEntries = 500

type Entry = { level: number; id: string; words: string }

/** The first one of a text; a second says nothing new. */
export function contents(parser: MarkdownIt): void {
  parser.core.ruler.after('heading-anchors', 'contents', (state) => {
    const index = state.tokens.findIndex(
      (token, at) =>
        token.type === 'paragraph_open' &&
        token.level === 0 &&
        /^\[\[toc\]\]$/i.test(state.tokens[at + 1]?.content.trim() ?? ''),
    )
    if (index < 0) return
    const entries = entriesOf(state.tokens).slice(0, mostEntries)
    const list = new state.Token('html_block', '', 0)
    list.content = entries.length > 0 ? `<nav class="toc">\n${listOf(entries, parser.utils.escapeHtml)}</nav>\n` : ''
    state.tokens.splice(index, 3, list)
  })
}

/** Headings in quotations and lists belong to those. */
function entriesOf(tokens: Token[]): Entry[] {
  return tokens.flatMap((token, index) => {
    if (token.type !== 'heading_open' || token.level > 0) return []
    const words = wordsOf(tokens[index + 1]?.children ?? []).trim()
    return words ? [{ level: Number(token.tag.slice(1)), id: String(token.attrGet('id')), words }] : []
  })
}

/** A heading that leaves a level out is one level deeper, not two. */
function listOf(entries: Entry[], escape: (text: string) => string): string {
  const open: number[] = []
  let html = ''
  for (const { level, id, words } of entries) {
    // The page's own heading is the first level, so a text's first and second are the same.
    const depth = Math.max(2, level)
    while (open.length > 1 && depth < (open.at(-1) ?? 0)) {
      html += '</li>\n</ul>\n'
      open.pop()
    }
    if (open.length === 0 || depth > (open.at(-1) ?? 0)) {
      html += '<ul>\n'
      open.push(depth)
    } else {
      html += '</li>\n'
      open[open.length - 1] = depth
    }
    html += `<li><a href="#${escape(id)}">${escape(words)}</a>`
  }
  return html + '</li>\n</ul>\n'.repeat(open.length)
}
