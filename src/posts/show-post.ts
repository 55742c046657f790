import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { canComment, canDelete as canDeleteComment, canEdit as canEditComment } from '../comments/comment.ts'
import { listComments } from '../comments/queries.ts'
import type { FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { App } from '../http/app.ts'
import { paths } from '../paths.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { canEdit } from './post.ts'
import type { PublishedPost } from './queries.ts'
import { PostPage } from './views.tsx'

/** The post with its comments and, when one was just refused, the comment form as it was filled in. */
export async function showPost(
  app: App,
  settings: CurrentSettings,
  request: FastifyRequest,
  post: PublishedPost,
  before?: number,
  form?: FormState,
): Promise<Html> {
  const { visitor } = request
  const thread = await listComments(app.db, post.id, before)
  return PostPage({
    page: request.page,
    post,
    thread,
    isFirst: before === undefined,
    commenting: !settings.get().comments_are_open
      ? { reason: 'closed' }
      : canComment(visitor)
        ? { key: form?.values?.submission_key ?? randomUUID() }
        : { reason: 'signed-out' },
    ...(form && { form }),
    mayEdit: canEdit(visitor, post),
    mayModerate: (comment) => canEditComment(visitor, comment) || canDeleteComment(visitor, comment),
    canonical: app.config.siteUrl.origin + paths.post(post.slug),
  })
}
