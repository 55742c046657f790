// What a picture made of a post's title says, and where it is.
import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { isLanguage } from '../settings/settings.ts'
import type { Palette, Theme } from '../themes/theme.ts'
import { cleanName } from '../users/user.ts'

export const width = 1200
export const height = 630

/** A step on whenever the same words give another picture. */
const edition = 2

/** The language tells which Chinese signs are meant, and where words end that have no blanks between them. */
export type Picture = { title: string; site: string; authors: string[]; language: string; colours: Colours }
export type Colours = Pick<Palette, 'paper' | 'ink' | 'soft' | 'heading' | 'line' | 'accent'>

export const PictureParams = Type.Object({
  slug: Type.String({ minLength: 1, maxLength: 400 }),
  file: Type.String({ pattern: '^[0-9a-f]{20}\\.png$' }),
})

type Named = { title: string; language: string; author_name: string | null; co_authors: { name: string }[] }
type Site = { title: string; language: string; dressed: { theme: Theme } }

export function pictureOf(post: Named, site: Site): Picture {
  const authors = [...(post.author_name === null ? [] : [post.author_name]), ...post.co_authors.map(({ name }) => name)]
  return {
    title: lineOf(titleOf(post)),
    site: lineOf(site.title),
    authors: authors.map(lineOf),
    language: [post.language, site.language].find((code) => code !== '' && isLanguage(code)) ?? '',
    colours: coloursOf(site.dressed.theme),
  }
}

/** Other sites show it on pages of theirs, light or dark: the light colours, unless the blog is always dark. */
function coloursOf(theme: Theme): Colours {
  const { paper, ink, soft, heading, line, accent } = theme[theme.scheme === 'dark' ? 'dark' : 'light']
  return { paper, ink, soft, heading, line, accent }
}

/** As cleanName() says it, but with the two that decide how letters stand together in Persian and Hindi. */
function lineOf(text: string): string {
  return text
    .split(/([\u200c\u200d])/)
    .map((part, index) => (index % 2 === 1 ? part : cleanName(part)))
    .join('')
    .trim()
}

/** The name changes with what the picture says and how it looks, so nobody has to ask twice. */
export function fileOf({ title, site, authors, language, colours }: Picture): string {
  const { paper, ink, soft, heading, line, accent } = colours
  const said = [edition, title, site, authors, language, paper, ink, soft, heading, line, accent]
  return `${createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 20)}.png`
}

export function addressOf(slug: string, picture: Picture): string {
  return paths.titlePicture(slug, fileOf(picture))
}

/** The same of a post, found once for each state of it and of the settings. */
export function addressOfPost(post: Named & { slug: string }, site: Site): string {
  const ofSite = known.get(site) ?? new Map<string, string>()
  known.set(site, ofSite)
  const { slug, title, language, author_name, co_authors } = post
  const key = JSON.stringify([slug, title, language, author_name, co_authors])
  const address = ofSite.get(key) ?? addressOf(slug, pictureOf(post, site))
  if (ofSite.size < mostKnown) ofSite.set(key, address)
  return address
}

const known = new WeakMap<Site, Map<string, string>>()
const mostKnown = 1000

/** Where the pictures of a post are among those of the library: one at a time. */
export function placeOf(id: number): string {
  return createHash('sha256').update(`title ${id}`).digest('hex').slice(0, 20)
}
