import { notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { ListQuery, SlugParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { canOpen, positionOf } from '../posts/post.ts'
import { listPostsByAuthor } from '../reading-lists/queries.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { isToldOfComments, listSubscriptions } from '../subscriptions/queries.ts'
import { findAuthor, renameUser } from './queries.ts'
import { ProfileForm, cleanName } from './user.ts'
import { AuthorPage, ProfilePage } from './views.tsx'

export function userPages(app: App) {
  app.get(paths.author(':slug'), { schema: { params: SlugParams, querystring: ListQuery } }, async (request, reply) => {
    const before = positionOf(request.query.before)
    const author = await findAuthor(app.db, request.params.slug)
    const list = author && (await listPostsByAuthor(app.db, author.id, before))
    // Who has an account and never published is nobody's business.
    const isKnown = list && (list.posts.length > 0 || author.id === request.visitor?.id)
    if (!isKnown) throw notFound('author')
    return reply.html(AuthorPage({ page: request.page, author, list, isFirst: !before }))
  })

  app.get(paths.profile(), async (request, reply) => {
    const visitor = requireVisitor(request)
    const { email, roles } = visitor
    const mail = await mailOf(visitor)
    const isSaved = new URLSearchParams(request.url.split('?')[1]).has('saved')
    return reply.html(ProfilePage({ page: request.page, email, roles: [...roles], mail, isSaved }))
  })

  app.post(paths.profile(), { schema: { body: ProfileForm }, attachValidation: true }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const values = postedValues(request.body)
    const name = cleanName(values.name ?? '')
    const errors = fieldErrors(request) ?? (name ? undefined : { name: 'Please fill this in.' })
    if (errors) {
      const { email, roles } = visitor
      return reply.code(422).html(
        ProfilePage({
          page: request.page,
          email,
          roles: [...roles],
          mail: await mailOf(visitor),
          form: { values, errors },
        }),
      )
    }
    await renameUser(app.db, visitor.id, name, request.ip)
    return reply.redirect(`${paths.profile()}?saved`, 303)
  })

  async function mailOf(visitor: Visitor) {
    const [subscriptions, isTold] = await Promise.all([
      listSubscriptions(app.db, visitor.id),
      isToldOfComments(app.db, visitor.id),
    ])
    return { subscriptions: subscriptions.filter((post) => canOpen(visitor, post)), isTold }
  }
}
