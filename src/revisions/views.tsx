import { ZonedMinute } from '../html/date.tsx'
import { Field, FormErrors, type FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { rich, text } from '../texts/texts.ts'
import type { Comparison } from './compare.ts'
import { Differences } from './difference-views.tsx'
import type { ListedRevision, Revision } from './queries.ts'

type Post = { id: number; title: string }

type ListProps = {
  page: Page
  post: Post
  list: { revisions: ListedRevision[]; next: number | undefined }
  isFirst: boolean
  /** The form for a moment, when no revision is from then. */
  form?: FormState
}

export function RevisionsPage({ page, post, list, isFirst, form }: ListProps): Html {
  const { timeZone } = page.site
  return (
    <AdminLayout page={page} title={text('revisions.titleOf', { post: titleOf(post) })}>
      <p class="quiet">
        <a href={paths.admin.post(post.id)}>{titleOf(post)}</a>
      </p>
      <h1>{text('revisions.heading')}</h1>
      <FormErrors message={form?.errors?.at} />
      {(list.revisions.length > 0 || form) && (
        <form class="as-of" action={paths.admin.revisionAt(post.id)}>
          <Field
            form={form}
            name="at"
            type="datetime-local"
            label={text('revisions.asOf')}
            hint={text('revisions.asOfHint', { zone: timeZone })}
            required
          />
          <button class="second">{text('revisions.show')}</button>
        </form>
      )}
      {list.revisions.length === 0 && (
        <p class="empty">{isFirst ? text('revisions.none') : text('revisions.noOlder')}</p>
      )}
      <ol class="rows">
        {list.revisions.map((revision) => (
          <li>
            <a href={paths.admin.revision(post.id, revision.number)}>{nameOf(revision)}</a>
            <span class="quiet">
              <Kept page={page} revision={revision} /> · {text('revisions.characters', { count: revision.characters })}
            </span>
          </li>
        ))}
      </ol>
      <Pager next={list.next && paths.admin.revisions(post.id, list.next)}>{text('revisions.older')}</Pager>
    </AdminLayout>
  )
}

type RevisionProps = {
  page: Page
  post: Post
  revision: Revision
  /** What it is compared with: the one before it, unless another was asked for. */
  other: Revision | undefined
  comparison: Comparison<Revision> | undefined
  isSideBySide: boolean
}

export function RevisionPage({ page, post, revision, other, comparison, isSideBySide }: RevisionProps): Html {
  const { number } = revision
  const name = nameOf(revision)
  return (
    <AdminLayout page={page} title={text('revisions.ofPost', { revision: name, post: titleOf(post) })}>
      <p class="quiet">
        <a href={paths.admin.post(post.id)}>{titleOf(post)}</a> ·{' '}
        <a href={paths.admin.revisions(post.id)}>{text('revisions.heading')}</a>
      </p>
      <h1>{name}</h1>
      <p class="quiet">
        <Kept page={page} revision={revision} />
      </p>
      <nav class="inline-links" aria-label={text('revisions.others')}>
        <a href={paths.admin.revisionPage(post.id, number)}>{text('revisions.asPage')}</a>
        {number > 1 && (
          <a rel="prev" href={paths.admin.revision(post.id, number - 1, isSideBySide ? { side: 'yes' } : {})}>
            {text('revisions.oneBefore')}
          </a>
        )}
        {other && (
          <a
            href={paths.admin.revision(post.id, number, {
              with: other.number,
              ...(!isSideBySide && { side: 'yes' }),
            })}
          >
            {isSideBySide ? text('revisions.oneColumn') : text('revisions.sideBySide')}
          </a>
        )}
      </nav>
      {comparison && <Changes comparison={comparison} isSideBySide={isSideBySide} />}
      <section aria-labelledby="whole">
        <h2 id="whole">{text('revisions.whole')}</h2>
        <p>{titleOf(revision)}</p>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also from the keyboard */}
        <pre class="other-version" tabindex={0}>
          {revision.body}
        </pre>
        {revision.tags && <p class="quiet">{text('revisions.tags', { tags: revision.tags })}</p>}
      </section>
      <section class="danger" aria-label={text('revisions.more')}>
        <form method="post" action={paths.admin.revisionRestoration(post.id, number)}>
          <p>{text('revisions.restoreNote')}</p>
          <button class="second">{text('revisions.restore')}</button>
        </form>
        <details class="calm">
          <summary>{revision.name ? text('revisions.rename') : text('revisions.giveName')}</summary>
          <form method="post" action={paths.admin.revisionName(post.id, number)}>
            <Field name="name" label={text('revisions.name')} value={revision.name ?? ''} maxlength={200} />
            <button class="second">{text('revisions.saveName')}</button>
          </form>
        </details>
      </section>
    </AdminLayout>
  )
}

/** Says above a page that only looks like one of the blog what it is, and leads back. */
export function PageNote({ page, post, revision }: { page: Page; post: Post; revision: Revision }): Html {
  const { language, timeZone } = page.site
  return (
    <>
      {rich('revisions.note', {
        kind: revision.kind,
        revision: nameOf(revision),
        post: (inside) => <a href={paths.admin.post(post.id)}>{inside}</a>,
        title: titleOf(post),
        time: <ZonedMinute date={revision.created_at} language={language} zone={timeZone} />,
      })}{' '}
      <a href={paths.admin.revision(post.id, revision.number)}>{text('revisions.back')}</a>
    </>
  )
}

function nameOf({ name, number }: { name: string | null; number: number }): string {
  return name ?? text('revisions.number', { number })
}

/** What kept it, when, and whose it is. */
function Kept({ page, revision }: { page: Page; revision: ListedRevision | Revision }): Html {
  const { language, timeZone } = page.site
  const { kind, author_name: name } = revision
  const time = <ZonedMinute date={revision.created_at} language={language} zone={timeZone} />
  return name ? rich('revisions.stateBy', { kind, time, name }) : rich('revisions.state', { kind, time })
}

/** Title, tags and text of two revisions, the earlier first. */
function Changes({ comparison, isSideBySide }: { comparison: Comparison<Revision>; isSideBySide: boolean }): Html {
  const { before, after } = comparison
  return (
    <section aria-labelledby="changes">
      <h2 id="changes">
        {text('revisions.changes', {
          before: before.name ?? text('revisions.numberInside', { number: before.number }),
          after: after.name ?? text('revisions.numberInside', { number: after.number }),
        })}
      </h2>
      <Differences comparison={comparison} as={isSideBySide ? 'two columns' : 'one column'} />
    </section>
  )
}
