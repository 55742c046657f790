import type { Around } from '../around-posts/queries.ts'
import { Neighbours, RelatedPosts } from '../around-posts/views.tsx'
import { commandLine } from '../command-line.ts'
import { dataBlock } from '../html/data-block.ts'
import { Day, isKnown } from '../html/date.tsx'
import { directionOf, inLanguage } from '../html/direction.ts'
import { type Html, trustedHtml } from '../html/jsx-runtime.ts'
import { type Card, Layout } from '../html/layout.tsx'
import { Mark } from '../html/wordmark.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { pictureAttributes } from '../markdown/library-pictures.ts'
import { audienceWords, pathOf } from '../post-details/details.ts'
import { type Reacting, Reactions } from '../reactions/views.tsx'
import { SeriesBox } from '../series/views.tsx'
import { rich, spokenIn, text } from '../texts/texts.ts'
import type { ListedPost, PostList } from '../reading-lists/queries.ts'
import { ofFrontPage } from '../structured-data/structured-data.ts'
import { aboutPosts, titleOf, writePosition } from './post.ts'
import type { PublishedPost } from './queries.ts'

type FrontPageProps = { page: Page; list: PostList; isFirst: boolean; origin: string }

export function FrontPage({ page, list, isFirst, origin }: FrontPageProps): Html {
  const { site } = page
  const first = { isFront: true, canonical: `${origin}/`, head: dataBlock(ofFrontPage(site, origin)) }
  return (
    <Layout
      page={page}
      feedOf=""
      description={site.description || aboutPosts(list.posts)}
      {...(isFirst ? first : { title: text('posts.earlier') })}
    >
      <header class="intro">
        <h1 class={isFirst && !site.look.showsTitle ? 'hidden' : undefined}>
          {isFirst ? site.title : text('posts.earlier')}
        </h1>
        {isFirst && site.description && site.look.showsDescription && <p class="tagline">{site.description}</p>}
      </header>
      <PostEntries list={list} page={page} older={paths.home} {...(isFirst && { empty: <NoPosts page={page} /> })} />
      {list.posts.length > 0 && (
        <nav class="ways" aria-label={text('archive.waysIn')}>
          <a href={paths.archive()}>{text('archive.byYear')}</a>
          <a href={paths.tags()}>{text('archive.byTag')}</a>
          <a href={paths.allSeries()}>{text('series.byAll')}</a>
        </nav>
      )}
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
  if (list.posts.length === 0) return empty ?? <p>{text('posts.nothingFurther')}</p>
  return (
    <>
      <ol class="posts h-feed">
        {list.posts.map((post) => (
          <li class="h-entry">
            <h2 class="p-name" dir={directionIn(post)}>
              <a
                href={paths.post(post.slug)}
                class="u-url"
                lang={post.language || undefined}
                hreflang={post.language || undefined}
              >
                {titleOf(post)}
              </a>
            </h2>
            <Byline post={post} language={page.site.language} showsAuthor={showsAuthor} />
            {post.excerpt && (
              <p class="excerpt p-summary" dir={directionIn(post)} lang={post.language || undefined}>
                {post.excerpt}
              </p>
            )}
          </li>
        ))}
      </ol>
      <Pager next={list.next && older(writePosition(list.next))}>{text('posts.earlier')}</Pager>
    </>
  )
}

/** Of a title or an excerpt among others: that of its language, or of its first words where none is said. */
function directionIn({ language }: { language: string }): 'ltr' | 'rtl' | 'auto' {
  return language ? directionOf(language) : 'auto'
}

export type BylinePost = Pick<ListedPost, 'published_at' | 'author_name' | 'author_slug' | 'co_authors' | 'visibility'>

type BylineProps = {
  post: BylinePost
  language: string
  /** The language of what it stands in, where that is not the blog's. */
  around?: string
  showsAuthor?: boolean
  editor?: string
  minutes?: number | null | undefined
}

export function Byline({ post, language, around, showsAuthor = true, editor, minutes }: BylineProps): Html {
  const { author_slug, author_name, co_authors, published_at, visibility } = post
  const authors = [...(author_slug ? [{ slug: author_slug, name: author_name }] : []), ...co_authors]
  const isDated = published_at !== null && isKnown(published_at)
  const audience = audienceWords[visibility]
  const words = spokenIn(around || language)
  if (!isDated && !(showsAuthor && authors.length > 0) && !editor && !audience && !minutes) return <></>
  return (
    <p class="byline">
      {published_at && <Day date={published_at} language={language} is="dt-published" />}
      {showsAuthor && authors.length > 0 && (
        <span class="authors">
          {authors.map(({ slug, name }, index) => (
            <>
              {index > 0 && ', '}
              <span class="p-author h-card">
                <a href={paths.author(slug)} rel="author">
                  <bdi>{name}</bdi>
                </a>
              </span>
            </>
          ))}
        </span>
      )}
      {minutes ? <span {...words}>{text('reading.minutes', { minutes })}</span> : ''}
      {audience && <span {...words}>{audience}</span>}
      {editor && (
        <a class="action" href={editor} {...words}>
          {text('posts.edit')}
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
        <p>{text('posts.notSetUp')}</p>
        <p class="quiet">{rich('posts.setUpHint', { command: <code>{commandLine('setup --link')}</code> })}</p>
      </div>
    )
  }
  return (
    <div class="empty">
      <Mark />
      {visitor?.canWrite ? (
        <>
          <p>{text('posts.emptyYours')}</p>
          <p>
            <a class="button" href={paths.admin.newPost()}>
              {text('posts.writeFirst')}
            </a>
          </p>
        </>
      ) : (
        <>
          <p>{text('posts.empty')}</p>
          <p class="quiet">{text('posts.comeBack')}</p>
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
  /** What stands below it; undefined on pages and for what nobody saved. */
  around?: Around | undefined
  showsRelated?: boolean
  reacting?: Reacting
  mayEdit: boolean
  canonical: string
  /** Absent for a text that nobody else can open. */
  card?: Card | undefined
  /** Above all of it, where this is not the page of a post that readers have. */
  note?: Html
  /** What search engines are told; absent as the card is. */
  data?: object
}

export function PostPage(props: PostPageProps): Html {
  const { page, post, isOpen, comments, isLive, mayEdit, canonical, card, note } = props
  const { around, showsRelated, reacting, data } = props
  const title = titleOf(post)
  return (
    <Layout
      page={page}
      title={title}
      description={post.excerpt}
      canonical={canonical}
      {...(card && { card })}
      {...(card && data && { head: <MachineWords post={post} url={card.url} data={data} /> })}
      {...(isLive && { script: 'comments.js', style: 'comments.css' })}
      {...(comments && card && { feedOf: paths.postComments(post.slug) })}
      isUnlisted={post.visibility === 'unlisted' || post.visibility === 'private'}
    >
      {note && (
        <p class="notice" role="note">
          {note}
        </p>
      )}
      <Article
        page={page}
        post={post}
        minutes={around?.reading_minutes}
        {...(card && { url: card.url })}
        {...(mayEdit && { editor: paths.admin.post(post.id) })}
      >
        {isOpen ? trustedHtml(post.body_html) : <ForMembers page={page} post={post} />}
      </Article>
      {reacting && <Reactions page={page} slug={post.slug} reacting={reacting} />}
      {around?.series && around.series.parts.length > 0 && <SeriesBox series={around.series} post_id={post.id} />}
      {around && isInStream(post) && <Neighbours {...around} />}
      {around && showsRelated && <RelatedPosts {...around} />}
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
  minutes?: number | null | undefined
  /** Its whole address, where it has one for everybody. */
  url?: string
  children: unknown
}

/** A post as readers see it. */
export function Article({ page, post, editor, url, minutes, children }: ArticleProps): Html {
  const isPage = post.kind === 'page'
  return (
    <article class="post h-entry" {...inLanguage(post.language)}>
      <header>
        <h1 class="p-name">{titleOf(post)}</h1>
        <Byline
          post={isPage ? { ...post, published_at: null } : post}
          language={page.site.language}
          around={post.language}
          showsAuthor={!isPage}
          minutes={minutes}
          {...(editor && { editor })}
        />
      </header>
      {post.picture_url && (
        <figure class="feature">
          <Featured picture={pictureAttributes(post.picture_url, post.picture)} alt={post.picture_alt} />
        </figure>
      )}
      <div class="prose e-content">{children as string}</div>
      {url && <data class="u-url" value={url} />}
      {post.tags.length > 0 && (
        <ul class="tags" aria-label={text('posts.tags')}>
          {post.tags.map((tag) => (
            <li class="p-category">
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

function Featured({ picture, alt }: { picture: Record<string, string>; alt: string }): Html {
  const { class: tones, ...shown } = picture
  return <img {...shown} alt={alt} class={tones ? `u-featured ${tones}` : 'u-featured'} />
}

/** Where other sites get a card of the post, and what search engines are told. */
function MachineWords({ post, url, data }: { post: Omit<PublishedPost, 'moment'>; url: string; data: object }): Html {
  return (
    <>
      {post.visibility === 'public' && (
        <link
          rel="alternate"
          type="application/json+oembed"
          title={titleOf(post)}
          href={new URL(paths.oembed({ url, format: 'json' }), url).href}
        />
      )}
      {dataBlock(data)}
    </>
  )
}

function ForMembers({ page, post }: { page: Page; post: Omit<PublishedPost, 'moment'> }): Html {
  const next = pathOf(post)
  const signin = (inside: Html) => <a href={paths.signIn(next)}>{inside}</a>
  const register = (inside: Html) => <a href={paths.register(next)}>{inside}</a>
  return (
    <>
      {post.excerpt && <p dir="auto">{post.excerpt}</p>}
      <p class="members" {...spokenIn(post.language || page.site.language)}>
        {page.canRegister ? rich('reading.membersIn', { signin, register }) : rich('reading.membersSignIn', { signin })}
      </p>
    </>
  )
}

/** Only what lists have has a place between its neighbours. */
function isInStream({ visibility }: { visibility: string }): boolean {
  return visibility === 'public' || visibility === 'members'
}
