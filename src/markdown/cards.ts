// A web address alone in its paragraph becomes a card with what the other site says of the page, once that is known.
import type { MarkdownIt, Token } from 'markdown-it'
import { escape } from '../html/jsx-runtime.ts'
import type { Embed, Surroundings } from './surroundings.ts'

/** In one text. Further ones stay links. */
export const mostCards = 20

/** An address that could be a card, and whether it is one. */
export type CardPlace = { address: string; isShown: boolean }

/** What rendering leaves behind for those who look addresses up. */
export type CardNotes = { surroundings: Surroundings; cards?: CardPlace[] }

export function cards(parser: MarkdownIt): void {
  parser.core.ruler.push('cards', (state) => {
    const notes = state.env as CardNotes
    const seen = new Map<string, CardPlace>()
    const tokens: Token[] = []
    for (let index = 0; index < state.tokens.length; index++) {
      const token = state.tokens[index] as Token
      tokens.push(token)
      if (token.type !== 'paragraph_open' || token.level > 0) continue
      const address = addressAlone(state.tokens[index + 1]?.content ?? '')
      if (!address || (seen.size >= mostCards && !seen.has(address))) continue
      const embed = notes.surroundings?.embeds.get(address)
      seen.set(address, { address, isShown: embed !== undefined })
      if (!embed) continue
      const card = new state.Token('html_block', '', 0)
      card.content = cardOf(address, embed)
      tokens[tokens.length - 1] = card
      // The words of the paragraph and its end.
      index += 2
    }
    state.tokens = tokens
    if (seen.size > 0) notes.cards = [...seen.values()]
  })
}

/** Every address of a text that could become a card, and perhaps some in code that could not. Costs no parsing. */
export function listAddresses(text: string): string[] {
  const found = new Set<string>()
  for (const line of text.split(/\r\n?|\n/)) {
    const address = addressAlone(line)
    if (address) found.add(address)
    if (found.size >= mostCards * 5) break
  }
  return [...found]
}

function addressAlone(line: string): string | undefined {
  const text = line.trim()
  if (text.length > longest + 2 || !/^<?https?:\/\//i.test(text)) return undefined
  const address = /^<([^\s<>]+)>$/.exec(text)?.[1] ?? text
  if (/[\s<>\p{C}\ufffd]/u.test(address) || Buffer.byteLength(address) > longest) return undefined
  return URL.canParse(address) ? address : undefined
}

/** In bytes, as the database has it. */
const longest = 2000

function cardOf(address: string, { title, description, author_name, site_name }: Embed): string {
  const source = [author_name, site_name || hostOf(address)].filter(Boolean).join(' · ')
  const lines = [
    `<p><a href="${escape(address)}">${escape(title)}</a></p>`,
    ...(description ? [`<p>${escape(description)}</p>`] : []),
    `<p><small>${escape(source)}</small></p>`,
  ]
  return `<div class="card">\n${lines.join('\n')}\n</div>\n`
}

function hostOf(address: string): string {
  return new URL(address).hostname.replace(/^www\./, '')
}

/**
 * Two pages of one text, without the places where one has a card and the other a link: what another site said, and when,
 * says nothing about the text.
 */
export function withoutCards(stored: string, rendered: string): [string, string] {
  const addresses = new Set<string>()
  const [first, second] = [stored, rendered].map((page) =>
    page.replace(/<div class="card">\n<p><a href="([^"]*)">[^]*?<\/div>\n/g, (_, address) => {
      addresses.add(String(address))
      return ''
    }),
  ) as [string, string]
  const links = /<p><a href="([^"]*)">[^<]*<\/a><\/p>\n/g
  const withoutLinks = (page: string) =>
    page.replace(links, (link, address) => (addresses.has(String(address)) ? '' : link))
  return [withoutLinks(first), withoutLinks(second)]
}
