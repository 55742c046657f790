// The checks besides the tests, the quickest to fail first: `npm run ci`, or `npm run ci types` for the ones named so.
// `.ci/run` reads the last line.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { delimiter, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const programs = join(root, 'node_modules', '.bin')
const timeoutMs = 600_000

const checks = [
  ['no machine in the texts', () => searchTexts()],
  ['format', () => run('oxfmt', '--check')],
  ['lint', () => run('oxlint', '--deny-warnings', '--report-unused-disable-directives', '--format', 'unix')],
  ['types', () => run('tsc', '--project', '.')],
  ['requirements', () => validateSpecs()],
  ['unused code', () => run('knip', '--no-progress')],
  [
    'packages of the image',
    () => run('knip', '--no-progress', '--production', '--strict', '--include', 'unlisted,unresolved'),
  ],
  ['vulnerable packages', () => audit()],
  ['container', () => run('node', 'docker/check.mjs')],
  // An answer that was lost, PostgreSQL killed, and none at the start; `npm run faults` has 42.
  [
    'faults',
    () => run('node', '--import', './src/html/hook.mjs', 'faults/run.ts', '--short', '--rate=40', '2', '5', '7'),
  ],
]

const words = process.argv.slice(2)
const count = { passed: 0, failed: 0, skipped: 0 }
for (const [name, check] of checks) {
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue
  const begun = Date.now()
  const { result, output } = await check()
  count[result]++
  const sign = { passed: '✓', failed: '✗', skipped: '-' }[result]
  console.log(`${sign} ${name.padEnd(24)} ${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s`)
  const shown = result === 'passed' ? skippedParts(output) : output.trim()
  if (shown) console.log(shown.replace(/^/gm, '    '))
}
console.log(`${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ''}`)
process.exitCode = count.failed > 0 || count.passed + count.skipped === 0 ? 1 : 0

async function run(program, ...words) {
  const { code, output } = await start(program, words)
  return code === 0
    ? { result: 'passed', output }
    : { result: 'failed', output: `${output}\n${program} ended with ${code}.` }
}

/** Without a single specification the tool is content, too. */
async function validateSpecs() {
  const found = await run('openspec', 'validate', '--specs', '--strict')
  if (found.result === 'passed' && !/[1-9]\d* passed/.test(found.output)) found.result = 'failed'
  return found
}

/** A registry that does not answer says nothing about the packages. */
async function audit() {
  const { code, output } = await start('npm', ['audit', '--omit=dev', '--fetch-retries=0', '--fetch-timeout=20000'])
  if (/\d+ .*vulnerabilit/.test(output)) return { result: code === 0 ? 'passed' : 'failed', output }
  return { result: 'skipped', output: `The registry does not answer, or cannot tell:\n${output.trim().slice(-1000)}` }
}

/** Names of registries and of folders that one machine has: they would break the next one. */
function searchTexts() {
  const registry = /\bregistry\.[a-z0-9-]+\.[a-z]{2,}/i
  const folder = /(?<![\w.~-])\/(?:work|root)\//
  const found = []
  for (const path of listFiles(root)) {
    const text = readFileSync(path, 'utf8')
    if (text.includes('\0')) continue
    const name = relative(root, path)
    const resolved = name === 'package-lock.json' ? /"resolved": "https?:/ : undefined
    for (const [index, line] of text.split('\n').entries()) {
      if ([registry, folder, resolved].some((pattern) => pattern?.test(line)))
        found.push(`${name}:${index + 1}: ${line.trim().slice(0, 200)}`)
    }
  }
  return { result: found.length === 0 ? 'passed' : 'failed', output: found.join('\n') }
}

// The names in .gitignore, which hold what a machine made.
function listFiles(folder) {
  const made = /^(?:\.git|node_modules|data|results|\.env|\.installing.*|.*\.log)$/
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (made.test(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return listFiles(path)
    return entry.isFile() ? [path] : []
  })
}

function skippedParts(output) {
  return output
    .split('\n')
    .filter((line) => line.startsWith('skipped'))
    .join('\n')
}

/** With the programs of node_modules first in PATH, whichever Node runs this. */
function start(program, words) {
  const env = {
    ...process.env,
    PATH: `${programs}${delimiter}${process.env.PATH ?? ''}`,
    NO_COLOR: '1',
    OPENSPEC_TELEMETRY: '0',
    DO_NOT_TRACK: '1',
  }
  delete env.FORCE_COLOR
  const child = spawn(program, words, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs })
  let output = ''
  const keep = (chunk) => (output = (output + chunk).slice(-200_000))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: error.code, output: error.message }))
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }))
  })
}
