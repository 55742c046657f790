// The backups of the timetable, each in a process of its own: `bloggy backup --schedule`, as somebody would start it by hand.
// It takes minutes, which no other job has to wait for, and what became of it is in the database.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FastifyBaseLogger } from 'fastify'
import { type Config, environmentOf } from '../config.ts'

export type BackupMaker = { start: () => void; stop: () => Promise<void> }

const hook = fileURLToPath(new URL('../html/hook.mjs', import.meta.url))
const cli = fileURLToPath(new URL('../cli.ts', import.meta.url))
const patienceMs = 5000

export function newBackupMaker(config: Config, logger: FastifyBaseLogger): BackupMaker {
  let running: ChildProcess | undefined
  return {
    start() {
      if (running) return
      const child = spawn(process.execPath, ['--import', hook, cli, 'backup', '--schedule', '--json'], {
        env: { ...(environmentOf(config) as NodeJS.ProcessEnv), MALLOC_ARENA_MAX: '2' },
        stdio: 'ignore',
      })
      running = child
      child.on('error', (error) => logger.error({ err: error }, 'the backup did not start'))
      child.on('close', (code) => {
        running = undefined
        if (code === 0) logger.info('backup made')
        else logger.error({ code }, 'no backup was made; the dashboard says why')
      })
    },
    async stop() {
      const child = running
      if (!child) return
      const ended = once(child, 'close')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      await ended.finally(() => clearTimeout(late))
    },
  }
}
