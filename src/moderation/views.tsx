// The queue of comments, with what can be decided about them.
import { Typed } from '../discussions/views.tsx'
import { ZonedMinute, isKnown } from '../html/date.tsx'
import { FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { rich, text } from '../texts/texts.ts'
import { type QueueCounts, writeCount } from './counter.ts'
import { type Deed, actionOfDeed, stateOfDeed } from './moderation.ts'
import type { Queue, QueuedComment } from './queries.ts'
import { type QueueFilters, tabs } from './queue.ts'

export type QueueMessage = {
  error?: string
  undoable?: { id: number; action: string }[]
  left?: number
  undone?: number
}

type Props = {
  page: Page
  filters: QueueFilters
  queue: Queue
  counts: QueueCounts
  message: QueueMessage
  isOwner: boolean
  isFirst: boolean
}

export function QueuePage(props: Props): Html {
  const { page, filters, queue, isOwner } = props
  return (
    <AdminLayout page={page} title={text('moderation.title')} hasKeys>
      <h1>{text('moderation.title')}</h1>
      <p class="quiet ways">
        {isOwner && <a href={paths.admin.commentRules()}>{text('moderation.rulesTitle')}</a>}
        <a href={paths.admin.bans()}>{text('moderation.bansTitle')}</a>
        <a href={paths.admin.moderationLog()}>{text('moderation.logTitle')}</a>
        <a href={paths.admin.deletedComments()}>{text('comments.deletedTitle')}</a>
      </p>
      <Tabs {...props} />
      <Told {...props} />
      <Filters filters={filters} />
      {queue.looked !== undefined && (
        <p class="quiet" role="status">
          {text('moderation.looked', { found: queue.comments.length, looked: queue.looked })}
        </p>
      )}
      {queue.comments.length > 0 ? (
        <form method="post" action={paths.admin.commentDecisions()} data-rows data-continue={wasDone(props)}>
          <input type="hidden" name="back" value={new URLSearchParams(filters).toString()} />
          {/* What Enter in the field below presses: nothing. */}
          <button hidden disabled>
            {text('moderation.show')}
          </button>
          <ul class="rows picked queue">
            {queue.comments.map((comment) => (
              <Row comment={comment} page={page} />
            ))}
          </ul>
          <fieldset class="changes">
            <legend>{text('moderation.withTicked')}</legend>
            <p class="joined">
              <label for="why">{text('moderation.why')}</label>
              <input id="why" name="why" maxlength={300} autocomplete="off" />
            </p>
            <p class="buttons">
              {deeds.map((deed) => (
                <button class="second" name="change" value={deed}>
                  {text('moderation.deed', { deed })}
                </button>
              ))}
            </p>
          </fieldset>
        </form>
      ) : (
        !queue.next && <Nothing {...props} />
      )}
      <Pager next={queue.next && paths.admin.comments({ ...filters, before: String(queue.next) })}>
        {queue.looked === undefined ? text('moderation.earlier') : text('moderation.lookFurther')}
      </Pager>
    </AdminLayout>
  )
}

function Tabs({ filters, counts }: Props): Html {
  const { tab: _, ...others } = filters
  return (
    <nav class="tabs" aria-label={text('moderation.title')}>
      {tabs.map((tab) => {
        const count = tab === 'waiting' || tab === 'reported' ? writeCount(counts[tab]) : ''
        return (
          <a href={paths.admin.comments({ tab, ...others })} aria-current={filters.tab === tab ? 'page' : undefined}>
            {text('moderation.tab', { tab })}
            {count && <span class="count">{count}</span>}
          </a>
        )
      })}
    </nav>
  )
}

/** What was just decided, with the way back. */
function Told({ message: { error, undoable = [], left = 0, undone }, filters }: Props): Html {
  return (
    <>
      <FormErrors message={error} />
      {undoable.length > 0 && (
        <form method="post" action={paths.admin.commentDecisionEnds()} class="done undo">
          <span role="status">{text('moderation.done', { deed: deedOf(undoable), count: undoable.length })}</span>{' '}
          {undoable.map(({ id }) => (
            <input type="hidden" name="event" value={String(id)} />
          ))}
          <input type="hidden" name="back" value={new URLSearchParams(filters).toString()} />
          <button class="second small" data-key="u">
            {text('moderation.takeBack')}
          </button>
        </form>
      )}
      {undone !== undefined && undone > 0 && (
        <p class="done" role="status">
          {text('moderation.undone', { count: undone })}
        </p>
      )}
      {left > 0 && (
        <p class="notice" role="status">
          {text('moderation.left', { count: left })}
        </p>
      )}
    </>
  )
}

function deedOf(undoable: { action: string }[]): string {
  return deeds.find((deed) => actionOfDeed[deed] === undoable[0]?.action) ?? 'hide'
}

function wasDone({ message: { undoable = [], left = 0, undone } }: Props): string | undefined {
  return undoable.length + left + (undone ?? 0) > 0 ? 'yes' : undefined
}

function Filters({ filters }: { filters: QueueFilters }): Html {
  return (
    <form class="filters three" action={paths.admin.comments()} role="search" aria-label={text('moderation.title')}>
      <input type="hidden" name="tab" value={filters.tab} />
      <p>
        <label for="filter-words">{text('moderation.words')}</label>
        <input id="filter-words" name="words" type="search" value={filters.words ?? ''} maxlength={200} data-key="/" />
      </p>
      <p>
        <label for="filter-person">{text('moderation.person')}</label>
        <input
          id="filter-person"
          name="person"
          value={filters.person ?? ''}
          maxlength={200}
          autocomplete="off"
          placeholder={text('moderation.personHint')}
        />
      </p>
      <p>
        <label for="filter-post">{text('moderation.post')}</label>
        <input
          id="filter-post"
          name="post"
          value={filters.post ?? ''}
          maxlength={200}
          autocomplete="off"
          placeholder={text('moderation.postHint')}
        />
      </p>
      <p>
        <button class="second">{text('moderation.show')}</button>
      </p>
    </form>
  )
}

function Nothing({ queue, filters, isFirst }: Props): Html {
  if (queue.unknown === 'post')
    return <p class="empty">{text('moderation.unknownPost', { name: filters.post ?? '' })}</p>
  if (queue.unknown === 'person')
    return <p class="empty">{text('moderation.unknownPerson', { name: filters.person ?? '' })}</p>
  if (!isFirst) return <p class="empty">{text('comments.nothingFurther')}</p>
  const isFiltered = Object.keys(filters).length > 1
  if (isFiltered) {
    return (
      <p class="empty">
        {rich('moderation.noneLikeThat', {
          all: (inside) => <a href={paths.admin.comments({ tab: filters.tab })}>{inside}</a>,
        })}
      </p>
    )
  }
  return <p class="empty">{text('moderation.empty', { tab: filters.tab })}</p>
}

function Row({ comment, page }: { comment: QueuedComment; page: Page }): Html {
  const { id, state, held_for, reports, author_name, author_slug, client_ip, post_slug, post_title } = comment
  const { language, timeZone } = page.site
  const shown = `${id}-${comment.version}-${state}`
  const name = author_name ?? comment.guest_name ?? text('comments.someone')
  const at = state === 'approved' ? paths.comment(post_slug, id) : `${paths.post(post_slug)}#comments`
  return (
    <li>
      <label class="pick">
        <input type="checkbox" name="comment" value={shown} aria-label={text('moderation.tick', { name })} />
      </label>
      <div class="what">
        <p class="quiet">
          <bdi class="who">{name}</bdi>{' '}
          {comment.guest_name !== null && (
            <>
              <span class="badge guest">{text('guests.badge')}</span> <bdi>{comment.guest_email}</bdi>{' '}
            </>
          )}
          {rich('moderation.onPost', { post: <a href={at}>{titleOf({ title: post_title })}</a> })}
          {isKnown(comment.created_at) && (
            <>
              {' · '}
              <ZonedMinute date={comment.created_at} language={language} zone={timeZone} />
            </>
          )}
          {' · '}
          {text('moderation.state', { state })}
          {held_for !== null && state !== 'approved' && ` · ${text('moderation.held', { why: held_for })}`}
        </p>
        <Typed text={comment.beginning} />
        {comment.is_cut && (
          <p class="quiet">
            <a href={paths.editComment(id)}>{text('moderation.readAll')}</a>
          </p>
        )}
        {reports.length > 0 && (
          <ul class="reports">
            {reports.map((report) => (
              <li>
                <bdi>{report.name ?? text('moderation.aReader')}</bdi>:{' '}
                {text('moderation.reason', { reason: report.reason.replace('-', '_') })}
                {report.words !== '' && (
                  <>
                    {' – '}
                    <span dir="auto">{report.words}</span>
                  </>
                )}
              </li>
            ))}
          </ul>
        )}
        <p class="deeds">
          {deeds
            .filter((deed) => stateOfDeed[deed] !== state || (deed === 'approve' && reports.length > 0))
            .map((deed) => (
              <button class="second small" name="one" value={`${deed}-${shown}`} data-key={keyOf[deed]}>
                {deed === 'approve' && state === 'approved'
                  ? text('moderation.keep')
                  : text('moderation.deed', { deed })}
              </button>
            ))}
          {author_slug !== null && (
            <>
              <a href={paths.admin.comments({ tab: 'all', person: author_slug })}>{text('moderation.allOfPerson')}</a>
              <a href={paths.admin.bans({ who: author_slug })}>{text('moderation.banPerson')}</a>
            </>
          )}
          {comment.guest_email !== null && (
            <a href={paths.admin.bans({ who: comment.guest_email })}>{text('moderation.banPerson')}</a>
          )}
          {client_ip !== null && (
            <a href={paths.admin.bans({ who: client_ip })}>{text('moderation.banAddress', { address: client_ip })}</a>
          )}
        </p>
      </div>
    </li>
  )
}

const deeds: Deed[] = ['approve', 'spam', 'hide']
const keyOf = { approve: 'a', spam: 's', hide: 'h' }
