import { sentenceOf } from '../bans/require-no-ban.ts'
import { signsIn } from '../comment-rules/form-mark.ts'
import { type Verdict, verdictOn } from '../comment-rules/rules.ts'
import type { Db } from '../db/pool.ts'
import type { Visitor } from '../http/app.ts'
import { canModerate, isTrusted } from '../moderation/moderation.ts'
import type { Settings } from '../settings/queries.ts'
import type { CommentInput } from './comment.ts'
import { countComment } from './queries.ts'

type Post = { id: number; author_id: number | null; co_authors: { id: number }[] }

type Knowledge = {
  /** Something is shown that they said here. */
  isKnown?: boolean | undefined
}

/** What the owner's rules say of a comment that comes. */
export function verdictFor(
  rules: Settings,
  visitor: Visitor | null,
  post: Post,
  sent: Partial<CommentInput> & { body: string },
  { isKnown = false }: Knowledge,
): Verdict {
  const trap = sent.website
  // Of guests the form has to say when it was made.
  const mark = sent.mark ?? (visitor ? undefined : '')
  return verdictOn(rules, {
    body: sent.body,
    isTrusted: visitor !== null && isTrusted(visitor, post),
    isKnown,
    signs: signsIn(rules.form_secret, post.id, { ...sent, mark, trap }, new Date()),
  })
}

/** Counts the comment of an account, or of its change. Throws `too_many`. `ban` says why it may not, in a sentence. */
export async function admit(db: Db, visitor: Visitor, ip: string, language: string, changing?: number) {
  const { isKnown, ban } = await countComment(db, visitor.id, ip, changing)
  return { isKnown, ban: ban && !canModerate(visitor) ? sentenceOf(ban, language) : undefined }
}
