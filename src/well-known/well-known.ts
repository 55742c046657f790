import { text } from '../texts/texts.ts'
import { isWebAddress } from '../address.ts'
import { isEmail } from '../users/user.ts'
import { paths } from '../paths.ts'
import { pathOf } from '../post-details/details.ts'
import { titleOf } from '../posts/post.ts'
import { cleanName } from '../users/user.ts'

/** In llms.txt; a blog has a handful. */
export const mostPages = 100

const dayMs = 86_400_000
// The standard asks for less than a year, and programs read it again when it ends.
const goodForDays = 180

/** What `Contact:` says, or undefined for what is neither mail nor a page. */
export function contactOf(typed: string): string | undefined {
  if (isWebAddress(typed, ['https:'])) return typed
  return isEmail(typed) ? `mailto:${typed}` : undefined
}

/** RFC 9116. */
export function securityText(contact: string, origin: string, language: string, now: Date): string {
  // By the day, so that it is the same text all day.
  const ends = new Date((Math.floor(now.getTime() / dayMs) + goodForDays) * dayMs)
  return [
    `Contact: ${contactOf(contact)}`,
    `Expires: ${ends.toISOString().replace('.000', '')}`,
    `Preferred-Languages: ${language}`,
    `Canonical: ${origin}${paths.securityContact()}`,
    '',
  ].join('\n')
}

type Listed = { slug: string; title: string; excerpt: string; kind?: string }

/** https://llmstxt.org: Markdown with a title, a summary and lists of links. */
export function llmsText(
  site: { title: string; description: string },
  origin: string,
  pages: Listed[],
  posts: Listed[],
): string {
  const entry = (post: Listed) => {
    const summary = cleanName(post.excerpt)
    const address = origin + pathOf({ kind: 'post', ...post })
    return `- [${escaped(cleanName(titleOf(post)))}](${address})${summary && `: ${escaped(summary)}`}`
  }
  const section = (title: string, lines: string[]) => (lines.length > 0 ? [`## ${title}`, lines.join('\n')] : [])
  const all = [
    `- [${text('machines.llmsSitemap')}](${origin}${paths.sitemap()})`,
    `- [${text('machines.llmsFeed')}](${origin}${paths.feed('', 'atom.xml')})`,
  ]
  return `${[
    `# ${escaped(site.title)}`,
    ...(site.description ? [`> ${escaped(cleanName(site.description))}`] : []),
    ...section(text('machines.llmsPages'), pages.map(entry)),
    ...section(text('machines.llmsPosts'), posts.map(entry)),
    ...section(text('machines.llmsMore'), all),
  ].join('\n\n')}\n`
}

/** What means something in Markdown means itself. */
function escaped(words: string): string {
  return words.replace(/[\\`*_[\]<>#]/g, '\\$&')
}
