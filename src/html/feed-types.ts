/** The file of each format of a feed, and the type it is sent with. */
export const feedTypes = {
  'atom.xml': 'application/atom+xml',
  'rss.xml': 'application/rss+xml',
  'feed.json': 'application/feed+json',
} as const
