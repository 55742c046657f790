import { forbidden } from '../errors.ts'
import type { App } from '../http/app.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'

/**
 * Rights of a role that asks for a second factor do not count without one (sessions/queries.ts). In the admin the way to
 * set one up is shown instead of a refusal.
 */
export function leadToSecondFactor(app: App): void {
  app.addHook('preValidation', async (request, reply) => {
    if (!request.visitor?.lacksFactor || !/^\/admin(?:[/?]|$)/.test(request.url)) return
    if (request.method !== 'GET' && request.method !== 'HEAD') throw forbidden(text('factor.neededHere'))
    return reply.redirect(paths.secondFactor({ next: request.url }), 303)
  })
}
