import { type Rights, isBelow } from '../permissions/ceiling.ts'
import { text } from '../texts/texts.ts'
import type { Call } from './endpoint.ts'
import { Problem } from './problem.ts'

/**
 * New accounts, invitations and merges give rights too, and ask for `users:write` alone: as many as its person has, a
 * token gives with `roles:write` besides. The command line has no token.
 */
export function requireScopeFor(
  { request, someone }: Pick<Call<never, never, never>, 'request' | 'someone'>,
  rights: Rights,
) {
  const { scopes } = request
  if (scopes === null || scopes.has('roles:write') || isBelow(someone(), rights)) return
  throw new Problem('insufficient_scope', text('api.scopeNeeded', { scope: 'roles:write' }))
}
