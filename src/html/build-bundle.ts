// Bundles a script for browsers and writes it to standard output: node src/html/build-bundle.ts browser/editor/main.ts
import { rolldown } from 'rolldown'

const bundle = await rolldown({ input: process.argv[2] ?? '', platform: 'browser' })
const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false })
process.stdout.write(output[0].code)
await bundle.close()
