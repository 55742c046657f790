// What was decided about comments: for moderators with names and reasons, for everybody without.
import { Day, ZonedMinute } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout, Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { rich, text } from '../texts/texts.ts'
import type { LogEntry } from './queries.ts'

type Props = { page: Page; entries: LogEntry[]; next: number | undefined; isFirst: boolean }

export function LogPage({ page, entries, next, isFirst }: Props): Html {
  const { language, timeZone } = page.site
  return (
    <AdminLayout page={page} title={text('moderation.logTitle')}>
      <h1>{text('moderation.logTitle')}</h1>
      <p class="quiet">
        <a href={paths.admin.comments()}>{text('moderation.toQueue')}</a>
      </p>
      {entries.length === 0 && <Empty isFirst={isFirst} />}
      <ol class="rows log">
        {entries.map((entry) => (
          <li>
            <span>
              {rich('moderation.logLine', {
                action: nameOf(entry.action),
                actor: <bdi>{entry.actor_name ?? text('comments.someone')}</bdi>,
                comment: <CommentLink entry={entry} />,
                whom: <bdi>{whomOf(entry)}</bdi>,
                days: entry.details.days ?? 0,
              })}
              {entry.writer_name !== null && (
                <> {rich('moderation.logWriter', { name: <bdi>{entry.writer_name}</bdi> })}</>
              )}
              <Why words={entry.details.why ?? entry.description} />
            </span>
            <span class="quiet">
              <ZonedMinute date={entry.created_at} language={language} zone={timeZone} />
            </span>
          </li>
        ))}
      </ol>
      <Pager next={next && paths.admin.moderationLog(next)}>{text('moderation.earlier')}</Pager>
    </AdminLayout>
  )
}

function whomOf({ details, banned_name }: LogEntry): string {
  return details.network ?? (details.of_guest ? text('moderation.aGuest') : (banned_name ?? text('comments.someone')))
}

/** Neither who decided nor about whom, no addresses, and no words that were written for moderators. */
export function PublicLogPage({ page, entries, next, isFirst }: Props): Html {
  const shown = entries.filter(({ action, is_own }) => !is_own && action !== 'moderation.changed')
  return (
    <Layout page={page} title={text('moderation.publicLogTitle')} isUnlisted>
      <section class="narrow">
        <h1>{text('moderation.publicLogTitle')}</h1>
        <p>{text('moderation.publicLogNote')}</p>
        {shown.length === 0 && !next && <Empty isFirst={isFirst} />}
        <ol class="rows log">
          {shown.map((entry) => (
            <li>
              <span>
                {rich('moderation.publicLine', {
                  action: nameOf(entry.action),
                  comment: <CommentLink entry={entry} isFirst={entry.action !== 'comment.decision-undone'} />,
                  days: entry.details.days ?? 0,
                })}
              </span>
              <span class="quiet">
                <Day date={entry.created_at} language={page.site.language} />
              </span>
            </li>
          ))}
        </ol>
        <Pager next={next && paths.moderationLog(next)}>{text('moderation.earlier')}</Pager>
      </section>
    </Layout>
  )
}

/** `isFirst` at the beginning of a sentence. */
function CommentLink({ entry, isFirst = false }: { entry: LogEntry; isFirst?: boolean }): Html {
  const { post_slug, post_title, subject_id, shown } = entry
  if (post_slug === null) return <>{isFirst ? text('moderation.aCommentFirst') : text('moderation.aComment')}</>
  const href = shown === 'whole' ? paths.comment(post_slug, subject_id ?? 0) : paths.post(post_slug)
  const post = <a href={href}>{titleOf({ title: post_title ?? '' })}</a>
  return isFirst ? rich('moderation.aCommentOnFirst', { post }) : rich('moderation.aCommentOn', { post })
}

function Why({ words }: { words: string }): Html {
  if (words === '') return <></>
  return (
    <span class="why" dir="auto">
      {words}
    </span>
  )
}

function Empty({ isFirst }: { isFirst: boolean }): Html {
  return <p class="empty">{isFirst ? text('moderation.logEmpty') : text('comments.nothingFurther')}</p>
}

/** As a message names it. */
function nameOf(action: string): string {
  return action.replace(/[.-]/g, '_')
}
