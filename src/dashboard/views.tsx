import type { LastBackups } from '../backup-log/queries.ts'
import { Day, Minute, ZonedMinute } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import type { ListedImport } from '../import/queries.ts'
import { bytes } from '../import/progress.ts'
import { stateOf } from '../import/state.ts'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { rich, text } from '../texts/texts.ts'
import type { EndingPost, FailedJob, Health, WaitingPost, Writing } from './queries.ts'

type Owned = {
  imports: ListedImport[]
  jobs: FailedJob[]
  backup: LastBackups & { isLate: boolean; every: number | undefined }
  health: Health & { version: string; node: string; sendsMail: boolean }
}
type Props = { page: Page; writing: Writing; ending: EndingPost[]; owned: Owned | undefined }

export function DashboardPage(props: Props): Html {
  const { page, writing, ending, owned } = props
  const { rewritten, stale, drafts, scheduled, isNew } = writing
  const lateJobs = owned?.health.late_jobs ?? 0
  const needed = [rewritten, stale, ending, owned?.jobs ?? [], owned?.imports ?? []]
  const toModerate = page.visitor?.toModerate
  const isBackedUp = !owned?.backup.error && !owned?.backup.isLate
  const isCalm = needed.every((list) => list.length === 0) && lateJobs === 0 && !toModerate && isBackedUp
  return (
    <AdminLayout page={page} title={text('dashboard.title')} hasKeys hasNotice>
      <div class="heading-row">
        <h1>{text('dashboard.title')}</h1>
        <a class="button" href={paths.admin.newPost()} data-key="n">
          {text('dashboard.write')}
        </a>
      </div>
      {isNew ? <Beginning page={page} /> : isCalm && <p class="done">{text('dashboard.calm')}</p>}
      {toModerate && (
        <p class="notice">
          {rich('dashboard.toModerate', {
            count: toModerate,
            link: (inside) => <a href={paths.admin.comments()}>{inside}</a>,
          })}
        </p>
      )}
      <div data-rows>
        {owned && <Trouble {...owned} lateJobs={lateJobs} page={page} />}
        <Section title={text('dashboard.rewritten')} posts={rewritten} {...props}>
          {(post) => <Changed date={post.rewritten_at} page={page} />}
        </Section>
        <Ending ending={ending} page={page} />
        <Section title={text('dashboard.scheduled')} posts={scheduled} {...props}>
          {({ published_at }) =>
            published_at && <ZonedMinute date={published_at} language={page.site.language} zone={page.site.timeZone} />
          }
        </Section>
        <Section title={text('dashboard.drafts')} posts={drafts} {...props}>
          {({ updated_at }) => <Changed date={updated_at} page={page} />}
        </Section>
        <Section title={text('dashboard.stale')} posts={stale} {...props}>
          {({ updated_at }) => <Changed date={updated_at} page={page} />}
        </Section>
      </div>
      {owned && <Facts {...owned} page={page} />}
    </AdminLayout>
  )
}

/** What to do first. */
function Beginning({ page }: { page: Page }): Html {
  return (
    <section class="empty" aria-labelledby="begin">
      <h2 id="begin">{text('dashboard.nothingYet')}</h2>
      <p>{rich('dashboard.firstPost', { link: (inside) => <a href={paths.admin.newPost()}>{inside}</a> })}</p>
      {page.visitor?.isOwner && (
        <>
          <p>{rich('dashboard.giveSettings', { link: (inside) => <a href={paths.admin.settings()}>{inside}</a> })}</p>
          <p>{rich('dashboard.olderBlog', { link: (inside) => <a href={paths.admin.imports()}>{inside}</a> })}</p>
        </>
      )}
    </section>
  )
}

type SectionProps<Post extends WaitingPost> = {
  title: string
  posts: Post[]
  page: Page
  children: (post: Post) => Html | null
}

function Section<Post extends WaitingPost>({ title, posts, page, children }: SectionProps<Post>): Html {
  if (posts.length === 0) return <></>
  return (
    <section class="waiting">
      <h2>{title}</h2>
      <ul class="rows">
        {posts.map((post) => (
          <li>
            <a href={paths.admin.post(post.id)}>{titleOf(post)}</a>
            <span class="quiet">
              {children(post)}
              {post.author_name && post.author_name !== page.visitor?.name && ` · ${post.author_name}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Changed({ date, page }: { date: Date; page: Page }): Html {
  return rich('dashboard.changed', { day: <Day date={date} language={page.site.language} /> })
}

function Ending({ ending, page }: { ending: EndingPost[]; page: Page }): Html {
  if (ending.length === 0) return <></>
  return (
    <section class="waiting">
      <h2>{text('dashboard.ending')}</h2>
      <ul class="rows">
        {ending.map((post) => (
          <li>
            <a href={paths.admin.bin()}>{titleOf(post)}</a>
            <span class="quiet">
              {rich('dashboard.gone', { day: <Day date={post.gone_at} language={page.site.language} /> })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Trouble({ imports, jobs, backup, lateJobs, page }: Owned & { lateJobs: number; page: Page }): Html {
  const { language } = page.site
  return (
    <>
      {lateJobs > 0 && <p class="error-summary">{text('dashboard.lateJobs', { count: lateJobs })}</p>}
      {backup.error && (
        <p class="error-summary">
          {text('dashboard.backupFailed')} <span class="whole">{backup.error}</span>
        </p>
      )}
      {backup.isLate && !backup.error && <p class="error-summary">{text('dashboard.backupLate')}</p>}
      {jobs.length > 0 && (
        <section class="waiting">
          <h2>{text('dashboard.failedJobs')}</h2>
          <ul class="rows">
            {jobs.map(({ task, attempts, error, failed_at }) => (
              <li>
                <strong>{task}</strong>
                <span class="quiet">
                  {rich('dashboard.attempts', {
                    count: attempts,
                    time: <Minute date={failed_at} language={language} />,
                  })}
                </span>
                {error && <span class="quiet whole">{error}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {imports.length > 0 && (
        <section class="waiting">
          <h2>{text('dashboard.imports')}</h2>
          <ul class="rows">
            {imports.map((found) => (
              <li>
                <a href={paths.admin.import(found.id)}>{found.file_name}</a>
                <span class="quiet">
                  {stateOf(found, found.counts?.kept_aside)} · <Day date={found.started_at} language={language} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function Backup({ backup, page }: { backup: Owned['backup']; page: Page }): Html {
  const { made_at, is_encrypted, every } = backup
  if (!made_at) return <>{every === undefined ? text('dashboard.noBackups') : text('dashboard.noBackupYet')}</>
  const size = bytes(Number(backup.bytes))
  const time = <Minute date={made_at} language={page.site.language} />
  return is_encrypted ? rich('dashboard.backupSealed', { size, time }) : rich('dashboard.backupMade', { size, time })
}

function Facts({ health, backup, page }: Owned & { page: Page }): Html {
  return (
    <section class="facts" aria-labelledby="facts">
      <h2 id="facts">{text('dashboard.facts')}</h2>
      <dl>
        <dt>Bloggy</dt>
        <dd>{health.version}</dd>
        <dt>PostgreSQL</dt>
        <dd>{text('dashboard.database', { version: health.postgres, size: health.size })}</dd>
        <dt>Node</dt>
        <dd>{health.node}</dd>
        <dt>{text('dashboard.mail')}</dt>
        <dd>{health.sendsMail ? text('dashboard.mailSent') : text('dashboard.mailNotSent')}</dd>
        <dt>{text('dashboard.backup')}</dt>
        <dd>
          <Backup backup={backup} page={page} />
        </dd>
      </dl>
    </section>
  )
}
