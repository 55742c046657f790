import { signsIn } from '../comment-rules/form-mark.ts'
import { type Verdict, verdictOn } from '../comment-rules/rules.ts'
import type { Db } from '../db/pool.ts'
import type { Visitor } from '../http/app.ts'
import { isTrusted } from '../moderation/moderation.ts'
import type { Settings } from '../settings/queries.ts'
import type { CommentInput } from './comment.ts'
import { isKnownHere } from './queries.ts'

type Post = { id: number; author_id: number | null; co_authors: { id: number }[] }

/** What the owner's rules say of a comment that comes. Whether somebody is known is asked only where it matters. */
export async function verdictFor(
  db: Db,
  rules: Settings,
  visitor: Visitor | null,
  post: Post,
  sent: Partial<CommentInput> & { body: string },
  { isKnownGuest = false, changing }: { isKnownGuest?: boolean | undefined; changing?: number } = {},
): Promise<Verdict> {
  const trap = sent.website
  // Of guests the form has to say when it was made.
  const mark = sent.mark ?? (visitor ? undefined : '')
  const signs = signsIn(rules.form_secret, post.id, { ...sent, mark, trap }, new Date())
  const isAsked =
    visitor !== null && (rules.comments_wait === 'first' || rules.spam_check_address !== '' || signs === 'fast')
  return verdictOn(rules, {
    body: sent.body,
    isTrusted: visitor !== null && isTrusted(visitor, post),
    isKnown: isKnownGuest || (isAsked && (await isKnownHere(db, visitor.id, changing))),
    signs,
  })
}
