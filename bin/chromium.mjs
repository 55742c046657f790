// The browser of the tests: the one BLOGGY_CHROMIUM names, or Debian's, installed when it is missing and that is possible.
import { existsSync } from 'node:fs'
import { installPackage, isOnPath } from './debian.mjs'

const usual = '/usr/bin/chromium'

/** The path of a Chromium that exists; throws an Error that says what to do when there is none. */
export async function ensureChromium(environment = process.env) {
  const named = environment.BLOGGY_CHROMIUM
  if (named) {
    if (existsSync(named)) return named
    throw new Error(`BLOGGY_CHROMIUM names ${named}, which does not exist.`)
  }
  if (existsSync(usual)) return usual
  let said = ''
  if (process.getuid?.() === 0 && isOnPath('apt-get', environment))
    said = await installPackage('chromium', 'Chromium', environment)
  if (existsSync(usual)) return usual
  throw new Error(
    `${said}The tests need Chromium at ${usual}. Install it (Debian: apt-get install chromium), ` +
      'or name another with BLOGGY_CHROMIUM=/path/to/chromium.',
  )
}
