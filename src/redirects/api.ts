import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Id, tagOf } from '../api/resource.ts'
import type { Db } from '../db/pool.ts'
import { forbidden, invalid, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { isAdmin } from '../permissions/permission.ts'
import { text } from '../texts/texts.ts'
import { deleteRedirect, findRedirectRow, isAnswered, listRedirectRows, saveRedirect } from './queries.ts'
import { redirectOf } from './redirect.ts'
import { NewRedirect, RedirectShown } from './redirect-resource.ts'

const common = { noun: 'redirects', needs: 'the owner' } as const
const params = Type.Object({ id: Id })

export function redirectApi(app: App, register: Register) {
  register(
    {
      ...common,
      id: 'listRedirects',
      method: 'GET',
      path: paths.api.redirects(),
      summary: 'Addresses that lead elsewhere',
      scope: 'settings:read',
      query: listQuery(['id'], '-id', {}),
      answer: { status: 200, schema: listSchema(RedirectShown) },
    },
    async ({ query, someone }) => {
      owner(someone())
      const page = await listRedirectRows(app.db, query)
      return { body: showList(RedirectShown, page, () => 'owner', fieldsOf(RedirectShown, query)) }
    },
  )

  register(
    {
      ...common,
      id: 'getRedirect',
      method: 'GET',
      path: paths.api.redirect(':id'),
      summary: 'One redirect',
      scope: 'settings:read',
      params,
      query: oneQuery(),
      answer: { status: 200, schema: RedirectShown.schema },
    },
    async ({ params, query, someone }) => {
      owner(someone())
      return await show(app.db, params.id, fieldsOf(RedirectShown, query))
    },
  )

  register(
    {
      ...common,
      id: 'createRedirect',
      method: 'POST',
      path: paths.api.redirects(),
      summary: 'Lead an address elsewhere',
      description:
        'Replaces the one that the address has. Not from an address that answers by itself, and not in a circle.',
      scope: 'settings:write',
      body: NewRedirect,
      answer: { status: 201, schema: RedirectShown.schema },
    },
    async (call) => {
      owner(call.someone())
      const { redirect, errors } = redirectOf(call.body, app.config.siteUrl.origin)
      if (!redirect) throw invalid(Object.values(errors)[0] ?? text('errors.unknownValue'), errors)
      const { from_path } = redirect
      return await call.write(async (db) => {
        if (app.hasRoute({ method: 'GET', url: from_path }) || (await isAnswered(db, from_path)))
          throw invalid(text('redirects.taken'), { from_path: text('redirects.taken') })
        const id = await saveRedirect(db, redirect, call.actor())
        return { ...(await show(db, id)), location: paths.api.redirect(id) }
      })
    },
  )

  register(
    {
      ...common,
      id: 'deleteRedirect',
      method: 'DELETE',
      path: paths.api.redirect(':id'),
      summary: 'End a redirect',
      scope: 'settings:write',
      params,
      hasMatch: true,
      answer: { status: 204 },
    },
    async (call) => {
      owner(call.someone())
      return await call.write(async (db) => {
        call.requireMatch((await show(db, call.params.id)).etag)
        await deleteRedirect(db, call.params.id, call.actor())
        return {}
      })
    },
  )

  async function show(db: Db, id: number, only?: ReadonlySet<string>) {
    const row = await findRedirectRow(db, id)
    if (!row) throw notFound()
    return { body: RedirectShown.show(row, 'owner', only), etag: tagOf(row) }
  }
}

function owner(visitor: Visitor): void {
  if (!isAdmin(visitor)) throw forbidden()
}
