// Makes node_modules match package-lock.json before `npm start`, `npm test` and `npm run bench`.
// Runs before anything is installed, on any Node from 18: no dependencies, no TypeScript.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { showProgress } from './progress.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.bloggy-stamp')
// Beside node_modules, because `npm ci` empties that first.
const lock = join(root, '.installing')
// The holder of the lock touches it every second, so an old one is nobody's, whoever has the process number now.
const lockIsStaleAfterMs = 20_000
// As long as an npm that lost its parent may take.
const npmTimeoutMs = 600_000

const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8')
const wanted = `${createHash('sha256').update(lockText).digest('hex')} ${process.platform} ${process.arch}\n`
// Asked for only when packages are compared.
let libcFound

process.exitCode = await prepare()

async function prepare() {
  if (read(stamp) !== wanted) {
    await takeLock()
    try {
      // Another run may have done it in the meantime, or the operator with an `npm ci` of their own.
      if (read(stamp) !== wanted && !isInstalled()) {
        const code = await install()
        if (code !== 0) return code
      }
      writeFileSync(stamp, wanted)
    } finally {
      rmSync(lock, { recursive: true, force: true })
    }
  }
  return checkNode()
}

async function install() {
  const packages = listPackages()
  let here = 0
  const done = showProgress(() => {
    here = packages.filter((path) => existsSync(join(root, path, 'package.json'))).length
    return `Installing packages: ${here} of ${packages.length}`
  })
  const [program, ...before] = npm()
  // With NODE_ENV=production npm would leave out what the tests need, and the stamp would hide it.
  const options = ['ci', '--no-audit', '--no-fund', '--include=dev', '--include=optional']
  const child = spawn(program, [...before, ...options], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const { code, output, interrupted } = await finish(child)
  if (code === 0) {
    done(`Installed ${packages.length} packages`)
    return 0
  }
  done()
  if (interrupted) return interrupted
  // Warnings about the machine's own Node say nothing here: packages run on the Node among them.
  console.error(output.trim().replace(/^npm warn EBADENGINE.*\n/gm, ''))
  console.error(`\nInstalling packages failed: \`npm ci\` ended with ${code}. What npm said is above.`)
  console.error('Look at the connection to the npm registry, then run the same command again.')
  return typeof code === 'number' ? code : 1
}

/** Ends with the child's code and what it wrote. A signal to this process ends the child first, and then this one. */
function finish(child) {
  let output = ''
  let interrupted = 0
  const keep = (chunk) => (output = (output + chunk).slice(-100_000))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const end = (signal, code) => {
    interrupted = code
    child.kill(signal)
    setTimeout(() => child.kill('SIGKILL'), 2000).unref()
  }
  process.on('SIGINT', () => end('SIGINT', 130))
  process.on('SIGTERM', () => end('SIGTERM', 143))
  // Should this process be killed, npm goes on alone and the next run waits for it.
  writeFileSync(join(lock, 'npm'), String(child.pid ?? ''))
  return new Promise((resolve) => {
    child.on('error', (error) => {
      resolve({ code: error.code === 'ENOENT' ? 127 : 1, output: `npm: ${error.message}` })
    })
    child.on('close', (code, signal) => resolve({ code: interrupted || (code ?? signal), output, interrupted }))
  })
}

/** The npm that runs this, with its own node: the one in node_modules is about to be removed. */
function npm() {
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  if (script && node && existsSync(script) && /\bnpm-cli\.[cm]?js$/.test(script)) return [node, script]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm']
}

/** True when npm's own record of node_modules has every package of the lock file for this machine. */
function isInstalled() {
  const found = JSON.parse(read(join(modules, '.package-lock.json')) || '{}').packages ?? {}
  const { packages } = JSON.parse(lockText)
  return listPackages().every((path) => found[path]?.integrity === packages[path].integrity)
}

function listPackages() {
  const { packages } = JSON.parse(lockText)
  return Object.keys(packages).filter((path) => path && isForThisMachine(packages[path]))
}

function isForThisMachine({ optional, os, cpu, libc }) {
  // What is optional on every machine belongs to a package for another one.
  if (optional && !os && !cpu) return false
  return allows(os, process.platform) && allows(cpu, process.arch) && (!libc || allows(libc, libcName()))
}

function allows(wanted, name) {
  // Some packages write a word where most write a list.
  const list = [wanted ?? []].flat()
  if (list.length === 0 || list.includes(name)) return true
  return list.every((item) => item.startsWith('!')) && !list.includes(`!${name}`)
}

function libcName() {
  libcFound ??= process.report?.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
  return libcFound
}

/** One installation at a time; the others wait and then find nothing left to do. */
async function takeLock() {
  let hasSpoken = false
  for (;;) {
    try {
      mkdirSync(lock)
      writeFileSync(join(lock, 'pid'), String(process.pid))
      writeFileSync(join(lock, '.gitignore'), '*\n')
      // Somebody who found a stale lock may be removing it right now.
      await sleep(50)
      if (read(join(lock, 'pid')) === String(process.pid)) return keepFresh()
    } catch (error) {
      if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error
    }
    const owner = Number(read(join(lock, 'pid')))
    if (isStale(owner)) {
      removeLock()
      continue
    }
    if (!hasSpoken) console.error(`Another run (process ${owner}) is installing packages; waiting for it.`)
    hasSpoken = true
    await sleep(200)
  }
}

function keepFresh() {
  const touch = () => {
    try {
      utimesSync(lock, new Date(), new Date())
    } catch {}
  }
  setInterval(touch, 1000).unref()
}

function isStale(owner) {
  try {
    const age = Date.now() - statSync(lock).mtimeMs
    if (!owner) return age > 2000
    const npm = Number(read(join(lock, 'npm')))
    if (npm && isAlive(npm) && age < npmTimeoutMs) return false
    return !isAlive(owner) || age > lockIsStaleAfterMs
  } catch {
    return false
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

// Moved away first: of two who find it stale, one removes it.
function removeLock() {
  const aside = `${lock}.${process.pid}`
  try {
    renameSync(lock, aside)
    rmSync(aside, { recursive: true, force: true })
  } catch {}
}

/** What runs next is the `node` of the packages where there is one, else the machine's own. */
function checkNode() {
  if (existsSync(join(modules, '.bin', 'node')) || Number(process.versions.node.split('.')[0]) >= 24) return 0
  console.error(
    `Bloggy needs Node 24. This is ${process.version}, and there is no package with it for ${process.platform}-${process.arch}.`,
  )
  return 1
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
