// One of several processes that answer requests.
import { loadConfig } from '../config.ts'
import { shrinkWhenQuiet } from './quiet.ts'
import { openBase } from './base.ts'
import { askForAll, beChild } from './child.ts'
import { newEndings } from './endings.ts'
import { startWeb } from './web.ts'

const config = loadConfig()
const say = (line: string) => void process.stderr.write(`${line}\n`)
const endings = newEndings(say)

beChild(async (target) => {
  const base = await openBase(config, target, endings, { isOneOfMany: true })
  base.metrics.read = askForAll
  const web = await startWeb(base, endings, say)
  shrinkWhenQuiet()
  return {
    metrics: base.metrics,
    stop: async () => {
      await web.leave()
      await endings.end()
    },
    leave: async () => {
      await web.leaveQuietly()
      await endings.end()
    },
  }
}, config.webMemoryMb)
