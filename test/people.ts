// Forms that make and use accounts, as strangers send them.
import type { LightMyRequestResponse } from 'fastify'
import { paths } from '../src/paths.ts'
import type { Blog } from './app.ts'
import { password } from './cast.ts'

/** A form from a network of its own, or from the one given: limits count by network. */
export function send(
  { app }: Pick<Blog, 'app'>,
  path: string,
  form: Record<string, string>,
  more: { ip?: string; cookie?: string; headers?: Record<string, string> } = {},
): Promise<LightMyRequestResponse> {
  networks++
  return app.inject({
    method: 'POST',
    url: path,
    remoteAddress: more.ip ?? `10.${networks >> 16}.${(networks >> 8) & 255}.${networks & 255}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: more.cookie ?? '', ...more.headers },
    payload: new URLSearchParams(form).toString(),
  })
}

export function signIn(blog: Pick<Blog, 'app'>, email: string, form: Record<string, string> = {}, ip?: string) {
  return send(blog, paths.signIn(), { email, password, ...form }, ip ? { ip } : {})
}

/** `name=value` of the cookie that an answer sets. */
export function cookieOf(response: LightMyRequestResponse): string {
  return String(response.headers['set-cookie'] ?? '').split(';')[0] ?? ''
}

/** The path of the link in a mail. */
export function linkIn(text: string): string {
  const link = /http\S+/.exec(text)?.[0]
  if (!link) throw new Error(`There is no link in: ${text}`)
  return new URL(link).pathname
}

let networks = 0
