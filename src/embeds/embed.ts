// What another site says of one of its pages is the word of a stranger: plain text of a few lines, whatever it sends.
import type { Embed } from '../markdown/surroundings.ts'

const longest = { title: 200, description: 300, author_name: 80, site_name: 80 }

/** Undefined when nothing is left that could be a title. */
export function embedFrom(said: Record<keyof Embed, unknown>): Embed | undefined {
  const title = plainWords(said.title, longest.title)
  if (!title) return undefined
  const description = plainWords(said.description, longest.description)
  return {
    title,
    description: description === title ? '' : description,
    author_name: plainWords(said.author_name, longest.author_name),
    site_name: plainWords(said.site_name, longest.site_name),
  }
}

const segmenter = new Intl.Segmenter()

/**
 * Without controls, direction marks, invisible letters and towers of accents, which would change the page around them;
 * cut between characters.
 */
function plainWords(said: unknown, most: number): string {
  if (typeof said !== 'string') return ''
  const text = said
    .slice(0, most * 20)
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Z}\u2800]+/gu, ' ')
    // Joiners are parts of emoji and of words in some scripts.
    .replace(/(?![\u200c\u200d])[\p{C}\u115f\u1160\u3164\uffa0]/gu, '')
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
    .replace(/ +/g, ' ')
    .trim()
  if (!/[\p{L}\p{N}\p{S}]/u.test(text)) return ''
  if (text.length <= most) return text
  const characters: string[] = []
  for (const { segment } of segmenter.segment(text)) if (characters.push(segment) > most) break
  return characters.length > most
    ? `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`
    : text
}
