import type { Db } from '../db/pool.ts'
import type { Fetcher } from '../outbound/fetcher.ts'
import { OutboundError } from '../outbound/outbound-error.ts'
import { paths } from '../paths.ts'
import { type ToCheck, askAgain, findToCheck, keepVerdict } from './queries.ts'

/** After each try that failed; then the comment waits for a person. */
const pausesMinutes = [1, 10, 60]

/** Asks as Akismet documents its comment-check: "true" is spam, "false" is none, anything else decides nothing. */
export async function checkComment(
  db: Db,
  fetcher: Fetcher,
  origin: string,
  { comment_id, tries }: { comment_id: number; tries: number },
): Promise<void> {
  const comment = await findToCheck(db, comment_id)
  if (!comment) return
  try {
    const form = formOf(comment, origin)
    const { body } = await fetcher(comment.spam_check_address, {
      types: ['text/plain', 'text/html'],
      maxBytes: 1000,
      form: new URLSearchParams(form),
    })
    const answer = body.toString('utf8').trim()
    if (answer === 'true') await keepVerdict(db, comment_id, comment.version, 'spam')
    if (answer === 'false') await keepVerdict(db, comment_id, comment.version, 'approved')
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    const pause = error.isFinal ? undefined : pausesMinutes[tries]
    if (pause !== undefined) await askAgain(db, comment_id, tries + 1, new Date(Date.now() + pause * 60_000))
  }
}

function formOf(comment: ToCheck, origin: string): Record<string, string> {
  return {
    api_key: comment.spam_check_key,
    blog: origin,
    blog_lang: comment.language,
    blog_charset: 'UTF-8',
    user_ip: comment.client_ip,
    permalink: origin + paths.post(comment.post_slug),
    comment_type: comment.parent_id === null ? 'comment' : 'reply',
    comment_author: comment.name,
    comment_author_email: comment.email ?? '',
    comment_content: comment.body,
    comment_date_gmt: comment.created_at.toISOString(),
  }
}
