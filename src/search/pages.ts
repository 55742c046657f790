import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { App } from '../http/app.ts'
import { allowScripts } from '../http/headers.ts'
import { sendText } from '../http/reply.ts'
import { type Limit, countAttempt, networkOf } from '../limits/queries.ts'
import { paths } from '../paths.ts'
import type { Position } from '../posts/post.ts'
import { listWordsWith } from '../search-words/queries.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { openSearch } from './open-search.ts'
import { tookTooLong } from './queries.ts'
import { isEmpty, mostCharacters, parse } from './query.ts'
import { type Order, lastPage, search } from './search.ts'
import { lastWord } from './snippet.ts'
import { newTurns } from './turns.ts'
import { SearchPage } from './views.tsx'

/** Of one network, for who is not signed in. */
const searches: Limit = { most: 60, windowSeconds: 60 }
const suggestions: Limit = { most: 240, windowSeconds: 60 }
/** An account has so many times as much. */
const timesOfAccount = 4
const mostSuggested = 8

/** Whatever is sent gives a page, so nothing is refused here. */
const SearchQuery = Type.Object({
  q: Type.Optional(Type.Unknown()),
  order: Type.Optional(Type.Unknown()),
  page: Type.Optional(Type.Unknown()),
  before: Type.Optional(Type.Unknown()),
})

export function searchPages(app: App, settings: CurrentSettings) {
  const inTurn = newTurns()

  app.get(paths.search(), { schema: { querystring: SearchQuery } }, async (request, reply) => {
    const { query } = request
    const typed = wordOf(query.q).trim()
    const order: Order = wordOf(query.order) === 'newest' ? 'newest' : 'best'
    const before = placeOf(wordOf(query.before))
    const page = Math.min(lastPage, Math.max(1, Number(/^\d{1,3}$/.exec(wordOf(query.page))?.[0] ?? 1)))
    const isFirst = before === undefined && page === 1
    const show = (results: Parameters<typeof SearchPage>[0]['results']) =>
      allowScripts(reply).html(SearchPage({ page: request.page, typed, order, isFirst, results }))
    if (typed === '') return show('nothing-typed')
    if (!isEmpty(parse(typed))) await countSearch(app, request, 'search', searches)
    const isMember = request.visitor !== null
    try {
      return show(await inTurn(whoOf(request), () => search(app.db, { typed, isMember, order, page, before })))
    } catch (error) {
      if (!tookTooLong(error)) throw error
      return show('took-too-long')
    }
  })

  // In the form that browsers know: https://github.com/dewitt/opensearch, "Suggestions".
  app.get(paths.searchSuggestions(), { schema: { querystring: SearchQuery } }, async (request, reply) => {
    const typed = wordOf(request.query.q)
    const last = typed.length > mostCharacters ? undefined : lastWord(typed)
    const answer = (words: string[]) => sendText(reply, JSON.stringify([typed.slice(0, mostCharacters), words]), json)
    reply.header('cache-control', 'private, max-age=60').header('x-robots-tag', 'noindex')
    if (!last || Array.from(last.folded).length < 2) return answer([])
    await countSearch(app, request, 'suggestion', suggestions)
    try {
      const words = await inTurn(whoOf(request), () => listWordsWith(app.db, last.folded, mostSuggested))
      return answer(words.map(({ word }) => last.before + word))
    } catch (error) {
      if (!tookTooLong(error)) throw error
      return answer([])
    }
  })

  app.get(paths.openSearch(), async (_, reply) => {
    const { title, description } = settings.get()
    const text = openSearch(app.config.siteUrl.origin, title, description || title)
    return sendText(reply, text, 'application/opensearchdescription+xml')
  })
}

const json = 'application/json'

async function countSearch(app: App, request: FastifyRequest, what: string, limit: Limit): Promise<void> {
  const most = request.visitor === null ? limit.most : limit.most * timesOfAccount
  await countAttempt(app.db, what, whoOf(request), { ...limit, most })
}

/** Who waits for a turn, and is counted. */
function whoOf({ visitor, ip }: FastifyRequest): string {
  return visitor === null ? networkOf(ip) : `account ${visitor.id}`
}

/** Given twice, the first counts. */
function wordOf(value: unknown): string {
  const one: unknown = Array.isArray(value) ? value[0] : value
  return typeof one === 'string' ? one : ''
}

/** Where a page begins; anything else is the beginning. */
function placeOf(text: string): Position | undefined {
  const match = /^(-?\d{1,16})-(\d{1,15})$/.exec(text)
  return match ? { moment: Number(match[1]), id: Number(match[2]) } : undefined
}
