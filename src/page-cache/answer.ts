// Answers from memory before anything else of the application runs.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyBaseLogger } from 'fastify'
import type { Metrics } from '../http/metrics.ts'
import { type Address, addressOf } from './address.ts'
import type { Entry, Flight, PageCache } from './page-cache.ts'
import type { Watch } from './watch.ts'

type Form = 'plain' | 'gzip' | 'br'
type Ready = { body: Buffer; tag: string; head: string[]; known: string[] }
type Forms = { plain: Ready; gzip?: Ready; br?: Ready; making?: Promise<void>; asked: number }

/** Below this a packet is a packet. */
const worthCompressing = 1400
/** Brotli takes ten times as long as gzip, for a tenth less: only for what is asked for again. */
const asksBeforeBrotli = 3
/** What was asked for while it was not known whether it is true; then the page is made again. */
const patienceMs = 1000

const flights = new WeakMap<IncomingMessage, Flight>()

/** The page that this request makes for those who wait for it; undefined for what nobody keeps. */
export function flightOf(request: IncomingMessage): Flight | undefined {
  return flights.get(request)
}

export type Surroundings = { metrics: Metrics; logger: FastifyBaseLogger }

/** Puts the cache before the application that listens on `server`. */
export function answerFromCache(
  server: Server,
  { cache, watch, metrics, logger }: { cache: PageCache; watch: Watch } & Surroundings,
): void {
  const [application] = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[]
  if (!application) throw new Error('The application comes before its cache.')
  server.removeListener('request', application)
  const formsOf = new WeakMap<Entry, Forms>()

  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const address = addressOf(request)
    if (!address) application(request, response)
    else if (watch.state() === 'unsure') void sure().then(() => look(request, response, address))
    else look(request, response, address)
  })

  const sure = () => Promise.race([watch.catchUp(), new Promise((resolve) => setTimeout(resolve, patienceMs).unref())])

  const look = (request: IncomingMessage, response: ServerResponse, { key, isWhole }: Address) => {
    const entry = cache.find(key)
    if (entry) return answer(request, response, entry)
    // What cannot be known to be true is not kept either.
    if (!isWhole || watch.state() !== 'current') return application(request, response)
    const whenDone = (made: Entry | undefined) => {
      if (response.destroyed) return
      if (made) answer(request, response, made)
      else application(request, response)
    }
    const flight = cache.begin(key, whenDone)
    if (!flight) return
    flights.set(request, flight)
    // However it ends: with an error, with a page that is not kept, with a visitor who left.
    response.once('close', () => cache.end(flight))
    application(request, response)
  }

  const answer = (request: IncomingMessage, response: ServerResponse, entry: Entry) => {
    const began = performance.now()
    const forms = formsOf.get(entry) ?? newForms(entry)
    const ready = forms[formFor(request.headers['accept-encoding'], entry, forms)]
    if (ready) return send(request, response, entry, ready, began)
    forms.making ??= makeGzip(entry, forms)
    void forms.making.then(() => send(request, response, entry, forms.gzip ?? forms.plain, began))
  }

  const newForms = (entry: Entry): Forms => {
    const forms: Forms = { asked: 0, plain: ready(entry, entry.body, 'plain') }
    formsOf.set(entry, forms)
    return forms
  }

  const formFor = (accepted: string | undefined, entry: Entry, forms: Forms): Form => {
    if (accepted === undefined || entry.body.length < worthCompressing) return 'plain'
    if (accepted.includes('br')) {
      if (forms.br) return 'br'
      if (++forms.asked === asksBeforeBrotli) void makeBrotli(entry, forms)
    }
    return accepted.includes('gzip') ? 'gzip' : 'plain'
  }

  const makeGzip = async (entry: Entry, forms: Forms) => {
    const body = await zip(entry.body, { level: 6 }).catch(() => undefined)
    if (!body) return
    forms.gzip = ready(entry, body, 'gzip')
    cache.grow(entry, body.length)
  }

  const makeBrotli = async (entry: Entry, forms: Forms) => {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: entry.body.length }
    const body = await brotli(entry.body, { params }).catch(() => undefined)
    if (!body) return
    forms.br = ready(entry, body, 'br')
    cache.grow(entry, body.length)
  }

  const send = (request: IncomingMessage, response: ServerResponse, entry: Entry, form: Ready, began: number) => {
    if (response.destroyed) return
    const id = randomUUID()
    const isKnown = hasAlready(request, entry)
    const status = isKnown ? 304 : 200
    const head = [...(isKnown ? form.known : form.head), 'x-request-id', id]
    if (watch.state() !== 'current') head.push('cache-status', 'Bloggy; hit; detail="the database is away"')
    else for (const [name, value] of entry.shared) head.push(name, value)
    response.writeHead(status, head)
    if (isKnown || request.method === 'HEAD') response.end()
    else response.end(form.body)
    const ms = performance.now() - began
    metrics.count(request.method ?? 'GET', entry.route, status)
    const path = entry.address.split('?', 1)[0]
    logger.info(
      { reqId: id, method: request.method, path, status, ms: Math.round(ms * 10) / 10, isKept: true },
      'request',
    )
  }
}

function ready({ headers, hash }: Entry, body: Buffer, form: Form): Ready {
  // Strong: what is sent in another form has other bytes.
  const tag = form === 'plain' ? `"${hash}"` : `"${hash}.${form}"`
  const same = [...headers.filter(([name]) => name !== 'content-type'), ['etag', tag] as const].flat()
  const type = headers.filter(([name]) => name === 'content-type').flat()
  const encoding = form === 'plain' ? [] : ['content-encoding', form]
  return { body, tag, known: same, head: [...same, ...type, ...encoding, 'content-length', String(body.length)] }
}

/** RFC 9110, 13.1: the date counts where no tag is named. */
function hasAlready({ headers }: IncomingMessage, entry: Entry): boolean {
  const known = headers['if-none-match']
  if (known !== undefined) return known === '*' || known.includes(entry.hash)
  const since = headers['if-modified-since']
  if (since === undefined) return false
  const changed = entry.headers.find(([name]) => name === 'last-modified')?.[1]
  return changed !== undefined && Date.parse(changed) <= Date.parse(since)
}

const zip = promisify(gzip)
const brotli = promisify(brotliCompress)
