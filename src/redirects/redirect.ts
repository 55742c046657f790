import { Type, type Static } from 'typebox'

export const RedirectForm = Type.Object({
  from_path: Type.String({ minLength: 1, maxLength: 400 }),
  to_address: Type.String({ minLength: 1, maxLength: 2000 }),
})
export type RedirectInput = Static<typeof RedirectForm>

export const redirectsOnPage = 100
export const mostRedirects = 10_000

/** An address of this blog as it is compared: a path without what follows it, no blanks, no slash at the end. */
export function pathKey(text: string): string {
  const path = text.trim().split(/[?#]/, 1)[0] ?? ''
  const known = decoded(path).normalize('NFC')
  return known.length > 1 ? known.replace(/\/+$/, '') || '/' : known
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** What is wrong with it, by field. Whether it leads in a circle is asked on saving. */
export function redirectErrors({ from_path, to_address }: RedirectInput): Record<string, string> {
  const errors: Record<string, string> = {}
  const from = pathKey(from_path)
  const to = to_address.trim()
  if (!/^\/(?![/\\])[^\\\p{Control}]*$/u.test(from) || from === '/')
    errors.from_path = 'Please give an address of this blog that begins with /, such as /old-page.'
  if (!isPath(to) && !isWebAddress(to))
    errors.to_address = 'Please give /… for a page of this blog, or a whole address with https://.'
  if (!errors.to_address && isPath(to) && pathKey(to) === from) errors.to_address = 'This is the same address.'
  return errors
}

function isPath(text: string): boolean {
  return /^\/(?![/\\])[^\s\\\p{Control}]*$/u.test(text)
}

function isWebAddress(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:\/\/[^\s\\]+$/.test(text) && url.username === '' && url.password === ''
}
