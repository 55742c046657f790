import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { canComment, canDelete, canEdit, quoteOf, takesComments } from '../comments/comment.ts'
import { writeMark } from '../comment-rules/form-mark.ts'
import { guestOf } from '../guests/guest.ts'
import type { FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { App } from '../http/app.ts'
import type { PublishedPost } from '../posts/queries.ts'
import type { CurrentSettings } from '../settings/current.ts'
import type { Asked } from './discussion.ts'
import { listDiscussion } from './queries.ts'
import { type Commenting, Comments } from './views.tsx'

/** A page of the comments of a post and, when one was just refused, the form as it was filled in. */
export async function showDiscussion(
  app: App,
  settings: CurrentSettings,
  { visitor, page, cookies }: Pick<FastifyRequest, 'visitor' | 'page' | 'cookies'>,
  post: PublishedPost,
  { where, replyTo, isQuoted }: Asked,
  form?: FormState,
): Promise<Html> {
  const current = settings.get()
  const guest_id = visitor ? null : guestOf(app, current.form_secret, { cookies })
  // A cookie may outlive its guest: then the form asks who it is.
  const isKnownGuest = guest_id !== null && !form?.errors?.guest_name
  let discussion = await listDiscussion(app.db, post.id, visitor?.id ?? null, where, guest_id)
  const isMissing = where.comment !== undefined && discussion.comments.length === 0
  if (isMissing) discussion = await listDiscussion(app.db, post.id, visitor?.id ?? null, {}, guest_id)
  const now = new Date()
  const markedForm = (key: string) => ({ key, mark: writeMark(current.form_secret, post.id, key, now) })
  const commenting: Commenting = !takesComments(current, post, now)
    ? { reason: 'closed' }
    : canComment(visitor)
      ? markedForm(form?.values?.submission_key ?? randomUUID())
      : !visitor && current.guests_may_comment
        ? { ...markedForm(form?.values?.submission_key ?? randomUUID()), guest: isKnownGuest ? 'known' : 'new' }
        : { reason: 'signed-out' }
  const answered = discussion.comments.find(({ id, state }) => id === replyTo && state === 'approved')
  const mayAnswer = answered?.shown === 'whole' && 'key' in commenting
  const quoted = mayAnswer && isQuoted ? { values: { body: quoteOf(answered.body) } } : undefined
  return Comments({
    page,
    slug: post.slug,
    where: isMissing ? {} : where,
    discussion,
    commenting,
    form: form ?? quoted,
    replyTo: mayAnswer ? replyTo : undefined,
    author_ids: [post.author_id, ...post.co_authors.map(({ id }) => id)],
    mayHandle: (comment) =>
      visitor !== null && (canEdit(visitor, comment, current.comment_edit_minutes, now) || canDelete(visitor, comment)),
    isMissing,
  })
}
