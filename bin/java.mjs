// The Java that checks HTML: the one BLOGGY_JAVA names, that of the path, or Debian's, installed when it is missing and
// that is possible.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installPackage, isOnPath } from './debian.mjs'

const debian = 'default-jre-headless'

/** The path of a Java that exists; throws an Error that says what to do when there is none. */
export async function ensureJava(environment = process.env) {
  const named = environment.BLOGGY_JAVA
  if (named) {
    if (existsSync(named)) return named
    throw new Error(`BLOGGY_JAVA names ${named}, which does not exist.`)
  }
  const found = onPath(environment)
  if (found) return found
  let said = ''
  if (process.getuid?.() === 0 && isOnPath('apt-get', environment))
    said = await installPackage(debian, 'Java', environment)
  const installed = onPath(environment)
  if (installed) return installed
  throw new Error(
    `${said}The check of HTML needs Java 11 or newer. Install it (Debian: apt-get install ${debian}), ` +
      'or name another with BLOGGY_JAVA=/path/to/java.',
  )
}

function onPath(environment) {
  const folders = (environment.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, 'java')).find((path) => existsSync(path))
}
