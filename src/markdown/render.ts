// Markdown to HTML that is safe to show. sanitise() is the last step; nothing edits the markup after it.
import MarkdownIt from 'markdown-it'
import footnotes from 'markdown-it-footnote'
import { excerptOf } from './excerpt.ts'
import { sanitise } from './sanitise.ts'
import { alignedCells } from './aligned-cells.ts'
import { taskLists } from './task-lists.ts'

const parser = new MarkdownIt({ html: true, linkify: true, typographer: true })
  .use(footnotes)
  .use(taskLists)
  .use(alignedCells)

export type Rendered = { html: string; excerpt: string }

/** CommonMark with tables, footnotes, task lists and plain HTML. Any text gives a result; markup that could run is dropped. */
export function renderMarkdown(markdown: string): Rendered {
  const env = {}
  const tokens = parser.parse(markdown, env)
  return { html: sanitise(parser.renderer.render(tokens, parser.options, env)), excerpt: excerptOf(tokens) }
}
