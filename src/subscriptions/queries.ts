import { type RawBuilder, sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import { type Jobs, enqueue } from '../db/enqueue.ts'
import { deleteSome } from '../db/delete-some.ts'
import type { Db } from '../db/pool.ts'
import { coAuthors, isPublic } from '../post-states/queries.ts'
import { hashToken, newToken } from '../sessions/session.ts'

/** Of one account; the oldest makes room for a new one. */
const mostSubscriptions = 500
/** On the profile, the newest first. */
const subscriptionsShown = 100
/** In one mail. */
export const mostTold = 50
/** So many mails an hour; what comes meanwhile is told together. */
const mailsAnHour = 5
/** Links in mails are good for so long. */
const daysOfLinks = 180
/** More than there are processes, so that who shares one hardly waits for it. */
const mailQueues = 64
/** Half a second of work; another job goes on. */
const mostAtOnce = 1000
/** Comments whose readers are looked for at once. */
const mostTogether = 200

/** Who is told: an account, or a guest who has none. */
export type Told = { user_id: number } | { guest_id: number }

/** SQL: true of the rows of this one. */
function isOf(told: Told, table: string) {
  return 'user_id' in told
    ? sql<boolean>`${sql.ref(`${table}.user_id`)} = ${told.user_id}`
    : sql<boolean>`${sql.ref(`${table}.guest_id`)} = ${told.guest_id}`
}

function columnOf(told: Told) {
  return sql.ref('user_id' in told ? 'user_id' : 'guest_id')
}

function readerOf({ user_id, guest_id }: { user_id: number | null; guest_id: number | null }): Told {
  return user_id === null ? { guest_id: guest_id ?? 0 } : { user_id }
}

function idOf(told: Told): number {
  return 'user_id' in told ? told.user_id : told.guest_id
}

export type Wish = { ofThread: boolean; ofPost: boolean }

/** Call it in the transaction that writes the comment. Twice is once. */
export async function subscribe(db: Db, told: Told, comment_id: number, { ofThread, ofPost }: Wish): Promise<void> {
  if (!ofThread && !ofPost) return
  const thread = (id: RawBuilder<unknown>) => sql`
    insert into subscriptions (${columnOf(told)}, post_id, thread_id)
      select ${idOf(told)}::bigint, post_id, ${id} from comments where id = ${comment_id}
      on conflict (user_id, guest_id, post_id, thread_id) do update set is_muted = false, created_at = now()`
  if (ofThread) await thread(sql`coalesce(root_id, id)`).execute(db)
  if (ofPost) await thread(sql`null::bigint`).execute(db)
  await sql`
    delete from subscriptions where ${isOf(told, 'subscriptions')} and id in (
      select id from subscriptions where ${isOf(told, 'subscriptions')} order by created_at desc, id desc
        offset ${sql.lit(mostSubscriptions)})`.execute(db)
}

/** SQL: true of `users` who are to be told of `comments` below `posts`, whatever their rights. */
const wants = sql`(
  exists (select from subscriptions where subscriptions.user_id = users.id and subscriptions.post_id = posts.id
    and not is_muted and (thread_id is null or thread_id = coalesce(comments.root_id, comments.id)))
  or (users.is_told_of_comments
    and (users.id = posts.author_id
      or exists (select from post_authors where post_authors.post_id = posts.id and post_authors.user_id = users.id))
    and not exists (select from subscriptions
      where subscriptions.user_id = users.id and subscriptions.post_id = posts.id and is_muted)))`

/** SQL: never who wrote it, nor who cannot be written to. */
const canBeTold = sql`users.state = 'active' and users.email is not null and users.email_confirmed_at is not null
  and users.id is distinct from comments.author_id`

/** SQL: true of `readers`, who are guests, as the two above are of `users`. */
const guestWants = sql`exists (select from subscriptions where subscriptions.guest_id = readers.id
  and subscriptions.post_id = posts.id and (thread_id is null or thread_id = coalesce(comments.root_id, comments.id)))`
const guestCanBeTold = sql`readers.confirmed_at is not null and readers.id is distinct from comments.guest_id`

/** SQL: what everybody may read by now. */
const isShown = sql`comments.shown = 'whole' and posts.kind = 'post' and ${isPublic}`

/**
 * Notes who is to be told of the comment, and enqueues their mails: those who were not mailed it, and who were not noted
 * `since` this began. It may have been hidden before a mail went, and the mail left it out.
 */
export async function noteTellings(db: Db, { comment_id, since }: Jobs['tell-of-comment']): Promise<void> {
  await db.transaction().execute(async (db) => await note(db, [comment_id], since))
}

/** The same of those that wait together, some at a time. Another process that does so at once has others. */
export async function noteWaitingTellings(db: Db): Promise<void> {
  for (let count = mostTogether; count === mostTogether;)
    count = await db.transaction().execute(async (db) => {
      const { rows } = await sql<{ comment_id: number }>`
        delete from comments_to_tell where comment_id in (
          select comment_id from comments_to_tell order by comment_id limit ${sql.lit(mostTogether)} for update skip locked)
          returning comment_id`.execute(db)
      if (rows.length > 0)
        await note(
          db,
          rows.map(({ comment_id }) => comment_id),
        )
      return rows.length
    })
}

async function note(db: Db, ids: number[], since?: string): Promise<void> {
  const beginning = sql`coalesce(${since ?? null}::text::timestamptz, now())`
  const isOne = sql`comments.id in (select given::bigint from jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb) as given)`
  const { rows } = await sql<{ user_id: number; since: string }>`
    insert into comment_tellings (user_id, comment_id)
      select users.id, comments.id from comments
        join posts on posts.id = comments.post_id
        join lateral (
          select user_id from subscriptions where subscriptions.post_id = posts.id
          union select posts.author_id
          union select user_id from post_authors where post_authors.post_id = posts.id) as people on true
        join users on users.id = people.user_id
        where ${isOne} and ${isShown} and ${canBeTold} and ${wants}
          and not exists (select from comment_tellings as told
            where told.user_id = users.id and told.comment_id = comments.id
              and (told.mailed_at is not null or told.told_at >= ${beginning}))
        limit ${sql.lit(mostAtOnce)}
      on conflict (user_id, guest_id, comment_id) do update set told_at = now()
        where comment_tellings.mailed_at is null
      returning user_id, ${beginning}::text as since`.execute(db)
  for (const user_id of new Set(rows.map(({ user_id }) => user_id))) await askForMail(db, { user_id })
  const { rows: guests } = await sql<{ guest_id: number; since: string }>`
    insert into comment_tellings (guest_id, comment_id)
      select readers.id, comments.id from comments
        join posts on posts.id = comments.post_id
        join lateral (select distinct guest_id from subscriptions
          where subscriptions.post_id = posts.id and guest_id is not null) as people on true
        join guests as readers on readers.id = people.guest_id
        where ${isOne} and ${isShown} and ${guestCanBeTold} and ${guestWants}
          and not exists (select from comment_tellings as told
            where told.guest_id = readers.id and told.comment_id = comments.id
              and (told.mailed_at is not null or told.told_at >= ${beginning}))
        limit ${sql.lit(mostAtOnce)}
      on conflict (user_id, guest_id, comment_id) do update set told_at = now()
        where comment_tellings.mailed_at is null
      returning guest_id, ${beginning}::text as since`.execute(db)
  for (const guest_id of new Set(guests.map(({ guest_id }) => guest_id))) await askForMail(db, { guest_id })
  const first = rows[0] ?? guests[0]
  if (!first || Math.max(rows.length, guests.length) < mostAtOnce) return
  // Each goes on by itself.
  for (const comment_id of ids)
    await enqueue(db, 'tell-of-comment', { comment_id, since: first.since }, { canWait: true })
}

/** When this account may have its next mail: undefined for now. */
export async function nextMailAt(db: Db, told: Told): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date }>`
    select mailed_at + interval '1 hour' as at from (
      select distinct mailed_at from comment_tellings
        where ${isOf(told, 'comment_tellings')} and mailed_at > now() - interval '1 hour'
        order by mailed_at desc limit ${sql.lit(mailsAnHour)}) as sent
      order by mailed_at desc offset ${sql.lit(mailsAnHour - 1)}`.execute(db)
  return rows[0]?.at
}

