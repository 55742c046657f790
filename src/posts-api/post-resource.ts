// A post as programs see it and write it.
import { Type, type Static } from 'typebox'
import { Id, type Level, Moment, SentMoment, field, orNull, resource, tagOf } from '../api/resource.ts'
import type { Visitor } from '../http/app.ts'
import { type Details, noDetails, pathOf } from '../post-details/details.ts'
import { slugOf } from '../slug.ts'
import { visible } from '../users/user.ts'
import { canEdit, canRead, longestText, longestTitle, mostTags } from '../posts/post.ts'

const Person = Type.Object(
  { slug: Type.String(), name: Type.String() },
  { title: 'Writer', additionalProperties: false },
)
const Tag = Type.Object({ slug: Type.String(), name: Type.String() }, { title: 'TagName', additionalProperties: false })
const Series = Type.Object(
  { slug: Type.String(), title: Type.String(), part: orNull(Type.Integer()) },
  { title: 'SeriesPart', additionalProperties: false },
)

export const kinds = ['post', 'page'] as const
export const states = ['draft', 'scheduled', 'published'] as const
export const visibilities = ['public', 'unlisted', 'members', 'private'] as const

export const Post = resource('Post', {
  id: field('public', Id),
  kind: field('public', Type.Enum([...kinds])),
  slug: field('public', Type.String()),
  url: field('public', Type.String({ format: 'uri' })),
  title: field('public', Type.String()),
  excerpt: field('public', Type.String()),
  html: field('public', Type.String(), 'The text as readers get it. Left out where you may not read it.'),
  body: field('own', Type.String(), 'The text as it was written, in its `format`.'),
  format: field('own', Type.Enum(['markdown', 'html', 'plain'])),
  state: field('own', Type.Enum([...states])),
  has_draft: field('own', Type.Boolean(), 'Whether a newer text waits beside the published one.'),
  visibility: field('public', Type.Enum([...visibilities])),
  language: field('public', Type.String(), 'Empty for the language of the blog.'),
  tags: field('public', Type.Array(Tag)),
  series: field('public', orNull(Series)),
  authors: field('public', Type.Array(Person), 'The author first.'),
  comments_open: field('public', Type.Boolean()),
  picture_url: field('public', Type.String()),
  picture_alt: field('public', Type.String()),
  canonical_url: field('public', Type.String()),
  published_at: field('public', orNull(Moment)),
  updated_at: field('public', Moment),
  version: field('own', Type.Integer(), 'One more with every change.'),
})

const details = {
  kind: Type.Enum([...kinds]),
  visibility: Type.Enum([...visibilities]),
  comments_open: Type.Boolean(),
  slug: Type.String({ maxLength: 200, description: 'Empty to have one made of the title.' }),
  excerpt: Type.String({ maxLength: 500 }),
  picture_url: Type.String({ maxLength: 2000 }),
  picture_alt: Type.String({ maxLength: 1000 }),
  canonical_url: Type.String({ maxLength: 2000 }),
  language: Type.String({ maxLength: 20 }),
  series: Type.String({
    maxLength: 200,
    description: 'The title of a series, which is made when it is new; empty for none.',
  }),
  series_part: orNull(Type.Integer({ minimum: 1, maximum: 9999 })),
  authors: Type.Array(Type.String({ maxLength: 100 }), {
    maxItems: 10,
    description: 'Those beside the author, by `slug`.',
  }),
}
const tags = Type.Array(Type.String({ minLength: 1, maxLength: 50, pattern: '^[^,]*[^,\\s][^,]*$' }), {
  maxItems: mostTags,
})
const title = Type.String({ minLength: 1, maxLength: longestTitle, pattern: visible })
const body = Type.String({ minLength: 1, maxLength: longestText, pattern: '\\S' })
const state = Type.Enum([...states])
const appears_at = { ...SentMoment, description: 'With the state `scheduled`: when it appears.' }

export const NewPost = Type.Object(
  {
    title,
    body,
    tags: Type.Optional(tags),
    state: Type.Optional(state),
    appears_at: Type.Optional(appears_at),
    ...Type.Partial(Type.Object(details)).properties,
  },
  { title: 'NewPost', additionalProperties: false },
)
export const PostChange = Type.Object(
  { ...Type.Partial(Type.Object({ title, body, tags, state, appears_at, ...details })).properties },
  { title: 'PostChange', additionalProperties: false, minProperties: 1 },
)
export type PostChange = Static<typeof PostChange>
export const NewDraft = Type.Object(
  { title, body, tags: Type.Optional(tags), ...Type.Partial(Type.Object(details)).properties },
  { title: 'NewPostDraft', additionalProperties: false },
)

const asTheyAre = [
  'kind',
  'visibility',
  'excerpt',
  'picture_url',
  'picture_alt',
  'canonical_url',
  'language',
  'series',
] as const

/** The details a post has with this change, as a form would say them. */
export function detailsIn(given: PostChange, now: Details = noDetails): Details {
  const { comments_open, series_part, authors } = given
  return {
    ...now,
    ...Object.fromEntries(asTheyAre.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))),
    ...(given.slug !== undefined && { slug: given.slug.trim() && slugOf(given.slug, '') }),
    ...(comments_open !== undefined && { comments: comments_open ? 'open' : 'closed' }),
    ...(given.series === '' && series_part === undefined && { series_part: '' }),
    ...(series_part !== undefined && { series_part: series_part === null ? '' : String(series_part) }),
    ...(authors !== undefined && { authors: authors.map((slug) => slug.trim().toLowerCase()).join(', ') }),
  }
}

export type PostRow = {
  id: number
  kind: string
  slug: string
  author_id: number | null
  author: { slug: string; name: string } | null
  co_authors: { id: number; slug: string; name: string }[]
  visibility: string
  html?: string
  body?: string
  is_public: boolean
  published_at: Date | null
}

/** The row with what is worked out of it for this visitor. */
export function shownPost(row: PostRow, visitor: Visitor | null, origin: string) {
  const { co_authors, author, html, ...rest } = row
  const mayEdit = canEdit(visitor, row)
  return {
    ...rest,
    url: origin + pathOf(row),
    state: row.is_public ? 'published' : row.published_at ? 'scheduled' : 'draft',
    authors: [...(author ? [author] : []), ...co_authors.map(({ slug, name }) => ({ slug, name }))],
    ...(html !== undefined && (mayEdit || canRead(visitor, row)) && { html }),
  }
}

export function levelOf(row: PostRow, visitor: Visitor | null): Level {
  return canEdit(visitor, row) ? 'own' : 'public'
}

/** The post as this one sees it, with the name of its state. */
export function postAnswer(origin: string, row: PostRow, visitor: Visitor | null, only?: ReadonlySet<string>) {
  const shown = shownPost(row, visitor, origin)
  const level = levelOf(row, visitor)
  return { body: Post.show(shown, level, only), etag: tagOf(Post.show(shown, level)) }
}
