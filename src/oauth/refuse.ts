import type { FastifyReply } from 'fastify'
import type { Provider } from '../provider-settings.ts'
import type { Door } from '../sessions/open-session.ts'
import { type Start, recordDeed } from './queries.ts'
import type { Reason, Refusal } from './refusal.ts'
import { RefusedPage } from './views.tsx'

type Begun = Pick<Start, 'user_id' | 'next'>

/** `start` is missing where the answer could not be told to belong to one. */
export async function refuseAndRecord(
  door: Door,
  provider: Provider,
  refusal: Refusal,
  start: Begun | undefined,
): Promise<FastifyReply> {
  const { app, request } = door
  const { reason, message: detail } = refusal
  const level = reason === 'unreachable' ? 'warn' : 'info'
  request.log[level]({ service: provider.id, reason, detail: detail.slice(0, 300) }, 'sign-in by a service refused')
  const user_id = request.visitor?.id ?? null
  await recordDeed(app.db, { action: 'oauth.refused', user_id, provider, ip: request.ip, reason, detail })
  return refuse(door, provider, reason, start)
}

export function refuse(
  { request, reply }: Door,
  { label }: Provider,
  reason: Reason,
  start: Begun | undefined,
): FastifyReply {
  const isConnecting = start ? start.user_id !== null : false
  const { page } = request
  const next = start?.next ?? '/'
  void reply.code(statusOf[reason])
  return reply.html(RefusedPage({ page, label, reason, isConnecting, next }))
}

/** Not 5xx: a stranger can bring each of them about. */
const statusOf: Record<Reason, number> = {
  denied: 403,
  unasked: 403,
  expired: 403,
  'other-issuer': 403,
  untrue: 403,
  unreachable: 422,
  'account-closed': 403,
  'has-account': 409,
  'no-new-accounts': 403,
  'no-address': 422,
  'signed-out': 403,
  'someone-elses': 409,
  'too-many': 409,
}
