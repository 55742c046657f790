import type { App } from '../http/app.ts'
import { canModerate, lookerOf, mostCounted } from './moderation.ts'
import { countQueue } from './queries.ts'

export type QueueCounts = Awaited<ReturnType<typeof countQueue>>

declare module 'fastify' {
  interface FastifyRequest {
    /** How much waits for a moderator: known on the pages of the desk, to those who may do something about it. */
    queueCounts: QueueCounts | undefined
  }
}

/** Readers' pages ask nothing. */
export function countForModerators(app: App): void {
  app.decorateRequest('queueCounts', undefined)
  app.addHook('preHandler', async (request) => {
    const { method, routeOptions, visitor } = request
    const isDesk = method === 'GET' && /^\/admin(\/|$)/.test(routeOptions.url ?? '')
    if (isDesk && visitor && canModerate(visitor)) request.queueCounts = await countQueue(app.db, lookerOf(visitor))
  })
}

/** "7", "99+", or nothing. */
export function writeCount(count: number): string {
  return count > mostCounted ? `${mostCounted}+` : count > 0 ? String(count) : ''
}
