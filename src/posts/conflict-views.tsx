import { ZonedMinute } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { detailsOf, shownDetails } from '../post-details/details.ts'
import { Differences } from '../revisions/difference-views.tsx'
import { latestText, titleOf } from './post.ts'
import type { EditablePost } from './queries.ts'

/**
 * Two texts of one post: the saved one whole, and word by word what is different in the one that was not. Nothing is
 * overwritten unseen. The buttons belong to the form below, which holds the unsaved text.
 */
export function Conflict({ page, post, mine }: { page: Page; post: EditablePost; mine: Record<string, string> }): Html {
  const { language, timeZone } = page.site
  const { title, tags, body, at, by } = latestText(post)
  const details = shownDetails(post)
  const saved = { title, tags, body: lines(body), details }
  const isOlder = mine.version !== String(post.version)
  const unsaved = {
    title: mine.title ?? '',
    tags: mine.tags ?? '',
    body: lines(mine.body ?? ''),
    details: detailsOf(mine, details),
  }
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
        <Differences before={saved} after={unsaved} body="both" names={['Saved', 'Yours']} />
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

// A text from before line breaks were one character is not different for that.
function lines(text: string): string {
  return text.replaceAll('\r\n', '\n')
}
