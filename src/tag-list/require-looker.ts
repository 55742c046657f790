import { AppError, forbidden } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { canEditAll, canWrite } from '../posts/post.ts'
import { requireVisitor } from '../sessions/read-session.ts'

/** Writers see what the API shows them, and who may edit all posts sees and changes everything. */
export function requireLooker(request: { visitor: Visitor | null }): Visitor {
  const visitor = requireVisitor(request)
  if (!canWrite(visitor) && !canEditAll(visitor)) throw forbidden()
  return visitor
}

/** The sentence for a name that another one has, to stand beside the field. */
export function asTaken(error: unknown): string {
  if (error instanceof AppError && error.kind === 'conflict') return error.message
  throw error
}
