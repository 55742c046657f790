// What a page says of itself: OpenGraph, else its title and description, and where its oEmbed answer is.
import { Parser } from 'htmlparser2'
import type { Fetched } from '../outbound/fetcher.ts'

export type PageFacts = {
  title: string
  description: string
  author_name: string
  site_name: string
  /** As it is written, perhaps relative. */
  oembed: string
}

/** The first word counts: what comes later may be from a visitor of that site. */
export function readPage(html: string): PageFacts {
  const said = new Map<string, string>()
  const say = (name: string, text = '') => {
    if (!said.has(name) && text.trim()) said.set(name, text)
  }
  let title: string | undefined
  let drawings = 0
  const parser = new FrontOfPage(
    {
      onopentag: (name, attributes) => {
        if (name === 'svg') drawings++
        if (name === 'title' && drawings === 0) title ??= ''
        if (name === 'meta') say((attributes.property ?? attributes.name ?? '').toLowerCase(), attributes.content)
        if (name === 'link' && attributes.type?.toLowerCase() === oembedType) say('oembed', attributes.href)
      },
      ontext: (text) => {
        if (title !== undefined && title.length < mostTitle) title += text
      },
      onclosetag: (name) => {
        if (name === 'svg') drawings--
        if (name !== 'title' || title === undefined) return
        say('title', title)
        title = undefined
      },
    },
    { decodeEntities: true },
  )
  parser.end(html)
  const first = (...names: string[]) => names.map((name) => said.get(name)).find(Boolean) ?? ''
  return {
    title: first('og:title', 'twitter:title', 'title'),
    description: first('og:description', 'twitter:description', 'description'),
    author_name: first('author', 'article:author_name'),
    site_name: first('og:site_name', 'application-name'),
    oembed: first('oembed'),
  }
}

/**
 * Nothing behind the first tags is read. For every tag the library moves or searches the list of those that are open, and
 * a page of nothing but open ones would keep everybody waiting.
 */
class FrontOfPage extends Parser {
  #tags = 0

  override onopentagname(start: number, end: number): void {
    if (++this.#tags > mostTags) this.pause()
    else super.onopentagname(start, end)
  }

  override onclosetag(start: number, end: number): void {
    if (++this.#tags > mostTags) this.pause()
    else super.onclosetag(start, end)
  }
}

const mostTags = 3000

export const oembedType = 'application/json+oembed'
const mostTitle = 2000

/** In the encoding that the answer names, else the page, else UTF-8. */
export function textOf({ body, charset }: Pick<Fetched, 'body' | 'charset'>): string {
  const start = body.subarray(0, 1024).toString('latin1')
  const named = charset ?? /<meta[^>]{0,200}charset=["']?([\w.:-]{1,40})/i.exec(start)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(named).decode(body)
  } catch {
    return new TextDecoder().decode(body)
  }
}
