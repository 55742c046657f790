import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import type { App } from '../http/app.ts'
import { fieldErrors } from '../http/validation.ts'
import { paths } from '../paths.ts'
import { Code } from '../second-factor/codes.ts'
import { keysOf } from '../second-factor/key.ts'
import { countCode, forgetCodes, isReadable, takeCode } from '../second-factor/queries.ts'
import { placeOf } from '../session-list/device.ts'
import { otherCookieName, refuseOpenLine, setOtherCookie } from '../sessions/cookie.ts'
import { finishSignIn } from '../sessions/open-session.ts'
import { text } from '../texts/texts.ts'
import { countTry, endHalfSignIn, findHalfSignIn, giveUpHalfSignIn, holdHalfSignIn } from './queries.ts'
import { CodePage } from './views.tsx'

const CodeForm = Type.Object({ code: Code })

/** The second half of signing in. Without the cookie of the first half it leads there. */
export function halfSignInPages(app: App) {
  const cookie = otherCookieName(app, 'half')
  const over = `${paths.signIn()}?done=over`

  app.get(paths.signInCode(), async (request, reply) => {
    const token = tokenOf(request)
    const half = token && (await findHalfSignIn(app.db, token))
    if (!half) return reply.redirect(paths.signIn(), 303)
    return reply.html(CodePage({ page: request.page, ...(await troubleOf(half.user_id)) }))
  })

  app.post(paths.signInCode(), { schema: { body: CodeForm }, attachValidation: true }, async (request, reply) => {
    refuseOpenLine(app, request)
    const token = tokenOf(request)
    const found = token && (await findHalfSignIn(app.db, token))
    if (!token || !found) return reply.redirect(over, 303)
    const again = async (errors: Record<string, string>) =>
      reply.code(422).html(CodePage({ page: request.page, form: { errors }, ...(await troubleOf(found.user_id)) }))
    const errors = fieldErrors(request)
    if (errors) return await again(errors)

    await countCode(app.db, found.user_id, request.ip)
    const tried = await countTry(app.db, token)
    if (!tried) return reply.redirect(over, 303)
    const onward = await app.db.transaction().execute(async (db) => {
      const half = await holdHalfSignIn(db, token)
      if (!half || !(await takeCode(db, half.user_id, request.body.code, keysOf(app.config)))) return undefined
      await endHalfSignIn(db, token)
      await forgetCodes(db, half.user_id, request.ip)
      return await finishSignIn(db, { app, request, reply }, half.user_id, half.is_kept, half.next)
    })
    if (onward) {
      setOtherCookie(app, reply, 'half', '', 0)
      return reply.redirect(onward, 303)
    }
    if (!tried.is_last) return await again({ code: text('factor.wrongCode') })
    const place = placeOf(request.ip) ?? text('factor.unknownPlace')
    await giveUpHalfSignIn(app.db, token, tried.user_id, request.ip, place)
    return reply.redirect(over, 303)
  })

  function tokenOf(request: FastifyRequest): string | undefined {
    const token = request.cookies[cookie]
    return token && token.length < 100 ? token : undefined
  }

  async function troubleOf(user_id: number): Promise<{ trouble?: string }> {
    const isFine = await isReadable(app.db, user_id, keysOf(app.config))
    return isFine ? {} : { trouble: text('factor.keyMissing') }
  }
}
