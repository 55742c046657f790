// Scripts that are made of packages: each folder of browser/ is one file, `browser/editor/main.ts` is editor.js. A bundle
// is built when it is asked for the first time and kept under the hash of what it is made of, like compiled views.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { cache, keep } from './kept.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

type Bundle = { name: string; code: Buffer; brotli: Buffer }

/** By the name of the file that a page asks for. */
export function bundles(): Bundle[] {
  return readdirSync(`${root}browser`).map((name) => ({ name: `${name}.js`, ...bundle(`${root}browser/${name}/`) }))
}

function bundle(folder: string): Omit<Bundle, 'name'> {
  // The packages have exact versions there.
  const hash = createHash('sha256').update(readFileSync(`${root}package.json`))
  // The one file that browsers and the server share.
  hash.update(readFileSync(`${root}src/markdown/reading-time.ts`))
  for (const file of readdirSync(folder).toSorted()) hash.update(`\0${file}\0`).update(readFileSync(folder + file))
  const kept = `${cache}bundle-${hash.digest('hex')}.js`
  try {
    return { code: readFileSync(kept), brotli: readFileSync(`${kept}.br`) }
  } catch {
    // In a process of its own: the bundler takes memory that this one would keep.
    const words = [fileURLToPath(new URL('build-bundle.ts', import.meta.url)), `${folder}main.ts`]
    const code = execFileSync(process.execPath, words, { maxBuffer: 16 * 1024 * 1024 })
    // Two seconds of work that no visitor waits for.
    const brotli = brotliCompressSync(code)
    keep(`${kept}.br`, brotli)
    keep(kept, code)
    return { code, brotli }
  }
}
