// Pages of a person elsewhere, an address a line.
import { isWebAddress } from '../address.ts'
import { text } from '../texts/texts.ts'

export const mostLinks = 10
const longestLink = 200

export function linksOf(lines: string): string[] {
  const found = lines.split(/\s+/).filter(Boolean)
  return [...new Set(found)]
}

/** What is wrong with them, for the one who typed them. */
export function linksError(lines: string): string | undefined {
  const links = linksOf(lines)
  if (links.length > mostLinks) return text('machines.tooManyLinks', { most: mostLinks })
  const wrong = links.find((link) => link.length > longestLink || !isWebAddress(link, ['https:']))
  return wrong && text('machines.wrongLink', { link: wrong.slice(0, 60), most: longestLink })
}

/** As people read it: without what all of them begin with. */
export function shownLink(link: string): string {
  return link.replace(/^https:\/\/(www\.)?/, '').replace(/\/$/, '')
}
