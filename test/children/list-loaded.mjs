// Writes the address of every file that a process loads, from its first on: node --import … with LIST_LOADED=FILE
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

registerHooks({
  load(url, context, nextLoad) {
    if (process.env.LIST_LOADED) appendFileSync(process.env.LIST_LOADED, `${url}\n`)
    return nextLoad(url, context)
  },
})