/** What this account was not mailed yet and may still be told, the oldest first; rights are the caller's to look at. */
export async function listUnmailed(db: Db, told: Told) {
  const isGuest = 'guest_id' in told
  const reader = isGuest
    ? sql`guests as readers on readers.id = comment_tellings.guest_id`
    : sql`users on users.id = comment_tellings.user_id`
  const email = sql.ref(isGuest ? 'readers.email' : 'users.email')
  const may = isGuest ? sql`${guestCanBeTold} and ${guestWants}` : sql`${canBeTold} and ${wants}`
  const { rows } = await sql<{
    id: number
    parent_id: number | null
    body: string
    author_name: string | null
    email: string
    post_id: number
    slug: string
    title: string
    visibility: string
    author_id: number | null
    co_authors: { id: number }[]
  }>`
    select comments.id, comments.parent_id, left(comments.body, 2001) as body, coalesce(writers.name, guests.name) as author_name, ${email}, posts.id as post_id,
      posts.slug, posts.title, posts.visibility, posts.author_id, ${coAuthors} as co_authors
      from comment_tellings
        join comments on comments.id = comment_tellings.comment_id
        join posts on posts.id = comments.post_id
        join ${reader}
        left join users as writers on writers.id = comments.author_id
        left join guests on guests.id = comments.guest_id
      where ${isOf(told, 'comment_tellings')} and mailed_at is null and ${isShown} and ${may}
      order by comments.id limit ${sql.lit(mostTold)}`.execute(db)
  return rows
}
export type Unmailed = Awaited<ReturnType<typeof listUnmailed>>[number]

