// Imports in the admin, for who may do everything.
import multipart from '@fastify/multipart'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { recordEvent } from '../audit/queries.ts'
import type { App } from '../http/app.ts'
import { allowScripts } from '../http/headers.ts'
import { IdParams } from '../http/params.ts'
import { paths } from '../paths.ts'
import { ImportPage, UndoPage } from './import-views.tsx'
import { leftoverRoutes } from './leftover-routes.ts'
import { requireOwner } from '../permissions/require-owner.ts'
import { findForOwner } from './find-for-owner.ts'
import { findOutcome, outcomeWords } from './outcome.ts'
import { LiveProgress } from './progress-views.tsx'
import { type ShownImport, isAtWork } from './queries.ts'
import { uploadRoutes } from './upload-routes.ts'
import { findUploadOf, folderOf } from './uploads.ts'
import { newWork, otherAtWork, settles } from './work.ts'
import { text } from '../texts/texts.ts'

export function importAdmin(app: App): void {
  const folder = folderOf(app.config.dataFolder)
  const work = newWork(app.config, app.log)
  app.addHook('preClose', () => work.stop())
  // Only here are forms with files taken.
  void app.register(async (inner) => {
    await inner.register(multipart, { throwFileSizeLimit: false })
    uploadRoutes(inner as App, work)
  })
  leftoverRoutes(app)

  app.get(paths.admin.import(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const found = await findForOwner(app, request)
    return await show(request, reply, found)
  })

  app.get(paths.admin.importProgress(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const found = await findForOwner(app, request)
    const live = await liveOf(found)
    return live ? reply.html(LiveProgress(live)) : reply.code(204).send()
  })

  app.post(paths.admin.importContinuation(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const found = await findForOwner(app, request)
    const isOpen = !found.is_rehearsal && (found.state === 'running' || found.state === 'failed')
    const upload = isOpen ? await findUploadOf(folder, found.fingerprint) : undefined
    if (!upload) return await show(request, reply.code(409), found, isOpen ? undefined : text('imports.isOver'))
    if (work.isAtWorkOn(upload)) return reply.redirect(paths.admin.import(found.id), 303)
    if (await isAtWork(app.db)) return await show(request, reply.code(409), found, otherAtWork())
    const visitor = requireOwner(request)
    await recordEvent(app.db, {
      action: 'import.continued',
      actor_id: visitor.id,
      client_ip: request.ip,
      subject: { type: 'import', id: found.id },
      description: found.file_name,
    })
    const { ended } = await work.start(upload, 'import', visitor.id)
    await settles(ended)
    return reply.redirect(paths.admin.import(found.id), 303)
  })

  app.get(paths.admin.importUndo(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const found = await findForOwner(app, request)
    if (found.state !== 'complete') return reply.redirect(paths.admin.import(found.id), 303)
    return reply.html(UndoPage({ page: request.page, found }))
  })

  app.post(paths.admin.importUndo(':id'), { schema: { params: IdParams } }, async (request, reply) => {
    const found = await findForOwner(app, request)
    const visitor = requireOwner(request)
    if (found.state !== 'complete') return await show(request, reply.code(409), found, text('imports.cannotTakeBack'))
    if (work.undoOf(found.id)?.isRunning) return reply.redirect(paths.admin.import(found.id), 303)
    if (await isAtWork(app.db)) return await show(request, reply.code(409), found, otherAtWork())
    // Its audit line is written with the deed itself, in the other process.
    const { ended } = work.undo(found.id, { id: visitor.id, ip: request.ip })
    await settles(ended)
    return reply.redirect(paths.admin.import(found.id), 303)
  })

  async function show(request: FastifyRequest, reply: FastifyReply, found: ShownImport, trouble?: string) {
    const live = await liveOf(found)
    const upload = await findUploadOf(folder, found.fingerprint)
    const said = found.state === 'complete' ? work.undoOf(found.id)?.message : upload?.message
    const outcome = found.state === 'complete' && !live ? await findOutcome(app.db, found.id) : undefined
    if (live) allowScripts(reply)
    return reply.html(
      ImportPage({
        page: request.page,
        found,
        ...(live && { live }),
        mayGoOn: upload !== undefined,
        trouble: trouble ?? said ?? undefined,
        outcome: outcome && outcomeWords(outcome),
      }),
    )
  }

  async function liveOf(found: ShownImport) {
    const frame = { address: paths.admin.importProgress(found.id), here: paths.admin.import(found.id) }
    if (work.undoOf(found.id)?.isRunning) return { ...frame, sentence: text('imports.takingBack') }
    if (found.is_active) return { ...frame, sentence: text('imports.gettingReady'), work: found }
    const upload = found.state === 'complete' ? undefined : await findUploadOf(folder, found.fingerprint)
    // The process was started and is not at the database yet.
    const isStarting = upload && upload.task === 'import' && work.isAtWorkOn(upload)
    return isStarting ? { ...frame, sentence: text('imports.checkingFile') } : undefined
  }
}
