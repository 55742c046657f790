// What does the jobs.
import { newMailer } from '../mail/mailer.ts'
import { newFetcher } from '../outbound/fetcher.ts'
import { startWorker } from '../worker.ts'
import type { Base } from './base.ts'
import type { Endings } from './endings.ts'

export async function startJobs(base: Base, endings: Endings): Promise<void> {
  const { config, database, settings } = base
  const mailer = newMailer(config, (text) => void process.stdout.write(`\n${text}\n\n`))
  const origin = config.siteUrl.origin
  const worker = await startWorker({
    ...base,
    db: database.db,
    mailer,
    fetcher: newFetcher({ allow: config.outboundAllow, origin }),
    origin,
    siteTitle: () => settings.get().title,
    siteLanguage: () => settings.get().language,
  })
  endings.add(
    async () => mailer.close(),
    () => worker.stop(),
  )
}
