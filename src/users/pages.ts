import { notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { ListQuery, SlugParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { canOpen, positionOf } from '../posts/post.ts'
import { listPostsByAuthor } from '../reading-lists/queries.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { isToldOfComments, listSubscriptions } from '../subscriptions/queries.ts'
import { linksError, linksOf } from './links.ts'
import { changeProfile, findAuthor, findAuthorOnceAt, findProfile } from './queries.ts'
import { ProfileForm, cleanAbout, cleanName, nameError } from './user.ts'
import { AuthorPage, ProfilePage } from './views.tsx'

export function userPages(app: App) {
  app.get(
    paths.author(':slug'),
    { config: { isKept: true }, schema: { params: SlugParams, querystring: ListQuery } },
    async (request, reply) => {
      const before = positionOf(request.query.before)
      const { slug } = request.params
      const author = (await findAuthor(app.db, slug)) ?? (await findAuthorOnceAt(app.db, slug))
      const list = author && (await listPostsByAuthor(app.db, author.id, before))
      // Who has an account and never published is nobody's business.
      const isKnown = list && (list.posts.length > 0 || author.id === request.visitor?.id)
      if (!isKnown) throw notFound('author')
      if (author.slug !== slug)
        return reply.header('cache-control', 'no-cache').redirect(paths.author(author.slug, request.query.before), 301)
      return reply
        .keep('posts')
        .html(AuthorPage({ page: request.page, author, list, isFirst: !before, origin: app.config.siteUrl.origin }))
    },
  )

  app.get(paths.profile(), async (request, reply) => {
    const visitor = requireVisitor(request)
    const isSaved = new URLSearchParams(request.url.split('?')[1]).has('saved')
    return reply.html(ProfilePage({ page: request.page, ...(await profileOf(visitor)), isSaved }))
  })

  app.post(paths.profile(), { schema: { body: ProfileForm }, attachValidation: true }, async (request, reply) => {
    const visitor = requireVisitor(request)
    const values = postedValues(request.body)
    const name = cleanName(values.name ?? '')
    const wrong = linksError(values.links ?? '')
    const errors = {
      ...(nameError(name) && { name: nameError(name) ?? '' }),
      ...(wrong && { links: wrong }),
      ...fieldErrors(request),
    }
    if (Object.keys(errors).length > 0) {
      return reply
        .code(422)
        .html(ProfilePage({ page: request.page, ...(await profileOf(visitor)), form: { values, errors } }))
    }
    const { about, links } = values
    const profile = {
      name,
      ...(about !== undefined && { about: cleanAbout(about) }),
      ...(links !== undefined && { links: linksOf(links) }),
    }
    await changeProfile(app.db, visitor.id, profile, { id: visitor.id, ip: request.ip })
    return reply.redirect(`${paths.profile()}?saved`, 303)
  })

  async function profileOf(visitor: Visitor) {
    const { id, email, roles } = visitor
    const [profile, subscriptions, isTold] = await Promise.all([
      findProfile(app.db, id),
      listSubscriptions(app.db, id),
      isToldOfComments(app.db, id),
    ])
    const mail = { subscriptions: subscriptions.filter((post) => canOpen(visitor, post)), isTold }
    return { ...profile, email, roles: [...roles], mail, hasServices: app.config.providers.length > 0 }
  }
}
