import { Day, isKnown } from '../html/date.tsx'
import { Field, type FormState, FormErrors, TextArea } from '../html/form.tsx'
import { type Html, trustedHtml } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { type Position, titleOf, writePosition } from './post.ts'
import type { EditablePost, PostForEditing } from './queries.ts'

type PostsPageProps = { page: Page; list: { posts: PostForEditing[]; next: Position | undefined }; isFirst: boolean }

export function PostsPage({ page, list, isFirst }: PostsPageProps): Html {
  return (
    <AdminLayout page={page} title="Posts">
      <div class="heading-row">
        <h1>Posts</h1>
        <a class="button second" href={paths.admin.bin()}>
          Bin
        </a>
        <a class="button" href={paths.admin.newPost()}>
          Write
        </a>
      </div>
      {list.posts.length === 0 && (
        <p class="empty">{isFirst ? 'Nothing written yet. The first post is one button away.' : 'No more posts.'}</p>
      )}
      <ul class="rows">
        {list.posts.map((post) => (
          <li>
            <a href={paths.admin.post(post.id)}>{titleOf(post)}</a>
            <span class="quiet">
              {post.published_at ? 'Published ' : 'Draft, changed '}
              {post.published_at && !isKnown(post.published_at) ? (
                'without a date'
              ) : (
                <Day date={post.published_at ?? post.updated_at} language={page.site.language} />
              )}
              {post.author_name && ` · ${post.author_name}`}
            </span>
          </li>
        ))}
      </ul>
      {list.next && (
        <nav class="pager" aria-label="Pages">
          <a rel="next" href={paths.admin.posts(writePosition(list.next))}>
            More
          </a>
        </nav>
      )}
    </AdminLayout>
  )
}

type NewProps = { page: Page; form: FormState; preview?: string; mayPublish: boolean }

export function NewPostPage({ page, form, preview, mayPublish }: NewProps): Html {
  return (
    <AdminLayout page={page} title="Write">
      <h1>New post</h1>
      <FormErrors form={form} />
      <form method="post" action={paths.admin.posts()} class="writing">
        <PostFields form={form} />
        <input type="hidden" name="submission_key" value={form.values?.submission_key} />
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
  preview?: string
  isConflict?: boolean
  mayPublish: boolean
  mayDelete: boolean
}

export function EditPostPage({ page, post, form, preview, isConflict, mayPublish, mayDelete }: EditProps): Html {
  const isPublished = post.published_at !== null
  // After a conflict the next save is over the version that was shown beside the text.
  const version = isConflict ? post.version : (form?.values?.version ?? post.version)
  return (
    <AdminLayout page={page} title={titleOf(post)}>
      <h1>Edit post</h1>
      <p class="quiet">
        {isPublished ? (
          <a href={paths.post(post.slug)}>Published, see it on the blog</a>
        ) : (
          'A draft: only people who may edit it can see it.'
        )}
        {' · '}
        <a href={paths.admin.revisions(post.id)}>Revisions</a>
      </p>
      {isConflict ? <Conflict page={page} post={post} /> : <FormErrors form={form} />}
      <form method="post" action={paths.admin.post(post.id)} class="writing">
        <PostFields form={form} title={post.title} body={post.body} tags={post.tags} format={post.body_format} />
        <input type="hidden" name="version" value={String(version)} />
        <div class="buttons">
          <button class={isPublished ? undefined : 'second'}>Save</button>
          {!isPublished && mayPublish && (
            <button name="publish" value="yes">
              Save and publish
            </button>
          )}
          <button class="second" formaction={`${paths.admin.postPreview(post.id)}#preview`} formnovalidate>
            Preview
          </button>
        </div>
      </form>
      <Preview title={form?.values?.title ?? post.title} body_html={preview} />
      <section class="danger" aria-label="More">
        {isPublished && mayPublish && (
          <form method="post" action={paths.admin.publicationEnd(post.id)}>
            <button class="second">Take off the blog</button>
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

function PostFields({
  form,
  title,
  body,
  tags,
  format,
}: {
  form?: FormState | undefined
  title?: string
  body?: string
  tags?: string
  format?: string
}): Html {
  return (
    <>
      <Field form={form} name="title" label="Title" value={title ?? ''} maxlength={512} required />
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

/** What the other one saved, whole, beside the text that was not. Nothing is overwritten unseen. */
function Conflict({ page, post }: { page: Page; post: EditablePost }): Html {
  return (
    <section class="error-summary" role="alert">
      <p>
        {post.updated_by_name ?? 'Somebody'} saved this post while you were writing, on{' '}
        <Day date={post.updated_at} language={page.site.language} />. Your text is kept in the form below and has not
        been saved. Saving it now replaces the other version.
      </p>
      <details open>
        <summary>The version that was saved</summary>
        <p>{titleOf(post)}</p>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also from the keyboard */}
        <pre class="other-version" tabindex={0}>
          {post.body}
        </pre>
      </details>
    </section>
  )
}
