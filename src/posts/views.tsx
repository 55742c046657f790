import { commandLine } from '../command-line.ts'
import { CommentForm, CommentList } from '../comments/views.tsx'
import type { CommentPage } from '../comments/queries.ts'
import { Day, isKnown } from '../html/date.tsx'
import type { FormState } from '../html/form.tsx'
import { type Html, trustedHtml } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import { Mark } from '../html/wordmark.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { titleOf, writePosition } from './post.ts'
import type { ListedPost, PostList, PublishedPost } from './queries.ts'

export function FrontPage({ page, list, isFirst }: { page: Page; list: PostList; isFirst: boolean }): Html {
  const { site } = page
  return (
    <Layout page={page} {...(isFirst ? { isFront: true } : { title: 'Earlier posts' })}>
      <header class="intro">
        <h1>{isFirst ? site.title : 'Earlier posts'}</h1>
        {isFirst && site.description && <p class="tagline">{site.description}</p>}
      </header>
      <PostEntries list={list} page={page} older={paths.home} {...(isFirst && { empty: <NoPosts page={page} /> })} />
    </Layout>
  )
}

type EntriesProps = {
  list: PostList
  page: Page
  older: (before: string) => string
  empty?: Html
  showsAuthor?: boolean
}

export function PostEntries({ list, page, older, empty, showsAuthor = true }: EntriesProps): Html {
  if (list.posts.length === 0) return empty ?? <p>There is nothing further back.</p>
  return (
    <>
      <ol class="posts">
        {list.posts.map((post) => (
          <li>
            <h2>
              <a href={paths.post(post.slug)}>{titleOf(post)}</a>
            </h2>
            <Byline post={post} language={page.site.language} showsAuthor={showsAuthor} />
            {post.excerpt && (
              <p class="excerpt" dir="auto">
                {post.excerpt}
              </p>
            )}
          </li>
        ))}
      </ol>
      {list.next && (
        <nav class="pager" aria-label="Pages">
          <a rel="next" href={older(writePosition(list.next))}>
            Earlier posts
          </a>
        </nav>
      )}
    </>
  )
}

type BylinePost = Pick<ListedPost, 'published_at' | 'author_name' | 'author_slug'>

type BylineProps = { post: BylinePost; language: string; showsAuthor?: boolean; editor?: string }

function Byline({ post, language, showsAuthor = true, editor }: BylineProps): Html {
  const isDated = post.published_at !== null && isKnown(post.published_at)
  if (!isDated && !(showsAuthor && post.author_slug) && !editor) return <></>
  return (
    <p class="byline">
      {post.published_at && <Day date={post.published_at} language={language} />}
      {showsAuthor && post.author_slug && (
        <a href={paths.author(post.author_slug)} rel="author">
          <bdi>{post.author_name}</bdi>
        </a>
      )}
      {editor && (
        <a class="action" href={editor}>
          Edit this post
        </a>
      )}
    </p>
  )
}

function NoPosts({ page: { visitor, site } }: { page: Page }): Html {
  if (!site.isSetUp) {
    return (
      <div class="empty">
        <Mark />
        <p>This blog is new and has not been set up yet.</p>
        <p class="quiet">
          If it is yours: the terminal in which Bloggy runs shows a link that opens the set-up page.{' '}
          <code>{commandLine('setup --link')}</code> makes a new one.
        </p>
      </div>
    )
  }
  return (
    <div class="empty">
      <Mark />
      {visitor?.canWrite ? (
        <>
          <p>No posts here so far. Every blog begins with an empty page, and this one is yours.</p>
          <p>
            <a class="button" href={paths.admin.newPost()}>
              Write the first post
            </a>
          </p>
        </>
      ) : (
        <>
          <p>No posts here so far.</p>
          <p class="quiet">
            Every blog begins with an empty page. The first post is still being thought about. Come back soon.
          </p>
        </>
      )}
    </div>
  )
}

type PostPageProps = {
  page: Page
  post: PublishedPost
  thread: CommentPage
  /** Why there is no form, or the form's key. */
  commenting: { key: string } | { reason: 'signed-out' | 'closed' }
  form?: FormState
  mayEdit: boolean
  mayModerate: (comment: { author_id: number | null }) => boolean
  canonical: string
  isFirst: boolean
}

export function PostPage({
  page,
  post,
  thread,
  commenting,
  form,
  mayEdit,
  mayModerate,
  canonical,
  isFirst,
}: PostPageProps): Html {
  const title = titleOf(post)
  return (
    <Layout page={page} title={title} description={post.excerpt} canonical={canonical}>
      <article class="post">
        <header>
          <h1>{title}</h1>
          <Byline post={post} language={page.site.language} {...(mayEdit && { editor: paths.admin.post(post.id) })} />
        </header>
        <div class="prose">{trustedHtml(post.body_html)}</div>
        {post.tags.length > 0 && (
          <ul class="tags" aria-label="Tags">
            {post.tags.map((tag) => (
              <li>
                <a href={paths.tag(tag.slug)} rel="tag">
                  {tag.name}
                </a>
              </li>
            ))}
          </ul>
        )}
      </article>
      <section class="comments" aria-labelledby="comments">
        <h2 id="comments">Comments</h2>
        {isFirst && <CommentForm page={page} slug={post.slug} commenting={commenting} form={form} />}
        <CommentList page={page} slug={post.slug} thread={thread} mayModerate={mayModerate} isFirst={isFirst} />
      </section>
    </Layout>
  )
}
