// How the blog looks: tried out, saved, and taken back by its owner.
import multipart from '@fastify/multipart'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { conflict, invalid, notFound } from '../errors.ts'
import type { App } from '../http/app.ts'
import { allowFrames, allowFraming, allowScripts } from '../http/headers.ts'
import { type Fields, fieldErrors, postedValues } from '../http/validation.ts'
import { assets } from '../html/assets.ts'
import { paths } from '../paths.ts'
import { requireOwner } from '../permissions/require-owner.ts'
import { showDiscussion } from '../discussions/show-discussion.ts'
import { findPublishedPost } from '../posts/queries.ts'
import { FrontPage } from '../posts/views.tsx'
import { listPublishedPosts } from '../reading-lists/queries.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { text } from '../texts/texts.ts'
import { agreementOf, failuresOf, mended } from './contrast.ts'
import { cleanCss } from './custom-css.ts'
import { lookOf } from './look.ts'
import { presets } from './presets.ts'
import { findLogo, findTheme, listLogos, listThemes, saveTheme } from './queries.ts'
import { cssOf } from './stylesheet.ts'
import { type Theme, ThemeForm, looksValues, mostCss, themeOf, valuesOf } from './theme.ts'
import { largestFile, readThemeFile, writeThemeFile } from './theme-file.ts'
import { PreviewPost } from './preview-views.tsx'
import { AppearancePage, type AppearanceProps, troubleWords } from './views.tsx'

// Each character of the CSS can be nine in a form.
const formLimit = 256 * 1024
const NumberParams = Type.Object({ number: Type.String({ pattern: '^\\d{1,9}$' }) })

