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
import { rich, text } from '../texts/texts.ts'
import { Conflict } from './conflict-views.tsx'
import { type Rights, latestText, longestTitle, titleOf } from './post.ts'
import type { EditablePost } from './queries.ts'

type NewProps = { page: Page; form: FormState; preview?: string | undefined; mayPublish: boolean }

export function NewPostPage({ page, form, preview, mayPublish }: NewProps): Html {
  const day = dayOf(form.values?.day)
  return (
    <AdminLayout page={page} title={text('posts.write')} {...editorFiles}>
      <h1>{text('posts.new')}</h1>
      {day && mayPublish && (
        <p class="quiet">{rich('posts.forDay', { day: <Day date={new Date(day)} language={page.site.language} /> })}</p>
      )}
      <FormErrors form={form} />
      <form id="writing" method="post" action={paths.admin.posts()} class="writing" {...newEditor(page, form)}>
        <PostFields form={form} />
        <input type="hidden" name="submission_key" value={form.values?.submission_key} />
        {day && <input type="hidden" name="day" value={day} />}
        <div class="buttons">
          {/* The first button is what Enter in a field presses, and that must not publish. */}
          <button class="second">{text('posts.saveDraft')}</button>
          {mayPublish && (
            <button name="publish" value="yes">
              {text('posts.publish')}
            </button>
          )}
          <button class="second" formaction={`${paths.admin.newPostPreview()}#preview`} formnovalidate>
            {text('posts.preview')}
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
      <h1>{post.kind === 'page' ? text('posts.editPage') : text('posts.editPost')}</h1>
      <p class="quiet">
        {isPublished ? (
          <a href={pathOf(post)}>{text('posts.published')}</a>
        ) : post.published_at ? (
          rich('posts.appears', {
            time: <ZonedMinute date={post.published_at} language={page.site.language} zone={page.site.timeZone} />,
          })
        ) : (
          text('posts.isDraft')
        )}
        {' · '}
        <a href={paths.admin.revisions(post.id)}>{text('posts.revisions')}</a>
        {' · '}
        <a href={paths.admin.postLinks(post.id)}>{text('posts.show')}</a>
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
              {text('posts.saveAsDraft')}
            </button>
          ) : (
            <button class="second">{text('posts.save')}</button>
          )}
          {isPublished && <button>{text('posts.saveForReaders')}</button>}
          {!isPublished && mayPublish && (
            <button name="publish" value="yes">
              {isWaiting ? text('posts.savePublishNow') : text('posts.savePublish')}
            </button>
          )}
          <button class="second" formaction={`${paths.admin.postPreview(post.id)}#preview`} formnovalidate>
            {text('posts.preview')}
          </button>
        </div>
      </form>
      <Preview title={form?.values?.title ?? latest.title} body_html={preview} />
      <section class="danger" aria-label={text('posts.more')}>
        {!isPublished && mayPublish && <Scheduling {...props} />}
        {post.published_at !== null && mayPublish && mayManage && (
          <form method="post" action={paths.admin.publicationEnd(post.id)}>
            <button class="second">{isWaiting ? text('posts.draftAgain') : text('posts.takeOff')}</button>
          </form>
        )}
        {mayLeave && (
          <form method="post" action={paths.admin.coAuthorshipEnd(post.id)}>
            <button class="second small">{text('posts.leave')}</button>
          </form>
        )}
        {mayDelete && (
          <details>
            <summary>{text('posts.deletePost')}</summary>
            <form method="post" action={paths.admin.postDeletion(post.id)}>
              <p>{text('posts.deleteNote')}</p>
              <button class="warning">{text('posts.delete')}</button>
            </form>
          </details>
        )}
      </section>
    </AdminLayout>
  )
}

function DraftNote({ page, post, draftAt }: { page: Page; post: EditablePost; draftAt: Date }): Html {
  const { language, timeZone } = page.site
  const time = <ZonedMinute date={draftAt} language={language} zone={timeZone} />
  return (
    <section class="notice" aria-label={text('posts.draft')}>
      <p>
        {post.draft_by_name
          ? rich('posts.draftBelowBy', { time, name: post.draft_by_name })
          : rich('posts.draftBelow', { time })}{' '}
        {post.is_public && text('posts.draftNote')}
      </p>
      <form method="post" action={paths.admin.draftDeletion(post.id)}>
        <button class="second">{text('posts.dropDraft')}</button>
      </form>
    </section>
  )
}

function Scheduling({ page, post, scheduling }: EditProps): Html {
  const { timeZone } = page.site
  return (
    <details class="calm" open={scheduling !== undefined}>
      <summary>{post.published_at ? text('posts.appearElse') : text('posts.publishLater')}</summary>
      <form method="post" action={paths.admin.schedule(post.id)}>
        <Field
          form={scheduling}
          name="appears_at"
          type="datetime-local"
          label={text('posts.moment')}
          hint={text('posts.momentHint', { zone: timeZone })}
          value={post.published_at ? localMinute(post.published_at, timeZone) : ''}
          required
        />
        <button class="second">{text('posts.schedule')}</button>
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
      <Field
        form={form}
        name="title"
        label={text('posts.title')}
        value={title ?? ''}
        maxlength={longestTitle}
        required
      />
      <TextArea
        form={form}
        name="body"
        label={text('posts.body')}
        hint={
          format === 'plain'
            ? text('posts.plainHint')
            : rich('posts.markdownHint', { code: (inside) => <code>{inside}</code> })
        }
        rows={20}
        value={body ?? ''}
        required
      />
      <Field
        form={form}
        name="tags"
        label={text('posts.tags')}
        hint={text('posts.tagsHint')}
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
      <h2 id="preview-heading">{text('posts.preview')}</h2>
      <article class="post">
        <p class="post-title">{title || text('posts.untitled')}</p>
        <div class="prose">{trustedHtml(body_html)}</div>
      </article>
    </section>
  )
}
