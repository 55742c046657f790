// Keeps jobs running: begins again when the library gives up, frees what killed runners hold, and ends when told to, also
// with a job that does not.
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Runner, RunnerOptions, Task, TaskList, WorkerEvents, WorkerPool } from 'graphile-worker'
import type { ConnectionTarget } from './connection-string.ts'
import { openRunnerPool } from './job-pool.ts'
import type { Db, Limits } from './pool.ts'
import { forgetRunner, freeForgotten, freeJobsOf, freeStuckJobs, isJobDue, showLife } from './stuck-jobs.ts'

export type Jobs = {
  target: ConnectionTarget
  limits: Limits
  db: Db
  logger: FastifyBaseLogger
  taskList: TaskList
  crontab: string
  patience?: Partial<Patience>
}

export type Patience = {
  /** What a job may take; see stuck-jobs.ts. */
  jobSeconds: number
  /** What a job under way gets when Bloggy stops. */
  stopSeconds: number
  /** Before a runner that ended is begun again. */
  pauseSeconds: number
  /** How often the jobs of killed runners are looked for. */
  freeEverySeconds: number
  /** How often a runner says that it lives; see stuck-jobs.ts. */
  lifeEverySeconds: number
  /** A runner that has nothing to do for so long, while a job is due, has lost its way. */
  lostSeconds: number
}

/** Stopping takes less than the twelve seconds that requests get (commands/serve.ts). */
const usual: Patience = {
  jobSeconds: 420,
  stopSeconds: 8,
  pauseSeconds: 1,
  freeEverySeconds: 15,
  lifeEverySeconds: 2,
  lostSeconds: 15,
}
const forceSeconds = 2
const quietSeconds = 5

export type JobRunner = {
  /** A job under way is finished first, unless that takes too long: then it fails and is done again later. */
  stop: () => Promise<void>
}

/** While PostgreSQL is away it tries again and again. */
export async function startJobRunner(jobs: Jobs): Promise<JobRunner> {
  const { db, logger } = jobs
  const patience = { ...usual, ...jobs.patience }
  const stopping = new AbortController()
  const { signal } = stopping
  const warn = (error: Error) => logger.warn({ reason: error.message }, 'jobs wait')

  // The server may go away just now; the timer comes by again.
  await freeStuckJobs(db).catch(warn)
  let running = await begin(jobs, patience).catch((error: Error): Running => {
    warn(error)
    return { id: '', idleSeconds: () => 0, ended: Promise.resolve(), giveUp: () => {}, stop: async () => {} }
  })
  // Not a job in the timetable: it would wait behind the one that is stuck.
  const timer = setInterval(() => void freeStuckJobs(db).catch(warn), patience.freeEverySeconds * 1000).unref()
  let dueSince: number | undefined
  const show = () => void showOnce().catch(() => (dueSince = undefined))
  const showOnce = async () => {
    const { id, idleSeconds, giveUp } = running
    if (id === '') return
    await showLife(db, id)
    if (idleSeconds() > quietSeconds) await freeForgotten(db, id)
    // It asks every two seconds. One that does not may wait for an answer that never comes.
    const isDue = idleSeconds() > 0 && (await isJobDue(db, Object.keys(jobs.taskList)))
    dueSince = isDue ? (dueSince ?? performance.now()) : undefined
    if (dueSince === undefined) return
    const waited = Math.min(idleSeconds(), (performance.now() - dueSince) / 1000)
    if (waited < patience.lostSeconds || signal.aborted) return
    dueSince = undefined
    logger.warn({ seconds: Math.round(waited) }, 'jobs are due and the job runner takes none; it begins again')
    giveUp()
  }
  const life = setInterval(show, patience.lifeEverySeconds * 1000).unref()
  show()
  void keepRunning()

  return {
    stop: async () => {
      stopping.abort()
      clearInterval(timer)
      await running.stop(patience.stopSeconds)
      clearInterval(life)
      if (running.id) await forgetRunner(db, running.id).catch(() => {})
    },
  }

  async function keepRunning(): Promise<void> {
    for (;;) {
      await running.ended
      await pause(patience.pauseSeconds, signal)
      if (signal.aborted) return
      try {
        await freeJobsOf(db, running.id)
        running = await begin(jobs, patience)
        show()
        if (signal.aborted) return await running.stop(patience.stopSeconds)
      } catch (error) {
        warn(error as Error)
      }
    }
  }
}