export function appearanceAdmin(app: App, settings: CurrentSettings) {
  app.get(paths.admin.appearance(), async (request, reply) => {
    requireOwner(request)
    await settings.refresh()
    const query = new URLSearchParams(request.url.split('?')[1])
    const done = query.has('saved') ? 'saved' : query.has('restored') ? 'restored' : undefined
    return await show(request, reply, { ...(done && { done }) })
  })

  app.post(
    paths.admin.appearance(),
    { schema: { body: ThemeForm }, attachValidation: true, bodyLimit: formLimit },
    async (request, reply) => {
      const visitor = requireOwner(request)
      const values = postedValues(request.body)
      const { theme: typed, errors } = await read(request, values)
      if (Object.keys(errors).length > 0) return await show(request, reply.code(422), { form: { values, errors } })
      const theme = values.contrast === 'mend' ? mended(typed) : typed
      const failures = failuresOf(theme)
      const agreed = new Set((values.agreed ?? '').split(' '))
      const isAgreed =
        values.contrast === 'accept' &&
        agreementOf(failures)
          .split(' ')
          .every((pair) => agreed.has(pair))
      if (failures.length > 0 && !isAgreed)
        return await show(request, reply.code(422), { form: { values: { ...values, ...valuesOf(theme) } }, failures })

      const actor = { id: visitor.id, ip: request.ip }
      const number = await saveTheme(app.db, Number(values.number), theme, actor, { action: 'theme.saved' })
      await settings.refresh()
      if (number === undefined)
        // Whoever saves this form again knows of the other.
        return await show(request, reply.code(409), {
          form: { values: { ...values, number: String(settings.get().theme_number) } },
          message: text('themes.again'),
        })
      return reply.redirect(`${paths.admin.appearance()}?saved`, 303)
    },
  )

  // The form with a preset in it. Nothing is kept.
  app.post(paths.admin.appearanceDraft(), { bodyLimit: formLimit }, async (request, reply) => {
    requireOwner(request)
    const values = postedValues(request.body)
    const name = values.start_from ?? ''
    if (!Object.hasOwn(presets, name)) throw notFound('preset')
    const { custom_css: _, ...looks } = presets[name as keyof typeof presets]
    // What was typed elsewhere in the form stays, the owner's CSS among it.
    const form = { values: { ...values, ...looksValues(looks) } }
    return await show(request, reply, { form, isDraft: true })
  })

  app.post(
    paths.admin.appearancePreview(),
    { schema: { body: ThemeForm }, attachValidation: true, bodyLimit: formLimit },
    async (request, reply) => {
      requireOwner(request)
      const values = postedValues(request.body)
      const isRefused = request.validationError !== undefined
      if (isRefused) {
        allowFraming(reply)
        throw invalid(text('themes.previewRefused'))
      }
      const { theme } = themeOf(values)
      const logo = theme.logo ? await findLogo(app.db, { key: theme.logo }) : undefined
      const css = assetText + cssOf(theme)
      const { page } = request
      const look = { ...lookOf({ theme, sheet: undefined }, logo), inline: css }
      const shown = { ...page, path: paths.home(), visitor: null, site: { ...page.site, look } }
      allowFraming(reply, css).header('x-robots-tag', 'noindex')
      const list = await listPublishedPosts(app.db, undefined)
      if (values.preview_of !== 'post')
        return reply.html(FrontPage({ page: shown, list, isFirst: true, origin: app.config.siteUrl.origin }))
      const [newest] = list.posts
      const post = newest && (await findPublishedPost(app.db, newest.slug))
      const stranger = { visitor: null, page: shown, cookies: {} }
      const comments = post && (await showDiscussion(app, settings, stranger, post, { where: {} }))
      return reply.html(PreviewPost({ page: shown, post, comments }))
    },
  )

  app.get(paths.admin.appearanceFile(), async (request, reply) => {
    requireOwner(request)
    return reply
      .header('cache-control', 'no-store')
      .header('content-disposition', 'attachment; filename="theme.json"')
      .type('application/json; charset=utf-8')
      .send(writeThemeFile(settings.get().dressed.theme))
  })

  app.post(
    paths.admin.appearanceVersionRestoration(':number'),
    { schema: { params: NumberParams } },
    async (request, reply) => {
      const visitor = requireOwner(request)
      const of = Number(request.params.number)
      const theme = await findTheme(app.db, of)
      if (!theme) throw notFound('version')
      await settings.refresh()
      const actor = { id: visitor.id, ip: request.ip }
      const now = settings.get().theme_number
      const number = await saveTheme(app.db, now, theme, actor, { action: 'theme.restored', of })
      await settings.refresh()
      if (number === undefined) throw conflict(text('themes.again'))
      return reply.redirect(`${paths.admin.appearance()}?restored`, 303)
    },
  )

  void app.register(async (app) => {
    await app.register(multipart, { limits: { files: 1, fileSize: largestFile, fields: 4, parts: 5, headerPairs: 50 } })
    app.post(paths.admin.appearanceFile(), { bodyLimit: formLimit }, async (request, reply) => {
      requireOwner(request)
      const refuse = async (status: number, message: string) =>
        await show(request, reply.code(status), { form: { errors: { file: message } } })
      const sent = await readFile(request)
      if (sent === 'large') return await refuse(413, text('themes.fileLarge'))
      if (!sent) return await refuse(422, text('themes.fileMissing'))
      const found = readThemeFile(sent)
      if ('looks' in found) {
        const theme = { ...settings.get().dressed.theme, ...found.looks }
        return await show(request, reply, { form: { values: formOf(theme) }, isDraft: true })
      }
      const reason =
        found.place === undefined ? text('themes.fileNotJson') : text('themes.fileWhere', { place: found.place })
      return await refuse(422, text('themes.fileBroken', { reason }))
    })
  })

  /** The theme that was typed, and what is wrong with it. */
  async function read(request: FastifyRequest, values: Fields): Promise<{ theme: Theme; errors: Fields }> {
    const errors = fieldErrors(request) ?? {}
    const { theme, troubles, menu } = themeOf(values)
    for (const [field, trouble] of Object.entries(troubles)) errors[field] ??= troubleWords(trouble)
    if (menu) errors.footer_menu ??= menu
    if (theme.logo && !errors.logo && !(await findLogo(app.db, { key: theme.logo })))
      errors.logo = text('themes.logoGone')
    return { theme, errors }
  }

  function formOf(theme: Theme): Fields {
    return { ...valuesOf(theme), number: String(settings.get().theme_number) }
  }

  type Shown = Partial<Pick<AppearanceProps, 'failures' | 'message' | 'done' | 'isDraft'>> & {
    form?: { values?: Fields; errors?: Fields }
  }

  async function show(request: FastifyRequest, reply: FastifyReply, { form, failures, ...more }: Shown) {
    const { theme, number } = settings.get().dressed
    const values = form?.values ?? formOf(theme)
    const [logos, versions] = [await listLogos(app.db, values.logo ?? ''), await listThemes(app.db)]
    allowFrames(allowScripts(reply))
    return reply.html(
      AppearancePage({
        page: request.page,
        form: { values, errors: form?.errors ?? {} },
        failures: failures ?? (form ? [] : failuresOf(theme)),
        refused: cleanCss((values.custom_css ?? '').slice(0, mostCss)).refused,
        logos,
        versions,
        number,
        ...more,
      }),
    )
  }
}

async function readFile(request: FastifyRequest): Promise<string | 'large' | undefined> {
  if (!request.isMultipart()) return undefined
  try {
    const file = await request.file()
    const bytes = await file?.toBuffer()
    return bytes && bytes.length > 0 ? bytes.toString('utf8') : undefined
  } catch (error) {
    if ((error as { code?: string }).code === 'FST_REQ_FILE_TOO_LARGE') return 'large'
    return undefined
  } finally {
    request.raw.resume()
  }
}

const assetText = assets.get('style.css')?.body.toString() ?? ''
