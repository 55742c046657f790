// Changing a comment, what it said before, and comments that were deleted.
import { Aside, Said, Typed } from '../discussions/views.tsx'
import { Day, ZonedMinute } from '../html/date.tsx'
import { type FormState, FormErrors, TextArea } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout, Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { rich, text } from '../texts/texts.ts'
import { daysDeleted } from './comment.ts'
import type { CommentVersion, DeletedComment, FoundComment } from './queries.ts'

type EditPageProps = {
  page: Page
  comment: FoundComment
  mayEdit: boolean
  mayDelete: boolean
  /** For so long after it was written its author may change it. */
  minutes: number
  form?: FormState
  message?: string
  /** Why this one may not change it. */
  ban?: string | undefined
}

export function EditCommentPage(props: EditPageProps): Html {
  const { page, comment, mayEdit, mayDelete, minutes, form, message, ban } = props
  return (
    <Layout page={page} title={text('comments.changeTitle')} isPrivate>
      <section class="narrow">
        <h1>{text('comments.changeTitle')}</h1>
        <OnPost comment={comment} />
        <Aside state={comment.state} />
        <FormErrors form={form} message={message} />
        {message && (
          <details open>
            <summary>{text('comments.commentAsItIs')}</summary>
            <Typed text={comment.body} />
          </details>
        )}
        {mayEdit && !ban ? (
          <form method="post" action={paths.editComment(comment.id)}>
            <TextArea
              form={form}
              name="body"
              label={text('comments.comment')}
              hint={text('comments.bodyHint')}
              rows={8}
              value={comment.body}
              required
              maxlength={32_768}
            />
            <input type="hidden" name="version" value={String(comment.version)} />
            <button>{text('comments.save')}</button>
          </form>
        ) : (
          <>
            {ban ? <p class="notice">{ban}</p> : <p class="quiet">{text('comments.tooLate', { minutes })}</p>}
            <Said comment={comment} />
          </>
        )}
        {comment.edited_at && (
          <p>
            <a href={paths.commentVersions(comment.id)}>{text('comments.versions')}</a>
          </p>
        )}
        {mayDelete && (
          <form method="post" action={paths.commentDeletion(comment.id)} class="danger">
            <p>{text('comments.deleteNote', { days: daysDeleted })}</p>
            <button class="warning">{text('comments.delete')}</button>
          </form>
        )}
      </section>
    </Layout>
  )
}

export function VersionsPage({
  page,
  comment,
  versions,
}: {
  page: Page
  comment: FoundComment
  versions: CommentVersion[]
}): Html {
  const { language, timeZone } = page.site
  return (
    <Layout page={page} title={text('comments.versionsTitle')} isPrivate>
      <section class="narrow">
        <h1>{text('comments.versionsTitle')}</h1>
        <OnPost comment={comment} />
        <h2>{text('comments.commentAsItIs')}</h2>
        <Typed text={comment.body} />
        <h2>{text('comments.versions')}</h2>
        {versions.length === 0 && <p class="quiet">{text('comments.versionsNone')}</p>}
        <ol class="thread">
          {versions.map(({ body, replaced_at, replaced_by_name }) => (
            <li>
              <p class="quiet">
                {rich('comments.replaced', {
                  time: <ZonedMinute date={replaced_at} language={language} zone={timeZone} />,
                  name: <bdi>{replaced_by_name ?? text('comments.someone')}</bdi>,
                })}
              </p>
              <Typed text={body} />
            </li>
          ))}
        </ol>
      </section>
    </Layout>
  )
}

function OnPost({ comment }: { comment: FoundComment }): Html {
  const post = <a href={paths.comment(comment.post_slug, comment.id)}>{titleOf({ title: comment.post_title })}</a>
  return <p class="quiet">{rich('comments.onPost', { post })}</p>
}

type DeletedProps = { page: Page; comments: DeletedComment[]; next: string | undefined; isFirst: boolean }

export function DeletedCommentsPage({ page, comments, next, isFirst }: DeletedProps): Html {
  return (
    <AdminLayout page={page} title={text('comments.deletedTitle')}>
      <h1>{text('comments.deletedTitle')}</h1>
      {comments.length === 0 ? (
        <p class="empty">
          {isFirst ? text('comments.deletedEmpty', { days: daysDeleted }) : text('comments.nothingFurther')}
        </p>
      ) : (
        <p class="quiet">{text('comments.deletedNote', { days: daysDeleted })}</p>
      )}
      <ol class="thread">
        {comments.map((comment) => (
          <li class="reply">
            <p class="quiet">
              {rich('comments.deletedLine', {
                name: <bdi>{comment.author_name ?? text('comments.someone')}</bdi>,
                post: <a href={paths.post(comment.post_slug)}>{titleOf({ title: comment.post_title })}</a>,
                date: comment.deleted_at ? <Day date={comment.deleted_at} language={page.site.language} /> : '',
              })}
            </p>
            <Typed text={comment.beginning} />
            <form method="post" action={paths.commentRestoration(comment.id)}>
              <button class="second small">{text('comments.restore')}</button>
            </form>
          </li>
        ))}
      </ol>
      <Pager next={next && paths.admin.deletedComments(next)}>{text('comments.deletedEarlier')}</Pager>
    </AdminLayout>
  )
}
