import { notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { requireOwner } from '../permissions/require-owner.ts'
import { type ShownImport, findImport } from './queries.ts'

type Asked = { params: { id: string }; visitor: Visitor | null }

/** Nobody but an owner learns which imports there are. */
export async function findForOwner(app: App, request: Asked): Promise<ShownImport> {
  requireOwner(request)
  const found = await findImport(app.db, Number(request.params.id))
  if (!found) throw notFound('import')
  return found
}
