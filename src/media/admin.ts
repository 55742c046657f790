// The library of pictures. Every writer sees and uses all of it.
import { join } from 'node:path'
import multipart from '@fastify/multipart'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError, conflict, forbidden, invalid, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { wantsJson } from '../http/errors.ts'
import { IdParams } from '../http/params.ts'
import { fieldErrors, postedValues } from '../http/validation.ts'
import { countAttempt } from '../limits/queries.ts'
import { paths } from '../paths.ts'
import { canEdit, canEditAll } from '../posts/post.ts'
import { requireWriter } from '../posts/require-writer.ts'
import {
  MediaQuery,
  type MediaSearch,
  MediumForm,
  addressOf,
  canHandle,
  markdownOf,
  thumbnailOf,
  uploadLimit,
} from './media.ts'
import { type ListedMedium, deleteMedium, deleteUnused, findMedium, listMedia, updateMedium } from './queries.ts'
import { type Refused, receive, removeBrokenOff, tooLarge } from './receive.ts'
import type { MediaStore } from './store.ts'
import { StoreTrouble } from './store-trouble.ts'
import { addPicture, replacePicture } from './upload.ts'
import { listUses } from '../media-uses/queries.ts'
import { LibraryPage, type LibraryPageProps } from './library-views.tsx'
import { readSessionAgain } from '../sessions/read-session.ts'
import { MediumPage, type MediumPageProps } from './medium-views.tsx'
import { text } from '../texts/texts.ts'

const uploadMs = 30 * 60 * 1000
const sweepMs = 3600 * 1000
const retryAfterSeconds = 30
// What is too large is answered by a page, so the frame lets everything in.
const upload = { bodyLimit: Number.MAX_SAFE_INTEGER, handlerTimeout: uploadMs }

