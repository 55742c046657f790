import { notFound } from '../errors.ts'
import { isKnown } from '../html/date.tsx'
import type { App } from '../http/app.ts'
import { sendText } from '../http/reply.ts'
import { document, element } from '../http/xml.ts'
import { paths } from '../paths.ts'
import { pathOf } from '../post-details/details.ts'
import { listParts, listPostsOfPart } from './queries.ts'
import { PartParams } from './sitemap.ts'

const xmlns = 'http://www.sitemaps.org/schemas/sitemap/0.9'

/** For search engines: where everything is, and where they need not look. */
export function sitemapPages(app: App) {
  const { origin } = app.config.siteUrl

  app.get(paths.robots(), async (_, reply) => sendText(reply, robots(origin), 'text/plain'))

  app.get(paths.sitemap(), { config: { isKept: true } }, async (_, reply) => {
    const parts = (await listParts(app.db)).map((part) =>
      element('sitemap', {}, element('loc', {}, origin + paths.sitemapPart(part))),
    )
    if (parts.length === 0) throw notFound('sitemap before the first post is out')
    return sendText(reply.keep('posts'), document(element('sitemapindex', { xmlns }, ...parts)), 'application/xml')
  })

  app.get(
    paths.sitemapPart(':part'),
    { config: { isKept: true }, schema: { params: PartParams } },
    async (request, reply) => {
      const posts = await listPostsOfPart(app.db, Number(request.params.part))
      const urls = posts
        // One that was first published elsewhere is to be found there.
        .filter(({ canonical_url }) => canonical_url === '')
        .map((post) =>
          element(
            'url',
            {},
            element('loc', {}, origin + pathOf(post)),
            isKnown(post.changed_at) && element('lastmod', {}, post.changed_at.toISOString()),
          ),
        )
      if (urls.length === 0) throw notFound('part of the sitemap')
      return sendText(reply.keep('posts'), document(element('urlset', { xmlns }, ...urls)), 'application/xml')
    },
  )
}

function robots(origin: string): string {
  const closed = ['/admin', '/preview', `${paths.search()}?`, paths.signIn(), paths.register(), paths.password()]
  return [
    'User-agent: *',
    ...closed.map((path) => `Disallow: ${path}`),
    '',
    `Sitemap: ${origin}${paths.sitemap()}`,
    '',
  ].join('\n')
}
