// Atom: RFC 4287.
import { type Author, type Entry, type Feed, formats } from './feed.ts'
import { type Xml, document, element } from '../http/xml.ts'
import { text } from '../texts/texts.ts'

export function atom(feed: Feed): string {
  const self = `${feed.base}/atom.xml`
  return document(
    element(
      'feed',
      { xmlns: 'http://www.w3.org/2005/Atom', 'xml:lang': feed.language },
      element('id', {}, self),
      element('title', {}, feed.title),
      feed.description !== '' && element('subtitle', {}, feed.description),
      element('updated', {}, feed.updated.toISOString()),
      element('link', { rel: 'self', type: formats['atom.xml'], href: self }),
      element('link', { rel: 'alternate', type: 'text/html', href: feed.page }),
      feed.hub !== '' && element('link', { rel: 'hub', href: feed.hub }),
      element('generator', {}, 'Bloggy'),
      ...feed.entries.map(entry),
    ),
  )
}

function entry({ id, url, title, published, updated, authors, tags, summary, html, language }: Entry): Xml {
  return element(
    'entry',
    { 'xml:lang': language },
    element('id', {}, id),
    element('title', {}, title),
    published && element('published', {}, published.toISOString()),
    element('updated', {}, updated.toISOString()),
    element('link', { rel: 'alternate', type: 'text/html', href: url }),
    // An entry without an author is none: a post of somebody who is gone.
    ...(authors.length > 0 ? authors : [{ name: text('feeds.unknown'), url: '' }]).map(person),
    ...tags.map((term) => element('category', { term })),
    summary !== '' && element('summary', {}, summary),
    html !== undefined && element('content', { type: 'html' }, html),
  )
}

function person({ name, url }: Author): Xml {
  return element('author', {}, element('name', {}, name), url !== '' && element('uri', {}, url))
}
