import type { FastifyRequest } from 'fastify'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { conflict, forbidden } from '../errors.ts'
import { selfContained } from '../html/showable.ts'
import type { App, Visitor } from '../http/app.ts'
import { binPost } from '../post-bin/queries.ts'
import { canDelete, canEdit, canOpen, canPublish, canRead, canWrite, longestText, longestTitle } from '../posts/post.ts'
import { createPost, updatePost } from '../posts/queries.ts'
import { findPostRow } from '../posts-api/queries.ts'
import { renderText } from '../renderings/render-text.ts'
import { text } from '../texts/texts.ts'
import { type Collection, actorOf, someone, textOf } from './collection.ts'
import { type PostText, isInLists, listPostIds, listPostTexts } from './queries.ts'
import { type Paging, Refused, idIn, listShape, noRecord, textsIn } from './shape.ts'

const tries = 3

export function posts({ db }: App): Collection {
  const title = { most: longestTitle }
  const body = { most: longestText }

  return {
    noun: 'posts',
    list: async (visitor: Visitor | null, paging: Paging) => {
      const { ids, ...found } = await listPostIds(db, paging)
      const shown = []
      // Half a megabyte of text each, of which the words are picked: others are answered in between.
      for (const row of await listPostTexts(db, ids)) {
        shown.push(shownPost(row, visitor))
        await nextTurn()
      }
      return listShape(shown, found)
    },
    read: async (visitor, id) => shownPost(await requirePost(visitor, id), visitor),
    create: async (request) => {
      const visitor = someone(request)
      if (!canWrite(visitor)) throw forbidden()
      requireOwnName(request, visitor.id)
      const given = textsIn(request.body, { title: { ...title, isNeeded: true }, text: { ...body, isNeeded: true } })
      const written = { title: selfContained(given.title ?? ''), body: given.text ?? '', tags: '' }
      const { id } = await createPost(db, written, actorOf(request), canPublish(visitor) ? 'published' : 'saved')
      return shownPost(await requirePost(visitor, id), visitor)
    },
    update: async (request, id) => {
      const visitor = someone(request)
      const before = await requirePost(visitor, id)
      if (!canEdit(visitor, before)) throw forbidden()
      requireOwnName(request, before.author_id)
      const given = textsIn(request.body, { title, text: body })
      let isSaved = false
      for (let tried = 0; tried < tries && !isSaved; tried++) isSaved = await save(request, id, given)
      if (!isSaved) throw savedMeanwhile()
      return shownPost(await requirePost(visitor, id), visitor)
    },
    remove: async (request, id) => {
      const visitor = someone(request)
      if (!canDelete(visitor, await requirePost(visitor, id))) throw forbidden()
      await binPost(db, id, actorOf(request))
    },
  }

  /** One that everybody finds, or that they may change themselves. */
  async function requirePost(visitor: Visitor | null, id: number): Promise<PostText> {
    const [row] = await listPostTexts(db, [id])
    const isThere = row && (canEdit(visitor, row) || ((await isInLists(db, id)) && canOpen(visitor, row)))
    if (!row || !isThere || !(await findPostRow(db, id))) throw noRecord()
    return row
  }

  /** Over what stands now; false when somebody else saved in between. */
  async function save(request: FastifyRequest, id: number, given: { title?: string; text?: string }) {
    const actor = actorOf(request)
    const now = await findPostRow(db, id)
    if (!now) throw noRecord()
    const format = now.format === 'plain' ? 'plain' : 'markdown'
    const body = given.text ?? now.body
    const written = {
      title: given.title === undefined ? now.title : selfContained(given.title),
      body,
      tags: now.tags.map(({ name }) => name).join(', '),
      details: now.details,
      rendered: await renderText(db, format, body, { purpose: 'save', account: actor.id }),
    }
    const saved = await updatePost(db, { id, body_format: now.format }, now.version, written, actor)
    return saved !== undefined
  }
}

function shownPost(row: PostText, visitor: Visitor | null) {
  const mayEdit = canEdit(visitor, row)
  return {
    id: row.id,
    title: row.title,
    text: mayEdit || canRead(visitor, row) ? textOf(row, mayEdit) : null,
    date: (row.published_at ?? row.created_at).toISOString(),
  }
}

/** The author is who asks, or stays: the older one let everybody say who it is. */
export function requireOwnName(request: FastifyRequest, author_id: number | null): void {
  const user = idIn(request.body, 'user')
  if (user !== undefined && user !== author_id) throw new Refused(422, { user: text('api.legacyOtherUser') })
}

export const savedMeanwhile = () => conflict(text('api.changed'))
