import { Type, type Static } from 'typebox'
import { isOwnAddress, isWebAddress, longestPath, pathKey } from '../address.ts'
import { text } from '../texts/texts.ts'

const longestTarget = 2000

export const RedirectForm = Type.Object({
  from_path: Type.String({ minLength: 1, maxLength: longestPath }),
  to_address: Type.String({ minLength: 1, maxLength: longestTarget }),
})
type RedirectInput = Static<typeof RedirectForm>

export const redirectsOnPage = 100
export const mostRedirects = 10_000

export type Redirect = {
  from_path: string
  to_address: string
  /** Null where it leads away from this blog. */
  to_path: string | null
}

/** What a form means, with what is wrong with it by field. Whether it leads in a circle is asked on saving. */
export function redirectOf({ from_path, to_address }: RedirectInput, origin: string) {
  const errors: Record<string, string> = {}
  const from = pathKey(from_path.trim())
  const to = to_address.trim()
  if (from === undefined || from === '/' || !/^\/(?![/\\])[^\\\p{Control}]*$/u.test(from))
    errors.from_path = text('redirects.wrongFrom')
  if (!isOwnAddress(to) && !isWebAddress(to)) errors.to_address = text('redirects.wrongTo')
  if (Object.keys(errors).length > 0) return { errors }
  // As a browser resolves it: /a/../b is /b, and the blog's own origin is the blog.
  const url = new URL(to, origin)
  const isOwn = url.origin === origin
  const to_path = isOwn ? (pathKey(url.pathname) ?? null) : null
  if (to_path === from) return { errors: { to_address: text('redirects.same') } }
  const address = isOwn ? url.pathname.replace(/^\/+/, '/') + url.search + url.hash : url.href
  // Written as a browser sends it, a letter may have become nine characters.
  if (address.length > longestTarget)
    return { errors: { to_address: text('redirects.tooLong', { most: longestTarget }) } }
  return { redirect: { from_path: from ?? '', to_address: address, to_path } satisfies Redirect }
}
