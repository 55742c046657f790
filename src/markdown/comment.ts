// The Markdown of comments: emphasis, code, links, lists and quotes. Headings become bold lines, pictures and HTML stay text.
import MarkdownIt from 'markdown-it'
import type { Rendered } from './render.ts'
import { sanitiseComment } from './sanitise.ts'

// Who comments ends a line where it is meant to end.
const parser = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable(['image', 'table', 'hr'])

parser.core.ruler.push('bold_headings', ({ tokens, Token }) => {
  for (const [index, token] of tokens.entries()) {
    if (token.type !== 'heading_open') continue
    const end = tokens[index + 2]
    const children = tokens[index + 1]?.children
    if (!end || !children) continue
    token.type = 'paragraph_open'
    end.type = 'paragraph_close'
    token.tag = end.tag = 'p'
    children.unshift(new Token('strong_open', 'strong', 1))
    children.push(new Token('strong_close', 'strong', -1))
  }
})

/** Any text gives a result; nothing of it can run. */
export function renderComment(markdown: string): Rendered {
  return { html: sanitiseComment(parser.render(markdown)), excerpt: '' }
}
