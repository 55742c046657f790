// What search engines are told of a page, in the words of https://schema.org. Addresses are whole ones.
import { isKnown } from '../html/date.tsx'
import type { Card } from '../html/layout.tsx'
import { paths } from '../paths.ts'
import { pathOf } from '../post-details/details.ts'
import { titleOf } from '../posts/post.ts'
import type { PublishedPost } from '../posts/queries.ts'

type Site = { title: string; description: string; language: string }
type Step = { name: string; path: string }

/** Posts longer than this are not counted for a reader who waits. */
const mostCounted = 200_000

export function ofPost(
  post: PublishedPost,
  site: Site,
  origin: string,
  more: { card: Card; series: { slug: string; title: string } | null | undefined; isOpen: boolean },
): object {
  const { card, series, isOpen } = more
  const isPost = post.kind === 'post'
  const title = titleOf(post)
  const about = {
    '@type': isPost ? 'BlogPosting' : 'WebPage',
    '@id': card.url,
    url: card.url,
    [isPost ? 'headline' : 'name']: title,
    ...(post.excerpt && { description: post.excerpt }),
    ...(isPost &&
      post.published_at &&
      isKnown(post.published_at) && { datePublished: post.published_at.toISOString() }),
    ...(isKnown(post.updated_at) && { dateModified: latest(post.updated_at, post.published_at).toISOString() }),
    inLanguage: post.language || site.language,
    image: card.image.address,
    ...(isPost && { author: authorsOf(post, origin) }),
    ...(post.tags.length > 0 && { keywords: post.tags.map(({ name }) => name) }),
    ...(post.visibility === 'members' && { isAccessibleForFree: false }),
    ...(isOpen && isPost && post.body_html.length <= mostCounted && { wordCount: countWords(post) }),
    ...(post.canonical_url && { isBasedOn: post.canonical_url }),
    isPartOf: { '@type': 'Blog', '@id': `${origin}/`, name: site.title },
  }
  const way = series ? [{ name: series.title, path: paths.series(series.slug) }] : []
  return graph(about, breadcrumb(site, origin, [...way, { name: title, path: pathOf(post) }]))
}

/** The blog as a whole, and where it is searched. */
export function ofFrontPage(site: Site, origin: string): object {
  return graph({
    '@type': 'WebSite',
    '@id': `${origin}/`,
    url: `${origin}/`,
    name: site.title,
    ...(site.description && { description: site.description }),
    inLanguage: site.language,
    potentialAction: {
      '@type': 'SearchAction',
      target: { '@type': 'EntryPoint', urlTemplate: `${origin}/search?q={words}` },
      'query-input': 'required name=words',
    },
  })
}

export function ofAuthor(author: { name: string; slug: string; links: string[] }, origin: string): object {
  const url = origin + paths.author(author.slug)
  const sameAs = author.links.length > 0 && { sameAs: author.links }
  return graph({ '@type': 'Person', '@id': url, url, name: author.name, ...sameAs })
}

/** Of a list that lies below the front page. */
export function ofList(site: Site, origin: string, step: Step): object {
  return graph(breadcrumb(site, origin, [step]))
}

function graph(...things: object[]): object {
  const [first] = things
  const context = { '@context': 'https://schema.org' }
  return things.length === 1 ? { ...context, ...first } : { ...context, '@graph': things }
}

function breadcrumb(site: Site, origin: string, steps: Step[]): object {
  const all = [{ name: site.title, path: paths.home() }, ...steps]
  return {
    '@type': 'BreadcrumbList',
    itemListElement: all.map(({ name, path }, index) => ({
      '@type': 'ListItem',
      position: index + 1,
      name,
      item: origin + path,
    })),
  }
}

function authorsOf({ author_name, author_slug, co_authors }: PublishedPost, origin: string): object[] {
  const author = author_name !== null && author_slug !== null ? [{ name: author_name, slug: author_slug }] : []
  return [...author, ...co_authors].map(({ name, slug }) => ({
    '@type': 'Person',
    name,
    url: origin + paths.author(slug),
  }))
}

function latest(updated: Date, published: Date | null): Date {
  return published && published > updated ? published : updated
}

// Counting takes a tenth of the time of a page, and a text stays as it is for long.
function countWords({ id, updated_at, body_html }: PublishedPost): number {
  const of = `${updated_at.getTime()} ${body_html.length}`
  const known = counted.get(id)
  if (known?.of === of) return known.words
  const words = wordsIn(body_html)
  if (counted.size >= mostKnown) counted.clear()
  counted.set(id, { of, words })
  return words
}

const counted = new Map<number, { of: string; words: number }>()
const mostKnown = 5000

/** What is written without blanks between words is counted by letters. */
export function wordsIn(body_html: string): number {
  const text = body_html.replace(/<[^>]*>/g, ' ').replace(/&[a-z\d#]+;/gi, ' ')
  return (
    text.match(/[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}]|[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu)
      ?.length ?? 0
  )
}
