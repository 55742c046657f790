// Debian's varnishd with the configuration of the documents, before a blog of the test.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from './documents.ts'
import { freePort } from './tcp-server.ts'

const program = '/usr/sbin/varnishd'
export const hasVarnish = existsSync(program)

export type Varnish = {
  origin: string
  stop: () => Promise<void>
}

export async function startVarnish(port: number, backend: string): Promise<Varnish> {
  const folder = mkdtempSync(join(tmpdir(), `bloggy-test-${process.pid}-varnish-`))
  const file = join(folder, 'bloggy.vcl')
  const text = readFileSync(join(root, 'docs/varnish.vcl'), 'utf8')
  writeFileSync(file, text.replace('.port = "8081"', `.port = "${backend}"`))
  const work = join(folder, 'work')
  const listens = ['-a', `127.0.0.1:${port}`, '-T', `127.0.0.1:${await freePort()}`]
  const words = ['-F', '-j', 'none', '-n', work, ...listens, '-f', file, '-s', 'default,32m']
  const server = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => (said += chunk))
  const origin = `http://127.0.0.1:${port}`
  const isUp = () =>
    fetch(`${origin}/livez`).then(
      () => true,
      () => false,
    )
  for (let tries = 0; !(await isUp()); tries++) {
    if (server.exitCode !== null || tries > 200) throw new Error(`varnishd did not start:\n${said}`)
    await sleep(100)
  }
  return {
    origin,
    stop: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
