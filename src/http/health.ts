import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/pool.ts'
import { paths } from '../paths.ts'
import type { App } from './app.ts'

const patienceMs = 1000

type Asked = Pick<Database, 'reader' | 'vigil'>

/** /livez: the process runs. /readyz: it can also reach PostgreSQL, within seconds, and is not on its way out. */
export function healthPages(app: App, database: Asked, isLeaving: () => boolean): void {
  app.get(paths.livez(), (_, reply) => reply.header('cache-control', 'no-store').type('text/plain').send('ok\n'))

  app.get(paths.readyz(), async (_, reply) => {
    const trouble = isLeaving() ? 'stopping' : await databaseTrouble(database)
    reply.header('cache-control', 'no-store').type('text/plain')
    return reply.code(trouble ? 503 : 200).send(`${trouble ?? 'ok'}\n`)
  })
}

async function databaseTrouble({ reader, vigil }: Asked): Promise<string | undefined> {
  const question = vigil
    .watch(() => reader`select 1`)
    .then(
      () => undefined,
      (error: { message: string; code?: string }) =>
        error.code === 'CONNECT_TIMEOUT' ? 'database does not answer' : 'database not reachable',
    )
  const trouble = await Promise.race([question, sleep(patienceMs, 'busy', { ref: false })])
  if (trouble !== 'busy') return trouble
  // Behind what takes long on the connections for readers. Whoever is sent elsewhere for that finds the same there.
  return (await vigil.answers()) ? undefined : 'database does not answer'
}
