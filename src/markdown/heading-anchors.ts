// Every heading has an address of its own. sanitise.ts lets exactly this form pass.
import type { MarkdownIt, Token } from 'markdown-it'
import { slugOf } from '../slug.ts'

/** No id of the page itself begins so; a test compares. */
export const anchorPrefix = 'h-'

export function headingAnchors(parser: MarkdownIt): void {
  parser.core.ruler.push('heading-anchors', (state) => {
    const claim = claims()
    state.tokens.forEach((heading, index) => {
      const line = state.tokens[index + 1]
      if (heading.type !== 'heading_open' || line?.type !== 'inline') return
      line.children ??= []
      const id = claim(anchorPrefix + slugOf(wordsOf(line.children), 'section'))
      heading.attrSet('id', id)
      line.children.push(...linkTo(id, state.Token))
    })
  })
}

/** Names a writer sees: `Notes`, `Notes` and `Notes 2` become notes, notes-2 and notes-2-2. */
function claims(): (base: string) => string {
  const taken = new Set<string>()
  const counts = new Map<string, number>()
  return (base) => {
    let id = base
    let count = counts.get(base) ?? 1
    while (taken.has(id)) id = `${base}-${++count}`
    counts.set(base, count)
    taken.add(id)
    return id
  }
}

/** Without its marks, and with the source of a formula. */
export function wordsOf(tokens: Token[]): string {
  return tokens
    .map(({ type, content }) => {
      if (type === 'softbreak' || type === 'hardbreak') return ' '
      return type === 'text' || type === 'code_inline' || type === 'image' || type === 'formula' ? content : ''
    })
    .join('')
}

/**
 * For the pointer alone, and without text: the heading is read, copied and fed to readers' programs without a `#`, and
 * the way through the page by keyboard gets no longer. The sign is in the stylesheet.
 */
function linkTo(id: string, TokenClass: typeof Token): Token[] {
  const open = new TokenClass('link_open', 'a', 1)
  open.attrs = [
    ['class', 'anchor'],
    ['href', `#${id}`],
    ['aria-hidden', 'true'],
    ['tabindex', '-1'],
  ]
  return [open, new TokenClass('link_close', 'a', -1)]
}
