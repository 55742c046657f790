// Every job and every timetable.
import { deleteOldKeys } from './api/queries.ts'
import { deleteEndedApiTokens } from './api-tokens/queries.ts'
import type { FastifyBaseLogger } from 'fastify'
import type { JobHelpers, Task, TaskList } from 'graphile-worker'
import { sendSafetyMail } from './account-safety/jobs.ts'
import { deleteOldPlaces } from './account-safety/queries.ts'
import { checkComment } from './spam-check/jobs.ts'
import { removeDeletedComments, removeSpam, removeUnconfirmed } from './comment-removal/queries.ts'
import { countPostsAgain } from './archive/counting.ts'
import { askToCount, isCounted } from './archive/queries.ts'
import { comingBy } from './audit/way.ts'
import { backUpWhenDue } from './backups/jobs.ts'
import type { BackupMaker } from './backups/process.ts'
import { removeOldFromBin } from './post-bin/queries.ts'
import type { ConnectionTarget } from './db/connection-string.ts'
import type { Jobs } from './db/enqueue.ts'
import { openJobPool } from './db/job-pool.ts'
import { type JobRunner, commonOptions, startJobRunner } from './db/job-runner.ts'
import type { Db, Limits } from './db/pool.ts'
import { doEach } from './db/steps.ts'
import { removePerson } from './departures/jobs.ts'
import { digestPost, digestPosts } from './digests/jobs.ts'
import { askToDigest, lacksDigests } from './digests/queries.ts'
import { tellHub } from './hub/jobs.ts'
import { deleteOldChanges } from './live/queries.ts'
import { deleteOldPageChanges } from './page-cache/queries.ts'
import { deleteEndedAttempts } from './limits/queries.ts'
import { sendEmailChange, sendEmailNotice } from './email-changes/jobs.ts'
import { deleteEndedEmailChanges } from './email-changes/queries.ts'
import { fetchEmbed, showEmbed } from './embeds/jobs.ts'
import { deleteUnusedEmbeds } from './embeds/queries.ts'
import { deleteEndedHalfSignIns } from './half-sign-ins/queries.ts'
import { sendGuestConfirmation } from './guests/jobs.ts'
import { removeEndedLinks, removeGuests } from './guests/queries.ts'
import { sendInvitation } from './invitations/jobs.ts'
import { deleteOldInvitations } from './invitations/queries.ts'
import { askProviders } from './oauth/ask-provider.ts'
import { revokeToken, sendConnectionNotice, sendProviderConfirmation, sendProviderNotice } from './oauth/jobs.ts'
import { deleteEndedStarts } from './oauth/queries.ts'
import type { Config } from './config.ts'
import type { Mailer } from './mail/mailer.ts'
import type { Post } from './mail/post.ts'
import type { Fetcher } from './outbound/fetcher.ts'
import { removeMediaFiles } from './media/jobs.ts'
import type { MediaStore } from './media/store.ts'
import { sendPasswordReset } from './passwords/jobs.ts'
import { sendConfirmation, sendRegistrationNotice } from './registrations/jobs.ts'
import { deleteEndedMailTokens } from './mail-tokens/queries.ts'
import { deleteEndedRegistrations } from './registrations/queries.ts'
import { askToRenderAgain, renderAgain } from './renderings/jobs.ts'
import { indexAll, indexQueued } from './search-index/jobs.ts'
import { askToIndexAll } from './search-index/queries.ts'
import { trimWords } from './search-words/queries.ts'
import { noteScheduledPost } from './schedules/jobs.ts'
import { deleteEmptySeries } from './series/queries.ts'
import { deleteEndedSessions } from './sessions/queries.ts'
import { sendCommentMail } from './subscriptions/jobs.ts'
import {
  deleteOldTellings,
  deleteOldUnsubscribeLinks,
  noteTellings,
  noteWaitingTellings,
} from './subscriptions/queries.ts'

const timetable = '17 4 * * * remove-stale\n* * * * * notice-imports\n* * * * * tell-of-comments\n*/5 * * * * back-up\n'

export type Work = {
  target: ConnectionTarget
  limits: Limits
  db: Db
  mailer: Mailer
  fetcher: Fetcher
  config: Pick<Config, 'providers' | 'oauthTokenKeys' | 'backupEveryHours'>
  /** Where a server runs. */
  backupMaker?: BackupMaker
  store: MediaStore
  origin: string
  siteTitle: () => string
  siteLanguage: () => string
  logger: FastifyBaseLogger
}

