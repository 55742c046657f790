import { Type } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Id, tagOf } from '../api/resource.ts'
import type { Db } from '../db/pool.ts'
import { forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { canModerate } from '../moderation/moderation.ts'
import { paths } from '../paths.ts'
import { Ban, NewBan } from './ban-resource.ts'
import { ban, findBanRow, liftBan, listBanRows } from './queries.ts'
import { subjectOf } from './subject.ts'

const noun = 'bans'
const needs = '`comment.moderate`'
const params = Type.Object({ id: Id })

/** Who may not comment. */
export function banApi(app: App, register: Register) {
  register(
    {
      id: 'listBans',
      method: 'GET',
      path: paths.api.bans(),
      noun,
      summary: 'Who may not comment',
      description: 'Those in force, and those that ended by themselves.',
      scope: 'comments:read',
      needs,
      query: listQuery(['id'], '-id', {}),
      answer: { status: 200, schema: listSchema(Ban) },
    },
    async ({ query, someone }) => {
      moderator(someone())
      const page = await listBanRows(app.db, query)
      return { body: showList(Ban, page, () => 'staff', fieldsOf(Ban, query)) }
    },
  )

  register(
    {
      id: 'getBan',
      method: 'GET',
      path: paths.api.ban(':id'),
      noun,
      summary: 'One ban',
      scope: 'comments:read',
      needs,
      params,
      query: oneQuery(),
      answer: { status: 200, schema: Ban.schema },
    },
    async ({ params, query, someone }) => {
      moderator(someone())
      return await show(app.db, params.id, fieldsOf(Ban, query))
    },
  )

  register(
    {
      id: 'createBan',
      method: 'POST',
      path: paths.api.bans(),
      noun,
      summary: 'Keep somebody from commenting',
      description: 'Who is banned already is so anew, for this reason and so long. Nobody bans who moderates.',
      scope: 'comments:write',
      needs,
      body: NewBan,
      answer: { status: 201, schema: Ban.schema },
    },
    async (call) => {
      const visitor = moderator(call.someone())
      const { who, reason, days = 0 } = call.body
      return await call.write(async (db) => {
        const subject = await subjectOf(db, who, visitor)
        const id = await ban(db, { subject, reason: reason.trim(), days }, call.actor())
        return { ...(await show(db, id)), location: paths.api.ban(id) }
      })
    },
  )

  register(
    {
      id: 'endBan',
      method: 'DELETE',
      path: paths.api.ban(':id'),
      noun,
      summary: 'End a ban',
      scope: 'comments:write',
      needs,
      params,
      answer: { status: 204 },
    },
    async (call) => {
      moderator(call.someone())
      return await call.write(async (db) => {
        if (!(await liftBan(db, call.params.id, call.actor()))) throw notFound('ban')
        return {}
      })
    },
  )

  async function show(db: Db, id: number, only?: ReadonlySet<string>) {
    const row = await findBanRow(db, id)
    if (!row) throw notFound('ban')
    return { body: Ban.show(row, 'staff', only), etag: tagOf(Ban.show(row, 'staff')) }
  }
}

function moderator(visitor: Visitor): Visitor {
  if (!canModerate(visitor)) throw forbidden()
  return visitor
}
