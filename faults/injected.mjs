// Loaded into Bloggy before everything else: does what a bug would do, when a file of FAULT_FILE and its process says so.
import { existsSync, readFileSync, rmSync } from 'node:fs'

const file = `${process.env.FAULT_FILE}-${process.pid}`
const deeds = {
  timer: () => setTimeout(() => null.nothing, 1),
  rejection: () => void Promise.reject(new Error('Injected: nobody waits for this.')),
  block: () => {
    for (const begun = Date.now(); Date.now() - begun < 6000;);
  },
}

setInterval(() => {
  if (!existsSync(file)) return
  const deed = readFileSync(file, 'utf8')
  rmSync(file)
  deeds[deed]?.()
}, 20).unref()