function tasks(work: Work): TaskList {
  const { db, mailer, fetcher, config, store, origin, siteTitle, siteLanguage, logger } = work
  const services = askProviders(fetcher)
  const post = (helpers: JobHelpers): Post => ({ db, mailer, origin, siteTitle, messageId: `job-${helpers.job.id}` })
  const list: { [Name in keyof Jobs]: (payload: Jobs[Name], helpers: JobHelpers) => Promise<void> } = {
    'send-confirmation': (payload, helpers) => sendConfirmation(payload, post(helpers)),
    'send-registration-notice': (payload, helpers) => sendRegistrationNotice(payload, post(helpers)),
    'send-password-reset': (payload, helpers) => sendPasswordReset(payload, post(helpers)),
    'send-provider-confirmation': (payload, helpers) => sendProviderConfirmation(payload, post(helpers)),
    'send-provider-notice': (payload, helpers) => sendProviderNotice(payload, post(helpers)),
    'send-connection-notice': (payload, helpers) => sendConnectionNotice(payload, post(helpers)),
    'revoke-token': (payload) => {
      const { providers, oauthTokenKeys: keys = [] } = config
      return revokeToken(payload, { services, providers, keys, logger })
    },
    'send-safety-mail': (payload, helpers) => sendSafetyMail(payload, post(helpers)),
    'send-guest-confirmation': (payload, helpers) => sendGuestConfirmation(payload, post(helpers)),
    'remove-person': (payload) => removePerson(db, payload),
    'send-invitation': (payload, helpers) => sendInvitation(payload, post(helpers)),
    'send-email-change': (payload, helpers) => sendEmailChange(payload, post(helpers)),
    'send-email-notice': (payload, helpers) => sendEmailNotice(payload, post(helpers)),
    'check-comment': (payload) => checkComment(db, fetcher, origin, payload),
    'tell-of-comments': () => noteWaitingTellings(db),
    // Enqueued by triggers of `comments`, whoever approves one.
    'tell-of-comment': (payload) => noteTellings(db, payload),
    'send-comment-mail': (payload, helpers) => sendCommentMail(payload, post(helpers)),
    'note-appearance': (payload) => noteScheduledPost(db, payload),
    'render-again': () => renderAgain(db),
    'fetch-embed': (payload) => fetchEmbed(db, fetcher, payload),
    'show-embed': (payload) => showEmbed(db, payload),
    'index-posts': () => indexQueued(db, siteLanguage),
    'notice-imports': () => askToIndexAll(db),
    'index-all': () => indexAll(db, siteLanguage),
    'remove-media-files': (payload) => removeMediaFiles(db, store, payload),
    'digest-post': (payload) => digestPost(db, payload),
    'digest-posts': (payload) => digestPosts(db, payload),
    'count-posts': () => countPostsAgain(db),
    'tell-hub': (payload) => tellHub({ db, fetcher, origin, logger }, payload),
    'back-up': () => backUpWhenDue(db, config.backupEveryHours, work.backupMaker),
    'remove-stale': () =>
      doEach(
        {
          'ended sessions': () => deleteEndedSessions(db),
          'ended tokens of programs': () => deleteEndedApiTokens(db),
          'old keys of requests': () => deleteOldKeys(db),
          'half sign-ins': () => deleteEndedHalfSignIns(db),
          'places long not seen': () => deleteOldPlaces(db),
          'ended links of mails': () => deleteEndedMailTokens(db),
          'registrations that nobody confirmed': () => deleteEndedRegistrations(db),
          'ended changes of mailboxes': () => deleteEndedEmailChanges(db),
          'old invitations': () => deleteOldInvitations(db),
          'ways to other services that nobody came back from': () => deleteEndedStarts(db),
          'counted tries': () => deleteEndedAttempts(db),
          'unused embeds': () => deleteUnusedEmbeds(db),
          'empty series': () => deleteEmptySeries(db),
          'rare words': () => trimWords(db),
          'old changes of pages': () => deleteOldPageChanges(db),
          'old changes of comments': () => deleteOldChanges(db),
          'old notes of mails': () => deleteOldTellings(db),
          'old links that end mails': () => deleteOldUnsubscribeLinks(db),
          'old posts of the bin': () => removeOldFromBin(db),
          'deleted comments': () => removeDeletedComments(db),
          'old spam': () => removeSpam(db),
          'unconfirmed comments': () => removeUnconfirmed(db),
          'guests without comments': () => removeGuests(db),
          'ended links of guests': () => removeEndedLinks(db),
          'asking to count': () => askToCount(db),
          'asking to digest': () => askToDigest(db),
        },
        logger,
      ),
  }
  const noting = ([name, work]: [string, Task]): [string, Task] => [
    name,
    (payload, helpers) => comingBy({ origin: 'job' }, () => work(payload, helpers)),
  ]
  return Object.fromEntries(Object.entries(list as TaskList).map((one) => noting(one as [string, Task])))
}

/** Works until stopped. */
export async function startWorker(work: Work): Promise<JobRunner> {
  const waits = (error: Error) => work.logger.warn({ reason: error.message }, 'jobs wait')
  await askForWork(work.db).catch(waits)
  return await startJobRunner({ ...work, taskList: tasks(work), crontab: timetable })
}

/** What an older program, an import or a fill from elsewhere left to do. */
async function askForWork(db: Db): Promise<void> {
  await askToRenderAgain(db)
  if (await lacksDigests(db)) await askToDigest(db)
  if (!(await isCounted(db))) await askToCount(db)
  await askToIndexAll(db)
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
