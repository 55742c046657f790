import { Type } from 'typebox'
import type { Call, Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { Id, field, resource, tagOf } from '../api/resource.ts'
import { forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { canEditAll } from '../posts/post.ts'
import { deleteTag, findTagOfId, listTags, mergeTags, renameTag } from './queries.ts'
import { visible } from '../users/user.ts'

const noun = 'tags'
const params = Type.Object({ id: Id })
const needs = '`post.edit.any`, since it changes posts of everybody'

const Tag = resource('Tag', {
  id: field('public', Id),
  slug: field('public', Type.String()),
  name: field('public', Type.String()),
  url: field('public', Type.String({ format: 'uri' })),
  posts: field('public', Type.Integer(), 'How many readers find under it, as last counted.'),
})
const TagChange = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 50, pattern: `^(?=.*${visible})[^,]*$` }) },
  { title: 'TagChange', additionalProperties: false },
)

const TagMerge = Type.Object({ into: Id }, { title: 'TagMerge', additionalProperties: false })

export function tagApi(app: App, register: Register) {
  const origin = app.config.siteUrl.origin

  register(
    {
      id: 'listTags',
      method: 'GET',
      path: paths.api.tags(),
      noun,
      summary: 'Tags',
      description:
        'Those that readers find posts under; all for whoever may edit all posts. A post that is saved makes its tags.',
      scope: 'tags:read',
      who: 'everyone',
      query: listQuery(['slug', 'id'], 'slug', {
        q: Type.Optional(Type.String({ maxLength: 100, description: 'Words of the name.' })),
      }),
      answer: { status: 200, schema: listSchema(Tag) },
    },
    async ({ visitor, query }) => {
      const only = fieldsOf(Tag, query)
      const page = await listTags(app.db, query.q ?? '', canEditAll(visitor), query)
      const rows = page.rows.map(shown)
      return { body: showList(Tag, { ...page, rows }, () => 'public', only) }
    },
  )

  register(
    {
      id: 'getTag',
      method: 'GET',
      path: paths.api.tag(':id'),
      noun,
      summary: 'One tag',
      scope: 'tags:read',
      who: 'everyone',
      params,
      query: oneQuery(),
      answer: { status: 200, schema: Tag.schema },
    },
    async ({ visitor, params, query }) => {
      const only = fieldsOf(Tag, query)
      return answerOf(await requireTag(app.db, visitor, params.id), only)
    },
  )

  register(
    {
      id: 'updateTag',
      method: 'PATCH',
      path: paths.api.tag(':id'),
      noun,
      summary: 'Give a tag another name',
      description: 'On all posts. Its address follows, and the old one leads there.',
      scope: 'tags:write',
      needs,
      params,
      body: TagChange,
      hasMatch: true,
      answer: { status: 200, schema: Tag.schema },
    },
    async (call) =>
      await call.write(async (db) => {
        const tag = await requireMine(db, call)
        await renameTag(db, tag.id, call.body.name.trim().replace(/\s+/g, ' '), call.actor())
        return answerOf(await requireTag(db, call.visitor, tag.id))
      }),
  )

  register(
    {
      id: 'mergeTag',
      method: 'POST',
      path: paths.api.tagMerge(':id'),
      noun,
      summary: 'Make a tag another one',
      description:
        'Posts and drafts have the tag `into` instead, once where they had both, and the old address leads to it, which is what comes back.',
      scope: 'tags:write',
      needs,
      params,
      body: TagMerge,
      hasMatch: true,
      answer: { status: 200, schema: Tag.schema },
    },
    async (call) =>
      await call.write(async (db) => {
        const tag = await requireMine(db, call)
        await mergeTags(db, tag.id, call.body.into, call.actor())
        return answerOf(await requireTag(db, call.visitor, call.body.into))
      }),
  )

  register(
    {
      id: 'deleteTag',
      method: 'DELETE',
      path: paths.api.tag(':id'),
      noun,
      summary: 'Take a tag off all posts',
      scope: 'tags:write',
      needs,
      params,
      hasMatch: true,
      answer: { status: 204 },
    },
    async (call) =>
      await call.write(async (db) => {
        const tag = await requireMine(db, call)
        await deleteTag(db, tag.id, call.actor())
        return {}
      }),
  )

  type Row = NonNullable<Awaited<ReturnType<typeof findTagOfId>>>

  function shown(row: Row) {
    return { ...row, url: origin + paths.tag(row.slug) }
  }

  function answerOf(row: Row, only?: ReadonlySet<string>) {
    const whole = shown(row)
    return { body: Tag.show(whole, 'public', only), etag: tagOf(Tag.show(whole, 'public')) }
  }

  async function requireTag(db: typeof app.db, visitor: Visitor | null, id: number): Promise<Row> {
    const row = await findTagOfId(db, id, canEditAll(visitor))
    if (!row) throw notFound('tag')
    return row
  }

  /** The tag in the state that the request was made for, for who may change it. */
  async function requireMine(db: typeof app.db, call: Pick<Call<typeof params, never, never>, Needed>): Promise<Row> {
    const visitor = call.someone()
    const row = await requireTag(db, visitor, call.params.id)
    if (!canEditAll(visitor)) throw forbidden()
    call.requireMatch(answerOf(row).etag)
    return row
  }
}

type Needed = 'someone' | 'params' | 'requireMatch'
