#!/usr/bin/env node
// Plain JavaScript for any Node: installs what is missing and hands over to the Node that Bloggy brings.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const prepared = spawnSync(process.execPath, [join(root, 'bin/prepare.mjs')], { stdio: 'inherit' })
if (prepared.status !== 0) process.exit(prepared.status ?? 1)

const own = join(root, 'node_modules/.bin/node')
const node = existsSync(own) ? own : process.execPath
const child = spawn(
  node,
  // As in package.json and docker/Dockerfile: byte code that is kept belongs to the flags.
  [
    '--max-semi-space-size=16',
    '--heap-growing-percent=50',
    '--no-allocation-site-pretenuring',
    '--import',
    join(root, 'src/html/hook.mjs'),
    join(root, 'src/cli.ts'),
    ...process.argv.slice(2),
  ],
  // Where malloc keeps a heap for each thread, what one thread gives back is lost to the others.
  { stdio: 'inherit', env: { MALLOC_ARENA_MAX: '2', ...process.env } },
)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0)
})
