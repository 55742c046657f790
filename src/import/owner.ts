import type { FastifyRequest } from 'fastify'
import { forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { isAdmin } from '../permissions/permission.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { type ShownImport, findImport } from './queries.ts'

type Asked = Pick<FastifyRequest, 'visitor'>

/** Whoever may do everything; nobody else learns which imports there are. */
export function requireOwner(request: Asked): Visitor {
  const visitor = requireVisitor(request)
  if (!isAdmin(visitor)) throw forbidden()
  return visitor
}

export async function findForOwner(app: App, request: Asked & { params: { id: string } }): Promise<ShownImport> {
  requireOwner(request)
  const found = await findImport(app.db, Number(request.params.id))
  if (!found) throw notFound('import')
  return found
}
