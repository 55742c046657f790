import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { paths } from '../paths.ts'
import type { App } from './app.ts'

const patienceMs = 1000

/** /livez: the process runs. /readyz: it can also reach PostgreSQL, within a second, and is not on its way out. */
export function healthPages(app: App, reader: Sql, isLeaving: () => boolean): void {
  app.get(paths.livez(), (_, reply) => reply.header('cache-control', 'no-store').type('text/plain').send('ok\n'))

  app.get(paths.readyz(), async (_, reply) => {
    const trouble = isLeaving() ? 'stopping' : await databaseTrouble(reader)
    reply.header('cache-control', 'no-store').type('text/plain')
    return reply.code(trouble ? 503 : 200).send(`${trouble ?? 'ok'}\n`)
  })
}

async function databaseTrouble(reader: Sql): Promise<string | undefined> {
  const question = reader`select 1`.then(
    () => undefined,
    () => 'database not reachable',
  )
  return await Promise.race([question, sleep(patienceMs, 'database does not answer', { ref: false })])
}
