// The steps of signing in by another service, as a browser takes them.
import assert from 'node:assert/strict'
import type { LightMyRequestResponse } from 'fastify'
import { paths } from '../src/paths.ts'
import type { Blog } from './app.ts'
import type { Person } from './cast.ts'

/** A browser of its own: keeps cookies, in a network of its own. */
export type Visitor = {
  get: (path: string) => Promise<LightMyRequestResponse>
  post: (path: string, form?: Record<string, string>) => Promise<LightMyRequestResponse>
  cookies: Map<string, string>
}

let networks = 0

export function visitor({ app }: Pick<Blog, 'app'>, person?: Person): Visitor {
  networks++
  const remoteAddress = `10.9.${networks >> 8}.${networks & 255}`
  const cookies = new Map<string, string>()
  const [name, value] = person?.cookie.split('=') ?? []
  if (name && value) cookies.set(name, value)
  const ask = async (method: 'GET' | 'POST', url: string, form?: Record<string, string>) => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const type = form && { 'content-type': 'application/x-www-form-urlencoded' }
    const payload = form && { payload: new URLSearchParams(form).toString() }
    const response = await app.inject({ method, url, remoteAddress, headers: { cookie, ...type }, ...payload })
    for (const { name, value, expires, maxAge } of response.cookies) {
      if (value === '' || maxAge === 0 || (expires && expires < new Date())) cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }
  return { get: (path) => ask('GET', path), post: (path, form = {}) => ask('POST', path, form), cookies }
}

/** Where the page that answered a start leads. */
export function addressIn(response: LightMyRequestResponse): string {
  assert.equal(response.statusCode, 200, response.body)
  const address = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(response.body)?.[1]
  assert.ok(address, response.body)
  const unescaped = address.replaceAll('&amp;', '&').replaceAll('&#39;', "'")
  assert.ok(response.body.includes(`<a href="${address}"`))
  return unescaped
}

type Walk = (address: string) => Promise<URL>

/** From the button to the answer, which is not opened yet. */
export async function goAndComeBack(
  who: Visitor,
  walk: Walk,
  provider: string,
  form: Record<string, string> = {},
): Promise<string> {
  const answer = await walk(addressIn(await who.post(paths.providerStart(provider), form)))
  return answer.pathname + answer.search
}

/** The whole way. */
export async function signInBy(who: Visitor, walk: Walk, provider: string, form: Record<string, string> = {}) {
  return await who.get(await goAndComeBack(who, walk, provider, form))
}

/** Whoever the blog takes the browser for; undefined for a stranger. */
export async function whoIs(who: Visitor): Promise<string | undefined> {
  const profile = await who.get(paths.profile())
  if (profile.statusCode === 303) return undefined
  return /<dt>E-mail<\/dt><dd>([^<]*)/.exec(profile.body)?.[1]
}

/** What the page says first. */
export function saidIn({ body }: LightMyRequestResponse): string {
  const [, heading = '', words = ''] = /<h1>([^<]*)<\/h1>\s*<p>([^<]*)/.exec(body) ?? []
  return `${heading}: ${words}`
}
