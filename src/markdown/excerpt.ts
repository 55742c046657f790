import type { Token } from 'markdown-it'

const longest = 240

/** The first words of a text without its markup, cut between words and never inside a character. */
export function excerptOf(tokens: Token[]): string {
  let text = ''
  let isHeading = false
  for (const token of tokens) {
    if (token.type === 'footnote_block_open') break
    if (token.type === 'heading_open') isHeading = true
    if (token.type === 'heading_close') isHeading = false
    if (token.type !== 'inline' || isHeading) continue
    text += `${plain(token.children ?? [])} `
    if (text.length > longest * 4) break
  }
  return excerptOfText(text)
}

/** The same of text that has no markup. */
export function excerptOfText(text: string): string {
  // What is cut off need not be looked at; blanks in a row make one, so more is looked at than is kept.
  const looked = text.slice(0, longest * 16).replace(/[\ud800-\udbff]$/, '')
  return cut(looked.replace(/\s+/gu, ' ').trim())
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
      if (token.type === 'text' || token.type === 'code_inline') return token.content
      return token.type === 'softbreak' || token.type === 'hardbreak' ? ' ' : ''
    })
    .join('')
}

function cut(text: string): string {
  if (text.length <= longest) return text
  const looked = text.slice(0, longest * 4)
  // Below U+0300 nothing joins with its neighbour, and the segmenter takes as long as the rest of a page.
  // eslint-disable-next-line no-control-regex
  if (!/[^\u0000-\u02ff]/.test(looked)) return shortened(looked.slice(0, longest))
  const characters = Array.from(new Intl.Segmenter().segment(looked), ({ segment }) => segment)
  if (looked === text && characters.length <= longest) return text
  // Where the text was cut before it was looked at, the last character may be half of one.
  return shortened((looked === text ? characters : characters.slice(0, -1)).slice(0, longest).join(''))
}

function shortened(start: string): string {
  const space = start.lastIndexOf(' ')
  return `${(space > longest / 2 ? start.slice(0, space) : start).replace(/[\s,;:–-]+$/u, '')}…`
}
