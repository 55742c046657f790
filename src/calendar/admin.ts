import type { App } from '../http/app.ts'
import { allowScripts } from '../http/headers.ts'
import { paths } from '../paths.ts'
import { canEditAll } from '../posts/post.ts'
import { requireWriter } from '../posts/require-writer.ts'
import { CalendarQuery, monthOf } from './month.ts'
import { listDays, listPostsOfMonth } from './queries.ts'
import { CalendarPage } from './views.tsx'

export function calendarAdmin(app: App) {
  app.get(paths.admin.calendar(), { schema: { querystring: CalendarQuery } }, async (request, reply) => {
    const visitor = requireWriter(request)
    const zone = request.page.site.timeZone
    const shown = await listDays(app.db, monthOf(request.query.month), zone)
    const seesAll = canEditAll(visitor)
    const posts = await listPostsOfMonth(app.db, shown.month, zone, seesAll ? null : visitor.id)
    return allowScripts(reply).html(CalendarPage({ page: request.page, ...shown, posts, seesAll }))
  })
}