export function mediaAdmin(app: App, store: MediaStore): void {
  const folder = join(app.config.dataFolder, 'media-arriving')
  const maxMb = app.config.mediaMaxMb
  sweepRegularly(app, folder)

  app.get(paths.admin.media(), { schema: { querystring: MediaQuery } }, async (request, reply) => {
    requireWriter(request)
    const { q = '', show = '', before } = request.query
    const search = { q: q.trim(), show, before: before === undefined ? undefined : Number(before) }
    if (!wantsJson(request)) return await showLibrary(request, reply, search)
    const { media, next } = await listMedia(app.db, search)
    return reply.header('cache-control', 'no-store').send({ media: media.map(told), ...(next && { next }) })
  })

  app.get(paths.admin.medium(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, medium } = await find(request)
    const isSaved = new URLSearchParams(request.url.split('?')[1]).has('saved')
    return await showMedium(request, reply, visitor, medium.id, { isSaved })
  })

  app.post(
    paths.admin.medium(':id'),
    { schema: { params: IdParams, body: MediumForm }, attachValidation: true },
    async (request, reply) => {
      const { visitor, medium } = await findOwn(request)
      const values = postedValues(request.body)
      const errors = fieldErrors(request)
      if (errors) return await showMedium(request, reply.code(422), visitor, medium.id, { form: { values, errors } })
      const saved = await updateMedium(
        app.db,
        medium.id,
        Number(request.body.version),
        request.body,
        actorOf(request, visitor),
      )
      if (!saved)
        return await showMedium(request, reply.code(409), visitor, medium.id, {
          form: { values },
          trouble: text('media.changedMeanwhile'),
        })
      return reply.redirect(`${paths.admin.medium(medium.id)}?saved`, 303)
    },
  )

  app.post(paths.admin.mediumDeletion(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const { visitor, medium } = await findOwn(request)
    const evenUsed = postedValues(request.body).even_used === 'yes'
    const outcome = await deleteMedium(app.db, medium.id, actorOf(request, visitor), evenUsed)
    if (outcome === 'used')
      return await showMedium(request, reply.code(409), visitor, medium.id, { trouble: text('media.usedMeanwhile') })
    return reply.redirect(paths.admin.media(), 303)
  })

  app.post(paths.admin.mediaUnusedRemoval(), async (request, reply) => {
    const visitor = requireWriter(request)
    const { ids = '' } = postedValues(request.body)
    if (!/^[1-9]\d{0,15}(,[1-9]\d{0,15}){0,199}$/.test(ids)) throw invalid(text('media.chooseToRemove'))
    const owner = canEditAll(visitor) ? null : visitor.id
    await deleteUnused(app.db, owner, ids.split(',').map(Number), actorOf(request, visitor))
    return reply.redirect(paths.admin.media({ show: 'unused' }), 303)
  })

  // Only here are forms with files taken.
  void app.register(async (scope) => {
    await scope.register(multipart, { throwFileSizeLimit: false })
    const inner = scope as unknown as App

    inner.post(paths.admin.media(), upload, async (request, reply) => {
      const visitor = requireWriter(request)
      await countAttempt(app.db, 'media upload', String(visitor.id), uploadLimit)
      const isProgram = wantsJson(request)
      const limits = { folder, maxMb, ...(isProgram && { mostFiles: 1 }) }
      const outcome = await receive(request, limits, async ({ files, tooLarge: large, fields }) => {
        await readSessionAgain(app, request)
        requireWriter(request)
        const troubles: Trouble[] = large.map(({ name }) => ({
          name,
          status: 413,
          message: tooLarge(maxMb),
          field: 'file',
        }))
        const ids: number[] = []
        for (const file of files) {
          const alt = (fields.alt ?? '').trim()
          const added = await attempt(request, () => addPicture(app.db, store, file, alt, actorOf(request, visitor)))
          if (typeof added === 'number') ids.push(added)
          else troubles.push({ name: file.name, ...added })
        }
        return { ids, troubles }
      })
      if ('status' in outcome) return await refuse(request, reply, outcome)
      const [first] = outcome.troubles
      if (first) {
        const many = outcome.troubles.length + outcome.ids.length > 1
        return await refuse(request, reply, first, many ? outcome : undefined)
      }
      if (!isProgram) return reply.redirect(paths.admin.media(), 303)
      const medium = await findMedium(app.db, outcome.ids[0] ?? 0)
      if (!medium) throw conflict(text('media.deletedMeanwhile'))
      const { id, width, height, alt } = medium
      return reply.code(201).send({ id, url: addressOf(medium), markdown: markdownOf(medium), width, height, alt })
    })

    inner.post(
      paths.admin.mediumReplacement(':id'),
      { ...upload, schema: { params: IdParams } },
      async (request, reply) => {
        const { visitor, medium } = await findOwn(request)
        await countAttempt(app.db, 'media upload', String(visitor.id), uploadLimit)
        const outcome = await receive(request, { folder, maxMb, mostFiles: 1 }, async ({ files: [file], fields }) => {
          await readSessionAgain(app, request)
          await findOwn(request)
          if (!file) return { status: 413, message: tooLarge(maxMb), field: 'file' as const }
          if (!/^\d{1,9}$/.test(fields.version ?? '')) return { status: 422, message: text('media.otherForm') }
          const current = { id: medium.id, version: Number(fields.version) }
          const replaced = await attempt(request, () =>
            replacePicture(app.db, store, file, current, actorOf(request, visitor)),
          )
          return replaced ?? { status: 409, message: text('media.changedMeanwhile') }
        })
        if (!('status' in outcome)) return reply.redirect(paths.admin.medium(medium.id), 303)
        if (wantsJson(request)) return sendRefusal(reply, outcome)
        return await showMedium(request, answering(reply, outcome.status), visitor, medium.id, {
          replacementTrouble: outcome.message,
        })
      },
    )
  })

  async function refuse(request: FastifyRequest, reply: FastifyReply, refused: Refused, outcome?: Outcome) {
    if (wantsJson(request)) return sendRefusal(reply, refused)
    const troubles = outcome ? outcome.troubles : [{ name: '', ...refused }]
    const search = { q: '', show: '' as const, before: undefined }
    return await showLibrary(request, answering(reply, refused.status), search, {
      troubles,
      added: outcome?.ids.length ?? 0,
    })
  }

  async function showLibrary(
    request: FastifyRequest,
    reply: FastifyReply,
    search: MediaSearch,
    refused?: LibraryPageProps['refused'],
  ) {
    const list = await listMedia(app.db, search)
    const removable = list.media.filter((medium) => canHandle(request.visitor, medium)).map(({ id }) => id)
    return reply.html(LibraryPage({ page: request.page, list, search, removable, maxMb, ...(refused && { refused }) }))
  }

  async function showMedium(
    request: FastifyRequest,
    reply: FastifyReply,
    visitor: Visitor,
    id: number,
    more: Partial<MediumPageProps> = {},
  ) {
    const medium = await findMedium(app.db, id)
    if (!medium) throw notFound('picture')
    const found = await listUses(app.db, id)
    // What somebody else does not show everybody is not told of, only counted.
    const uses = found.filter((use) => use.is_open || canEdit(visitor, use))
    const hidden = found.length - uses.length
    const mayChange = canHandle(visitor, medium)
    return reply.html(MediumPage({ page: request.page, medium, uses, hidden, mayChange, maxMb, ...more }))
  }

  async function find(request: { params: { id: string }; visitor: Visitor | null }) {
    const visitor = requireWriter(request)
    const medium = await findMedium(app.db, Number(request.params.id))
    if (!medium) throw notFound('picture')
    return { visitor, medium }
  }

  /** Everybody who writes sees it, so there is nothing to hide. */
  async function findOwn(request: { params: { id: string }; visitor: Visitor | null }) {
    const found = await find(request)
    if (!canHandle(found.visitor, found.medium)) throw forbidden(text('media.notYours'))
    return found
  }
}

