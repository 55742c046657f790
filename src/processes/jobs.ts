// What does the jobs.
import { measureBackups } from '../backup-log/metrics.ts'
import { newBackupMaker } from '../backups/process.ts'
import { measureJobs } from '../job-list/metrics.ts'
import { newMailer } from '../mail/mailer.ts'
import { newFetcher } from '../outbound/fetcher.ts'
import { startWorker } from '../worker.ts'
import type { Base } from './base.ts'
import type { Endings } from './endings.ts'

export async function startJobs(base: Base, endings: Endings): Promise<void> {
  const { config, database, settings } = base
  const mailer = newMailer(config, (text) => void process.stdout.write(`\n${text}\n\n`))
  const backupMaker = newBackupMaker(config, base.logger)
  // Here alone: of several processes the numbers are summed.
  measureBackups(base.metrics.registry, database.db)
  measureJobs(base.metrics.registry, database.db)
  const origin = config.siteUrl.origin
  const worker = await startWorker({
    ...base,
    db: database.db,
    mailer,
    backupMaker,
    fetcher: newFetcher({ allow: config.outboundAllow, origin }),
    origin,
    siteTitle: () => settings.get().title,
    siteLanguage: () => settings.get().language,
  })
  endings.add(
    async () => mailer.close(),
    () => backupMaker.stop(),
    () => worker.stop(),
  )
}
