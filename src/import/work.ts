// The work on uploaded files, each in a process of its own: `bloggy import`, as somebody would start it by hand.
//
// A process may be killed at any moment and goes on when it is started again, so it ends with the server. What it says
// goes into files, not into pipes: when the server is killed, it finishes by itself.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { FastifyBaseLogger } from 'fastify'
import { type Config, environmentOf } from '../config.ts'
import { text } from '../texts/texts.ts'
import {
  type Task,
  type Upload,
  fileOf,
  findUpload,
  folderOf,
  readResult,
  removeFile,
  reportOf,
  saveUpload,
} from './uploads.ts'

export type Work = {
  /** Starts the task; `ended` settles when its outcome is written down. */
  start: (upload: Upload, task: Task, userId: number) => Promise<{ upload: Upload; ended: Promise<void> }>
  isAtWorkOn: (upload: Upload) => boolean
  undo: (importId: number, by: { id: number; ip: string }) => { ended: Promise<void> }
  /** What is known of an undo that this process started: that it runs, or why it did not. */
  undoOf: (importId: number) => { isRunning: boolean; message: string | null } | undefined
  stop: () => Promise<void>
}

const hook = fileURLToPath(new URL('../html/hook.mjs', import.meta.url))
const cli = fileURLToPath(new URL('../cli.ts', import.meta.url))
const patienceMs = 5000
// Reasons that lie here and not in the file.
const ofThisPlace = new Set(['no space', 'too much work', 'being written', 'moving'])

export function newWork(config: Config, logger: FastifyBaseLogger): Work {
  const folder = folderOf(config.dataFolder)
  const running = new Map<string, ChildProcess>()
  const undos = new Map<number, { isRunning: boolean; message: string | null }>()
  const endings = new Set<Promise<void>>()
  let isStopping = false

  function run(key: string, words: string[], stdio: [number, number]): { child: ChildProcess; exit: Promise<unknown> } {
    if (isStopping) throw new Error('The server stops.')
    const child = spawn(process.execPath, ['--import', hook, cli, 'import', ...words], {
      env: { ...(environmentOf(config) as NodeJS.ProcessEnv), MALLOC_ARENA_MAX: '2' },
      stdio: ['ignore', ...stdio],
    })
    running.set(key, child)
    const exit = once(child, 'exit').catch((error: Error) => logger.error({ err: error }, 'import did not start'))
    return { child, exit: exit.finally(() => running.delete(key)) }
  }

  function remember(ended: Promise<void>): Promise<void> {
    const logged = ended.catch((error: Error) => logger.error({ err: error }, 'import not written down'))
    endings.add(logged)
    return logged.finally(() => endings.delete(logged))
  }

  return {
    async start(found, task, userId) {
      const upload: Upload = { ...found, task, state: 'running', message: null }
      await rm(reportOf(folder, upload), { force: true })
      await saveUpload(folder, upload)
      const words = [
        fileOf(folder, upload),
        '--json',
        '--report',
        reportOf(folder, upload),
        '--started-by',
        String(userId),
      ]
      const flags = { inspection: ['--inspect'], rehearsal: ['--rehearse'], import: [] }
      const out = await open(outOf(folder, upload), 'w', 0o600)
      const err = await open(errOf(folder, upload), 'w', 0o600)
      try {
        const { exit } = run(upload.token, [...words, ...flags[task]], [out.fd, err.fd])
        return { upload, ended: remember(exit.then(() => settle(folder, upload, logger))) }
      } finally {
        await out.close()
        await err.close()
      }
    },
    isAtWorkOn: ({ token }) => running.has(token),
    undo(importId, by) {
      const undo: { isRunning: boolean; message: string | null } = { isRunning: true, message: null }
      undos.set(importId, undo)
      return {
        ended: remember(
          undoInFile(importId, by)
            .then((message) => Object.assign(undo, { isRunning: false, message }))
            .then(() => {}),
        ),
      }
    },
    undoOf: (importId) => undos.get(importId),
    async stop() {
      isStopping = true
      for (const child of running.values()) child.kill('SIGTERM')
      const late = setTimeout(() => {
        for (const child of running.values()) child.kill('SIGKILL')
      }, patienceMs)
      await Promise.all(endings)
      clearTimeout(late)
    },
  }

  async function undoInFile(importId: number, { id, ip }: { id: number; ip: string }): Promise<string | null> {
    const path = join(folder, `undo-${importId}.txt`)
    const err = await open(path, 'w', 0o600)
    const words = ['undo', String(importId), '--by', String(id), '--address', ip]
    const { exit } = run(`undo ${importId}`, words, [err.fd, err.fd])
    await err.close()
    const [code] = (await exit) as [number | null]
    const said = await readFile(path, 'utf8')
    await rm(path, { force: true })
    if (code === null) return text('imports.undoStopped')
    return code === 0 ? null : (explanation(said) ?? unexpected(said, logger))
  }
}

/** Writes down how a task ended, from what it left behind; also for one whose server was killed. */
export async function settle(folder: string, { token }: Upload, logger: FastifyBaseLogger): Promise<void> {
  const upload = await findUpload(folder, token)
  if (!upload) return
  const result = (await readResult(folder, upload)) as { import_id?: number | null } | undefined
  if (result) {
    await saveUpload(folder, { ...upload, state: 'done', import_id: result.import_id ?? null })
    if (upload.task === 'import') await removeFile(folder, upload)
    return
  }
  const path = dirname(fileOf(folder, upload))
  const plain = (said: string) => said.replaceAll(`${path}/`, '')
  const refusal = refusalIn(await readFile(outOf(folder, upload), 'utf8').catch(() => ''))
  if (refusal) {
    const isOfFile = !ofThisPlace.has(refusal.refused)
    await saveUpload(folder, { ...upload, state: isOfFile ? 'refused' : 'stopped', message: plain(refusal.message) })
    if (isOfFile) await removeFile(folder, upload)
    return
  }
  const said = await readFile(errOf(folder, upload), 'utf8').catch(() => '')
  const words = explanation(said) ?? (/^\s+at .+:\d+/m.test(said) ? unexpected(said, logger) : null)
  await saveUpload(folder, { ...upload, state: 'stopped', message: words && plain(words) })
}

/** A StartError stands alone, after an empty line; a bug comes with its stack. */
function explanation(said: string): string | undefined {
  const words = /(?:^|\n)\n(\S[^]*?)\s*$/.exec(said)?.[1]
  return words && !/^\s+at .+:\d+/m.test(said) ? words : undefined
}

function unexpected(said: string, logger: FastifyBaseLogger): string {
  logger.error({ said: said.slice(-4000) }, 'import failed')
  return text('imports.ourTrouble')
}

function refusalIn(out: string): { refused: string; message: string } | undefined {
  try {
    const { refused, message } = JSON.parse(out) as { refused?: string; message?: string }
    return refused && message ? { refused, message } : undefined
  } catch {
    return undefined
  }
}

const outOf = (folder: string, { token }: Upload): string => join(folder, token, 'out.json')
const errOf = (folder: string, { token }: Upload): string => join(folder, token, 'err.txt')

/** What is done soon is shown done; the rest goes on without the one who asked. */
export async function settles(ended: Promise<void>): Promise<void> {
  await Promise.race([ended, sleep(soonMs, undefined, { ref: false })])
}

const soonMs = 2500
export const otherAtWork = (): string => text('imports.otherAtWork')
