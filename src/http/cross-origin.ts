import { forbidden } from '../errors.ts'
import { text } from '../texts/texts.ts'
import type { App } from './app.ts'

/**
 * Refuses writes that another site's page sends with our visitor's cookies. Browsers say where a request comes from:
 * in Sec-Fetch-Site, or in Origin where that is missing. Without either it is no browser, and there is no such danger.
 */
export function refuseCrossOriginWrites(app: App): void {
  const ownOrigin = app.config.siteUrl.origin
  app.addHook('onRequest', (request, _, done) => {
    if (request.method === 'GET' || request.method === 'HEAD') return done()
    const site = request.headers['sec-fetch-site']
    const origin = request.headers.origin
    const isOwn = site
      ? site === 'same-origin' || site === 'none'
      : !origin || origin === ownOrigin || isSameHost(origin, request.host)
    done(isOwn ? undefined : forbidden(text('errors.otherSite')))
  })
}

function isSameHost(origin: string, host: string): boolean {
  return URL.parse(origin)?.host === host
}
