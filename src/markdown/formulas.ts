// `$…$` in a line and `$$…$$`, in a line or in lines of their own. A dollar that is no bracket stays one: prices are
// written more often than formulas.
import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it'
import { formulaToMathMl, longestFormulas, longestMathMl } from './formula.ts'

/** Whether a text may have a formula. Says yes too often rather than too seldom. */
export function hasFormula(text: string): boolean {
  return text.includes('$')
}

export function formulas(parser: MarkdownIt): void {
  parser.inline.ruler.after('escape', 'formula', inLine)
  parser.block.ruler.before('fence', 'formula-block', inLines, {
    alt: ['paragraph', 'reference', 'blockquote', 'list'],
  })
  parser.renderer.rules.formula = (tokens, index, _, env) => {
    const { content = '', markup = '' } = tokens[index] ?? {}
    const math = mathOf(env, content, markup === '$$')
    return math || parser.utils.escapeHtml(`${markup}${content}${markup}`)
  }
  parser.renderer.rules.formula_block = (tokens, index, _, env) => {
    const { content = '' } = tokens[index] ?? {}
    const math = mathOf(env, content, true)
    const source = () => parser.utils.escapeHtml(`$$\n${content}\n$$`)
    return math ? `<div class="math">${math}</div>\n` : `<p>${source()}</p>\n`
  }
}

/**
 * Undefined beyond what one text may have. Counts the characters of its formulas, and a few for each, since many small ones
 * take as long; and those of the markup shown, of which a column of a table costs ninety and is written with one.
 */
function mathOf(env: Record<string, unknown> = {}, tex: string, isBlock: boolean): string | undefined {
  const length = Number(env.formulaLength ?? 0) + tex.length + forEach
  env.formulaLength = length
  if (length > longestFormulas) return undefined
  const math = formulaToMathMl(tex, isBlock)
  const mathLength = Number(env.mathLength ?? 0) + (math?.length ?? 0)
  if (mathLength > longestMathMl) return undefined
  env.mathLength = mathLength
  return math
}

const forEach = 20

/**
 * Only the next dollar can end a formula, and only when it may: what costs `$5` goes on to the next, and no text is read
 * twice.
 */
function inLine(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state
  if (src.charAt(pos) !== '$' || /[\p{L}\p{N}$]/u.test(src.charAt(pos - 1))) return false
  const markup = src.startsWith('$$', pos) ? '$$' : '$'
  const from = pos + markup.length
  const to = nextDollar(src, from, posMax)
  const content = to < 0 ? '' : src.slice(from, to)
  if (!content || /^\s|\s$|[\n`]/.test(content) || !src.startsWith(markup, to)) return false
  const end = to + markup.length
  if (end > posMax || /[\p{L}\p{N}$]/u.test(src.charAt(end))) return false
  if (!silent) Object.assign(state.push('formula', '', 0), { content, markup })
  state.pos = end
  return true
}

/** Of those that no backslash stands before. */
function nextDollar(text: string, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const character = text.charAt(at)
    if (character === '$') return at
    if (character === '\\') at++
  }
  return -1
}

const mostLines = 100

/** From a line that begins with two dollars to one that ends with two, without an empty one between. */
function inLines(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const lineAt = (line: number) =>
    state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]).trimEnd()
  if ((state.sCount[startLine] ?? 0) - state.blkIndent >= 4) return false
  const first = lineAt(startLine)
  if (!first.startsWith('$$') || first.startsWith('$$$')) return false
  const lines = [first.slice(2)]
  let line = startLine
  while (!lines.at(-1)?.endsWith('$$')) {
    line++
    if (line >= endLine || line - startLine > mostLines || state.isEmpty(line)) return false
    if ((state.sCount[line] ?? 0) < state.blkIndent) return false
    lines.push(lineAt(line))
  }
  const content = lines.join('\n').slice(0, -2).trim()
  if (!content || /(?<!\\)\$|`/.test(content)) return false
  if (silent) return true
  const token = state.push('formula_block', '', 0)
  Object.assign(token, { content, block: true, map: [startLine, line + 1] })
  state.line = line + 1
  return true
}