/** What was told, at one moment for one mail. */
export async function noteMailed(db: Db, told: Told, ids: number[]): Promise<void> {
  await db
    .updateTable('comment_tellings')
    .set({ mailed_at: sql<Date>`now()` })
    .where(isOf(told, 'comment_tellings'))
    .where('comment_id', 'in', ids)
    .execute()
}

/** What is not to be told by now. Approved again, it is told. */
export async function forgetUnmailed(db: Db, told: Told, ids: number[]): Promise<void> {
  await db
    .deleteFrom('comment_tellings')
    .where(isOf(told, 'comment_tellings'))
    .where('comment_id', 'in', ids)
    .where('mailed_at', 'is', null)
    .execute()
}

/** One mail to an account is on its way at a time: what comes meanwhile waits until it is known what that one told. */
export async function askForMail(db: Db, told: Told, at?: Date): Promise<void> {
  const id = idOf(told)
  const key = 'user_id' in told ? `comment-mail-${id}` : `comment-mail-guest-${id}`
  const queue = `comment-mail-${id % mailQueues}`
  await enqueue(db, 'send-comment-mail', told, { key, queue, canWait: true, ...(at && { at }) })
}

/** A link that ends the mails about these posts; the table holds its hash. */
export async function createUnsubscribeLink(db: Db, told: Told, post_ids: number[]): Promise<string> {
  const { token, token_hash } = newToken()
  const rows = post_ids.map((post_id) => ({ token_hash, ...told, post_id }))
  await db.insertInto('unsubscribe_tokens').values(rows).execute()
  return token
}

/** The titles of the posts whose mails the link ends; empty for a link that is not ours. */
export async function findUnsubscribeLink(db: Db, token: string) {
  return await db
    .selectFrom('unsubscribe_tokens')
    .innerJoin('posts', 'posts.id', 'unsubscribe_tokens.post_id')
    .select(['unsubscribe_tokens.user_id', 'unsubscribe_tokens.guest_id', 'posts.id as post_id', 'posts.title'])
    .where('token_hash', '=', hashToken(token))
    .orderBy('posts.id')
    .limit(mostTold)
    .execute()
}