/** What a program is told of a picture in a list. */
function told(medium: ListedMedium) {
  const { id, name, alt, width, height } = medium
  const thumbnail = thumbnailOf(medium).address
  return { id, name, alt, url: addressOf(medium), markdown: markdownOf(medium), thumbnail, width, height }
}

type Trouble = Refused & { name: string }
type Outcome = { ids: number[]; troubles: Trouble[] }

/** What can be told to the person comes back; anything else is thrown. */
async function attempt<T>(request: FastifyRequest, work: () => Promise<T>): Promise<T | Refused> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError && error.kind === 'invalid')
      return { status: 422, message: error.message, field: 'file' }
    if (!(error instanceof StoreTrouble)) throw error
    request.log.warn({ reason: error.message }, 'store of pictures not available')
    return error.isFull
      ? { status: 507, message: text('media.noRoom') }
      : { status: 503, message: text('media.storeAway') }
  }
}

function sendRefusal(reply: FastifyReply, { status, message, field }: Refused) {
  const kind = status >= 500 ? 'unavailable' : status === 409 ? 'conflict' : 'invalid'
  return answering(reply, status).send({ error: { kind, message, ...(field && { fields: { [field]: message } }) } })
}

function answering(reply: FastifyReply, status: number): FastifyReply {
  return status === 503 ? reply.code(status).header('retry-after', retryAfterSeconds) : reply.code(status)
}

function actorOf({ ip }: FastifyRequest, { id }: Visitor) {
  return { id, ip }
}

function sweepRegularly(app: App, folder: string): void {
  const sweep = () =>
    void removeBrokenOff(folder).catch((error: Error) => app.log.warn({ reason: error.message }, 'old uploads stay'))
  const timer = setInterval(sweep, sweepMs).unref()
  app.addHook('onReady', async () => sweep())
  app.addHook('onClose', async () => clearInterval(timer))
}
