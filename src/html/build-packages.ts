// Writes each package of joined-packages.ts as one file into a folder: node src/html/build-packages.ts FOLDER
import { rolldown } from 'rolldown'
import { fileOf, joinedPackages } from './joined-packages.ts'

const input = Object.fromEntries(joinedPackages.map((name) => [fileOf(name).replace(/\.js$/, ''), name]))
// Together, because one that needs another has to get the same as everybody.
const bundle = await rolldown({ input, platform: 'node' })
await bundle.write({
  dir: process.argv[2] ?? '',
  format: 'esm',
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
})
await bundle.close()
