// Markdown to HTML that is safe to show. sanitise() is the last step; nothing edits the markup after it.
import MarkdownIt from 'markdown-it'
import footnotes from 'markdown-it-footnote'
import { excerptOf } from './excerpt.ts'
import type { Highlight } from './highlight.ts'
import { sanitise } from './sanitise.ts'
import { alignedCells } from './aligned-cells.ts'
import { type CardNotes, type CardPlace, cards } from './cards.ts'
import { contents } from './contents.ts'
import { figures } from './figures.ts'
import { formulas } from './formulas.ts'
import { headingAnchors } from './heading-anchors.ts'
import { type Surroundings, noSurroundings } from './surroundings.ts'
import { taskLists } from './task-lists.ts'

export const parser = new MarkdownIt({ html: true, linkify: true, typographer: true })
  .use(footnotes)
  .use(formulas)
  .use(taskLists)
  .use(alignedCells)
  .use(headingAnchors)
  .use(figures)
  .use(contents)
  .use(cards)

/** `cards` only where there are some, or could be. */
export type Rendered = { html: string; excerpt: string; cards?: CardPlace[] }

/**
 * CommonMark with tables, footnotes, task lists, figures, formulas, contents, cards and plain HTML. Any text gives a
 * result; markup that could run is dropped.
 */
export function renderMarkdown(
  markdown: string,
  highlight?: Highlight,
  surroundings: Surroundings = noSurroundings,
): Rendered {
  const env: CardNotes = { surroundings }
  const tokens = parser.parse(markdown, env)
  const options = highlight ? { ...parser.options, highlight } : parser.options
  const html = sanitise(parser.renderer.render(tokens, options, env), surroundings.pictures)
  return { html, excerpt: excerptOf(tokens), ...(env.cards && { cards: env.cards }) }
}
