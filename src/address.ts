// What people type as an address: of this blog, or of another site.

/** A path of this blog, without blanks: `//host` and `/\host` are other hosts to a browser. */
export function isOwnAddress(text: string): boolean {
  return /^\/(?![/\\])[^\s\\\p{Control}]*$/u.test(text)
}

/** A whole address of the web, without a name and a password in it. */
export function isWebAddress(text: string, protocols: string[] = ['https:', 'http:']): boolean {
  const url = URL.parse(text)
  return (
    url !== null &&
    protocols.includes(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    /^[a-z]+:\/\/[^\s\\\p{Control}]+$/u.test(text)
  )
}

/**
 * How paths are compared: decoded once, in one form of Unicode, without what follows them and without a slash at the end.
 * Undefined for what PostgreSQL cannot hold, and so does not.
 */
export function pathKey(address: string): string | undefined {
  const path = decoded(address.split(/[?#]/, 1)[0] ?? '').normalize('NFC')
  if (path.length > longestPath || path.includes('\0') || !path.isWellFormed()) return undefined
  return path.length > 1 ? path.replace(/\/+$/, '') || '/' : path
}

export const longestPath = 400

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
