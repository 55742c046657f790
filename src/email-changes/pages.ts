import type { App } from '../http/app.ts'
import { TokenParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { changeEmail, findEmailChange } from './queries.ts'
import { EmailChangePage } from './views.tsx'

export function emailChangePages(app: App) {
  // Opening the link changes nothing: mail programs open links by themselves.
  app.get(paths.emailChange(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const { token } = request.params
    const found = await findEmailChange(app.db, token)
    reply.header('referrer-policy', 'same-origin').code(found ? 200 : 404)
    return reply.html(EmailChangePage({ page: request.page, token, email: found?.email }))
  })

  app.post(paths.emailChange(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const { token } = request.params
    if (!(await changeEmail(app.db, token, request.ip)))
      return reply.code(404).html(EmailChangePage({ page: request.page, token, email: undefined }))
    return reply.redirect(request.visitor ? paths.profile() : `${paths.signIn()}?done=confirmed`, 303)
  })
}
