import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import type { Filters } from '../post-list/filters.ts'
import { titleOf } from '../posts/post.ts'
import { rich, text } from '../texts/texts.ts'
import type { Left, Outcome, Wish } from './change.ts'

type ChangedProps = { page: Page; wish: Wish; outcome: Outcome; filters: Filters }

export function ChangedPage({ page, wish, outcome, filters }: ChangedProps): Html {
  const { done } = outcome
  return (
    <AdminLayout page={page} title={text('postChanges.changed')} hasKeys>
      <h1>{text('postChanges.changed')}</h1>
      <p class={done.length > 0 ? 'done' : 'notice'} role="status">
        {doneWords(wish, done.length)}
      </p>
      {wish.change === 'bin' && done.length > 0 && (
        <form method="post" action={paths.admin.binRestorations()}>
          {done.map(({ id }) => (
            <input type="hidden" name="post" value={String(id)} />
          ))}
          <button class="second">{text('postChanges.undo')}</button>
        </form>
      )}
      {wish.change !== 'bin' && <Done outcome={outcome} />}
      <LeftOut outcome={outcome} />
      <Back filters={filters} />
    </AdminLayout>
  )
}

export function RestoredPage({ page, outcome }: { page: Page; outcome: Outcome }): Html {
  return (
    <AdminLayout page={page} title={text('postChanges.restored')} hasKeys>
      <h1>{text('postChanges.restored')}</h1>
      <p class={outcome.done.length > 0 ? 'done' : 'notice'} role="status">
        {text('postChanges.doneRestore', { count: outcome.done.length })}
      </p>
      <Done outcome={outcome} />
      <LeftOut outcome={outcome} />
      <Back filters={{}} />
    </AdminLayout>
  )
}

/** A form that asks for nothing that can be done. */
export function UnchangedPage({ page, why, filters }: { page: Page; why: string; filters: Filters }): Html {
  return (
    <AdminLayout page={page} title={text('postChanges.unchanged')}>
      <h1>{text('postChanges.unchanged')}</h1>
      <p class="error-summary" role="alert">
        {why}
      </p>
      <Back filters={filters} />
    </AdminLayout>
  )
}

function Done({ outcome: { done } }: { outcome: Outcome }): Html {
  if (done.length === 0) return <></>
  return (
    <ul class="rows" data-rows>
      {done.map((post) => (
        <li>
          <a href={paths.admin.post(post.id)}>{titleOf(post)}</a>
        </li>
      ))}
    </ul>
  )
}

function LeftOut({ outcome: { left } }: { outcome: Outcome }): Html {
  if (left.length === 0) return <></>
  const unnamed = left.filter(({ title }) => title === null)
  return (
    <section aria-labelledby="left">
      <h2 id="left">{text('postChanges.left', { count: left.length })}</h2>
      <ul class="plain">
        {left.map(
          ({ title, why }) => title !== null && <li>{leftWords[why](<strong>{titleOf({ title })}</strong>)}</li>,
        )}
        {unnamed.length > 0 && <li>{text('postChanges.gone', { count: unnamed.length })}</li>}
      </ul>
    </section>
  )
}

function Back({ filters }: { filters: Filters }): Html {
  return (
    <p class="next">
      <a class="button second" href={paths.admin.posts(filters)}>
        {text('postChanges.back')}
      </a>
    </p>
  )
}

/** Why a post was left as it was. */
const leftWords: Record<Left, (post: Html) => Html> = {
  gone: (post) => rich('postChanges.leftGone', { post }),
  changed: (post) => rich('postChanges.leftChanged', { post }),
  right: (post) => rich('postChanges.leftRight', { post }),
  same: (post) => rich('postChanges.leftSame', { post }),
  full: (post) => rich('postChanges.leftFull', { post }),
  rewritten: (post) => rich('postChanges.leftRewritten', { post }),
}

/** What was done to how many: "3 posts published." */
function doneWords({ change, tag }: Wish, count: number): string {
  switch (change) {
    case 'publish':
      return text('postChanges.donePublish', { count })
    case 'unpublish':
      return text('postChanges.doneUnpublish', { count })
    case 'bin':
      return text('postChanges.doneBin', { count })
    case 'add-tag':
      return text('postChanges.doneAddTag', { count, tag })
    case 'remove-tag':
      return text('postChanges.doneRemoveTag', { count, tag })
    case 'author':
      return text('postChanges.doneAuthor', { count, name: tag })
  }
}
