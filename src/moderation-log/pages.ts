import { notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { BeforeIdQuery } from '../http/params.ts'
import { paths } from '../paths.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { listLog } from './queries.ts'
import { PublicLogPage } from './views.tsx'

export function moderationLogPages(app: App, settings: CurrentSettings) {
  app.get(paths.moderationLog(), { schema: { querystring: BeforeIdQuery } }, async (request, reply) => {
    if (!settings.get().moderation_log_is_public) throw notFound()
    const { before } = request.query
    const log = await listLog(app.db, before === undefined ? undefined : Number(before))
    return reply.html(PublicLogPage({ page: request.page, ...log, isFirst: before === undefined }))
  })
}
