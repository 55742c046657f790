import type { FastifyRequest } from 'fastify'
import { knownBanSentence } from '../bans/require-no-ban.ts'
import { canComment, canDelete, canEdit, quoteOf, takesComments } from '../comments/comment.ts'
import { newMarks, writeMark } from '../comment-rules/form-mark.ts'
import { guestOf } from '../guests/guest.ts'
import type { FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { App, Visitor } from '../http/app.ts'
import { writeCursor } from '../live/cursor.ts'
import { isLive } from '../live/live.ts'
import { canModerate } from '../moderation/moderation.ts'
import type { PublishedPost } from '../posts/queries.ts'
import type { CurrentSettings } from '../settings/current.ts'
import type { Asked } from './discussion.ts'
import { type ListedComment, listDiscussion, listSomeComments } from './queries.ts'
import { type Commenting, Comments, SomeComments } from './views.tsx'

type Asking = Pick<FastifyRequest, 'visitor' | 'page' | 'cookies'>

/** What a form is known by, where whoever asks knows it already. */
type Marks = ReturnType<typeof newMarks>

/** A page of the comments of a post and, when one was just refused, the form as it was filled in. */
export async function showDiscussion(
  app: App,
  settings: CurrentSettings,
  request: Asking,
  post: PublishedPost,
  { where, replyTo, isQuoted }: Asked,
  form?: FormState,
  marks?: Marks,
): Promise<Html> {
  const { visitor } = request
  const guest_id = guestIn(app, settings, request)
  // A cookie may outlive its guest: then the form asks who it is.
  const isKnownGuest = guest_id !== null && !form?.errors?.guest_name
  let discussion = await listDiscussion(app.db, post.id, visitor?.id ?? null, where, guest_id)
  const isMissing = where.comment !== undefined && discussion.comments.length === 0
  if (isMissing) discussion = await listDiscussion(app.db, post.id, visitor?.id ?? null, {}, guest_id)
  // Who was just refused has the text back.
  const ban = form ? undefined : await knownBanSentence(app.db, { visitor, ip: '' }, request.page.site.language)
  const may = commentingOf(settings, visitor, isKnownGuest, post, form, marks)
  const commenting: Commenting = ban && 'key' in may ? { reason: 'banned', sentence: ban } : may
  const answered = discussion.comments.find(({ id, state }) => id === replyTo && state === 'approved')
  const mayAnswer = answered?.shown === 'whole' && 'key' in commenting
  const quoted = mayAnswer && isQuoted ? { values: { body: quoteOf(answered.body) } } : undefined
  return Comments({
    ...surroundingsOf(settings, request, post, guest_id),
    where: isMissing ? {} : where,
    discussion,
    commenting,
    form: form ?? quoted,
    replyTo: mayAnswer ? replyTo : undefined,
    isMissing,
    hasLog: settings.get().moderation_log_is_public,
    ...(isLive(settings.get(), post, visitor, new Date()) && { live: writeCursor(post.moment) }),
  })
}

/** Those of the comments with these ids that the visitor may read, each as on the page of the post. */
export async function showSomeComments(
  app: App,
  settings: CurrentSettings,
  request: Asking,
  post: PublishedPost,
  ids: number[],
): Promise<Html> {
  const { visitor } = request
  const guest_id = guestIn(app, settings, request)
  const comments = await listSomeComments(app.db, post.id, visitor?.id ?? null, ids, guest_id)
  const commenting = commentingOf(settings, visitor, guest_id !== null, post)
  return SomeComments({ ...surroundingsOf(settings, request, post, guest_id), comments, commenting })
}

function guestIn(app: App, settings: CurrentSettings, { visitor, cookies }: Asking): number | null {
  return visitor ? null : guestOf(app, settings.get().form_secret, { cookies })
}

function commentingOf(
  settings: CurrentSettings,
  visitor: Visitor | null,
  isKnownGuest: boolean,
  post: PublishedPost,
  form?: FormState,
  marks?: Marks,
): Commenting {
  const { form_secret, guests_may_comment } = settings.get()
  const now = new Date()
  if (!takesComments(settings.get(), post, now)) return { reason: 'closed' }
  if (!canComment(visitor) && (visitor || !guests_may_comment)) return { reason: 'signed-out' }
  const sent = form?.values?.submission_key
  const marked = sent
    ? { key: sent, mark: writeMark(form_secret, post.id, sent, now) }
    : (marks ?? newMarks(form_secret, post.id))
  if (canComment(visitor)) return { ...marked, hasAddress: Boolean(visitor?.email) }
  return { ...marked, hasAddress: true, guest: isKnownGuest ? 'known' : 'new' }
}

function surroundingsOf(
  settings: CurrentSettings,
  { visitor, page }: Asking,
  post: PublishedPost,
  guest_id: number | null,
) {
  const now = new Date()
  const minutes = settings.get().comment_edit_minutes
  return {
    page,
    slug: post.slug,
    author_ids: [post.author_id, ...post.co_authors.map(({ id }) => id)],
    mayHandle: (comment: ListedComment) =>
      visitor !== null && (canEdit(visitor, comment, minutes, now) || canDelete(visitor, comment)),
    mayModerate: canModerate(visitor),
    isOwn: ({ author_id, guest_id: writer }: ListedComment) =>
      visitor ? author_id === visitor.id : guest_id !== null && writer === guest_id,
  }
}
