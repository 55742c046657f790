import { ZonedMinute } from '../html/date.tsx'
import { Field, FormErrors, type FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import type { Comparison } from './compare.ts'
import { Differences } from './difference-views.tsx'
import type { ListedRevision, Revision } from './queries.ts'

type Post = { id: number; title: string }

const words: Record<string, string> = {
  saved: 'Saved',
  published: 'Published',
  restored: 'Restored',
  autosaved: 'Autosaved',
}

type ListProps = {
  page: Page
  post: Post
  list: { revisions: ListedRevision[]; next: number | undefined }
  isFirst: boolean
  /** The form for a moment, when no revision is from then. */
  form?: FormState
}

export function RevisionsPage({ page, post, list, isFirst, form }: ListProps): Html {
  const { language, timeZone } = page.site
  return (
    <AdminLayout page={page} title={`Revisions of ${titleOf(post)}`}>
      <p class="quiet">
        <a href={paths.admin.post(post.id)}>{titleOf(post)}</a>
      </p>
      <h1>Revisions</h1>
      <FormErrors message={form?.errors?.at} />
      {(list.revisions.length > 0 || form) && (
        <form class="as-of" action={paths.admin.revisionAt(post.id)}>
          <Field
            form={form}
            name="at"
            type="datetime-local"
            label="As it was on"
            hint={`In the zone of the blog: ${timeZone}.`}
            required
          />
          <button class="second">Show</button>
        </form>
      )}
      {list.revisions.length === 0 && (
        <p class="empty">
          {isFirst ? 'None yet: every state that is saved from now on is kept here.' : 'No older ones.'}
        </p>
      )}
      <ol class="rows">
        {list.revisions.map((revision) => (
          <li>
            <a href={paths.admin.revision(post.id, revision.number)}>
              {revision.name ?? `Revision ${revision.number}`}
            </a>
            <span class="quiet">
              {words[revision.kind]} <ZonedMinute date={revision.created_at} language={language} zone={timeZone} />
              {revision.author_name && ` by ${revision.author_name}`} · {revision.characters.toLocaleString('en')}{' '}
              characters
            </span>
          </li>
        ))}
      </ol>
      <Pager next={list.next && paths.admin.revisions(post.id, list.next)}>Older</Pager>
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
  const { language, timeZone } = page.site
  const { number } = revision
  const name = revision.name ?? `Revision ${number}`
  return (
    <AdminLayout page={page} title={`${name} of ${titleOf(post)}`}>
      <p class="quiet">
        <a href={paths.admin.post(post.id)}>{titleOf(post)}</a> · <a href={paths.admin.revisions(post.id)}>Revisions</a>
      </p>
      <h1>{name}</h1>
      <p class="quiet">
        {words[revision.kind]} <ZonedMinute date={revision.created_at} language={language} zone={timeZone} />
        {revision.author_name && ` by ${revision.author_name}`}
      </p>
      <nav class="inline-links" aria-label="Other revisions">
        <a href={paths.admin.revisionPage(post.id, number)}>As a page</a>
        {number > 1 && (
          <a rel="prev" href={paths.admin.revision(post.id, number - 1, isSideBySide ? { side: 'yes' } : {})}>
            The one before
          </a>
        )}
        {other && (
          <a
            href={paths.admin.revision(post.id, number, {
              with: other.number,
              ...(!isSideBySide && { side: 'yes' }),
            })}
          >
            {isSideBySide ? 'In one column' : 'Side by side'}
          </a>
        )}
      </nav>
      {comparison && <Changes comparison={comparison} isSideBySide={isSideBySide} />}
      <section aria-labelledby="whole">
        <h2 id="whole">The whole text</h2>
        <p>{titleOf(revision)}</p>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also from the keyboard */}
        <pre class="other-version" tabindex={0}>
          {revision.body}
        </pre>
        {revision.tags && <p class="quiet">Tags: {revision.tags}</p>}
      </section>
      <section class="danger" aria-label="More">
        <form method="post" action={paths.admin.revisionRestoration(post.id, number)}>
          <p>
            Restoring makes this the text of the post, as a new revision; of a published post, its draft. Nothing is
            lost by it.
          </p>
          <button class="second">Restore this revision</button>
        </form>
        <details class="calm">
          <summary>{revision.name ? 'Change its name' : 'Give it a name'}</summary>
          <form method="post" action={paths.admin.revisionName(post.id, number)}>
            <Field name="name" label="Name" value={revision.name ?? ''} maxlength={200} />
            <button class="second">Save the name</button>
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
      {revision.name ?? `Revision ${revision.number}`} of <a href={paths.admin.post(post.id)}>{titleOf(post)}</a>,{' '}
      {words[revision.kind]?.toLowerCase()}{' '}
      <ZonedMinute date={revision.created_at} language={language} zone={timeZone} />, as readers would see it.{' '}
      <a href={paths.admin.revision(post.id, revision.number)}>Back to the revision</a>
    </>
  )
}

/** Title, tags and text of two revisions, the earlier first. */
function Changes({ comparison, isSideBySide }: { comparison: Comparison<Revision>; isSideBySide: boolean }): Html {
  const { before, after } = comparison
  return (
    <section aria-labelledby="changes">
      <h2 id="changes">
        Changes from {before.name ?? `revision ${before.number}`} to {after.name ?? `revision ${after.number}`}
      </h2>
      <Differences comparison={comparison} as={isSideBySide ? 'two columns' : 'one column'} />
    </section>
  )
}
