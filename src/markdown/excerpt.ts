import type { Token } from 'markdown-it'
import { formulaWords } from './formula-words.ts'

const longest = 240
const segmenter = new Intl.Segmenter()

/**
 * The first words of a text without its markup, cut between words and never inside a character. Headings and tables are
 * no sentences, and make none one after the other.
 */
export function excerptOf(tokens: Token[]): string {
  let text = ''
  let isLeftOut = false
  for (const token of tokens) {
    if (token.type === 'footnote_block_open') break
    if (token.type === 'heading_open' || token.type === 'table_open') isLeftOut = true
    if (token.type === 'heading_close' || token.type === 'table_close') isLeftOut = false
    if (token.type !== 'inline' || isLeftOut) continue
    text += `${plain(token.children ?? [])} `
    if (text.length > longest * 4) break
  }
  return excerptOfText(text)
}

/** The same of text that has no markup. */
export function excerptOfText(text: string): string {
  // What is cut off need not be looked at; blanks in a row make one, so more is looked at than is kept.
  const few = withoutBlanks(text.slice(0, longest * 1.5))
  if (few.length > longest && isSimple(few)) return shortened(few.slice(0, longest))
  const start = withoutBlanks(text.slice(0, longest * 5))
  if (start.length > longest * 4 || text.length <= longest * 5) return cut(start)
  return cut(withoutBlanks(text.slice(0, longest * 16)))
}

function withoutBlanks(text: string): string {
  return text
    .replace(/[\ud800-\udbff]$/, '')
    .replace(/\s+/gu, ' ')
    .trim()
}

function plain(tokens: Token[]): string {
  let hidden = ''
  return tokens
    .map((token) => {
      // What stands in a script or style element is dropped from the page, so it is no text.
      const tag =
        token.type === 'html_inline' && /^<(\/?)(script|style|textarea|option|noscript)\b/i.exec(token.content)
      if (tag) hidden = tag[1] ? '' : String(tag[2])
      if (hidden) return ''
      if (token.type === 'formula') return formulaWords(token.content)
      if (token.type === 'text' || token.type === 'code_inline') return token.content
      return token.type === 'softbreak' || token.type === 'hardbreak' ? ' ' : ''
    })
    .join('')
}

function cut(text: string): string {
  if (text.length <= longest) return text
  if (isSimple(text)) return shortened(text.slice(0, longest))
  const looked = text.slice(0, longest * 4)
  const characters: string[] = []
  for (const { segment } of segmenter.segment(looked)) if (characters.push(segment) > longest) break
  if (looked === text && characters.length <= longest) return text
  // Where the text was cut before it was looked at, the last character may be half of one.
  if (characters.length <= longest) characters.pop()
  return shortened(characters.slice(0, longest).join(''))
}

/** Below U+0300 nothing joins with its neighbour, and the segmenter takes as long as the rest of a page. */
function isSimple(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return !/[^\u0000-\u02ff]/.test(text.slice(0, longest + 1))
}

function shortened(start: string): string {
  const space = start.lastIndexOf(' ')
  return `${(space > longest / 2 ? start.slice(0, space) : start).replace(/[\s,;:–-]+$/u, '')}…`
}
