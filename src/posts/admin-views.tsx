import { Day, ZonedMinute, localMinute } from '../html/date.tsx'
import { Field, type FormState, FormErrors, TextArea } from '../html/form.tsx'
import { type Html, trustedHtml } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { editorFiles, newEditor, postEditor } from '../editor/form.ts'
import { dayOf } from '../local-time.ts'
import { paths } from '../paths.ts'
import { type Details, noDetails, pathOf, shownDetails } from '../post-details/details.ts'
import { DetailFields } from '../post-details/views.tsx'
import type { Comparison } from '../revisions/compare.ts'
import { Conflict } from './conflict-views.tsx'
import { type Rights, latestText, longestTitle, titleOf } from './post.ts'
import type { EditablePost } from './queries.ts'

type NewProps = { page: Page; form: FormState; preview?: string | undefined; mayPublish: boolean }

export function NewPostPage({ page, form, preview, mayPublish }: NewProps): Html {
  const day = dayOf(form.values?.day)
  return (
    <AdminLayout page={page} title="Write" {...editorFiles}>
      <h1>New post</h1>
      {day && mayPublish && (
        <p class="quiet">
          For <Day date={new Date(day)} language={page.site.language} />: save the draft, and choose the time under
          “Publish later”.
        </p>
      )}
      <FormErrors form={form} />
      <form id="writing" method="post" action={paths.admin.posts()} class="writing" {...newEditor(page, form)}>
        <PostFields form={form} />
        <input type="hidden" name="submission_key" value={form.values?.submission_key} />
        {day && <input type="hidden" name="day" value={day} />}
        <div class="buttons">
          {/* The first button is what Enter in a field presses, and that must not publish. */}
          <button class="second">Save draft</button>
          {mayPublish && (
            <button name="publish" value="yes">
              Publish
            </button>
          )}
          <button class="second" formaction={`${paths.admin.newPostPreview()}#preview`} formnovalidate>
            Preview
          </button>
        </div>
      </form>
      <Preview title={form.values?.title} body_html={preview} />
    </AdminLayout>
  )
}

type EditProps = {
  page: Page
  post: EditablePost
  form?: FormState
  preview?: string | undefined
  /** With what was saved meanwhile, when this text was not. */
  conflict?: Comparison
  /** The form for a moment to come, when it was refused. */
  scheduling?: FormState
} & Rights

export function EditPostPage(props: EditProps): Html {
  const { page, post, form, preview, conflict, mayPublish, mayDelete, mayManage, mayLeave } = props
  const isPublished = post.is_public
  const latest = latestText(post)
  const isWaiting = post.published_at !== null && !isPublished
  // After a conflict the next save is over the version that was shown beside the text.
  const version = conflict ? post.version : (form?.values?.version ?? post.version)
  return (
    <AdminLayout page={page} title={titleOf(post)} {...editorFiles}>
      <h1>{post.kind === 'page' ? 'Edit page' : 'Edit post'}</h1>
      <p class="quiet">
        {isPublished ? (
          <a href={pathOf(post)}>Published, see it on the blog</a>
        ) : post.published_at ? (
          <>
            Appears <ZonedMinute date={post.published_at} language={page.site.language} zone={page.site.timeZone} />;
            until then only people who may edit it can see it.
          </>
        ) : (
          'A draft: only people who may edit it can see it.'
        )}
        {' · '}
        <a href={paths.admin.revisions(post.id)}>Revisions</a>
        {' · '}
        <a href={paths.admin.postLinks(post.id)}>Show it to somebody</a>
      </p>
      {post.draft_at && <DraftNote page={page} post={post} draftAt={post.draft_at} />}
      {conflict ? (
        <Conflict page={page} post={post} version={form?.values?.version} comparison={conflict} />
      ) : (
        // The form for a moment stands below the text, out of sight.
        <FormErrors form={form} message={props.scheduling?.errors?.appears_at} />
      )}
      <form
        id="writing"
        method="post"
        action={paths.admin.post(post.id)}
        class="writing"
        {...postEditor(page, post, form, conflict !== undefined)}
      >
        <PostFields
          form={form}
          title={latest.title}
          body={latest.body}
          tags={latest.tags}
          format={latest.format}
          details={shownDetails(post)}
          mayManage={mayManage}
        />
        <input type="hidden" name="version" value={String(version)} />
        <div class="buttons">
          {/* What Enter in a field presses changes nothing for readers. */}
          {isPublished ? (
            <button class="second" name="draft" value="yes">
              Save as draft
            </button>
          ) : (
            <button class="second">Save</button>
          )}
          {isPublished && <button>Save for readers</button>}
          {!isPublished && mayPublish && (
            <button name="publish" value="yes">
              {isWaiting ? 'Save and publish now' : 'Save and publish'}
            </button>
          )}
          <button class="second" formaction={`${paths.admin.postPreview(post.id)}#preview`} formnovalidate>
            Preview
          </button>
        </div>
      </form>
      <Preview title={form?.values?.title ?? latest.title} body_html={preview} />
      <section class="danger" aria-label="More">
        {!isPublished && mayPublish && <Scheduling {...props} />}
        {post.published_at !== null && mayPublish && mayManage && (
          <form method="post" action={paths.admin.publicationEnd(post.id)}>
            <button class="second">{isWaiting ? 'Make it a draft again' : 'Take off the blog'}</button>
          </form>
        )}
        {mayLeave && (
          <form method="post" action={paths.admin.coAuthorshipEnd(post.id)}>
            <button class="second small">Leave this post</button>
          </form>
        )}
        {mayDelete && (
          <details>
            <summary>Delete this post</summary>
            <form method="post" action={paths.admin.postDeletion(post.id)}>
              <p>It goes into the bin with its comments, and can be had back for thirty days.</p>
              <button class="warning">Delete</button>
            </form>
          </details>
        )}
      </section>
    </AdminLayout>
  )
}

