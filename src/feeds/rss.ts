// RSS 2.0: https://www.rssboard.org/rss-specification, with the text in content:encoded and names in dc:creator, since
// its own author is a mail address.
import { type Entry, type Feed, formats } from './feed.ts'
import { type Xml, document, element } from '../http/xml.ts'

const namespaces = {
  'xmlns:atom': 'http://www.w3.org/2005/Atom',
  'xmlns:content': 'http://purl.org/rss/1.0/modules/content/',
  'xmlns:dc': 'http://purl.org/dc/elements/1.1/',
}

export function rss(feed: Feed): string {
  const self = { rel: 'self', type: formats['rss.xml'], href: `${feed.base}/rss.xml` }
  return document(
    element(
      'rss',
      { version: '2.0', ...namespaces },
      element(
        'channel',
        {},
        element('title', {}, feed.title),
        element('link', {}, feed.page),
        element('description', {}, feed.description || feed.title),
        element('language', {}, feed.language),
        element('lastBuildDate', {}, feed.updated.toUTCString()),
        element('generator', {}, 'Bloggy'),
        element('atom:link', self),
        feed.hub !== '' && element('atom:link', { rel: 'hub', href: feed.hub }),
        ...feed.entries.map(item),
      ),
    ),
  )
}

function item({ id, url, title, published, authors, tags, summary, html }: Entry): Xml {
  return element(
    'item',
    {},
    element('title', {}, title),
    element('link', {}, url),
    element('guid', { isPermaLink: 'false' }, id),
    published && element('pubDate', {}, published.toUTCString()),
    ...authors.map(({ name }) => element('dc:creator', {}, name)),
    ...tags.map((tag) => element('category', {}, tag)),
    element('description', {}, summary || title),
    html !== undefined && element('content:encoded', {}, html),
  )
}
