import { existsSync } from 'node:fs'

// The container image has `bloggy` in its path; a checkout has bin/ and goes through npm.
const isCheckout = existsSync(new URL('../bin/bloggy.mjs', import.meta.url))

/** A command as it is typed where this Bloggy runs: `bloggy setup --link`. */
export function commandLine(words: string): string {
  if (!isCheckout) return `bloggy ${words}`
  return words === 'start' ? 'npm start' : `npm run bloggy -- ${words}`
}

/** The same where it stands in a pipe: what npm prints first would be taken for a part of it. */
export function pipedCommandLine(words: string): string {
  return isCheckout ? `bin/bloggy.mjs ${words}` : `bloggy ${words}`
}

/** A path as a shell takes it. */
export function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
