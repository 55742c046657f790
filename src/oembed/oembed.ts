// A card of a post for other sites: https://oembed.com/. Markup without a script, so a site can show it as it is.
import { Type } from 'typebox'
import { escape } from '../html/jsx-runtime.ts'
import { document, element } from '../http/xml.ts'

const Pixels = Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,4}$' }))
export const OembedQuery = Type.Object({
  url: Type.String({ minLength: 1, maxLength: 2000 }),
  format: Type.Optional(Type.String({ maxLength: 20 })),
  maxwidth: Pixels,
  maxheight: Pixels,
})

export type Quoted = {
  title: string
  url: string
  excerpt: string
  author: { name: string; url: string } | undefined
  site: { title: string; url: string }
  image: { address: string; width: number; height: number } | undefined
}

type Room = { width: number; height: number }
const usual: Room = { width: 600, height: 240 }

export const keepSeconds = 3600

export function oembed({ title, url, excerpt, author, site, image }: Quoted, room: Partial<Room>) {
  const hasRoom = image && image.width <= (room.width ?? Infinity) && image.height <= (room.height ?? Infinity)
  return {
    version: '1.0',
    type: 'rich',
    title,
    ...(author && { author_name: author.name, author_url: author.url }),
    provider_name: site.title,
    provider_url: site.url,
    cache_age: keepSeconds,
    ...(hasRoom && {
      thumbnail_url: image.address,
      thumbnail_width: image.width,
      thumbnail_height: image.height,
    }),
    html: quote(title, url, excerpt, author?.name),
    width: Math.min(usual.width, room.width ?? usual.width),
    height: Math.min(usual.height, room.height ?? usual.height),
  }
}

export function asXml(card: ReturnType<typeof oembed>): string {
  const fields = Object.entries(card).map(([name, value]) => element(name, {}, String(value)))
  return document(element('oembed', {}, ...fields))
}

function quote(title: string, url: string, excerpt: string, author: string | undefined): string {
  const words = excerpt === '' ? '' : `<p>${escape(excerpt)}</p>`
  const by = author === undefined ? '' : ` – ${escape(author)}`
  return `<blockquote cite="${escape(url)}">${words}<p><a href="${escape(url)}">${escape(title)}</a>${by}</p></blockquote>`
}
