// Every address that readers and machines ask for, on the blog of bench/large-blog.ts.
import { paths } from '../src/paths.ts'

/** Begins with what is no page of a reader: the desk, accounts, the interface, files, and links out of mails. */
export const notForReaders =
  /^\/(admin|account|api|auth|assets|media|setup|new|profile|password|register|invitations|confirm|unsubscribe|preview|livez|readyz|metrics)(\/|$)|^\/sign-in\/|^\/comments\/(confirm|sent)|\/(text|versions|report|live)$|^\/\.well-known|\/picture\/|\*/

/** By route: addresses of it, each with a name. `posts` is how many the blog has, so many minutes apart. */
export function readerPages(posts: number, minutes = 5): Record<string, [name: string, address: string][]> {
  const halfWay = Date.now() - posts * minutes * 30_000
  const half = `${Math.round(halfWay) * 1000}-${posts}`
  const month = new Date(Math.max(halfWay, Date.now() - 2 * 365 * 86_400_000)).toISOString().slice(0, 7)
  const [year = '', inYear = ''] = month.split('-')
  // With as many posts as its first page takes.
  const rare = posts >= 20_000 ? 'tag-299' : 'tag-2'
  const feeds = (route: string, page: string, name: string) =>
    Object.fromEntries(
      ['atom.xml', 'rss.xml', 'feed.json'].map((file): [string, [string, string][]] => [
        `${route}/${file}`,
        [[`${name}, ${file}`, `${page}/${file}`]],
      ]),
    )
  return {
    '/': [
      ['front page', paths.home()],
      ['front page, half way back', paths.home(half)],
    ],
    '/posts/:slug': [
      ['post', paths.post('post-777')],
      ['post with 100,000 comments', paths.post('post-999')],
      ['a comment of a post with 100,000', '/posts/post-999?comment=240000'],
    ],
    '/posts/:slug/comments/changes': [['changed comments', '/posts/post-999/comments/changes']],
    '/posts/:slug/comments/some': [['some comments', '/posts/post-999/comments/some?ids=240000']],
    '/comments/:id': [['place of a comment', paths.commentPlace(240_000)]],
    '/comments/moderation': [['log of moderation', paths.moderationLog()]],
    '/authors/:slug': [
      ['author', paths.author('author-7')],
      ['author, half way back', paths.author('author-7', half)],
    ],
    '/tags': [
      ['tags', paths.tags()],
      ['tags, further on', paths.tags('tag-2')],
    ],
    '/tags/:slug': [
      ['common tag', paths.tag('tag-1')],
      ['common tag, half way back', paths.tag('tag-1', half)],
      ['rare tag', paths.tag(rare)],
      ['rare tag, half way back', paths.tag(rare, half)],
    ],
    '/series': [['all series', paths.allSeries()]],
    '/series/:slug': [['series', paths.series('series-7')]],
    '/archive': [['archive', paths.archive()]],
    '/archive/:year': [
      ['year', paths.archiveYear(year)],
      ['year, half way back', paths.archiveYear(year, half)],
    ],
    '/archive/:year/:month': [['month', paths.archiveMonth(year, inYear)]],
    '/archive/undated': [['posts without a date', paths.archiveUndated()]],
    '/search': [
      ['search', paths.search({ q: 'word' })],
      ['search for a title', paths.search({ q: 'title 777' })],
      ['search for nothing', paths.search({ q: 'zebra' })],
    ],
    '/search/suggestions': [['suggestions', `${paths.searchSuggestions()}?q=tit`]],
    '/sitemap.xml': [['sitemap', paths.sitemap()]],
    '/sitemap/:part': [['part of the sitemap', paths.sitemapPart(0)]],
    '/robots.txt': [['robots', paths.robots()]],
    '/llms.txt': [['llms.txt', paths.llms()]],
    '/opensearch.xml': [['search of browsers', paths.openSearch()]],
    '/oembed': [['card of a post', paths.oembed({ url: 'http://localhost:8081/posts/post-777' })]],
    '/sign-in': [['signing in', paths.signIn()]],
    '/post/:id': [['address of the older Bloggy', '/post/777']],
    '/:slug': [
      ['a page that is none', '/gone'],
      ['a post by its old address', '/posts/old-770'],
      ['a redirect', '/from/7'],
    ],
    ...feeds('', '', 'feed'),
    ...feeds('/tags/:slug', '/tags/tag-1', 'feed of a tag'),
    ...feeds('/authors/:slug', '/authors/author-7', 'feed of an author'),
    ...feeds('/series/:slug', '/series/series-7', 'feed of a series'),
    ...feeds('/posts/:slug/comments', '/posts/post-999/comments', 'feed of comments'),
  }
}
