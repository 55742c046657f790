import { ZonedMinute } from '../html/date.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import type { Comparison } from '../revisions/compare.ts'
import { Differences } from '../revisions/difference-views.tsx'
import { rich, text } from '../texts/texts.ts'
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
  const time = <ZonedMinute date={at} language={language} zone={timeZone} />
  const revisions = (inside: Html) => <a href={paths.admin.revisions(post.id)}>{inside}</a>
  return (
    <section class="error-summary conflict" role="alert" aria-label={text('posts.twoVersions')}>
      <p>
        {isOlder
          ? rich('posts.savedMeanwhile', { name: by, time, revisions })
          : rich('posts.keptInBrowser', { time, revisions })}
      </p>
      <details open>
        <summary>{text('posts.whatIsDifferent')}</summary>
        <p class="hint">{text('posts.differenceHint')}</p>
        <Differences comparison={comparison} as="both" names={[text('posts.saved'), text('posts.yours')]} />
      </details>
      <details open>
        <summary>{text('posts.savedVersion')}</summary>
        <p>{titleOf(saved)}</p>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also from the keyboard */}
        <pre class="other-version" tabindex={0}>
          {saved.body}
        </pre>
        {saved.tags && <p>{text('posts.tagsOf', { tags: saved.tags })}</p>}
      </details>
      <ul class="choices">
        <li>
          <button form="writing" aria-describedby="keep-mine" {...(post.is_public && { name: 'draft', value: 'yes' })}>
            {text('posts.keepMine')}
          </button>
          <span id="keep-mine">{text('posts.keepMineNote')}</span>
        </li>
        <li>
          <a class="button second" href={paths.admin.post(post.id)} data-take-theirs="" aria-describedby="take-theirs">
            {text('posts.takeSaved')}
          </a>
          <span id="take-theirs">{text('posts.takeSavedNote')}</span>
        </li>
        <li>
          <a href="#title">{text('posts.editMine')}</a>
          <span>{text('posts.editMineNote')}</span>
        </li>
      </ul>
    </section>
  )
}
