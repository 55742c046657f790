import { forbidden } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { canModerate } from './moderation.ts'

export function requireModerator(request: { visitor: Visitor | null }): Visitor {
  const visitor = requireVisitor(request)
  if (!canModerate(visitor)) throw forbidden()
  return visitor
}
