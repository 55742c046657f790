// Files that are uploaded: taking them, showing what is known of them, and starting the work on them.
import { TokenParams } from '../http/params.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { uploadMs } from '../http/body-time.ts'
import { allowScripts } from '../http/headers.ts'
import { paths } from '../paths.ts'
import type { Inspection } from './bloggy-sqlite/file/inspect.ts'
import { removeAbandoned, snapshotFolderOf } from './bloggy-sqlite/file/snapshot.ts'
import { requireOwner } from '../permissions/require-owner.ts'
import { readSessionAgain } from '../sessions/read-session.ts'
import { LiveProgress } from './progress-views.tsx'
import { findImport, findOpenImport, isAtWork, listAwaitedFingerprints, listImports } from './queries.ts'
import { receive } from './receive.ts'
import type { ImportReport } from './report.ts'
import { tokenAdvice } from './token-advice.ts'
import { UploadPage } from './upload-views.tsx'
import {
  type Task,
  type Upload,
  findUpload,
  folderOf,
  hasFile,
  listUploads,
  readResult,
  removeOld,
  removeUpload,
  saveUpload,
  tasks,
} from './uploads.ts'
import { ImportsPage, type ImportsPageProps } from './views.tsx'
import { type Work, otherAtWork, settle, settles } from './work.ts'
import { text } from '../texts/texts.ts'

const sweepMs = 3600 * 1000

