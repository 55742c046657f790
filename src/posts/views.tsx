import { commandLine } from '../command-line.ts'
import { Day, isKnown } from '../html/date.tsx'
import { type Html, trustedHtml } from '../html/jsx-runtime.ts'
import { type Card, Layout } from '../html/layout.tsx'
import { Mark } from '../html/wordmark.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { pictureAttributes } from '../markdown/library-pictures.ts'
import { audienceWords, pathOf } from '../post-details/details.ts'
import type { Series } from '../series/queries.ts'
import { SeriesBox } from '../series/views.tsx'
import type { ListedPost, PostList } from '../reading-lists/queries.ts'
import { titleOf, writePosition } from './post.ts'
import type { PublishedPost } from './queries.ts'

export function FrontPage({ page, list, isFirst }: { page: Page; list: PostList; isFirst: boolean }): Html {
  const { site } = page
  return (
    <Layout page={page} feedOf="" {...(isFirst ? { isFront: true } : { title: 'Earlier posts' })}>
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
              <a href={paths.post(post.slug)} lang={post.language || undefined}>
                {titleOf(post)}
              </a>
            </h2>
            <Byline post={post} language={page.site.language} showsAuthor={showsAuthor} />
            {post.excerpt && (
              <p class="excerpt" dir="auto" lang={post.language || undefined}>
                {post.excerpt}
              </p>
            )}
          </li>
        ))}
      </ol>
      <Pager next={list.next && older(writePosition(list.next))}>Earlier posts</Pager>
    </>
  )
}

type BylinePost = Pick<ListedPost, 'published_at' | 'author_name' | 'author_slug' | 'co_authors' | 'visibility'>

type BylineProps = { post: BylinePost; language: string; showsAuthor?: boolean; editor?: string }

function Byline({ post, language, showsAuthor = true, editor }: BylineProps): Html {
  const { author_slug, author_name, co_authors, published_at, visibility } = post
  const authors = [...(author_slug ? [{ slug: author_slug, name: author_name }] : []), ...co_authors]
  const isDated = published_at !== null && isKnown(published_at)
  const audience = audienceWords[visibility]
  if (!isDated && !(showsAuthor && authors.length > 0) && !editor && !audience) return <></>
  return (
    <p class="byline">
      {published_at && <Day date={published_at} language={language} />}
      {showsAuthor && authors.length > 0 && (
        <span class="authors">
          {authors.map(({ slug, name }, index) => (
            <>
              {index > 0 && ', '}
              <a href={paths.author(slug)} rel="author">
                <bdi>{name}</bdi>
              </a>
            </>
          ))}
        </span>
      )}
      {audience && <span>{audience}</span>}
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
  post: Omit<PublishedPost, 'moment'>
  /** False for a post that wants somebody to sign in first. */
  isOpen: boolean
  /** Undefined where there are no comments: on pages, and where the post is not open. */
  comments: Html | undefined
  /** Its comments appear by themselves: the one script that a reader's page may have. */
  isLive?: boolean
  series: Series | undefined
  mayEdit: boolean
  canonical: string
  /** Absent for a text that nobody else can open. */
  card?: Card | undefined
  /** Above all of it, where this is not the page of a post that readers have. */
  note?: Html
}

export function PostPage(props: PostPageProps): Html {
  const { page, post, isOpen, comments, isLive, series, mayEdit, canonical, card, note } = props
  const title = titleOf(post)
  return (
    <Layout
      page={page}
      title={title}
      description={post.excerpt}
      canonical={canonical}
      {...(card && { card })}
      {...(isLive && { script: 'comments.js', style: 'comments.css' })}
      {...(comments && card && { feedOf: paths.postComments(post.slug) })}
      isUnlisted={post.visibility === 'unlisted' || post.visibility === 'private'}
    >
      {note && (
        <p class="notice" role="note">
          {note}
        </p>
      )}
      <Article page={page} post={post} {...(mayEdit && { editor: paths.admin.post(post.id) })}>
        {isOpen ? trustedHtml(post.body_html) : <ForMembers page={page} post={post} />}
      </Article>
      {series && <SeriesBox series={series} post_id={post.id} />}
      {comments}
    </Layout>
  )
}

type ArticleProps = {
  page: Page
  post: Omit<BylinePost, 'author_name'> &
    Pick<
      PublishedPost,
      'kind' | 'title' | 'language' | 'picture' | 'picture_url' | 'picture_alt' | 'tags' | 'author_name'
    >
  editor?: string
  children: unknown
}

/** A post as readers see it. */
export function Article({ page, post, editor, children }: ArticleProps): Html {
  const isPage = post.kind === 'page'
  return (
    <article class="post" lang={post.language || undefined}>
      <header>
        <h1>{titleOf(post)}</h1>
        <Byline
          post={isPage ? { ...post, published_at: null } : post}
          language={page.site.language}
          showsAuthor={!isPage}
          {...(editor && { editor })}
        />
      </header>
      {post.picture_url && (
        <figure class="feature">
          <img {...pictureAttributes(post.picture_url, post.picture)} alt={post.picture_alt} />
        </figure>
      )}
      <div class="prose">{children as string}</div>
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
  )
}

function ForMembers({ page, post }: { page: Page; post: Omit<PublishedPost, 'moment'> }): Html {
  return (
    <>
      {post.excerpt && <p dir="auto">{post.excerpt}</p>}
      <p class="members">
        The whole text is for members of this blog.{' '}
        <a href={`${paths.signIn()}?next=${encodeURIComponent(pathOf(post))}`}>Sign in</a>
        {page.canRegister && (
          <>
            {' or '}
            <a href={paths.register()}>register</a>
          </>
        )}{' '}
        to read it.
      </p>
    </>
  )
}
