// What a writer decides about a post beside its title, text and tags. Each is a text, as its field in the form is.
import { Type, type Static } from 'typebox'
import { isOwnAddress, isWebAddress } from '../address.ts'
import { paths } from '../paths.ts'
import { isLanguage } from '../settings/settings.ts'
import { slugOf } from '../slug.ts'
import { text } from '../texts/texts.ts'

const line = (maxLength: number) => Type.Optional(Type.String({ maxLength }))

/** What a form leaves out stays as it is. */
export const detailFields = {
  kind: Type.Optional(Type.Union([Type.Literal('post'), Type.Literal('page')])),
  visibility: Type.Optional(
    Type.Union([Type.Literal('public'), Type.Literal('unlisted'), Type.Literal('members'), Type.Literal('private')]),
  ),
  comments: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('closed')])),
  slug: line(200),
  excerpt: line(500),
  picture_url: line(2000),
  picture_alt: line(1000),
  canonical_url: line(2000),
  language: line(20),
  series: line(200),
  series_part: line(4),
  authors: line(1000),
  reactions: Type.Optional(Type.Union([Type.Literal(''), Type.Literal('off')])),
}
const DetailForm = Type.Object(detailFields)
type DetailInput = Static<typeof DetailForm>

/** Empty where nothing was decided. `authors` are those beside the author, by the last part of their pages' addresses. */
export type Details = {
  kind: 'post' | 'page'
  visibility: 'public' | 'unlisted' | 'members' | 'private'
  /** Whether it takes any, where the blog does. */
  comments: 'open' | 'closed'
  slug: string
  excerpt: string
  picture_url: string
  picture_alt: string
  canonical_url: string
  language: string
  series: string
  series_part: string
  authors: string
  reactions: '' | 'off'
}

/** For a post that is not for everybody; each is looked up when it is shown. */
export const audienceWords: Record<string, string> = {
  get members() {
    return text('details.forMembers')
  },
  get unlisted() {
    return text('details.unlisted')
  },
  get private() {
    return text('details.private')
  },
}

export const noDetails: Details = {
  kind: 'post',
  visibility: 'public',
  comments: 'open',
  slug: '',
  excerpt: '',
  picture_url: '',
  picture_alt: '',
  canonical_url: '',
  language: '',
  series: '',
  series_part: '',
  authors: '',
  reactions: '',
}

/** What each is called where two states are compared. */
export const detailWords: Record<keyof Details, string> = {
  get kind() {
    return text('details.kind')
  },
  get visibility() {
    return text('details.readers')
  },
  get comments() {
    return text('details.comments')
  },
  get slug() {
    return text('details.slug')
  },
  get excerpt() {
    return text('details.excerpt')
  },
  get picture_url() {
    return text('details.pictureShort')
  },
  get picture_alt() {
    return text('details.pictureAlt')
  },
  get canonical_url() {
    return text('details.canonical')
  },
  get language() {
    return text('details.language')
  },
  get series() {
    return text('details.series')
  },
  get series_part() {
    return text('details.seriesPart')
  },
  get authors() {
    return text('details.authors')
  },
  get reactions() {
    return text('details.reactions')
  },
}

const mostAuthors = 10

/** The details a post has with this form saved. */
export function detailsOf(input: DetailInput, now: Details = noDetails): Details {
  const given = (name: keyof Details) => input[name]?.trim() ?? now[name]
  const series = given('series').replace(/\s+/g, ' ')
  return {
    kind: input.kind ?? now.kind,
    visibility: input.visibility ?? now.visibility,
    comments: input.comments ?? now.comments,
    slug: input.slug === undefined ? now.slug : input.slug.trim() && slugOf(input.slug, ''),
    excerpt: given('excerpt').replace(/\s+/g, ' '),
    picture_url: given('picture_url'),
    picture_alt: given('picture_alt').replace(/\s+/g, ' '),
    canonical_url: given('canonical_url'),
    language: given('language'),
    series,
    // Who takes a post out of its series need not name the part.
    series_part: series === '' && input.series_part === undefined ? '' : given('series_part'),
    authors: [
      ...new Set(
        given('authors')
          .toLowerCase()
          .split(/[\s,]+/)
          .filter(Boolean),
      ),
    ].join(', '),
    reactions: input.reactions ?? now.reactions,
  }
}

/** Of a post that was found: those of its draft, as far as that has any, else its own. */
export function latestDetails(post: { details: Details; draft_details: Partial<Details> | null }): Details {
  return { ...post.details, ...post.draft_details }
}

/** As the form shows them: an address that nobody chose is not there to be sent back, and so follows the title. */
export function shownDetails(
  post: Parameters<typeof latestDetails>[0] & { has_chosen_slug: boolean; is_public: boolean },
) {
  const details = latestDetails(post)
  return post.is_public || post.has_chosen_slug ? details : { ...details, slug: '' }
}

/** What is wrong with them, by field; what only PostgreSQL knows, such as whose an address is, is asked on saving. */
export function detailErrors(input: DetailInput, details: Details): Record<string, string> {
  const errors: Record<string, string> = {}
  const { slug, picture_url, picture_alt, canonical_url, language, series, series_part, authors, kind } = details
  if (input.slug?.trim() && slug === '') errors.slug = text('details.wrongSlug')
  if (kind === 'page' && isReserved(slug)) errors.slug = text('details.reservedSlug', { path: paths.page(slug) })
  if (picture_url && !isPictureAddress(picture_url)) errors.picture_url = text('details.wrongPicture')
  if (picture_url && !picture_alt) errors.picture_alt = text('details.noPictureAlt')
  if (canonical_url && !isWebAddress(canonical_url)) errors.canonical_url = text('details.wrongCanonical')
  if (language && !isLanguage(language)) errors.language = text('settings.wrongLanguage')
  if (series_part && !/^[1-9]\d{0,3}$/.test(series_part)) errors.series_part = text('details.wrongPart')
  if (series_part && series === '') errors.series_part = text('details.partOfNothing')
  if (authors.split(', ').length > mostAuthors) errors.authors = text('details.tooManyAuthors', { most: mostAuthors })
  return errors
}

/** In the words of posts_picture_url_check: the front page is no picture. */
function isPictureAddress(address: string): boolean {
  return isWebAddress(address, ['https:']) || (isOwnAddress(address) && address !== '/')
}

/** First parts of the blog's own addresses, now and as far as is known. */
const reserved = new Set(
  (
    'account admin api archive assets atom auth authors comments confirm embed feed feeds invitations json livez login logout media metrics ' +
    'new newsletter oembed page password post posts preview profile public readyz register rss search series settings setup ' +
    'sign-in sign-out sitemap static tags unsubscribe uploads'
  ).split(' '),
)

export function isReserved(slug: string): boolean {
  return reserved.has(slug)
}

/** Pages stand at the top of the addresses. */
export function pathOf({ kind, slug }: { kind: string; slug: string }): string {
  return kind === 'page' ? paths.page(slug) : paths.post(slug)
}
