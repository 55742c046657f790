import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { sendText } from '../http/reply.ts'
import { paths } from '../paths.ts'
import { pathOf } from '../post-details/details.ts'
import { titleOf } from '../posts/post.ts'
import { findPublishedPost } from '../posts/queries.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { addressOf, height, width, pictureOf } from '../title-pictures/title-picture.ts'
import { OembedQuery, asXml, keepSeconds, oembed } from './oembed.ts'

const formats: Record<string, string> = { json: 'application/json', xml: 'text/xml' }

export function oembedPages(app: App, settings: CurrentSettings): void {
  const { origin } = app.config.siteUrl

  app.get(paths.oembed(), { schema: { querystring: OembedQuery } }, async (request, reply) => {
    const { url, format = 'json', maxwidth, maxheight } = request.query
    const type = formats[format]
    if (type === undefined) return sendText(reply.code(501), unknownFormat, 'text/plain')
    const slug = slugIn(url, origin)
    const post = slug === undefined ? undefined : await findPublishedPost(app.db, slug)
    // By this way nobody learns more than from the lists.
    if (!post || post.visibility !== 'public') throw notFound('post')
    const site = settings.get().title
    const { author_name, author_slug } = post
    const card = oembed(
      {
        title: titleOf(post),
        url: origin + pathOf(post),
        excerpt: post.excerpt,
        author: author_name && author_slug ? { name: author_name, url: origin + paths.author(author_slug) } : undefined,
        site: { title: site, url: `${origin}/` },
        image:
          post.picture_url === ''
            ? { address: origin + addressOf(post.slug, pictureOf(post, settings.get())), width, height }
            : undefined,
      },
      { ...(maxwidth && { width: Number(maxwidth) }), ...(maxheight && { height: Number(maxheight) }) },
    )
    reply.headers({
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': `public, max-age=${keepSeconds}`,
      vary: 'accept-encoding',
    })
    return sendText(reply, format === 'xml' ? asXml(card) : JSON.stringify(card), type)
  })
}

/** The last part of a post's or page's address on this blog. */
function slugIn(address: string, origin: string): string | undefined {
  const url = URL.parse(address)
  if (url?.origin !== origin) return undefined
  const part = /^\/(?:posts\/)?([^/]{1,1200})$/.exec(url.pathname)?.[1]
  if (part === undefined) return undefined
  try {
    const slug = decodeURIComponent(part)
    return slug.length <= 400 && slug.isWellFormed() && !slug.includes('\0') ? slug : undefined
  } catch {
    return undefined
  }
}

const unknownFormat = 'There are the formats json and xml.\n'
