// Who did what to a post, for the audit log.
import { recordEvent, recordEventAndJob } from '../audit/queries.ts'
import { jobOf } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { isNews } from '../hub/hub.ts'
import { askToTellHub } from '../hub/queries.ts'

/** What happens by the clock has no address, and whoever asked for it may be gone. */
type Doer = { id: number | null; ip: string | null }

/** Called with the transaction that holds the deed; feeds that are different by it are told of after it. */
export async function recordDeed(db: Db, action: string, id: number, actor: Doer, title: string): Promise<void> {
  const subject = { type: 'post', id }
  const event = { action, actor_id: actor.id, client_ip: actor.ip, subject, description: title }
  if (shownDeeds.has(action))
    await recordEventAndJob(
      db,
      event,
      jobOf('digest-post', { post_id: id }, { key: `digest-post ${id}`, canWait: true }),
    )
  else await recordEvent(db, event)
  if (isNews(action)) await askToTellHub(db, id)
}

/** What may change what readers find: a job looks at the post again. */
const shownDeeds = new Set([
  'post.published',
  'post.unpublished',
  'post.changed',
  'post.restored',
  'post.deleted',
  'post.undeleted',
])
