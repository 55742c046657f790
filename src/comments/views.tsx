import { Day, isKnown } from '../html/date.tsx'
import { type FormState, FormErrors, TextArea } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { rich, text } from '../texts/texts.ts'
import type { CommentPage, FoundComment, ListedComment } from './queries.ts'

type ListProps = {
  page: Page
  slug: string
  thread: CommentPage
  mayModerate: (comment: { author_id: number | null }) => boolean
  isFirst: boolean
}

export function CommentList({ page, slug, thread, mayModerate, isFirst }: ListProps): Html {
  if (thread.comments.length === 0)
    return isFirst ? <p class="quiet">No comments yet.</p> : <p>There is nothing further back.</p>
  return (
    <>
      <ol class="thread">
        {thread.comments.map((comment) => (
          <Comment
            comment={comment}
            language={page.site.language}
            mayModerate={page.visitor !== null && mayModerate(comment)}
          />
        ))}
      </ol>
      <Pager label="Comment pages" next={thread.next && `${paths.post(slug)}?before=${thread.next}#comments`}>
        Earlier comments
      </Pager>
    </>
  )
}

function Comment({
  comment,
  language,
  mayModerate,
}: {
  comment: ListedComment
  language: string
  mayModerate: boolean
}): Html {
  return (
    <li id={`comment-${comment.id}`}>
      <p class="byline">
        {/* Without a link: who never published has no page. */}
        <bdi class="who">{comment.author_name ?? 'Someone'}</bdi>
        <a href={`#comment-${comment.id}`}>
          {isKnown(comment.created_at) ? <Day date={comment.created_at} language={language} /> : 'Link to this comment'}
        </a>
        {comment.edited_at && <span>edited</span>}
        {mayModerate && (
          <a class="action" href={paths.editComment(comment.id)}>
            Edit or delete
          </a>
        )}
      </p>
      <Paragraphs text={comment.body} />
    </li>
  )
}

/** Plain text as it was typed: an empty line makes a paragraph. */
function Paragraphs({ text }: { text: string }): Html {
  const paragraphs = text.trim().split(/(?:\r?\n){2,}/)
  return (
    <div class="said" dir="auto">
      {paragraphs.map((paragraph) => (
        <p>{paragraph}</p>
      ))}
    </div>
  )
}

type FormProps = {
  page: Page
  slug: string
  commenting: { key: string } | { reason: 'signed-out' | 'closed' }
  form?: FormState | undefined
}

export function CommentForm({ page, slug, commenting, form }: FormProps): Html {
  if ('reason' in commenting) {
    if (commenting.reason === 'closed') return <p class="quiet">{text('comments.closed')}</p>
    const next = encodeURIComponent(`${paths.post(slug)}#comments`)
    const signin = (inside: Html) => <a href={`${paths.signIn()}?next=${next}`}>{inside}</a>
    const register = (inside: Html) => <a href={paths.register()}>{inside}</a>
    return (
      <p class="quiet">
        {page.canRegister
          ? rich('comments.signInOrRegister', { signin, register })
          : rich('comments.signIn', { signin })}
      </p>
    )
  }
  return (
    <form method="post" action={`${paths.postComments(slug)}#comments`} class="comment-form">
      <FormErrors form={form} />
      <TextArea form={form} name="body" label="Your comment" rows={4} required maxlength={32_768} />
      <input type="hidden" name="submission_key" value={commenting.key} />
      <button>Comment</button>
    </form>
  )
}

type EditPageProps = { page: Page; comment: FoundComment; mayEdit: boolean; form?: FormState; message?: string }

export function EditCommentPage({ page, comment, mayEdit, form, message }: EditPageProps): Html {
  return (
    <Layout page={page} title="Change a comment" isPrivate>
      <section class="narrow">
        <h1>Change a comment</h1>
        <p class="quiet">
          On <a href={paths.comment(comment.post_slug, comment.id)}>{titleOf({ title: comment.post_title })}</a>
        </p>
        <FormErrors form={form} message={message} />
        {message && (
          <details open>
            <summary>The comment as it is now</summary>
            <Paragraphs text={comment.body} />
          </details>
        )}
        {mayEdit ? (
          <form method="post" action={paths.editComment(comment.id)}>
            <TextArea
              form={form}
              name="body"
              label="Comment"
              rows={8}
              value={comment.body}
              required
              maxlength={32_768}
            />
            <input type="hidden" name="version" value={String(comment.version)} />
            <button>Save</button>
          </form>
        ) : (
          <Paragraphs text={comment.body} />
        )}
        <form method="post" action={paths.commentDeletion(comment.id)} class="danger">
          <p>Deleting cannot be undone.</p>
          <button class="warning">Delete this comment</button>
        </form>
      </section>
    </Layout>
  )
}
