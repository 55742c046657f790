// JSON Feed 1.1: https://www.jsonfeed.org/version/1.1/.
import type { Entry, Feed } from './feed.ts'

export function jsonFeed(feed: Feed): string {
  return JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    title: feed.title,
    home_page_url: feed.page,
    feed_url: `${feed.base}/feed.json`,
    ...(feed.description !== '' && { description: feed.description }),
    language: feed.language,
    ...(feed.hub !== '' && { hubs: [{ type: 'WebSub', url: feed.hub }] }),
    items: feed.entries.map(item),
  })
}

function item({ id, url, title, published, updated, authors, tags, summary, html, language, picture }: Entry) {
  return {
    id,
    url,
    title: title.toWellFormed(),
    // One of the two has to be there.
    ...(html === undefined ? { content_text: summary || title } : { content_html: html }),
    ...(summary !== '' && { summary }),
    ...(picture !== '' && { image: picture }),
    ...(published && { date_published: published.toISOString() }),
    date_modified: updated.toISOString(),
    ...(authors.length > 0 && { authors }),
    ...(tags.length > 0 && { tags }),
    language,
  }
}
