// `node --import ./src/html/hook.mjs` runs .ts and .tsx from source. Plain JavaScript: whatever runs before byte code is
// kept would load the compiler of TypeScript, which takes longer than all of Bloggy's files from the cache.
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/bloggy/v8', import.meta.url)))

await import('./hook.ts')
