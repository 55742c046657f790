// The whole blog in this process.
import { createSetupLink } from '../setup/queries.ts'
import { shrinkWhenQuiet } from './quiet.ts'
import { openBase } from './base.ts'
import type { Blog, Surroundings } from './blog.ts'
import { newEndings } from './endings.ts'
import { startWeb } from './web.ts'

export async function run({ config, ready, say }: Surroundings): Promise<Blog> {
  const endings = newEndings(say)
  try {
    const base = await openBase(config, await ready, endings, { isOneOfMany: false })
    const web = await startWeb(base, endings, say)
    return {
      setupLink: await createSetupLink(base.database.db),
      // What only jobs need is loaded when pages are answered already.
      startJobs: async () => {
        await (await import('./jobs.ts')).startJobs(base, endings)
        shrinkWhenQuiet()
      },
      replace: () => say('There is one process, which nothing can replace. See WEB_CONCURRENCY.'),
      stop: async (isInHurry) => {
        await web.leave(isInHurry)
        await endings.end()
      },
    }
  } catch (error) {
    await endings.end()
    throw error
  }
}
