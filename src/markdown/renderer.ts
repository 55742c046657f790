// Long texts, and those with code or formulas, are rendered in a thread: some take seconds, by accident or by design, and nobody
// else waits for them longer than for a turn.
import { invalid } from '../errors.ts'
import { once } from '../once.ts'
import { type Turn, inBackground, newLine } from '../threads/line.ts'
import { TooMuch, newThread } from '../threads/thread.ts'
import { text } from '../texts/texts.ts'
import { hasFormula } from './formulas.ts'
import { hasKnownCode } from './languages.ts'
import type { Rendered } from './render.ts'
import { type Surroundings, noSurroundings } from './surroundings.ts'

// The worst text of this length takes a few milliseconds; a page of prose takes one.
const longestInline = 1000
// A request has ten seconds, the wait and the text included: colours take what is left.
const longestAnswerMs = 9000

/** What the thread is asked. */
export type Question = { markdown: string; surroundings: Surroundings; isComment: boolean }

/** What the thread says. The last word on a text with code is in colours. */
export type Answer = { rendered: Rendered; isLast: boolean }

type Options = { turn: Turn; surroundings: Surroundings; isComment: boolean; limitMs: number; coloursMs: number }

// Loaded for the first text that is written here: readers need none of it.
const comments = once(() => import('./comment.ts'))
const posts = once(() => import('./render.ts'))
const inTurn = newLine()
const ask = newThread<Question, Answer>(new URL('render-thread.ts', import.meta.url))

/**
 * As renderMarkdown(), with code in colours, or for a comment as renderComment(). Throws `invalid` for the field `body` when it takes longer than `limitMs` or
 * too much memory, and as newLine() when others come first; colours that take longer than `coloursMs` are left out.
 */
export async function renderSafely(
  markdown: string,
  {
    turn = inBackground,
    surroundings = noSurroundings,
    isComment = false,
    limitMs = 2000,
    coloursMs = 6000,
  }: Partial<Options> = {},
): Promise<Rendered> {
  if (isComment && markdown.length <= longestInline) return (await comments()).renderComment(markdown)
  if (!isComment && markdown.length <= longestInline && !hasKnownCode(markdown) && !hasFormula(markdown))
    return (await posts()).renderMarkdown(markdown, undefined, surroundings)
  const until = turn.purpose === 'background' ? Infinity : Date.now() + longestAnswerMs
  return await inTurn(turn, () =>
    ask({ markdown, surroundings, isComment }, async (next) => {
      const first = await next(limitMs).catch(refuse)
      if (first.isLast) return first.rendered
      const last = await next(Math.min(coloursMs, until - Date.now())).catch(() => first)
      return last.rendered
    }),
  )
}

function refuse(error: unknown): never {
  if (!(error instanceof TooMuch)) throw error
  const message = text('markdown.tooMuch')
  throw invalid(message, { body: message })
}
