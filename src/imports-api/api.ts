import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Id, tagOf } from '../api/resource.ts'
import { forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { isAdmin } from '../permissions/permission.ts'
import { Import, Leftover } from './import-resource.ts'
import { findImportRow, findLeftoverRow, listImportRows, listLeftoverRows } from './queries.ts'

const common = { method: 'GET', noun: 'imports', scope: 'imports:read', needs: 'the owner' } as const
const params = Type.Object({ id: Id })
const leftoverParams = Type.Object({ id: Id, leftover: Id })

export function importApi(app: App, register: Register) {
  register(
    {
      ...common,
      id: 'listImports',
      path: paths.api.imports(),
      summary: 'What was brought in from other blogs',
      query: listQuery(['id'], '-id', {
        state: Type.Optional(Type.Enum(['running', 'failed', 'complete', 'undone'])),
        is_rehearsal: Type.Optional(Type.Boolean()),
      }),
      answer: { status: 200, schema: listSchema(Import) },
    },
    async (call) => {
      requireOwner(call.someone())
      const page = await listImportRows(app.db, call.query, call.query)
      return { body: showList(Import, page, () => 'owner', fieldsOf(Import, call.query)) }
    },
  )

  register(
    {
      ...common,
      id: 'getImport',
      path: paths.api.import(':id'),
      summary: 'One import with its report',
      params,
      query: oneQuery(),
      answer: { status: 200, schema: Import.schema },
    },
    async (call) => {
      requireOwner(call.someone())
      const row = await findImportRow(app.db, call.params.id)
      if (!row) throw notFound('import')
      return { body: Import.show(row, 'owner', fieldsOf(Import, call.query)), etag: tagOf(row) }
    },
  )

  register(
    {
      ...common,
      id: 'listImportLeftovers',
      path: paths.api.importLeftovers(':id'),
      summary: 'What an import kept aside',
      params,
      query: listQuery(['id'], 'id', {
        table: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
        reason: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
      }),
      answer: { status: 200, schema: listSchema(Leftover) },
    },
    async (call) => {
      requireOwner(call.someone())
      if (!(await findImportRow(app.db, call.params.id))) throw notFound('import')
      const page = await listLeftoverRows(app.db, call.params.id, call.query, call.query)
      return { body: showList(Leftover, page, () => 'owner', fieldsOf(Leftover, call.query)) }
    },
  )

  register(
    {
      ...common,
      id: 'getImportLeftover',
      path: paths.api.importLeftover(':id', ':leftover'),
      summary: 'One of them, up to a million characters of it',
      description: 'Longer ones are in the file of all leftovers, on the page of the import.',
      params: leftoverParams,
      query: oneQuery(),
      answer: { status: 200, schema: Leftover.schema },
    },
    async (call) => {
      requireOwner(call.someone())
      const row = await findLeftoverRow(app.db, call.params.id, call.params.leftover)
      if (!row) throw notFound('leftover')
      return { body: Leftover.show(row, 'owner', fieldsOf(Leftover, call.query)), etag: tagOf(row) }
    },
  )
}

/** Nobody but an owner learns which imports there are. */
function requireOwner(visitor: Visitor): void {
  if (!isAdmin(visitor)) throw forbidden()
}
