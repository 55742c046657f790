// Answers from memory before anything else of the application runs.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyBaseLogger } from 'fastify'
import { type Listener, comeBefore } from '../http/come-before.ts'
import type { Metrics } from '../http/metrics.ts'
import { type Names, addressOf } from './address.ts'
import { deflateParts, fill, fillDeflated } from './blanks.ts'
import { type Form, formsTaken, tagKnown, tagOf } from '../http/negotiation.ts'
import { type Bytes, type Entry, type Flight, type PageCache, bytesOf } from './page-cache.ts'
import type { Watch } from './watch.ts'

/** `more` are the headers of an answer with the page in it. */
type Ready = { form: Form; body: Bytes | (() => Buffer); more: string[] }
type Forms = {
  plain: Ready
  gzip?: Ready
  br?: Ready
  making?: Promise<void>
  asked: number
  same: string[]
  /** Of the address, for the log. */
  path: string
}

/** Below this a packet is a packet. */
const worthCompressing = 1400
/** Brotli takes ten times as long as gzip, for a tenth less: only for what is asked for again. */
const asksBeforeBrotli = 3
/** Longer than a handler may take. */
const longestMs = 11_000

const flights = new WeakMap<IncomingMessage, Flight>()

/** The page that this request makes for those who wait for it; undefined for what nobody keeps. */
export function flightOf(request: IncomingMessage): Flight | undefined {
  return flights.get(request)
}

export type Surroundings = { metrics: Metrics; logger: FastifyBaseLogger }

/** Puts the cache before the application that listens on `server`. */
export function answerFromCache(
  server: Server,
  namesOf: Names,
  { cache, watch, metrics, logger }: { cache: PageCache; watch: Watch } & Surroundings,
): void {
  let application: Listener
  const formsOf = new WeakMap<Entry, Forms>()

  comeBefore(server, (found) => {
    application = found
    return (request, response) => {
      const key = addressOf(request, namesOf)
      if (key === undefined) application(request, response)
      else if (watch.state() === 'unsure') void watch.catchUp().then(() => look(request, response, key))
      else look(request, response, key)
    }
  })

  const look = (request: IncomingMessage, response: ServerResponse, key: string) => {
    const isCurrent = watch.state() === 'current'
    const entry = cache.find(key, !isCurrent)
    if (entry) return answer(request, response, entry)
    // What cannot be known to be true is not kept either.
    if (!isCurrent) return application(request, response)
    const whenDone = (made: Entry | undefined) => {
      if (response.destroyed) return
      if (made) answer(request, response, made)
      else application(request, response)
    }
    const flight = cache.begin(key, whenDone)
    if (!flight) return
    flights.set(request, flight)
    // However it ends. Where the visitor leaves, the page is made to its end for those who wait for it.
    response.once('close', () => {
      if (response.writableEnded) cache.end(flight)
      else setTimeout(() => cache.end(flight), longestMs).unref()
    })
    application(request, response)
  }

  const answer = (request: IncomingMessage, response: ServerResponse, entry: Entry) => {
    const began = performance.now()
    const forms = formsOf.get(entry) ?? newForms(entry)
    const ready = readyFor(request.headers['accept-encoding'], entry, forms)
    if (ready) return send(request, response, entry, forms, ready, began)
    forms.making ??= makeGzip(entry, forms)
    void forms.making.then(() => send(request, response, entry, forms, forms.gzip ?? forms.plain, began))
  }

  const newForms = (entry: Entry): Forms => {
    const same = entry.headers.filter(([name]) => name !== 'content-type').flat()
    const { page } = entry
    const [path = ''] = entry.address.split('?', 1)
    const plain = ready(entry, 'plain', page ? () => fill(page) : entry.body)
    const forms: Forms = { asked: 0, same, path, plain }
    formsOf.set(entry, forms)
    return forms
  }

  /** Undefined where gzip is to be made first. */
  const readyFor = (accepted: string | undefined, entry: Entry, forms: Forms): Ready | undefined => {
    if (accepted === undefined || entry.body.length < worthCompressing) return forms.plain
    const taken = formsTaken(accepted)
    if (taken[0] === 'br' && !entry.page) {
      if (forms.br) return forms.br
      if (++forms.asked === asksBeforeBrotli) void makeBrotli(entry, forms)
    }
    return taken.includes('gzip') ? forms.gzip : forms.plain
  }

  const makeGzip = async (entry: Entry, forms: Forms) => {
    const { page } = entry
    if (page) {
      const deflated = await deflateParts(page).catch(() => undefined)
      if (!deflated) return
      forms.gzip = ready(entry, 'gzip', () => fillDeflated(page, deflated))
      cache.grow(
        entry,
        deflated.reduce((sum, { length }) => sum + length, 0),
      )
    } else {
      const body = await zip(asBuffer(entry.body), { level: 6 }).catch(() => undefined)
      if (!body) return
      forms.gzip = ready(entry, 'gzip', bytesOf(body))
      cache.grow(entry, body.length)
    }
  }

  const makeBrotli = async (entry: Entry, forms: Forms) => {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: entry.body.length }
    const body = await brotli(asBuffer(entry.body), { params }).catch(() => undefined)
    if (!body) return
    forms.br = ready(entry, 'br', bytesOf(body))
    cache.grow(entry, body.length)
  }

  const send = (
    request: IncomingMessage,
    response: ServerResponse,
    entry: Entry,
    { same, path }: Forms,
    form: Ready,
    began: number,
  ) => {
    if (response.destroyed) return
    const id = randomUUID()
    // A page with blanks is another each time.
    const known = entry.page ? undefined : knownTag(request, entry, form.form)
    const status = known === undefined ? 200 : 304
    const head = same.concat('x-request-id', id)
    if (!entry.page) head.push('etag', known ?? tagOf(entry.hash, form.form))
    if (watch.state() !== 'current') head.push('cache-status', 'Bloggy; hit; detail="the database is away"')
    else for (const [name, value] of entry.shared) head.push(name, value)
    if (known === undefined) {
      const body = typeof form.body === 'function' ? form.body() : form.body
      head.push(...form.more, 'content-length', String(body.length))
      response.writeHead(status, head)
      if (request.method === 'HEAD') response.end()
      else response.end(body, 'latin1')
    } else response.writeHead(status, head).end()
    const ms = performance.now() - began
    metrics.count(request.method ?? 'GET', entry.route, status)
    logger.info(
      { reqId: id, method: request.method, path, status, ms: Math.round(ms * 10) / 10, isKept: true },
      'request',
    )
  }
}

const asBuffer = (body: Bytes) => (typeof body === 'string' ? Buffer.from(body, 'latin1') : body)

function ready({ headers }: Entry, form: Form, body: Ready['body']): Ready {
  const type = headers.filter(([name]) => name === 'content-type').flat()
  return { form, body, more: form === 'plain' ? type : [...type, 'content-encoding', form] }
}

/** RFC 9110, 13.1: the date counts where no tag is named. */
function knownTag({ headers }: IncomingMessage, entry: Entry, form: Form): string | undefined {
  const known = headers['if-none-match']
  if (known !== undefined) return tagKnown(known, entry.hash, form)
  const since = headers['if-modified-since']
  if (since === undefined) return undefined
  const changed = entry.headers.find(([name]) => name === 'last-modified')?.[1]
  return changed !== undefined && Date.parse(changed) <= Date.parse(since) ? tagOf(entry.hash, form) : undefined
}

const zip = promisify(gzip)
const brotli = promisify(brotliCompress)
