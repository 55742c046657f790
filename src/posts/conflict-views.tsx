import { ZonedMinute } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { differenceOf } from '../revisions/difference.ts'
import { Pieces, SideBySide } from '../revisions/views.tsx'
import { titleOf } from './post.ts'
import type { EditablePost } from './queries.ts'

type Text = { title: string; tags: string; body: string }

/**
 * Two texts of one post: the saved one whole, and word by word what is different in the one that was not. Nothing is
 * overwritten unseen. The buttons belong to the form below, which holds the unsaved text.
 */
export function Conflict({ page, post, mine }: { page: Page; post: EditablePost; mine: Record<string, string> }): Html {
  const { language, timeZone } = page.site
  const saved = {
    title: post.draft_title ?? post.title,
    tags: post.draft_tags ?? post.tags,
    body: lines(post.draft_body ?? post.body),
  }
  const by = (post.draft_at ? post.draft_by_name : post.updated_by_name) ?? 'Somebody'
  const isOlder = mine.version !== String(post.version)
  const unsaved = { title: mine.title ?? '', tags: mine.tags ?? '', body: lines(mine.body ?? '') }
  return (
    <section class="error-summary conflict" role="alert" aria-label="Two versions">
      <p>
        {isOlder
          ? `${by} saved this post while you were writing, on `
          : 'This browser kept a text that did not reach the blog. The version there was saved on '}
        <ZonedMinute date={post.draft_at ?? post.updated_at} language={language} zone={timeZone} />. Your text is kept
        in the form below and has not been saved. Saving it now replaces the other version, which stays among the{' '}
        <a href={paths.admin.revisions(post.id)}>revisions</a>.
      </p>
      <details open>
        <summary>What is different</summary>
        <p class="hint">Only in yours: underlined. Only in the saved one: struck through.</p>
        <Differences saved={saved} mine={unsaved} />
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
      <p class="buttons">
        <button class="second" form="writing" {...(post.is_public && { name: 'draft', value: 'yes' })}>
          Keep mine
        </button>
        <a class="button second" href={paths.admin.post(post.id)} data-take-theirs="">
          Take the saved one
        </a>
        <a class="button second" href="#title">
          Edit on
        </a>
      </p>
    </section>
  )
}

function Differences({ saved, mine }: { saved: Text; mine: Text }): Html {
  const isSame = saved.title === mine.title && saved.tags === mine.tags && saved.body === mine.body
  return (
    <>
      {isSame && <p>The two texts are the same.</p>}
      {saved.title !== mine.title && (
        <p class="difference">
          <Pieces pieces={differenceOf(saved.title, mine.title)} />
        </p>
      )}
      {saved.tags !== mine.tags && (
        <p class="difference">
          Tags: <Pieces pieces={differenceOf(saved.tags, mine.tags)} />
        </p>
      )}
      {saved.body !== mine.body && (
        <>
          <div class="difference">
            <Pieces pieces={differenceOf(saved.body, mine.body)} />
          </div>
          <details>
            <summary>Side by side</summary>
            <SideBySide pieces={differenceOf(saved.body, mine.body)} />
          </details>
        </>
      )}
    </>
  )
}

// A text from before line breaks were one character is not different for that.
function lines(text: string): string {
  return text.replaceAll('\r\n', '\n')
}
