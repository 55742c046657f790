import { forbidden } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { canWrite } from './post.ts'

/** Who may write posts; the desk is open to nobody else. */
export function requireWriter(request: { visitor: Visitor | null }): Visitor {
  const visitor = requireVisitor(request)
  if (!canWrite(visitor)) throw forbidden()
  return visitor
}
