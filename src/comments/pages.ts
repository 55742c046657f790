import { banSentence, knownBanSentence } from '../bans/require-no-ban.ts'
import type { Verdict } from '../comment-rules/rules.ts'
import type { Db } from '../db/pool.ts'
import { conflict, fieldsOf, forbidden, notFound, unauthenticated } from '../errors.ts'
import { guestAsking } from '../guests/asking.ts'
import { guestOf } from '../guests/guest.ts'
import type { App, Visitor } from '../http/app.ts'
import { IdParams, SlugParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { canFind, canOpen, canRead } from '../posts/post.ts'
import { findPublishedPost } from '../posts/queries.ts'
import { showPost } from '../posts/show-post.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { CommentForm, canComment, canDelete, canEdit, canRestore, canSeeVersions, takesComments } from './comment.ts'
import {
  type FoundComment,
  createComment,
  deleteComment,
  findComment,
  listVersions,
  restoreComment,
  updateComment,
} from './queries.ts'
import { admit, verdictFor } from './verdict.ts'
import { EditCommentPage, VersionsPage } from './views.tsx'

// The longest comment, every character of it written as %F0%9F%98%80.
const bodyLimit = 512 * 1024

export function commentPages(app: App, settings: CurrentSettings) {
  app.post(
    paths.postComments(':slug'),
    { schema: { params: SlugParams, body: CommentForm }, attachValidation: true, bodyLimit },
    async (request, reply) => {
      const post = await findPublishedPost(app.db, request.params.slug)
      // Pages have no comments.
      if (!post || post.kind === 'page' || !canOpen(request.visitor, post)) throw notFound('post')
      const rules = settings.get()
      if (!request.visitor && !rules.guests_may_comment) throw unauthenticated()
      const { visitor } = request
      if (visitor && !canComment(visitor)) throw forbidden()
      if (!canRead(visitor, post)) throw unauthenticated()
      if (!takesComments(settings.get(), post, new Date())) throw conflict(text('comments.closedMeanwhile'))

      const again = async (errors: Record<string, string>, status = 422) => {
        const values = postedValues(request.body)
        // A comment that was taken has used its key up.
        if (status === 202) for (const name of ['submission_key', 'mark']) delete values[name]
        const form = { values, errors }
        const parent = errors.parent ? undefined : parentOf(form.values)
        const asked = parent === undefined ? { where: {} } : { where: { comment: parent }, replyTo: parent }
        return reply.code(status).html(await showPost(app, settings, reply, post, asked, form))
      }
      const errors = fieldErrors(request)
      if (errors) return await again(errors)

      const guest = visitor ? null : await guestAsking(app.db, request, guestOf(app, rules.form_secret, request))
      if (guest && 'errors' in guest) return await again(guest.errors)
      const guest_id = guest && 'guest_id' in guest ? guest.guest_id : null
      const { language } = request.page.site
      const { ban, isKnown } = visitor
        ? await admit(app.db, visitor, request.ip, language)
        : { isKnown: guest?.is_known, ban: await banSentence(app.db, { visitor, ip: request.ip, guest_id }, language) }
      if (ban) return await again({ form: ban }, 403)
      const ruled = verdictFor(rules, visitor, post, request.body, { isKnown })
      // Spam is not answered by mail.
      const isUnconfirmed = guest !== null && 'guest' in guest && ruled.state !== 'spam'
      const verdict: Verdict = isUnconfirmed ? { state: 'waiting', held_for: 'unconfirmed' } : ruled
      const writer = { ...guest, id: visitor?.id ?? null, ip: request.ip }
      const id = await createComment(app.db, post.id, request.body, writer, verdict).catch(fieldsOf)
      if (typeof id === 'object') return await again(id.errors)
      // Nobody is led to believe that it is shown.
      if (verdict.state === 'spam') return await again({ form: text('moderation.wentToSpam') }, 202)
      if (verdict.held_for === 'unconfirmed') return reply.redirect(paths.guestSent(post.slug), 303)
      return reply.redirect(paths.comment(post.slug, id), 303)
    },
  )

  // For links that know a comment alone; where it stands may change with its post.
  app.get(paths.commentPlace(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const comment = await findComment(app.db, Number(request.params.id))
    const { visitor } = request
    const isThere = comment?.shown === 'whole' || (comment && visitor && canDelete(visitor, comment))
    const isOwn = comment !== undefined && visitor !== null && comment.author_id === visitor.id
    const isFound = comment && (isOwn ? canOpen : canFind)(visitor, postOf(comment))
    if (!comment || !isThere || !isFound || !canRead(visitor, postOf(comment))) throw notFound('comment')
    return reply.redirect(paths.comment(comment.post_slug, comment.id), 303)
  })

  app.get(paths.editComment(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { comment, rights } = await requireComment(request, ({ mayEdit, mayDelete }) => mayEdit || mayDelete)
    const ban = await knownBanSentence(app.db, request, request.page.site.language)
    return reply.html(EditCommentPage({ page: request.page, comment, ...rights, ban }))
  })

  app.post(
    paths.editComment(':id'),
    { schema: { params: IdParams, body: CommentForm }, attachValidation: true, bodyLimit },
    async (request, reply) => {
      const { visitor, comment, rights } = await requireComment(request, ({ mayEverEdit }) => mayEverEdit)
      if (!rights.mayEdit) throw conflict(text('comments.tooLate', { minutes: rights.minutes }))
      const again = (
        status: number,
        comment: FoundComment,
        more: { errors?: Record<string, string>; message?: string },
      ) => {
        const form = { values: postedValues(request.body), errors: more.errors ?? {} }
        const message = more.message && { message: more.message }
        return reply.code(status).html(EditCommentPage({ page: request.page, comment, ...rights, form, ...message }))
      }
      const errors = fieldErrors(request)
      if (errors) return again(422, comment, { errors })

      const { ban, isKnown } = await admit(app.db, visitor, request.ip, request.page.site.language, comment.id)
      if (ban) throw forbidden(ban)
      const actor = { id: visitor.id, ip: request.ip }
      const version = Number(request.body.version ?? 0)
      const { body } = request.body
      const post = { id: comment.post_id, ...postOf(comment) }
      const verdict = verdictFor(settings.get(), visitor, post, { body }, { isKnown })
      const saved = await updateComment(app.db, comment.id, version, body, actor, verdict).catch(fieldsOf)
      if (typeof saved === 'object') return again(422, comment, saved)
      if (!saved) {
        const { comment: current } = await requireComment(request, ({ mayEverEdit }) => mayEverEdit)
        return again(409, current, { message: text('comments.changedMeanwhile') })
      }
      return reply.redirect(paths.comment(comment.post_slug, comment.id), 303)
    },
  )

  app.get(paths.commentVersions(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { comment } = await requireComment(request, ({ maySeeVersions }) => maySeeVersions)
    const versions = await listVersions(app.db, comment.id)
    return reply.html(VersionsPage({ page: request.page, comment, versions }))
  })

  app.post(paths.commentDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, comment } = await requireComment(request, ({ mayDelete }) => mayDelete)
    await deleteComment(app.db, comment.id, { id: visitor.id, ip: request.ip })
    return reply.redirect(`${paths.post(comment.post_slug)}#comments`, 303)
  })

  app.post(paths.commentRestoration(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const comment = await findOpen(app.db, request.params.id, visitor)
    if (!comment || !canRestore(visitor)) throw notFound('comment')
    const isBack = await restoreComment(app.db, comment.id, { id: visitor.id, ip: request.ip })
    if (!isBack && comment.deleted_at) throw notFound('comment')
    return reply.redirect(paths.comment(comment.post_slug, comment.id), 303)
  })

  type Rights = ReturnType<typeof rightsOf>

  function rightsOf(visitor: Visitor, comment: FoundComment) {
    const minutes = settings.get().comment_edit_minutes
    return {
      mayEdit: canEdit(visitor, comment, minutes, new Date()),
      mayEverEdit: canEdit(visitor, comment, 0, new Date()),
      mayDelete: canDelete(visitor, comment),
      maySeeVersions: canSeeVersions(visitor, comment),
      minutes,
    }
  }

  /** The comment that the address names, for those who may do this to it and may open its post. */
  async function requireComment(request: IdRequest, may: (rights: Rights) => boolean) {
    const visitor = requireVisitor(request)
    const comment = await findOpen(app.db, request.params.id, visitor)
    const rights = comment && rightsOf(visitor, comment)
    if (!comment || !rights || comment.deleted_at) throw notFound('comment')
    if (!may(rights)) throw isSeen(visitor, comment) ? forbidden() : notFound('comment')
    return { visitor, comment, rights }
  }
}

type IdRequest = { params: { id: string }; visitor: Visitor | null }

async function findOpen(db: Db, id: string, visitor: Visitor): Promise<FoundComment | undefined> {
  const comment = await findComment(db, Number(id))
  return comment && canOpen(visitor, postOf(comment)) ? comment : undefined
}

/** What somebody may read they are told the truth about: that it is not theirs to change. */
function isSeen(visitor: Visitor, comment: FoundComment): boolean {
  const post = postOf(comment)
  return comment.shown === 'whole' && canFind(visitor, post) && canRead(visitor, post)
}

function postOf({ post_author_id, post_visibility, post_co_authors }: FoundComment) {
  return { author_id: post_author_id, visibility: post_visibility, co_authors: post_co_authors }
}

function parentOf({ parent }: Record<string, string>): number | undefined {
  return parent && /^[1-9]\d{0,14}$/.test(parent) ? Number(parent) : undefined
}
