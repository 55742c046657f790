import { forbidden } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { isAdmin } from './permission.ts'

/** Whoever may do everything. */
export function requireOwner(request: { visitor: Visitor | null }): Visitor {
  const visitor = requireVisitor(request)
  if (!isAdmin(visitor)) throw forbidden()
  return visitor
}