export function uploadRoutes(app: App, work: Work): void {
  const folder = folderOf(app.config.dataFolder)
  const maxBytes = app.config.importMaxMb * 1_000_000
  const receiving = new Set<number>()
  sweepRegularly()

  app.get(paths.admin.imports(), async (request, reply) => {
    requireOwner(request)
    return await showList(request, reply)
  })

  app.post(
    paths.admin.imports(),
    // What is too large is answered by a page, so the frame lets everything in.
    { bodyLimit: Number.MAX_SAFE_INTEGER, handlerTimeout: uploadMs },
    async (request, reply) => {
      const visitor = requireOwner(request)
      const again = (status: number, message: string, task = '') =>
        showList(request, reply.code(status), { message, task })
      if (receiving.has(visitor.id)) {
        request.raw.resume()
        return await again(409, text('imports.otherUpload'))
      }
      receiving.add(visitor.id)
      try {
        const taken = await receive(request, folder, maxBytes)
        await stillOwner(request, taken)
        if ('message' in taken) return await again(taken.status, taken.message, taken.task)
        const upload: Upload = { ...taken, uploaded_by: visitor.name, state: 'stopped', message: null, import_id: null }
        await saveUpload(folder, upload)
        await record(request, visitor, 'import.uploaded', upload)
        await begin(request, visitor, upload, upload.task)
        return reply.redirect(paths.admin.upload(upload.token), 303)
      } finally {
        receiving.delete(visitor.id)
      }
    },
  )

  app.get(paths.admin.upload(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const upload = await find(request)
    const importId = await importOf(upload)
    if (importId) return reply.redirect(paths.admin.import(importId), 303)
    return await show(request, reply, upload)
  })

  app.get(paths.admin.uploadProgress(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const upload = await find(request)
    const live = await liveOf(upload)
    // An import has a page of its own from the moment it is known.
    if (!live || (await importOf(upload))) return reply.code(204).send()
    return reply.html(LiveProgress(live))
  })

  const doors: Record<Task, string> = {
    inspection: paths.admin.uploadInspection(':token'),
    rehearsal: paths.admin.uploadRehearsal(':token'),
    import: paths.admin.uploadImport(':token'),
  }
  for (const task of tasks) {
    app.post(doors[task], { schema: { params: TokenParams } }, async (request, reply) => {
      const upload = await find(request)
      if (!hasFile(folder, upload)) {
        return await show(request, reply.code(409), upload, text('imports.uploadAgain'))
      }
      const trouble = await begin(request, requireOwner(request), upload, task)
      if (trouble) return await show(request, reply.code(409), upload, trouble)
      return reply.redirect(paths.admin.upload(upload.token), 303)
    })
  }

  app.post(paths.admin.uploadDeletion(':token'), { schema: { params: TokenParams } }, async (request, reply) => {
    const upload = await find(request)
    if (upload.state === 'running') {
      return await show(request, reply.code(409), upload, text('imports.fileInUse'))
    }
    await removeUpload(folder, upload.token)
    return reply.redirect(paths.admin.imports(), 303)
  })

  /** Whoever sent a file for an hour may have been signed out meanwhile: then it is as if nothing had come. */
  async function stillOwner(request: FastifyRequest, taken: Awaited<ReturnType<typeof receive>>): Promise<void> {
    try {
      await readSessionAgain(app, request)
      requireOwner(request)
    } catch (error) {
      if ('token' in taken) await removeUpload(folder, taken.token)
      throw error
    }
  }

  /** Starts a task, or says why not. */
  async function begin(request: FastifyRequest, visitor: Visitor, upload: Upload, task: Task) {
    if (work.isAtWorkOn(upload)) return text('imports.fileInUseAlready')
    if (task !== 'inspection' && (await staysAtWork(app.db))) {
      await saveUpload(folder, { ...upload, task, state: 'stopped', message: otherAtWork() })
      return otherAtWork()
    }
    if (task !== 'inspection') await record(request, visitor, 'import.started', upload, { task })
    const { ended } = await work.start(upload, task, visitor.id)
    await settles(ended)
    return undefined
  }

  async function record({ ip }: FastifyRequest, { id }: Visitor, action: string, upload: Upload, more = {}) {
    await recordEvent(app.db, {
      action,
      actor_id: id,
      client_ip: ip,
      description: upload.file_name,
      details: { bytes: upload.bytes, ...more },
    })
  }

  async function find(request: FastifyRequest & { params: { token: string } }): Promise<Upload> {
    requireOwner(request)
    const upload = await findUpload(folder, request.params.token)
    if (!upload) throw notFound('upload')
    return await brought(upload)
  }

  /** Of a task whose server was killed nobody has written down how it ended. */
  async function brought(upload: Upload): Promise<Upload> {
    if (upload.state !== 'running' || work.isAtWorkOn(upload)) return upload
    if (upload.task !== 'inspection' && (await isAtWork(app.db))) return upload
    await settle(folder, upload, app.log)
    return (await findUpload(folder, upload.token)) ?? upload
  }

  /** The import that the file became, or is becoming. */
  async function importOf(upload: Upload): Promise<number | undefined> {
    if (upload.task !== 'import' || upload.state === 'refused') return undefined
    if (upload.import_id !== null) return (await findImport(app.db, upload.import_id))?.id
    return (await findOpenImport(app.db, upload.fingerprint, false))?.id
  }

  async function liveOf(upload: Upload) {
    if (upload.state !== 'running') return undefined
    const { token, task } = upload
    const open = task === 'rehearsal' ? await findOpenImport(app.db, upload.fingerprint, true) : undefined
    const found = open && (await findImport(app.db, open.id))
    return {
      address: paths.admin.uploadProgress(token),
      here: paths.admin.upload(token),
      sentence: task === 'inspection' ? text('imports.lookingAtFile') : text('imports.checkingFile'),
      ...(found && { work: found }),
    }
  }

  async function show(request: FastifyRequest, reply: FastifyReply, upload: Upload, trouble?: string) {
    const live = await liveOf(upload)
    if (live) allowScripts(reply)
    const result = upload.state === 'done' ? await readResult(folder, upload) : undefined
    const rehearsal = upload.task === 'rehearsal' ? (result as ImportReport | undefined) : undefined
    return reply.html(
      UploadPage({
        page: request.page,
        upload,
        ...(live && { live }),
        ...(trouble && { trouble }),
        inspection: upload.task === 'inspection' ? (result as Inspection | undefined) : undefined,
        rehearsal,
        advice: rehearsal && tokenAdvice(rehearsal, app.config),
        hasFile: hasFile(folder, upload),
      }),
    )
  }

  async function showList(request: FastifyRequest, reply: FastifyReply, refused?: ImportsPageProps['refused']) {
    const [imports, awaited, found] = await Promise.all([
      listImports(app.db),
      listAwaitedFingerprints(app.db),
      listUploads(folder),
    ])
    const uploads = (await Promise.all(found.map(brought)))
      .filter(({ import_id }) => import_id === null)
      .map((upload) => ({
        ...upload,
        isWaiting: upload.state === 'stopped' && hasFile(folder, upload) && awaited.includes(upload.fingerprint),
      }))
    allowScripts(reply)
    return reply.html(ImportsPage({ page: request.page, imports, uploads, maxBytes, ...(refused && { refused }) }))
  }

  function sweepRegularly(): void {
    const sweep = async () => {
      const awaited = await listAwaitedFingerprints(app.db)
      for (const upload of await listUploads(folder)) await brought(upload)
      await removeAbandoned(snapshotFolderOf(app.config.dataFolder))
      await removeOld(folder, (upload) => work.isAtWorkOn(upload) || awaited.includes(upload.fingerprint))
    }
    const logged = () =>
      void sweep().catch((error: Error) => app.log.warn({ reason: error.message }, 'old uploads stay'))
    const timer = setInterval(logged, sweepMs).unref()
    app.addHook('onReady', async () => logged())
    app.addHook('onClose', async () => clearInterval(timer))
  }
}

/** Whether another import runs, and not only ends: its page says so a moment before its connection is gone. */
async function staysAtWork(db: Db): Promise<boolean> {
  for (let looks = 0; await isAtWork(db); looks++) {
    if (looks === mostLooks) return true
    await sleep(betweenLooksMs)
  }
  return false
}

const mostLooks = 20
const betweenLooksMs = 100
