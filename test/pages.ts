// What a test reads out of a page.
import assert from 'node:assert/strict'
import type { LightMyRequestResponse } from 'fastify'
import type { Person } from './cast.ts'
import { paths } from '../src/paths.ts'

/** The value of a form field as a browser would send it. */
export function fieldOf(html: string, name: string): string | undefined {
  const input = html.match(new RegExp(`<input[^>]* name="${name}"[^>]*>`))?.[0]
  if (input) return unescaped(/ value="([^"]*)"/.exec(input)?.[1] ?? '')
  const area = html.match(new RegExp(`<textarea[^>]* name="${name}"[^>]*>\n?([^<]*)</textarea>`))
  return area ? unescaped(area[1] ?? '') : undefined
}

/** The message beside a form field. */
export function errorAt(html: string, name: string): string | undefined {
  const found = new RegExp(`<p class="error" id="${name}-error">([^<]*)</p>`).exec(html)
  return found ? unescaped(found[1] ?? '') : undefined
}

/** The addresses of the posts in a list, in the order shown. */
export function listedPosts(html: string): string[] {
  return [...html.matchAll(/<h2[^>]*><a href="([^"]+)"/g)].map(([, href]) => unescaped(href ?? ''))
}

/** Where "Earlier posts" or "Earlier comments" leads. */
export function nextPage(html: string): string | undefined {
  const found = /<a rel="next" href="([^"]+)">/.exec(html)
  return found ? unescaped(found[1] ?? '') : undefined
}

export function unescaped(text: string): string {
  const names: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' }
  return text.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => names[entity] ?? entity)
}

/** Writes a post through the form and says where it is; a draft unless `publish`. */
export async function writePost(
  writer: Person,
  form: Record<string, string> = {},
): Promise<{ id: number; slug: string; path: string }> {
  const title = form.title ?? `A post ${++count}`
  const response = await writer.post(paths.admin.posts(), { title, body: 'Some words.', ...form })
  assert.equal(response.statusCode, 303, response.body)
  return await placeOf(writer, response)
}

export async function publishPost(writer: Person, form: Record<string, string> = {}) {
  return await writePost(writer, { publish: 'yes', ...form })
}

async function placeOf(writer: Person, response: LightMyRequestResponse) {
  const location = String(response.headers.location)
  // As a browser does: one of them says how far a standby has to be for who wrote.
  const cookies = response.cookies.map(({ name, value }) => `${name}=${value}`)
  const page = await writer.get(location, { cookie: [writer.cookie, ...cookies].join('; ') })
  assert.equal(page.statusCode, 200)
  const id = Number(/\/admin\/posts\/(\d+)/.exec(location.startsWith('/admin/') ? location : page.body)?.[1])
  assert.ok(id > 0, 'The page names no post.')
  return { id, path: location, slug: decodeURIComponent(location.slice(paths.post('').length)) }
}

let count = 0
