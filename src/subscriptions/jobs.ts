import type { Post } from '../mail/post.ts'
import { paths } from '../paths.ts'
import { canOpen, canRead, titleOf } from '../posts/post.ts'
import { findVisitorById } from '../sessions/queries.ts'
import { text } from '../texts/texts.ts'
import {
  type Told,
  type Unmailed,
  askForMail,
  createUnsubscribeLink,
  forgetUnmailed,
  listUnmailed,
  mostTold,
  nextMailAt,
  noteMailed,
} from './queries.ts'

/** One mail for all that waits: one comment as a rule, several where the account has had its mails of this hour. */
export async function sendCommentMail(reader: Told, post: Post): Promise<void> {
  const { db, mailer, origin, messageId, siteTitle } = post
  const at = await nextMailAt(db, reader)
  if (at) return await askForMail(db, reader, at)
  const visitor = 'user_id' in reader ? await findVisitorById(db, reader.user_id) : null
  const found = await listUnmailed(db, reader)
  const told = found.filter((comment) => canOpen(visitor, comment) && canRead(visitor, comment))
  const [first] = told
  if (first) {
    const post_ids = [...new Set(told.map(({ post_id }) => post_id))]
    const link = `${origin}${paths.unsubscribe(await createUnsubscribeLink(db, reader, post_ids))}`
    const title = titleOf(first)
    const count = told.length
    await mailer.send({
      to: first.email,
      messageId,
      subject:
        post_ids.length > 1
          ? text('subscriptions.subjectMany', { count, site: siteTitle() })
          : told.every(({ parent_id }) => parent_id !== null)
            ? text('subscriptions.subjectAnswers', { count, title })
            : text('subscriptions.subject', { count, title }),
      text: [
        ...told.map((comment) => said(comment, origin)),
        'user_id' in reader
          ? text('subscriptions.foot', { link, profile: `${origin}${paths.profile()}`, posts: post_ids.length })
          : text('subscriptions.guestFoot', { link, posts: post_ids.length }),
      ].join('\n\n'),
      headers: { 'List-Unsubscribe': `<${link}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    })
    await noteMailed(
      db,
      reader,
      told.map(({ id }) => id),
    )
  }
  const others = found.filter((comment) => !told.includes(comment)).map(({ id }) => id)
  if (others.length > 0) await forgetUnmailed(db, reader, others)
  if (found.length === mostTold) await askForMail(db, reader)
}

const longestQuote = 2000

/** A post that is found by its link alone is not led to by a number. */
function placeOf({ id, slug, visibility }: Unmailed): string {
  return visibility === 'unlisted' ? paths.comment(slug, id) : paths.commentPlace(id)
}

function said(comment: Unmailed, origin: string): string {
  const name = comment.author_name ?? text('comments.someone')
  const letters = Array.from(comment.body.trim())
  const body = letters.length > longestQuote ? `${letters.slice(0, longestQuote).join('')} …` : letters.join('')
  const lines = body.split(/\r\n|\r|\n/).map((line) => `> ${line}`)
  return [
    text('subscriptions.wrote', { name, title: titleOf(comment) }),
    lines.join('\n'),
    origin + placeOf(comment),
  ].join('\n\n')
}
