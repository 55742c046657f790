import type { MarkdownIt, Token } from 'markdown-it'

/** `- [ ] to do` and `- [x] done`, as GitHub writes them: list items with a box that cannot be ticked on the page. */
export function taskLists(parser: MarkdownIt): void {
  parser.core.ruler.after('inline', 'task-lists', (state) => {
    state.tokens.forEach((token, index) => {
      const item = state.tokens[index - 2]
      if (token.type !== 'inline' || item?.type !== 'list_item_open') return
      const first = token.children?.[0]
      const mark = /^\[([ xX])\] /.exec(first?.content ?? '')
      if (first?.type !== 'text' || !mark) return
      first.content = first.content.slice(mark[0].length)
      token.children?.unshift(box(state.Token, mark[1] !== ' '))
      item.attrJoin('class', 'task')
    })
  })
}

function box(TokenClass: typeof Token, isDone: boolean): Token {
  const token = new TokenClass('html_inline', '', 0)
  token.content = `<input type="checkbox" disabled${isDone ? ' checked' : ''} aria-label="${isDone ? 'done' : 'to do'}"> `
  return token
}
