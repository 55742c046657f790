// What the blog does by itself: jobs and backups.
import { commandLine } from '../command-line.ts'
import { openPlace } from '../backups/place.ts'
import { shownError } from '../job-list/job.ts'
import { type Database, type Told, count, named, notice, ok, orOk, wrong } from './finding.ts'
import { readJobs, readLastBackups } from './queries.ts'

export async function checkJobs({ sql }: Database): Promise<Told[]> {
  const jobs = await readJobs(sql)
  const found: Told[] = []
  for (const { task, failed, last_error } of jobs.filter(({ failed }) => failed > 0))
    found.push(
      notice(
        `${count(failed, 'job')} ${task} failed for good: ${shownError(last_error) ?? ''}`,
        `Mend the cause, then: ${commandLine('job retry-many')}. ${commandLine('job list --state failed')} shows them.`,
      ),
    )
  const late = jobs.filter(({ late }) => late > 0)
  if (late.length > 0)
    found.push(
      notice(
        `${count(
          late.reduce((sum, one) => sum + one.late, 0),
          'job',
        )} ${late.length === 1 && late[0]?.late === 1 ? 'waits' : 'wait'} for more than 15 minutes: ${named(late.map(({ task }) => task))}.`,
        'Start the blog, whose runner does them; if it runs, look in its log for "jobs wait".',
      ),
    )
  const stuck = jobs.filter(({ stuck }) => stuck > 0)
  if (stuck.length > 0)
    found.push(
      notice(
        `${count(
          stuck.reduce((sum, one) => sum + one.stuck, 0),
          'job',
        )} ${stuck.length === 1 && stuck[0]?.stuck === 1 ? 'is' : 'are'} held by a runner that is gone: ${named(stuck.map(({ task }) => task))}.`,
        'A blog that runs frees them within a minute.',
      ),
    )
  return orOk(found, 'No job failed for good, and none waits for long.')
}

export async function checkBackups({ sql, config }: Database): Promise<Told[]> {
  const last = await readLastBackups(sql)
  const every = config.backupEveryHours
  const now = commandLine('backup --schedule')
  if (!every || !config.backupTo) {
    if (!last.has_posts) return [ok('There is nothing to back up yet.')]
    const words = 'The blog makes no backups by itself'
    return [
      notice(
        last.age_hours === null ? `${words}.` : `${words}; the last is ${age(last.age_hours)} old.`,
        'Set BACKUP_TO and BACKUP_EVERY, unless something else backs it up.',
      ),
    ]
  }
  const found: Told[] = []
  if (last.error)
    found.push(
      wrong(
        `The last backup failed at ${last.failed_at?.toISOString()}: ${shownError(last.error) ?? ''}`,
        `Mend that, then: ${now}`,
      ),
    )
  if (last.age_hours === null) found.push(wrong('There is no backup yet.', now))
  else if (last.age_hours > every * 2 + 1)
    found.push(
      wrong(
        `The last backup is ${age(last.age_hours)} old, and BACKUP_EVERY is ${every} hours.`,
        `${now}; then look whether the blog runs.`,
      ),
    )
  if (last.name) {
    const stored = await openPlace(config).list()
    if (!stored.some(({ name }) => name === last.name))
      found.push(
        wrong(`The last backup, ${last.name}, is not where BACKUP_TO leads.`, `Look for it, or make another: ${now}`),
      )
  }
  return orOk(found, `The last backup is ${age(last.age_hours ?? 0)} old. \`${commandLine('backup drill')}\` tries it.`)
}

function age(hours: number): string {
  return hours < 48 ? count(Math.floor(hours), 'hour') : count(Math.floor(hours / 24), 'day')
}
