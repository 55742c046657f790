// Every job and every timetable.
import type { FastifyBaseLogger } from 'fastify'
import type { JobHelpers, TaskList } from 'graphile-worker'
import { removeDeletedComments } from './comments/queries.ts'
import { removeOldFromBin } from './post-bin/queries.ts'
import type { ConnectionTarget } from './db/connection-string.ts'
import type { Jobs } from './db/enqueue.ts'
import { openJobPool } from './db/job-pool.ts'
import { type JobRunner, commonOptions, startJobRunner } from './db/job-runner.ts'
import type { Db, Limits } from './db/pool.ts'
import { deleteOldChanges } from './live/queries.ts'
import { deleteEndedAttempts } from './limits/queries.ts'
import { fetchEmbed, showEmbed } from './embeds/jobs.ts'
import { deleteUnusedEmbeds } from './embeds/queries.ts'
import type { Mailer } from './mail/mailer.ts'
import type { Post } from './mail/post.ts'
import type { Fetcher } from './outbound/fetcher.ts'
import { removeMediaFiles } from './media/jobs.ts'
import type { MediaStore } from './media/store.ts'
import { sendPasswordReset } from './passwords/jobs.ts'
import { sendConfirmation, sendRegistrationNotice } from './registrations/jobs.ts'
import { deleteEndedMailTokens } from './mail-tokens/queries.ts'
import { askToRenderAgain, renderAgain } from './renderings/jobs.ts'
import { noteScheduledPost } from './schedules/jobs.ts'
import { deleteEmptySeries } from './series/queries.ts'
import { deleteEndedSessions } from './sessions/queries.ts'
import { sendCommentMail } from './subscriptions/jobs.ts'
import { deleteOldTellings, noteTellings } from './subscriptions/queries.ts'

const timetable = '17 4 * * * remove-stale\n'

export type Work = {
  target: ConnectionTarget
  limits: Limits
  db: Db
  mailer: Mailer
  fetcher: Fetcher
  store: MediaStore
  origin: string
  siteTitle: () => string
  logger: FastifyBaseLogger
}

function tasks({ db, mailer, fetcher, store, origin, siteTitle }: Work): TaskList {
  const post = (helpers: JobHelpers): Post => ({ db, mailer, origin, siteTitle, messageId: `job-${helpers.job.id}` })
  const list: { [Name in keyof Jobs]: (payload: Jobs[Name], helpers: JobHelpers) => Promise<void> } = {
    'send-confirmation': (payload, helpers) => sendConfirmation(payload, post(helpers)),
    'send-registration-notice': (payload, helpers) => sendRegistrationNotice(payload, post(helpers)),
    'send-password-reset': (payload, helpers) => sendPasswordReset(payload, post(helpers)),
    // Enqueued by triggers of `comments`, whoever approves one.
    'tell-of-comment': ({ comment_id }) => noteTellings(db, comment_id),
    'send-comment-mail': (payload, helpers) => sendCommentMail(payload, post(helpers)),
    'note-appearance': (payload) => noteScheduledPost(db, payload),
    'render-again': () => renderAgain(db),
    'fetch-embed': (payload) => fetchEmbed(db, fetcher, payload),
    'show-embed': (payload) => showEmbed(db, payload),
    'remove-media-files': (payload) => removeMediaFiles(db, store, payload),
    'remove-stale': async () => {
      await deleteEndedSessions(db)
      await deleteEndedMailTokens(db)
      await deleteEndedAttempts(db)
      await deleteUnusedEmbeds(db)
      await deleteEmptySeries(db)
      await deleteOldChanges(db)
      await deleteOldTellings(db)
      while ((await removeOldFromBin(db)) > 0);
      while ((await removeDeletedComments(db)) > 0);
    },
  }
  return list as TaskList
}

/** Works until stopped. */
export async function startWorker(work: Work): Promise<JobRunner> {
  await askToRenderAgain(work.db).catch((error: Error) => work.logger.warn({ reason: error.message }, 'jobs wait'))
  return await startJobRunner({ ...work, taskList: tasks(work), crontab: timetable })
}

/** Runs what waits now and returns: for tests and for `bloggy` without a server. */
export async function runJobsOnce(work: Work): Promise<void> {
  const { runOnce } = await import('graphile-worker')
  const pool = await openJobPool(work.target, work.limits)
  try {
    await runOnce({ ...(await commonOptions(work.logger)), pgPool: pool, taskList: tasks(work) })
  } finally {
    await pool.end()
  }
}
