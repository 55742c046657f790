// Lets Node run .tsx from source; it strips types from .ts by itself. Large packages come joined into one file each, and a
// process that begins with a file of ours gets all of ours joined.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { joinPackages } from './joined-packages.ts'
import { isEntry, joinedEntry, nameSources } from './joined-program.ts'
import { cache, keep } from './kept.ts'

const require = createRequire(import.meta.url)

const joined = joinPackages()
const sources = new URL('../', import.meta.url).href
const isOfOurs = /^\.\.?\/.*\.tsx?$/

registerHooks({
  resolve(name, context, nextResolve) {
    const { parentURL } = context
    if (parentURL === undefined && isEntry.test(name) && name.startsWith(sources)) {
      const entry = joinedEntry(fileURLToPath(name))
      if (entry !== undefined) {
        nameSources()
        return { url: entry, format: 'module', shortCircuit: true }
      }
    }
    // A file of ours that names another is where it says: no package has to be looked for, nor what kind of file it is.
    if (isOfOurs.test(name) && parentURL?.startsWith(sources))
      return { url: new URL(name, parentURL).href, format: 'module-typescript', shortCircuit: true }
    return nextResolve(joined.get(name) ?? name, context)
  },
  load(url, context, nextLoad) {
    if (!url.endsWith('.tsx')) return nextLoad(url, context)
    return { format: 'module', source: compiled(fileURLToPath(url)), shortCircuit: true }
  },
})

/** JavaScript for a .tsx file, kept under the hash of its source: the compiler is loaded only when something changed. */
function compiled(path: string): string {
  const source = readFileSync(path, 'utf8')
  const kept = `${cache}tsx-${createHash('sha256').update(path).update(source).digest('hex')}.js`
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const code = compile(path, source)
    keep(kept, code)
    return code
  }
}

function compile(path: string, source: string): string {
  const { transformSync } = require('rolldown/utils') as typeof import('rolldown/utils')
  const { code, errors } = transformSync(path, source, {
    lang: 'tsx',
    sourceType: 'module',
    jsx: { runtime: 'automatic', importSource: '#html' },
  })
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors.map((error) => error.message).join('; ')}`)
  return code
}
