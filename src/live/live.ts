import { takesComments } from '../comments/comment.ts'
import type { Visitor } from '../http/app.ts'
import { canOpen, canRead } from '../posts/post.ts'
import type { PublishedPost } from '../posts/queries.ts'
import type { Settings } from '../settings/queries.ts'

/** Comments that are asked for at once; a page asks again for more. */
export const mostAsked = 50

type Followed = Pick<
  PublishedPost,
  'kind' | 'visibility' | 'author_id' | 'co_authors' | 'comments_are_open' | 'published_at'
>

/** True where new comments appear by themselves: elsewhere a page has no script. */
export function isLive(
  settings: Pick<Settings, 'comments_are_live' | 'comments_are_open' | 'comments_close_after_days'>,
  post: Followed,
  visitor: Visitor | null,
  now: Date,
): boolean {
  if (!settings.comments_are_live || post.kind !== 'post') return false
  return canOpen(visitor, post) && canRead(visitor, post) && takesComments(settings, post, now)
}