/**
 * Nothing for a link that is not ours. A second call changes nothing and is not recorded; who subscribed again meanwhile is ended
 * again.
 */
export async function unsubscribe(db: Db, token: string, ip: string) {
  return await db.transaction().execute(async (db) => {
    const posts = await findUnsubscribeLink(db, token)
    const [first] = posts
    if (!first) return []
    let ended = 0
    for (const { post_id } of posts) ended += await endPost(db, readerOf(first), post_id)
    const subject = { type: first.user_id === null ? 'guest' : 'user', id: idOf(readerOf(first)) }
    if (ended > 0)
      await recordEvent(db, { action: 'subscription.ended', actor_id: first.user_id, client_ip: ip, subject })
    return posts
  })
}

/** All mails about a post to one account: those it asked for, and those that its author gets. Answers how many ended. */
async function endPost(db: Db, told: Told, post_id: number): Promise<number> {
  const ended = await db
    .deleteFrom('subscriptions')
    .where(isOf(told, 'subscriptions'))
    .where('post_id', '=', post_id)
    .where('is_muted', '=', false)
    .returning('id')
    .execute()
  if ('guest_id' in told) return ended.length
  const { user_id } = told
  const { rows: muted } = await sql`
    insert into subscriptions (user_id, post_id, is_muted)
      select ${user_id}::bigint, posts.id, true from posts where posts.id = ${post_id}
        and (posts.author_id = ${user_id}
          or exists (select from post_authors where post_authors.post_id = posts.id and user_id = ${user_id}))
      on conflict do nothing returning id`.execute(db)
  return ended.length + muted.length
}

export async function listSubscriptions(db: Db, user_id: number) {
  return await db
    .selectFrom('subscriptions')
    .innerJoin('posts', 'posts.id', 'subscriptions.post_id')
    .select(['subscriptions.id', 'subscriptions.thread_id', 'posts.slug', 'posts.title', 'posts.visibility'])
    .select(['posts.author_id', coAuthors.as('co_authors')])
    .where('subscriptions.user_id', '=', user_id)
    .where('is_muted', '=', false)
    .where(isPublic)
    .orderBy('subscriptions.created_at', 'desc')
    .orderBy('subscriptions.id', 'desc')
    .limit(subscriptionsShown)
    .execute()
}
export type Subscription = Awaited<ReturnType<typeof listSubscriptions>>[number]

/** Somebody else's is left alone; one that is gone stays so. */
export async function endSubscription(db: Db, user_id: number, id: number): Promise<void> {
  await db.deleteFrom('subscriptions').where('user_id', '=', user_id).where('id', '=', id).execute()
}

export async function isToldOfComments(db: Db, user_id: number): Promise<boolean> {
  const query = db.selectFrom('users').select('is_told_of_comments').where('id', '=', user_id)
  return (await query.executeTakeFirst())?.is_told_of_comments ?? false
}

export async function setToldOfComments(db: Db, user_id: number, isTold: boolean): Promise<void> {
  await db.updateTable('users').set({ is_told_of_comments: isTold }).where('id', '=', user_id).execute()
}

/**
 * Who was told half a year ago of a comment that is approved once more may hear of it again. Some were never mailed: the
 * comment was hidden before, and stayed so.
 */
export async function deleteOldTellings(db: Db): Promise<number> {
  const isOld = sql`mailed_at < now() - interval '180 days'
    or (mailed_at is null and told_at < now() - interval '180 days')`
  return await deleteSome(db, 'comment_tellings', isOld)
}

export async function deleteOldUnsubscribeLinks(db: Db): Promise<number> {
  const isOld = sql`created_at < now() - make_interval(days => ${sql.lit(daysOfLinks)})`
  return await deleteSome(db, 'unsubscribe_tokens', isOld)
}
