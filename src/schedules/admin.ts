import { forbidden } from '../errors.ts'
import type { App } from '../http/app.ts'
import { IdParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { isRealTime, skippedWords } from '../local-time.ts'
import { paths } from '../paths.ts'
import { EditPostPage } from '../posts/admin-views.tsx'
import { canPublish, rightsOf } from '../posts/post.ts'
import { requirePost } from '../posts/require-post.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { schedulePost } from './queries.ts'
import { ScheduleForm, yearsAhead } from './schedule.ts'

const words = {
  past: () => text('schedules.past'),
  'too far': () => text('schedules.tooFar', { years: yearsAhead }),
  out: () => text('schedules.out'),
}

export function scheduleAdmin(app: App, settings: CurrentSettings) {
  app.post(
    paths.admin.schedule(':id'),
    { schema: { params: IdParams, body: ScheduleForm }, attachValidation: true },
    async (request, reply) => {
      const { visitor, post } = await requirePost(app.db, request)
      if (!canPublish(visitor)) throw forbidden()
      const zone = settings.get().time_zone
      const local = fieldErrors(request) ? undefined : request.body.appears_at
      const isMoment = local !== undefined && isRealTime(local)
      const result =
        beyondReason(local) ??
        (isMoment ? await schedulePost(app.db, post.id, local, zone, { id: visitor.id, ip: request.ip }) : undefined)
      if (result === 'scheduled') return reply.redirect(paths.admin.post(post.id), 303)
      const message =
        result === 'skipped' ? skippedWords(local ?? '', zone) : result ? words[result]() : text('schedules.noMoment')
      const scheduling = { values: postedValues(request.body), errors: { appears_at: message } }
      return reply.code(422).html(EditPostPage({ page: request.page, post, scheduling, ...rightsOf(visitor, post) }))
    },
  )
}

/** PostgreSQL has no year 0 and JavaScript takes no years of five digits: neither is asked about such a moment. */
function beyondReason(local: string | undefined): 'past' | 'too far' | undefined {
  const year = Number(local?.split('-', 1)[0])
  return year < 1900 ? 'past' : year > 9999 ? 'too far' : undefined
}
