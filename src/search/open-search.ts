import { document, element } from '../http/xml.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'

/** How a browser may search this blog: OpenSearch 1.1. Names have 16 characters there. */
export function openSearch(origin: string, title: string, about: string): string {
  const short = Array.from(title).slice(0, 16).join('').trim() || text('search.blog')
  return document(
    element(
      'OpenSearchDescription',
      { xmlns: 'http://a9.com/-/spec/opensearch/1.1/' },
      element('ShortName', {}, short),
      element('Description', {}, Array.from(about).slice(0, 1024).join('')),
      element('InputEncoding', {}, 'UTF-8'),
      element('Url', { type: 'text/html', template: `${origin}${paths.search()}?q={searchTerms}` }),
      element('Url', {
        type: 'application/x-suggestions+json',
        template: `${origin}${paths.searchSuggestions()}?q={searchTerms}`,
      }),
    ),
  )
}
