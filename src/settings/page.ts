import type { FastifyRequest } from 'fastify'
import type { App } from '../http/app.ts'
import { type QueueCounts, writeCount } from '../moderation/counter.ts'
import { canModerate } from '../moderation/moderation.ts'
import { isAdmin } from '../permissions/permission.ts'
import { teamSections } from '../permissions/team.ts'
import { canWrite } from '../posts/post.ts'
import { longestNext, safeNext } from '../sessions/session.ts'
import { text } from '../texts/texts.ts'
import type { CurrentSettings } from './current.ts'

/** Gives every request the frame of its page: the site's name and what the visitor may reach from the menu. */
export function framePages(app: App, settings: CurrentSettings): void {
  app.decorateRequest('page', {
    getter(this: FastifyRequest) {
      const { title, description, language, time_zone, menu_items, look, set_up_at, registration_is_open } =
        settings.get()
      const { visitor } = this
      return {
        site: {
          title,
          description,
          language,
          timeZone: time_zone,
          isSetUp: set_up_at !== null,
          menu: menu_items,
          look,
        },
        path: this.url,
        next: nextOf(this),
        visitor: visitor && {
          name: visitor.name,
          slug: visitor.slug,
          canWrite: canWrite(visitor),
          isOwner: isAdmin(visitor),
          team: teamSections(visitor),
          toModerate: canModerate(visitor) ? writeCount(waitingOf(this.queueCounts)) : undefined,
        },
        canRegister: registration_is_open && set_up_at !== null,
        ...(isAdmin(visitor) && !app.config.smtpUrl && { notice: text('settings.noMail') }),
      }
    },
  })
}

/** The page itself, or where its own address says. Pages that answer a form are none to come back to. */
function nextOf({ method, url }: FastifyRequest): string | undefined {
  const [path = '', query] = url.split('?', 2)
  const next = isWayIn.test(path) ? safeNext(new URLSearchParams(query).get('next') ?? undefined) : url
  return method === 'GET' && next.length <= longestNext ? next : undefined
}

const isWayIn = /^\/(sign-in|register|confirm|password|setup|comments\/(sent|confirm)|unsubscribe)(\/|$)/

function waitingOf(counts: QueueCounts | undefined): number {
  return counts ? counts.waiting + counts.reported : 0
}
