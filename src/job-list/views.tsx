// What the blog has yet to do, does and could not do.
import { ZonedMinute } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { SettingsLayout } from '../settings/settings-layout.tsx'
import { rich, text } from '../texts/texts.ts'
import { type JobState, jobStates } from './job.ts'
import type { Job } from './queries.ts'

type Props = {
  page: Page
  list: { jobs: Job[]; next: number | undefined }
  counts: Record<JobState, number>
  state: JobState | ''
  isFirst: boolean
}

export function JobsPage({ page, list, counts, state, isFirst }: Props): Html {
  return (
    <SettingsLayout page={page} section="jobs" title={text('jobs.title')}>
      <h1>{text('jobs.title')}</h1>
      <p class="quiet">{text('jobs.note')}</p>
      <nav class="tabs" aria-label={text('jobs.states')}>
        <a href={paths.admin.jobs()} aria-current={state === '' ? 'page' : undefined}>
          {text('jobs.all')}
        </a>
        {jobStates.map((one) => (
          <a href={paths.admin.jobs({ state: one })} aria-current={state === one ? 'page' : undefined}>
            {text('jobs.counted', { state: one, count: counts[one] })}
          </a>
        ))}
      </nav>
      {counts.failed > 0 && (
        <form method="post" action={paths.admin.jobRetries()} class="buttons">
          <button>{text('jobs.retryAll')}</button>
        </form>
      )}
      {list.jobs.length === 0 ? (
        <p class="empty">{isFirst ? text('jobs.none', { state: state || 'all' }) : text('jobs.noOlder')}</p>
      ) : (
        <ul class="rows">
          {list.jobs.map((job) => (
            <JobRow job={job} page={page} />
          ))}
        </ul>
      )}
      <Pager next={list.next && paths.admin.jobs({ state, before: list.next })}>{text('jobs.older')}</Pager>
    </SettingsLayout>
  )
}

function JobRow({ job, page }: { job: Job; page: Page }): Html {
  const { id, task, state, attempts, most_attempts, run_at, last_error } = job
  const next = <ZonedMinute date={run_at} language={page.site.language} zone={page.site.timeZone} />
  return (
    <li>
      <span>
        <b>{task}</b> <span class="quiet">{text('jobs.number', { id })}</span>
      </span>
      <span class="quiet">
        {text('jobs.state', { state })}
        {attempts > 0 && <> · {text('jobs.tried', { attempts, most: most_attempts })}</>}
        {state === 'waiting' && <> · {rich('jobs.next', { next })}</>}
      </span>
      {last_error !== null && <p class="whole quiet">{last_error}</p>}
      {state !== 'running' && (
        <div class="whole buttons">
          <form method="post" action={paths.admin.jobRetry(id)}>
            <button class="second small" aria-label={text('jobs.retryOne', { task, id })}>
              {text('jobs.retry')}
            </button>
          </form>
          <form method="post" action={paths.admin.jobDeletion(id)}>
            <button class="second small" aria-label={text('jobs.deleteOne', { task, id })}>
              {text('jobs.delete')}
            </button>
          </form>
        </div>
      )}
    </li>
  )
}
