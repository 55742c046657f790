import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import type { Filters } from '../post-list/filters.ts'
import { titleOf } from '../posts/post.ts'
import { type Left, type Outcome, type Wish, deeds, reasons } from './change.ts'

type ChangedProps = { page: Page; wish: Wish; outcome: Outcome; filters: Filters }

export function ChangedPage({ page, wish, outcome, filters }: ChangedProps): Html {
  const { done } = outcome
  return (
    <AdminLayout page={page} title="Posts changed" hasKeys>
      <h1>Posts changed</h1>
      <p class={done.length > 0 ? 'done' : 'notice'} role="status">
        {wordsOf(done.length)} {deedOf(wish)}.
      </p>
      {wish.change === 'bin' && done.length > 0 && (
        <form method="post" action={paths.admin.binRestorations()}>
          {done.map(({ id }) => (
            <input type="hidden" name="post" value={String(id)} />
          ))}
          <button class="second">Undo</button>
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
    <AdminLayout page={page} title="Posts restored" hasKeys>
      <h1>Posts restored</h1>
      <p class={outcome.done.length > 0 ? 'done' : 'notice'} role="status">
        {wordsOf(outcome.done.length)} back as before.
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
    <AdminLayout page={page} title="Nothing changed">
      <h1>Nothing changed</h1>
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
      <h2 id="left">{wordsOf(left.length)} left as before</h2>
      <ul class="plain">
        {left.map(
          ({ title, why }) =>
            title !== null && (
              <li>
                <strong>{titleOf({ title })}</strong> {reasons[why]}.
              </li>
            ),
        )}
        {unnamed.length > 0 && <li>{goneWords(unnamed.length)}</li>}
      </ul>
    </section>
  )
}

function Back({ filters }: { filters: Filters }): Html {
  return (
    <p class="next">
      <a class="button second" href={paths.admin.posts(filters)}>
        Back to the list
      </a>
    </p>
  )
}

function deedOf({ change, tag }: Wish): string {
  if (change === 'author') return `given to ${tag}`
  return tag ? `${deeds[change]} ${tag}` : deeds[change]
}

function goneWords(count: number): string {
  const why: Left = 'gone'
  return count === 1 ? `One ${reasons[why]}.` : `${count} are not here any more.`
}

const wordsOf = (count: number) => (count === 0 ? 'No post' : count === 1 ? '1 post' : `${count} posts`)
