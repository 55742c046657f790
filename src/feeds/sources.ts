// What there are feeds of, and what is in each.
import { text } from '../texts/texts.ts'
import { listNewestComments } from '../discussions/queries.ts'
import { isKnown } from '../html/date.tsx'
import { escape } from '../html/jsx-runtime.ts'
import type { App } from '../http/app.ts'
import type { PageKey } from '../http/keeping.ts'
import { renderPlain } from '../markdown/plain.ts'
import { withWholeAddresses } from '../markdown/whole-addresses.ts'
import { paths } from '../paths.ts'
import {
  type ListedPost,
  listPostsByAuthor,
  listPostsByTag,
  listPostsOfSeries,
  listPublishedPosts,
} from '../reading-lists/queries.ts'
import { canOpen, canRead, titleOf } from '../posts/post.ts'
import { findPublishedPost } from '../posts/queries.ts'
import { findSeries } from '../series/queries.ts'
import { findTag } from '../tags/queries.ts'
import { findAuthor } from '../users/queries.ts'
import { type Author, type Entry, entriesInFeed, mostText } from './feed.ts'
import { type FeedText, listTexts } from './queries.ts'

type Content = {
  /** What it is a feed of, empty for all of the blog. */
  title: string
  page: string
  entries: Entry[]
  isUnlisted?: boolean
  /** An entry may come or go behind a newer one, so no date of the entries says whether it is the same. */
  isUndated?: boolean
  /** What it is made of; all posts where nothing else is said. */
  key?: PageKey
}

/** Undefined when there is no such thing, or nothing in it that everybody may see. */
type Source = (app: App, slug: string) => Promise<Content | undefined>

/** By the address of the page, as a route. */
export const sources: Record<string, Source> = {
  '': async (app) => ({
    title: '',
    page: paths.home(),
    entries: await entriesOf(app, (await listPublishedPosts(app.db)).posts),
  }),

  [paths.tag(':slug')]: async (app, slug) => {
    const tag = await findTag(app.db, slug)
    const { posts } = tag ? await listPostsByTag(app.db, tag.id) : { posts: [] }
    if (!tag || posts.length === 0) return undefined
    return { title: tag.name, page: paths.tag(tag.slug), entries: await entriesOf(app, posts) }
  },

  [paths.author(':slug')]: async (app, slug) => {
    const author = await findAuthor(app.db, slug)
    const { posts } = author ? await listPostsByAuthor(app.db, author.id) : { posts: [] }
    if (!author || posts.length === 0) return undefined
    return { title: author.name, page: paths.author(author.slug), entries: await entriesOf(app, posts) }
  },

  [paths.series(':slug')]: async (app, slug) => {
    const series = await findSeries(app.db, slug)
    if (!series) return undefined
    const { posts } = await listPostsOfSeries(app.db, series.id)
    return { title: series.title, page: paths.series(series.slug), entries: await entriesOf(app, posts) }
  },

  [paths.postComments(':slug')]: async (app, slug) => {
    const post = await findPublishedPost(app.db, slug)
    if (!post || post.kind === 'page' || !canOpen(null, post) || !canRead(null, post)) return undefined
    const comments = await listNewestComments(app.db, post.id)
    const { origin } = app.config.siteUrl
    const title = titleOf(post)
    const entries = comments.slice(0, entriesInFeed).map((comment): Entry => {
      const name =
        comment.author_name ??
        (comment.guest_name ? `${comment.guest_name} (${text('guests.badge')})` : text('comments.someone'))
      const url = origin + paths.comment(post.slug, comment.id)
      return {
        id: `${origin}${paths.legacy.post(post.id)}#comment-${comment.id}`,
        url,
        title: text('feeds.comment', { name, post: title }),
        published: isKnown(comment.created_at) ? comment.created_at : undefined,
        updated: comment.edited_at ?? comment.created_at,
        authors: [{ name, url: '' }],
        tags: [],
        summary: '',
        html:
          comment.body_format === 'plain'
            ? renderPlain(comment.body).html
            : withWholeAddresses(comment.body_html, origin, url),
        language: post.language,
        picture: '',
      }
    })
    const isUnlisted = post.visibility !== 'public'
    return {
      title: text('feeds.comments', { post: title }),
      page: paths.post(post.slug),
      entries,
      isUnlisted,
      isUndated: true,
      key: `post:${post.id}`,
    }
  },
}

async function entriesOf(app: App, posts: ListedPost[]): Promise<Entry[]> {
  const texts = await listTexts(
    app.db,
    posts.map(({ id }) => id),
  )
  const { origin } = app.config.siteUrl
  let room = mostText
  return posts.flatMap((post) => {
    const body = texts.get(post.id)
    if (!body) return []
    const url = origin + paths.post(post.slug)
    const isWhole = canRead(null, post) && body.body_html.length <= room
    if (isWhole) room -= body.body_html.length
    return {
      id: origin + paths.legacy.post(post.id),
      url,
      title: titleOf(post),
      published: post.published_at && isKnown(post.published_at) ? post.published_at : undefined,
      updated: body.updated_at,
      authors: authorsOf(post, origin),
      tags: body.tags,
      summary: post.excerpt,
      html: isWhole ? withWholeAddresses(withPicture(body), origin, url) : undefined,
      language: post.language,
      picture: body.picture_url.startsWith('/') ? origin + body.picture_url : body.picture_url,
    }
  })
}

function authorsOf({ author_name, author_slug, co_authors }: ListedPost, origin: string): Author[] {
  const author = author_name !== null && author_slug !== null ? [{ name: author_name, slug: author_slug }] : []
  return [...author, ...co_authors].map(({ name, slug }) => ({ name, url: origin + paths.author(slug) }))
}

function withPicture({ picture_url, picture_alt, body_html }: FeedText): string {
  if (picture_url === '') return body_html
  return `<p><img src="${escape(picture_url)}" alt="${escape(picture_alt)}"></p>\n${body_html}`
}
