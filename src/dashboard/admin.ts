import { findLastBackups } from '../backup-log/queries.ts'
import type { App } from '../http/app.ts'
import { allowScripts } from '../http/headers.ts'
import { listImports } from '../import/queries.ts'
import { paths } from '../paths.ts'
import { isAdmin } from '../permissions/permission.ts'
import { canDelete, canEditAll, deletableOf } from '../posts/post.ts'
import { requireWriter } from '../posts/require-writer.ts'
import { version } from '../version.ts'
import { isLate, mostShown, needsALook } from './dashboard.ts'
import { listEndingSoon, listFailedJobs, listWriting, readHealth } from './queries.ts'
import { DashboardPage } from './views.tsx'

export function dashboardAdmin(app: App) {
  app.get(paths.admin.dashboard(), async (request, reply) => {
    const visitor = requireWriter(request)
    const mine = canEditAll(visitor) ? null : visitor.id
    const [writing, ending, owned] = await Promise.all([
      listWriting(app.db, visitor.id, mine),
      listEndingSoon(app.db, deletableOf(visitor)),
      isAdmin(visitor) ? ownersPart(app) : undefined,
    ])
    const view = { page: request.page, writing, ending: ending.filter((post) => canDelete(visitor, post)), owned }
    return allowScripts(reply).html(DashboardPage(view))
  })
}

/** What nobody but the owner can mend. */
async function ownersPart({ db, config }: App) {
  const [imports, jobs, health, last] = await Promise.all([
    listImports(db),
    listFailedJobs(db),
    readHealth(db),
    findLastBackups(db),
  ])
  const now = new Date()
  return {
    imports: imports.filter((found) => needsALook(found, now)).slice(0, mostShown),
    jobs,
    backup: { ...last, isLate: isLate(last.age_seconds, config.backupEveryHours), every: config.backupEveryHours },
    health: { ...health, version, node: process.versions.node, sendsMail: config.smtpUrl !== undefined },
  }
}