type Running = {
  /** What its jobs are locked by. */
  id: string
  /** Since it had a job under way. */
  idleSeconds: () => number
  /** Never rejects. */
  ended: Promise<void>
  /** Ends it, whether or not it hears of that. */
  giveUp: () => void
  stop: (withinSeconds: number) => Promise<void>
}

async function begin({ target, limits, logger, taskList, crontab }: Jobs, { jobSeconds }: Patience): Promise<Running> {
  const { run } = await import('graphile-worker')
  const pool = await openRunnerPool(target, limits, (error) =>
    logger.warn({ reason: error.message }, 'job connection lost'),
  )
  const events = new EventEmitter() as WorkerEvents
  let workers: WorkerPool | undefined
  let underWay = 0
  let idleSince = performance.now()
  const counted = (task: Task): Task => {
    return async (payload, helpers) => {
      underWay++
      try {
        await task(payload, helpers)
      } finally {
        underWay--
        idleSince = performance.now()
      }
    }
  }
  const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<void>()
  let hasLooked = false
  const look = () => (hasLooked = true)
  events.on('pool:create', ({ workerPool }) => (workers = workerPool))
  events.on('worker:getJob:empty', look)
  events.on('job:start', look)
  // The library asks once what its tasks are called and keeps the answer, also that there was none: whose first look fails
  // finds no job ever (0.18).
  events.on('worker:getJob:error', ({ error }) => {
    if (hasLooked) return
    logger.warn({ reason: (error as Error).message }, 'the job runner could not look for jobs; it begins again')
    giveUp()
  })
  const runner: Runner = await run({
    ...(await commonOptions(logger)),
    pgPool: pool,
    events,
    taskList: mapTasks(withTimeLimit(taskList, jobSeconds), counted),
    crontab,
    concurrency: 1,
  })
  void givenUp.then(async () => await workers?.forcefulShutdown('It took no jobs.')).catch(() => {})
  const ended = Promise.race([runner.promise, givenUp])
    .catch((error: Error) => logger.error({ err: error }, 'the job runner ended'))
    .then(() => void pool.end().catch(() => {}))
  return {
    id: workers?.id ?? '',
    idleSeconds: () => (underWay > 0 ? 0 : (performance.now() - idleSince) / 1000),
    ended,
    giveUp,
    stop: async (withinSeconds) => {
      const stopped = runner.stop().then(
        () => true,
        () => true,
      )
      if (await Promise.race([stopped, pause(withinSeconds)])) return
      logger.warn(`A job was still running after ${withinSeconds} seconds. It is given up and done again later.`)
      // Runner.kill() would be the word for it, and does nothing once a runner is stopping (0.18).
      const forced = Promise.resolve(workers?.forcefulShutdown('Bloggy stopped before it was done.'))
      await Promise.race([forced.catch(() => {}), pause(forceSeconds)])
    },
  }
}

/** What every run of jobs has, in the background or once. */
export async function commonOptions(logger: FastifyBaseLogger): Promise<RunnerOptions> {
  const { Logger } = await import('graphile-worker')
  return {
    noHandleSignals: true,
    logger: new Logger(() => (level, message) => {
      if (level === 'error') logger.error({ message }, 'job failed')
      else logger.debug({ message }, 'jobs')
    }),
    // What became of a job is written a moment later, by code that minds errors. At once (-1) nothing does in 0.18, and
    // PostgreSQL going away during a job took the process with it.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  }
}

/** A job that takes longer fails and is done again later. What it was waiting for is not ended, only no longer waited for. */
function withTimeLimit(tasks: TaskList, seconds: number): TaskList {
  const limited = (task: Task): Task => {
    return async (payload, helpers) => {
      const done = new AbortController()
      const late = pause(seconds, done.signal).then(() => {
        if (!done.signal.aborted) throw new Error(`It took longer than ${seconds} seconds.`)
      })
      try {
        await Promise.race([task(payload, helpers), late])
      } finally {
        done.abort()
      }
    }
  }
  return mapTasks(tasks, limited)
}

function mapTasks(tasks: TaskList, change: (task: Task) => Task): TaskList {
  return Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, change(task as Task)]))
}

/** Keeps nobody from ending, and ends early without an error. */
async function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { ref: false, ...(signal && { signal }) }).catch(() => {})
}
