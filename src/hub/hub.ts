// WebSub: a hub is told that feeds have news, reads them, and tells the programs that asked it.
import { paths } from '../paths.ts'
import { formats } from '../feeds/feed.ts'
import type { InFeeds } from './queries.ts'

/** Told of with one question. */
export const postsAtOnce = 20

/** After each try that failed; then the news is old, and programs that read feeds look by themselves. */
export const pausesMinutes = [1, 10, 60, 360]

const deeds = new Set(['post.published', 'post.changed', 'post.restored', 'post.undeleted'])

/** True for a deed after which readers may find something new in a feed. */
export function isNews(action: string): boolean {
  return deeds.has(action)
}

/** Every feed with one of the posts, each address once. */
export function feedsOf(posts: InFeeds[], origin: string): string[] {
  const pages = new Set([''])
  for (const { author_slug, series_slug, co_authors, tag_slugs } of posts) {
    for (const slug of [author_slug, ...co_authors.map(({ slug }) => slug)]) if (slug) pages.add(paths.author(slug))
    if (series_slug) pages.add(paths.series(series_slug))
    for (const slug of tag_slugs) pages.add(paths.tag(slug))
  }
  return [...pages].flatMap((page) => Object.keys(formats).map((file) => origin + paths.feed(page, file)))
}

/** https://github.com/pubsubhubbub/PubSubHubbub/wiki/The-Publisher-API: the standard leaves this to hubs. */
export function formOf(feeds: string[]): URLSearchParams {
  return new URLSearchParams([['hub.mode', 'publish'], ...feeds.map((feed) => ['hub.url', feed])])
}
