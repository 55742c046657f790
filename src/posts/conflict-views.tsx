import { ZonedMinute } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import type { Comparison } from '../revisions/compare.ts'
import { Differences } from '../revisions/difference-views.tsx'
import { latestText, titleOf } from './post.ts'
import type { EditablePost } from './queries.ts'

type ConflictProps = {
  page: Page
  post: EditablePost
  /** Of the text in the form. */
  version: string | undefined
  comparison: Comparison
}

/**
 * Two texts of one post: the saved one whole, and word by word what is different in the one that was not. Nothing is
 * overwritten unseen. The buttons belong to the form below, which holds the unsaved text.
 */
export function Conflict({ page, post, version, comparison }: ConflictProps): Html {
  const { language, timeZone } = page.site
  const { at, by } = latestText(post)
  const saved = comparison.before
  const isOlder = version !== String(post.version)
  return (
    <section class="error-summary conflict" role="alert" aria-label="Two versions">
      <p>
        {isOlder
          ? `${by} saved this post while you were writing, on `
          : 'This browser kept a text that did not reach the blog. The version there was saved on '}
        <ZonedMinute date={at} language={language} zone={timeZone} />. Your text is kept in the form below and has not
        been saved. Saving it now replaces the other version, which stays among the{' '}
        <a href={paths.admin.revisions(post.id)}>revisions</a>.
      </p>
      <details open>
        <summary>What is different</summary>
        <p class="hint">Only in yours: underlined. Only in the saved one: struck through.</p>
        <Differences comparison={comparison} as="both" names={['Saved', 'Yours']} />
      </details>
      <details open>
        <summary>The version that was saved</summary>
        <p>{titleOf(saved)}</p>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also from the keyboard */}
        <pre class="other-version" tabindex={0}>
          {saved.body}
        </pre>
        {saved.tags && <p>Tags: {saved.tags}</p>}
      </details>
      <ul class="choices">
        <li>
          <button form="writing" aria-describedby="keep-mine" {...(post.is_public && { name: 'draft', value: 'yes' })}>
            Keep mine
          </button>
          <span id="keep-mine">Yours takes the place of the saved one, which stays among the revisions.</span>
        </li>
        <li>
          <a class="button second" href={paths.admin.post(post.id)} data-take-theirs="" aria-describedby="take-theirs">
            Take the saved one
          </a>
          <span id="take-theirs">Yours is dropped and cannot be had back.</span>
        </li>
        <li>
          <a href="#title">Edit mine on</a>
          <span>Nothing is decided yet: saving the form keeps it.</span>
        </li>
      </ul>
    </section>
  )
}
