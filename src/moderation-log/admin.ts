import type { App } from '../http/app.ts'
import { BeforeIdQuery } from '../http/params.ts'
import { requireModerator } from '../moderation/require-moderator.ts'
import { paths } from '../paths.ts'
import { listLog } from './queries.ts'
import { LogPage } from './views.tsx'

export function moderationLogAdmin(app: App) {
  app.get(paths.admin.moderationLog(), { schema: { querystring: BeforeIdQuery } }, async (request, reply) => {
    requireModerator(request)
    const { before } = request.query
    const log = await listLog(app.db, before === undefined ? undefined : Number(before))
    return reply.html(LogPage({ page: request.page, ...log, isFirst: before === undefined }))
  })
}
