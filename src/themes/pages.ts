// The stylesheet of readers' pages, where the blog has a theme.
import { Type } from 'typebox'
import { assetPath } from '../html/assets.ts'
import type { App } from '../http/app.ts'
import { formsTaken } from '../http/negotiation.ts'
import { paths } from '../paths.ts'
import type { CurrentSettings } from '../settings/current.ts'

const FileParams = Type.Object({ file: Type.String({ pattern: '^[0-9a-f]{16}\\.css$' }) })

export function themePages(app: App, settings: CurrentSettings) {
  app.get(paths.themeStylesheet(':file'), { schema: { params: FileParams } }, async (request, reply) => {
    const { file } = request.params
    const isKnown = () => `${settings.get().dressed.sheet?.hash}.css` === file
    // Another process may have made the page, and heard of the theme before this one.
    if (!isKnown()) await settings.refresh()
    const { sheet } = settings.get().dressed
    // A page from before a change gets the look of now, rather than none.
    if (!sheet) return reply.header('cache-control', 'no-store').redirect(assetPath('style.css'), 302)
    reply
      .header('cache-control', isKnown() ? 'public, max-age=31536000, immutable' : 'no-store')
      .header('etag', `"${sheet.hash}"`)
      .header('vary', 'accept-encoding')
      .type('text/css; charset=utf-8')
    if (request.headers['if-none-match']?.includes(sheet.hash)) return reply.code(304).send()
    const taken = formsTaken(request.headers['accept-encoding'])
    if (taken.includes('br')) return reply.header('content-encoding', 'br').send(await sheet.brotli())
    if (taken.includes('gzip')) return reply.header('content-encoding', 'gzip').send(await sheet.gzip())
    return reply.send(sheet.body)
  })
}
