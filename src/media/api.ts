import { join } from 'node:path'
import { type Static, type TSchema, Type } from 'typebox'
import type { Answer, Call, Register } from '../api/endpoint.ts'
import { fieldsOf, listQuery, listSchema, oneQuery, showList } from '../api/list.ts'
import { type Code, Problem, problems } from '../api/problem.ts'
import { Id, Moment, field, orNull, resource, tagOf } from '../api/resource.ts'
import { AppError, conflict, forbidden, notFound } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { countAttempt } from '../limits/queries.ts'
import { lockUses } from '../media-uses/queries.ts'
import { paths } from '../paths.ts'
import { canWrite } from '../posts/post.ts'
import { text } from '../texts/texts.ts'
import { MediumForm, addressOf, canHandle, markdownOf, shows, thumbnailOf, uploadLimit } from './media.ts'
import {
  type ListedMedium,
  addMedium,
  deleteMedium,
  findMedium,
  listMediaRows,
  replaceMedium,
  updateMedium,
} from './queries.ts'
import { type Refused, receive, tooLarge } from './receive.ts'
import type { MediaStore } from './store.ts'
import { StoreTrouble } from './store-trouble.ts'
import { type Sent, hashOf, withFiles } from './upload.ts'

const noun = 'media'
const params = Type.Object({ id: Id })
const writers = '`post.create`'
const owners = '`post.edit.any`, or who uploaded it'

const Medium = resource('Medium', {
  id: field('public', Id),
  name: field('public', Type.String()),
  alt: field('public', Type.String(), 'Said to those who do not see it; empty where there is nothing to say.'),
  url: field('public', Type.String({ format: 'uri' })),
  markdown: field('public', Type.String(), 'As it stands in a text.'),
  thumbnail_url: field('public', Type.String({ format: 'uri' })),
  width: field('public', Type.Integer()),
  height: field('public', Type.Integer()),
  is_animated: field('public', Type.Boolean()),
  is_used: field('public', Type.Boolean(), 'In a text, a draft or as the logo.'),
  uploaded_by: field('public', orNull(Type.String()), 'A name.'),
  created_at: field('public', Moment),
  updated_at: field('public', Moment),
  version: field('public', Type.Integer(), 'One more with every change.'),
})

const { name, alt } = MediumForm.properties
const MediumChange = Type.Object(
  { name: Type.Optional(name), alt: Type.Optional(alt) },
  { title: 'MediumChange', additionalProperties: false, minProperties: 1 },
)
const file = Type.String({ format: 'binary', description: 'A picture: JPEG, PNG, WebP, AVIF, GIF or another.' })
const NewMedium = Type.Object({ file, alt: Type.Optional(alt) }, { title: 'NewMedium', additionalProperties: false })
const NewFile = Type.Object({ file }, { title: 'NewMediumFile', additionalProperties: false })

