import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { ListQuery, SlugParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { positionOf } from '../posts/post.ts'
import { listPostsByAuthor } from '../reading-lists/queries.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { linksError, linksOf } from './links.ts'
import { changeProfile, findAuthor, findProfile } from './queries.ts'
import { ProfileForm, cleanAbout, cleanName } from './user.ts'
import { AuthorPage, ProfilePage } from './views.tsx'

export function userPages(app: App) {
  app.get(paths.author(':slug'), { schema: { params: SlugParams, querystring: ListQuery } }, async (request, reply) => {
    const before = positionOf(request.query.before)
    const author = await findAuthor(app.db, request.params.slug)
    const list = author && (await listPostsByAuthor(app.db, author.id, before))
    // Who has an account and never published is nobody's business.
    const isKnown = list && (list.posts.length > 0 || author.id === request.visitor?.id)
    if (!isKnown) throw notFound('author')
    return reply.html(
      AuthorPage({ page: request.page, author, list, isFirst: !before, origin: app.config.siteUrl.origin }),
    )
  })

  app.get(paths.profile(), async (request, reply) => {
    const { id, email, roles } = requireVisitor(request)
    const profile = await findProfile(app.db, id)
    const isSaved = new URLSearchParams(request.url.split('?')[1]).has('saved')
    return reply.html(ProfilePage({ page: request.page, email, roles: [...roles], ...profile, isSaved }))
  })

  app.post(paths.profile(), { schema: { body: ProfileForm }, attachValidation: true }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const values = postedValues(request.body)
    const name = cleanName(values.name ?? '')
    const wrong = linksError(values.links ?? '')
    const errors = {
      ...(!name && { name: 'Please fill this in.' }),
      ...(wrong && { links: wrong }),
      ...fieldErrors(request),
    }
    if (Object.keys(errors).length > 0) {
      const { id, email, roles } = visitor
      const profile = await findProfile(app.db, id)
      return reply
        .code(422)
        .html(ProfilePage({ page: request.page, email, roles: [...roles], ...profile, form: { values, errors } }))
    }
    const { about, links } = values
    const profile = {
      name,
      ...(about !== undefined && { about: cleanAbout(about) }),
      ...(links !== undefined && { links: linksOf(links) }),
    }
    await changeProfile(app.db, visitor.id, profile, request.ip)
    return reply.redirect(`${paths.profile()}?saved`, 303)
  })
}
