// The browser of the tests: the one BLOGGY_CHROMIUM names, or Debian's, installed when it is missing and that is possible.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { showProgress } from './progress.mjs'

const usual = '/usr/bin/chromium'
const installTimeoutMs = 600_000

/** The path of a Chromium that exists; throws an Error that says what to do when there is none. */
export async function ensureChromium(environment = process.env) {
  const named = environment.BLOGGY_CHROMIUM
  if (named) {
    if (existsSync(named)) return named
    throw new Error(`BLOGGY_CHROMIUM names ${named}, which does not exist.`)
  }
  if (existsSync(usual)) return usual
  let said = ''
  if (process.getuid?.() === 0 && isOnPath('apt-get', environment)) said = await install(environment)
  if (existsSync(usual)) return usual
  throw new Error(
    `${said}The tests need Chromium at ${usual}. Install it (Debian: apt-get install chromium), ` +
      'or name another with BLOGGY_CHROMIUM=/path/to/chromium.',
  )
}

/** What apt-get said when it failed, else nothing. */
async function install(environment) {
  let step = 'reading package lists'
  const done = showProgress(() => `Installing Chromium for the tests: ${step}`)
  try {
    await run('apt-get', ['update'], environment)
    step = 'downloading and unpacking'
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], environment)
    done('Installed Chromium')
    return ''
  } catch (error) {
    done()
    return `${error.message}\n`
  }
}

function run(program, words, environment) {
  const env = { ...environment, DEBIAN_FRONTEND: 'noninteractive' }
  const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: installTimeoutMs })
  let output = ''
  const keep = (chunk) => (output = (output + chunk).slice(-4000))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${output.trim()}\n\`${program} ${words.join(' ')}\` ended with ${code ?? signal}.`))
    })
  })
}

function isOnPath(program, environment) {
  return (environment.PATH ?? '').split(delimiter).some((folder) => folder && existsSync(join(folder, program)))
}
