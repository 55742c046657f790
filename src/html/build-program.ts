// Writes Bloggy's own files, joined into few, into a folder: node src/html/build-program.ts FOLDER
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { isEntry, listSources, sources } from './joined-program.ts'

const entries = listSources().filter((path) => isEntry.test(`/${path}`))
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((path) => [path.replace(/\.ts$/, ''), sources + path])),
  platform: 'node',
  // Packages stay where they are.
  external: /^[^./#\0]/,
  transform: { jsx: { runtime: 'automatic', importSource: '#html', pure: false } },
  tsconfig: false,
  plugins: [
    {
      name: 'places',
      // A file asks for others by where it is.
      transform: (code, path) => ({
        code: code
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
          .replaceAll('import.meta.filename', JSON.stringify(path)),
        map: null,
      }),
      // V8 takes two bytes for each letter of a file that has one beyond Latin-1.
      renderChunk: (code) => ({ code: code.replaceAll(/[^\0-\x7f]/g, escaped), map: null }),
    },
  ],
})
await bundle.write({
  dir: process.argv[2] ?? '',
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  sourcemap: 'hidden',
  sourcemapExcludeSources: true,
  minify: false,
  comments: false,
})
await bundle.close()

function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
}