function DraftNote({ page, post, draftAt }: { page: Page; post: EditablePost; draftAt: Date }): Html {
  const { language, timeZone } = page.site
  return (
    <section class="notice" aria-label="Draft">
      <p>
        Below is a draft, saved <ZonedMinute date={draftAt} language={language} zone={timeZone} />
        {post.draft_by_name && ` by ${post.draft_by_name}`}. {post.is_public && 'Readers see the text from before it.'}
      </p>
      <form method="post" action={paths.admin.draftDeletion(post.id)}>
        <button class="second">Drop the draft</button>
      </form>
    </section>
  )
}

function Scheduling({ page, post, scheduling }: EditProps): Html {
  const { timeZone } = page.site
  return (
    <details class="calm" open={scheduling !== undefined}>
      <summary>{post.published_at ? 'Appear at another time' : 'Publish later'}</summary>
      <form method="post" action={paths.admin.schedule(post.id)}>
        <Field
          form={scheduling}
          name="appears_at"
          type="datetime-local"
          label="Day and time"
          hint={`In the zone of the blog: ${timeZone}. The text is the one that was saved last.`}
          value={post.published_at ? localMinute(post.published_at, timeZone) : ''}
          required
        />
        <button class="second">Schedule</button>
      </form>
    </details>
  )
}

function PostFields({
  form,
  title,
  body,
  tags,
  format,
  details = noDetails,
  mayManage = true,
}: {
  form?: FormState | undefined
  title?: string
  body?: string
  tags?: string
  format?: string
  details?: Details
  mayManage?: boolean
}): Html {
  return (
    <>
      <Field form={form} name="title" label="Title" value={title ?? ''} maxlength={longestTitle} required />
      <TextArea
        form={form}
        name="body"
        label="Text"
        hint={
          format === 'plain' ? (
            'Plain text from the old blog: every character is shown as it is, and blank lines part paragraphs.'
          ) : (
            <>
              Markdown: <code>*emphasis*</code> <code>**strong**</code> <code># heading</code> <code>- list</code>{' '}
              <code>[link](https://…)</code> <code>![picture](https://…)</code>
            </>
          )
        }
        rows={20}
        value={body ?? ''}
        required
      />
      <Field
        form={form}
        name="tags"
        label="Tags"
        hint="Separated by commas, ten at most."
        value={tags ?? ''}
        maxlength={500}
      />
      <DetailFields form={form} details={details} mayManage={mayManage} />
    </>
  )
}

function Preview({ title, body_html }: { title: string | undefined; body_html: string | undefined }): Html {
  if (body_html === undefined) return <></>
  return (
    <section id="preview" class="preview" aria-labelledby="preview-heading">
      <h2 id="preview-heading">Preview</h2>
      <article class="post">
        <p class="post-title">{title || 'Untitled'}</p>
        <div class="prose">{trustedHtml(body_html)}</div>
      </article>
    </section>
  )
}
