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
import { ScheduleForm, beyondReason, scheduleRefusals } from './schedule.ts'

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
        result === 'skipped'
          ? skippedWords(local ?? '', zone)
          : result
            ? scheduleRefusals[result]()
            : text('schedules.noMoment')
      const scheduling = { values: postedValues(request.body), errors: { appears_at: message } }
      return reply.code(422).html(EditPostPage({ page: request.page, post, scheduling, ...rightsOf(visitor, post) }))
    },
  )
}
