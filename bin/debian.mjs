// Programs that the tests need and npm has not, from Debian.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { showProgress } from './progress.mjs'

const installTimeoutMs = 600_000

/** What apt-get said when it failed, else nothing. */
export async function installPackage(name, title, environment) {
  let step = 'reading package lists'
  const done = showProgress(() => `Installing ${title} for the tests: ${step}`)
  try {
    await run('apt-get', ['update'], environment)
    step = 'downloading and unpacking'
    await run('apt-get', ['install', '-y', '--no-install-recommends', name], environment)
    done(`Installed ${title}`)
    return ''
  } catch (error) {
    done()
    return `${error.message}\n`
  }
}

export function isOnPath(program, environment) {
  return (environment.PATH ?? '').split(delimiter).some((folder) => folder && existsSync(join(folder, program)))
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
