// `npm test`, or `npm test posts` for the files whose path holds "posts".
import { ensureChromium } from './chromium.mjs'

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`The tests need Node 24 and this is ${process.version}. Run \`npm test\`, which brings it.`)
  process.exit(1)
}

const chromium = await ensureChromium().catch((error) => {
  console.error(error.message)
  process.exit(1)
})
const { runTests } = await import('../test/prepare.ts')
process.exit(await runTests(process.argv.slice(2), { BLOGGY_CHROMIUM: chromium }))
