// Packages of hundreds of small files, each joined into one: to find and read them took a quarter of a start, and what Node
// keeps for each file a fifth of its memory. Joined at the first start, in node_modules/.cache; where that cannot be written,
// the packages are loaded as they are.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cache } from './kept.ts'

/** What is imported under these names has no state that somebody else's copy would need. */
export const joinedPackages = ['kysely', 'kysely-postgres-js', 'typebox', 'typebox/value']

export function fileOf(name: string): string {
  return `${name.replaceAll('/', '-')}.js`
}

/** Addresses of files by the names that are imported; empty where they cannot be made. */
export function joinPackages(): Map<string, string> {
  const hash = createHash('sha256')
  // The packages have exact versions there.
  for (const file of ['../../package.json', 'joined-packages.ts', 'build-packages.ts']) {
    hash.update(readFileSync(new URL(file, import.meta.url)))
  }
  const folder = `${cache}packages-${hash.digest('hex')}/`
  if (!existsSync(folder) && !build(folder)) return new Map()
  return new Map(joinedPackages.map((name) => [name, pathToFileURL(folder + fileOf(name)).href]))
}

/** Two processes may build at the same time: the first one's are taken. */
function build(folder: string): boolean {
  const own = `${folder.slice(0, -1)}.${process.pid}`
  try {
    mkdirSync(dirname(own), { recursive: true })
    // In a process of its own: the bundler takes memory that this one would keep.
    const script = fileURLToPath(new URL('build-packages.ts', import.meta.url))
    execFileSync(process.execPath, [script, own], { env: {}, stdio: ['ignore', 'ignore', 'inherit'] })
    renameSync(own, folder)
  } catch {
    rmSync(own, { recursive: true, force: true })
  }
  return existsSync(folder)
}
