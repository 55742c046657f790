import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { SlugParams } from '../http/params.ts'
import { isBeingKept } from '../http/keeping.ts'
import { sendText } from '../http/reply.ts'
import { paths } from '../paths.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { atom } from './atom.ts'
import { type Feed, type Format, formats } from './feed.ts'
import { jsonFeed } from './json-feed.ts'
import { rss } from './rss.ts'
import { sources } from './sources.ts'

const writers: Record<Format, (feed: Feed) => string> = { 'atom.xml': atom, 'rss.xml': rss, 'feed.json': jsonFeed }

/** The same for everybody: what a feed has is what somebody sees who is not signed in. */
export function feedPages(app: App, settings: CurrentSettings) {
  for (const [route, find] of Object.entries(sources)) {
    const params = route.includes(':slug') ? SlugParams : Type.Object({ slug: Type.Optional(Type.Never()) })
    for (const [file, type] of Object.entries(formats)) {
      app.get(paths.feed(route, file), { config: { isKept: true }, schema: { params } }, async (request, reply) => {
        const slug = (request.params as { slug?: string }).slug ?? ''
        const found = await find(app, slug)
        if (!found) throw notFound('feed')
        const { title, description, language, hub_url } = settings.get()
        const { origin } = app.config.siteUrl
        // Comments are no news for a hub.
        const hub = hub_url === '' || route === paths.postComments(':slug') ? '' : new URL(hub_url).href
        const entries = found.entries.map((entry) => ({ ...entry, language: entry.language || language }))
        const dates = entries.map(({ updated }) => updated.getTime())
        const feed = {
          title: found.title === '' ? title : `${found.title} – ${title}`,
          description: found.title === '' ? description : '',
          page: origin + found.page,
          base: origin + route.replace(':slug', encodeURIComponent(slug)),
          language,
          hub,
          updated: new Date(Math.max(0, ...dates)),
          entries,
        }
        // Readers in a browser, on pages of their own, ask for feeds too.
        reply.headers({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' })
        reply.keep(found.key ?? 'posts')
        if (hub !== '') reply.header('link', `<${hub}>; rel="hub", <${feed.base}/${file}>; rel="self"`)
        if (found.isUnlisted) reply.header('x-robots-tag', 'noindex')
        return sendUnlessKnown(
          request,
          reply,
          writers[file as Format](feed),
          type,
          found.isUndated ? undefined : feed.updated,
        )
      })
    }
  }
}

/** 304 for who has this text already: RFC 9110, 13.1. */
function sendUnlessKnown(request: FastifyRequest, reply: FastifyReply, text: string, type: string, changed?: Date) {
  // Weak, since it is sent in several encodings.
  const tag = `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  reply.headers({ etag: tag, 'cache-control': 'public, no-cache' })
  if (changed) reply.header('last-modified', changed.toUTCString())
  // It is kept as a whole, and who keeps it sees what the reader has.
  if (isBeingKept(reply)) return sendText(reply, text, type)
  const known = request.headers['if-none-match']
  const since = request.headers['if-modified-since']
  const isKnown =
    known === undefined
      ? changed !== undefined && since !== undefined && Math.floor(changed.getTime() / 1000) * 1000 <= Date.parse(since)
      : known === '*' || known.split(',').some((one) => one.trim().replace(/^(?!W\/)/, 'W/') === tag)
  return isKnown ? reply.code(304).send() : sendText(reply, text, type)
}