/** Every writer sees and uses all of the library. */
export function mediaApi(app: App, store: MediaStore, register: Register) {
  const { origin } = app.config.siteUrl
  const limits = {
    folder: join(app.config.dataFolder, 'media-arriving'),
    maxMb: app.config.mediaMaxMb,
    mostFiles: 1,
  }

  register(
    {
      id: 'listMedia',
      method: 'GET',
      path: paths.api.media(),
      noun,
      summary: 'Pictures of the library',
      scope: 'media:read',
      needs: writers,
      query: listQuery(['id'], '-id', {
        q: Type.Optional(Type.String({ maxLength: 100, description: 'Words of the name or the alternative text.' })),
        show: Type.Optional(
          Type.Enum([...shows], { description: '`earlier`: only in earlier revisions, `without-alt`: without words.' }),
        ),
      }),
      answer: { status: 200, schema: listSchema(Medium) },
    },
    async ({ query, someone }) => {
      requireWriter(someone())
      const only = fieldsOf(Medium, query)
      const page = await listMediaRows(app.db, { q: query.q ?? '', show: query.show ?? '' }, query)
      return { body: showList(Medium, { ...page, rows: page.rows.map(shown) }, () => 'public', only) }
    },
  )

  register(
    {
      id: 'getMedium',
      method: 'GET',
      path: paths.api.medium(':id'),
      noun,
      summary: 'One picture',
      scope: 'media:read',
      needs: writers,
      params,
      query: oneQuery(),
      answer: { status: 200, schema: Medium.schema },
    },
    async ({ params, query, someone }) => {
      requireWriter(someone())
      const only = fieldsOf(Medium, query)
      return answerOf(await requireMedium(app.db, params.id), only)
    },
  )

  register(
    {
      id: 'createMedium',
      method: 'POST',
      path: paths.api.media(),
      noun,
      summary: 'Upload a picture',
      description: `One \`file\` of ${limits.maxMb} MB at most, and \`alt\`. It is kept in several sizes as WebP, without what the camera noted.`,
      scope: 'media:write',
      needs: writers,
      body: NewMedium,
      bodyType: 'multipart/form-data',
      answer: { status: 201, schema: Medium.schema },
    },
    async (call) => {
      const visitor = requireWriter(call.someone())
      return await upload(call, visitor, {}, async (files_id, db, sent, fields) => {
        const id = await addMedium(db, { files_id, name: sent.name, alt: (fields.alt ?? '').trim() }, call.actor())
        return { ...answerOf(await requireMedium(db, id)), location: paths.api.medium(id) }
      })
    },
  )

  register(
    {
      id: 'replaceMediumFile',
      method: 'PUT',
      path: paths.api.mediumFile(':id'),
      noun,
      summary: 'Put another file in the place of a picture',
      description: 'Its address stays, and texts that name it show the new one.',
      scope: 'media:write',
      needs: owners,
      params,
      body: NewFile,
      bodyType: 'multipart/form-data',
      hasMatch: true,
      answer: { status: 200, schema: Medium.schema },
    },
    async (call) => {
      const visitor = requireWriter(call.someone())
      const before = await requireMine(app.db, visitor, call.params.id)
      return await upload(call, visitor, { replaced: before.id }, async (files_id, db) => {
        const now = await hold(db, visitor, call)
        const isDone = await replaceMedium(db, now.id, now.version, files_id, call.actor())
        if (!isDone) throw new Problem('changed', text('api.changed'))
        return answerOf(await requireMedium(db, now.id))
      })
    },
  )

  register(
    {
      id: 'updateMedium',
      method: 'PATCH',
      path: paths.api.medium(':id'),
      noun,
      summary: 'Change the name or the words of a picture',
      scope: 'media:write',
      needs: owners,
      params,
      body: MediumChange,
      hasMatch: true,
      answer: { status: 200, schema: Medium.schema },
    },
    async (call) => {
      const visitor = requireWriter(call.someone())
      return await call.write(async (db) => {
        const now = await hold(db, visitor, call)
        const { name = now.name, alt = now.alt } = call.body
        const given = { name, alt, version: String(now.version) }
        const isSaved = await updateMedium(db, now.id, now.version, given, call.actor())
        if (!isSaved) throw new Problem('changed', text('api.changed'))
        return answerOf(await requireMedium(db, now.id))
      })
    },
  )

  register(
    {
      id: 'deleteMedium',
      method: 'DELETE',
      path: paths.api.medium(':id'),
      noun,
      summary: 'Delete a picture',
      description: 'One that is used stays, unless `even_used` says that texts may lose it.',
      scope: 'media:write',
      needs: owners,
      params,
      query: Type.Object({ even_used: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
      hasMatch: true,
      answer: { status: 204 },
    },
    async (call) => {
      const visitor = requireWriter(call.someone())
      return await call.write(async (db) => {
        const now = await hold(db, visitor, call)
        const outcome = await deleteMedium(db, now.id, call.actor(), call.query.even_used ?? false)
        if (outcome === 'used') throw conflict(text('media.usedMeanwhile'))
        return {}
      })
    },
  )

  type Uploading = Pick<Call<TSchema, TSchema, TSchema>, 'request' | 'write'>
  type Use = (files_id: number, db: typeof app.db, sent: Sent, fields: Record<string, string>) => Promise<Answer>

  /** What was sent as files of the library, for `use` in one transaction; encoding takes its time before that. */
  async function upload({ request, write }: Uploading, visitor: Visitor, about: object, use: Use): Promise<Answer> {
    await countAttempt(app.db, 'media upload', String(visitor.id), uploadLimit)
    const outcome = await receive(request, limits, async ({ files: [sent], fields }): Promise<Answer | Refused> => {
      if (!sent) return { status: 413, message: tooLarge(limits.maxMb), field: 'file' }
      // What an Idempotency-Key is compared by.
      request.body = { ...about, hash: (await hashOf(sent.path)).toString('base64url'), name: sent.name, fields }
      return await withFiles(app.db, store, sent.path, (files_id) =>
        write((db) => use(files_id, db, sent, fields)),
      ).catch((error: unknown) => refusedFor(error))
    })
    if (isRefused(outcome)) throw problemOf(outcome)
    return outcome
  }

  function refusedFor(error: unknown): Refused {
    // Of what the file is. The rest is no matter of the file.
    if (error instanceof AppError && error.kind === 'invalid' && Object.keys(error.fields).length === 0)
      return { status: 422, message: error.message, field: 'file' }
    if (!(error instanceof StoreTrouble)) throw error
    app.log.warn({ reason: error.message }, 'store of pictures not available')
    return error.isFull
      ? { status: 507, message: text('media.noRoom') }
      : { status: 503, message: text('media.storeAway') }
  }

  /** The picture, held, in the state that the request was made for, for who may change it. */
  async function hold(
    db: typeof app.db,
    visitor: Visitor,
    call: { params: Static<typeof params>; requireMatch: (etag: string) => void },
  ) {
    await lockUses(db, call.params.id)
    const row = await requireMine(db, visitor, call.params.id)
    call.requireMatch(answerOf(row).etag)
    return row
  }

  async function requireMedium(db: typeof app.db, id: number) {
    const row = await findMedium(db, id)
    if (!row) throw notFound('picture')
    return row
  }

  async function requireMine(db: typeof app.db, visitor: Visitor, id: number) {
    const row = await requireMedium(db, id)
    if (!canHandle(visitor, row)) throw forbidden(text('media.notYours'))
    return row
  }

  function answerOf(row: ListedMedium, only?: ReadonlySet<string>) {
    const whole = shown(row)
    return { body: Medium.show(whole, 'public', only), etag: tagOf(Medium.show(whole, 'public')) }
  }

  function shown(row: ListedMedium) {
    return {
      ...row,
      url: origin + addressOf(row),
      markdown: markdownOf(row),
      thumbnail_url: origin + thumbnailOf(row).address,
      uploaded_by: row.uploaded_by_name,
    }
  }
}

function requireWriter(visitor: Visitor): Visitor {
  if (!canWrite(visitor)) throw forbidden()
  return visitor
}

function isRefused(outcome: Answer | Refused): outcome is Refused {
  return 'status' in outcome
}

function problemOf({ status, message, field: name }: Refused): Problem {
  const known = (Object.keys(problems) as Code[]).find((code) => problems[code] === status)
  // Two codes have 422, and two 503.
  const code = status === 422 ? 'invalid' : status === 503 ? 'unavailable' : (known ?? 'invalid')
  return new Problem(code, message, name ? [{ pointer: `/${name}`, code: 'invalid', detail: message }] : [])
}
