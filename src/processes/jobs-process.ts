// Does the jobs beside several processes that answer requests.
import { loadConfig } from '../config.ts'
import { jobsPoolSize } from '../db/most-connections.ts'
import { shrinkWhenQuiet } from './quiet.ts'
import { openBase } from './base.ts'
import { beChild } from './child.ts'
import { newEndings } from './endings.ts'
import { startJobs } from './jobs.ts'

const config = loadConfig()
const endings = newEndings((line) => void process.stderr.write(`${line}\n`))

beChild(async (target) => {
  const base = await openBase(config, target, endings, { poolSize: jobsPoolSize(config), isOneOfMany: true })
  await startJobs(base, endings)
  shrinkWhenQuiet()
  return { metrics: base.metrics, stop: endings.end, leave: endings.end }
}, config.webMemoryMb)
