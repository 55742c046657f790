import { type RawBuilder, sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import { daysDeleted } from '../comments/comment.ts'
import { lockThreads } from '../comments/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { conflict } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { holdPerson, keepOldSlug, record, setState, signOutEverywhere } from '../people/queries.ts'
import { keepingOwner } from '../permissions/queries.ts'
import { binPost } from '../post-bin/queries.ts'
import { text } from '../texts/texts.ts'
import type { Departure } from './departure.ts'

/** What somebody has, for the page that asks. */
export async function countBelongings(db: Db, id: number) {
  const { rows } = await sql<
    Record<'posts' | 'drafts' | 'comments' | 'reactions' | 'subscriptions' | 'pictures', number>
  >`
    select (select count(*)::int from posts where author_id = ${id}) as posts,
      (select count(*)::int from posts where author_id = ${id} and published_at is null) as drafts,
      (select count(*)::int from comments where author_id = ${id}) as comments,
      (select count(*)::int from reactions where user_id = ${id}) as reactions,
      (select count(*)::int from subscriptions where user_id = ${id}) as subscriptions,
      (select count(*)::int from media where uploaded_by = ${id}) as pictures`.execute(db)
  return rows[0] ?? { posts: 0, drafts: 0, comments: 0, reactions: 0, subscriptions: 0, pictures: 0 }
}
export type Belongings = Awaited<ReturnType<typeof countBelongings>>

/**
 * Closes the account at once, and leaves the rest to a job. Of a merge the roles go over in the same transaction, so the
 * blog keeps its owner. Throws as holdPerson(), and `conflict` for the last owner and for who is to get what somebody
 * else leaves.
 */
export async function beginDeparture(db: Db, departure: Departure, visitor: Visitor, ip: string): Promise<void> {
  const { user_id, kind, into_id, posts, comments } = departure
  await keepingOwner(db, async (db) => {
    // In one order everywhere.
    const ids = [user_id, into_id].filter((id) => id !== null).toSorted((a, b) => a - b)
    for (const id of ids) {
      const { state } = await holdPerson(db, id, visitor)
      if (id === into_id && state !== 'active') throw conflict(text('team.heirIsClosed'))
    }
    const heir = db.selectFrom('departures').select('user_id').where('into_id', '=', user_id).limit(1)
    if (await heir.executeTakeFirst()) throw conflict(text('team.isHeir'))
    const begun = { begun_by: visitor.id, client_ip: ip }
    await db
      .insertInto('departures')
      .values({ ...departure, ...begun })
      .execute()
    await signOutEverywhere(db, user_id)
    await setState(db, user_id, 'disabled')
    if (kind === 'merged' && into_id !== null) await mergeRights(db, user_id, into_id)
    await enqueue(db, 'remove-person', { user_id }, { canWait: true })
    const details = { posts, comments, ...(into_id !== null && { into: into_id }) }
    await record(db, `user.${noun[kind]}-begun`, user_id, { id: visitor.id, ip }, details)
  })
}

/** Undefined for who stays, and when all is done. */
export async function findDeparture(db: Db, user_id: number) {
  return await db
    .selectFrom('departures')
    .select(['user_id as id', 'kind', 'into_id', 'posts', 'comments', 'begun_at'])
    .where('user_id', '=', user_id)
    .executeTakeFirst()
}

const noun = { merged: 'merge', deleted: 'deletion', erased: 'erasure' } as const

async function mergeRights(db: Db, from: number, into: number): Promise<void> {
  await sql`insert into user_roles (user_id, role_id, assigned_at, assigned_by)
    select ${into}, role_id, assigned_at, assigned_by from user_roles where user_id = ${from} on conflict do nothing`.execute(
    db,
  )
  await sql`insert into group_memberships (user_id, group_id, created_at)
    select ${into}, group_id, created_at from group_memberships where user_id = ${from} on conflict do nothing`.execute(
    db,
  )
  await sql`delete from user_roles where user_id = ${from}`.execute(db)
  await sql`delete from group_memberships where user_id = ${from}`.execute(db)
  // Who was kept out stays out under the other name.
  await sql`update bans set user_id = ${into} where user_id = ${from} and (lifted_at is not null
    or not exists (select from bans as theirs where theirs.user_id = ${into} and theirs.lifted_at is null))`.execute(db)
}

type Begun = Departure & {
  begun_by: number | null
  client_ip: string | null
  slug: string
  name: string
  email: string | null
}

/**
 * One part of the work, in a transaction of its own. False when nothing is left and the account is gone; called again
 * after that it changes nothing.
 */
export async function goOnWithDeparture(db: Db, user_id: number): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const { rows } = await sql<Begun>`
      select departures.*, users.slug, users.name, users.email from departures join users on users.id = user_id
        where user_id = ${user_id} for update of departures`.execute(db)
    const [begun] = rows
    if (!begun) return false
    for (const step of steps) if ((await step(db, begun)) > 0) return true
    await end(db, begun)
    return false
  })
}

async function end(db: Db, { user_id, kind, into_id, slug, name, begun_by, client_ip }: Begun): Promise<void> {
  await db.deleteFrom('departures').where('user_id', '=', user_id).execute()
  if (kind === 'merged' && into_id !== null) await keepOldSlug(db, slug, into_id)
  await db.deleteFrom('users').where('id', '=', user_id).execute()
  const own = begun_by === user_id
  await recordEvent(db, {
    action: `user.${kind}`,
    actor_id: own ? null : begun_by,
    client_ip: own ? null : client_ip,
    subject: { type: 'user', id: user_id },
    // Of who had themselves erased no name stays.
    description: kind === 'erased' ? '' : name,
    ...(into_id !== null && { details: { into: into_id } }),
  })
}

const some = 500
const fewPosts = 50

type Step = (db: Db, begun: Begun) => Promise<number>

/** Each does a part of its kind and answers how much; none is left when it answers 0. In this order. */
const steps: Step[] = [
  takePosts,
  takeCoAuthorships,
  takeComments,
  takeGuestComments,
  ...(['reactions.post_id', 'comment_tellings.comment_id', 'comment_reports.comment_id'] as const).map(ofOnePerson),
  takeSubscriptions,
  takeInvitations,
  ...[
    'unsubscribe_tokens.user_id',
    'old_user_slugs.user_id',
    'posts.updated_by',
    'post_revisions.author_id',
    'post_drafts.updated_by',
    'comment_versions.replaced_by',
    'post_links.created_by',
    'redirects.created_by',
    'theme_versions.created_by',
    'post_bin.deleted_by',
    'scheduled_posts.scheduled_by',
    'user_roles.assigned_by',
    'role_permissions.granted_by',
    'imports.started_by',
    'bans.created_by',
    'invitations.invited_by',
    'invitations.accepted_by',
  ].map(whoDidIt),
  takePictures,
  takeEvents,
]

async function takePosts(db: Db, { user_id, into_id, posts, begun_by, client_ip }: Begun): Promise<number> {
  const size = posts === 'bin' ? fewPosts : some
  const { rows } = await sql<{ id: number }>`
    select id from posts where author_id = ${user_id} order by id limit ${sql.lit(size)} for update`.execute(db)
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0) return 0
  if (posts === 'bin') for (const id of ids) await binPost(db, id, { id: begun_by, ip: client_ip })
  if (posts === 'give')
    await sql`delete from post_authors where user_id = ${into_id} and post_id in (${sql.join(ids)})`.execute(db)
  await sql`update posts set author_id = ${posts === 'give' ? into_id : null}::bigint where id in (${sql.join(ids)})`.execute(
    db,
  )
  return ids.length
}

async function takeCoAuthorships(db: Db, { user_id, into_id, posts }: Begun): Promise<number> {
  const { rows } = await sql<{ post_id: number; position: number }>`
    delete from post_authors where ctid = any (array(
      select ctid from post_authors where user_id = ${user_id} limit ${sql.lit(some)})) returning post_id, position`.execute(
    db,
  )
  if (rows.length > 0 && posts === 'give') {
    await sql`insert into post_authors (post_id, user_id, position)
      select row.post_id, ${into_id}::bigint, row.position
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as row (post_id bigint, position smallint)
        join posts on posts.id = row.post_id and posts.author_id is distinct from ${into_id}::bigint
      on conflict do nothing`.execute(db)
  }
  return rows.length
}

async function takeComments(db: Db, { user_id, into_id, comments }: Begun): Promise<number> {
  return await disposeOf(
    db,
    sql`author_id = ${user_id}`,
    comments,
    sql`author_id = ${comments === 'give' ? into_id : null}::bigint`,
  )
}

/** What somebody wrote as a guest of the same, proved, address is theirs as well. */
async function takeGuestComments(db: Db, { kind, email, comments }: Begun): Promise<number> {
  if (kind === 'merged' || email === null) return 0
  const same = sql`lower(guests.email) = lower(${email}) and guests.confirmed_at is not null`
  const theirs = sql`guest_id in (select id from guests where ${same})`
  const some = await disposeOf(db, theirs, comments, sql`guest_id = null`)
  if (some > 0) return some
  const { rows } = await sql`delete from guests where ${same} returning id`.execute(db)
  return rows.length
}

/** Emptied ones cannot be had back, and go for good with the others that were deleted long ago. */
async function disposeOf(
  db: Db,
  whose: RawBuilder<unknown>,
  choice: Departure['comments'],
  owner: RawBuilder<unknown>,
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select id from comments where ${whose} limit ${sql.lit(some)}`.execute(db)
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0) return 0
  if (choice !== 'empty') {
    await sql`update comments set ${owner} where id in (${sql.join(ids)}) and ${whose}`.execute(db)
    return ids.length
  }
  await lockThreads(db, ids)
  await sql`delete from comment_versions where comment_id in (${sql.join(ids)})`.execute(db)
  await sql`
    update comments set ${owner}, body = '', body_html = '', version = version + 1, edited_at = null,
        deleted_at = least(deleted_at, now() - make_interval(days => ${sql.lit(daysDeleted + 1)}))
      where id in (${sql.join(ids)}) and ${whose}`.execute(db)
  return ids.length
}

/** One for each person and thing: what both have goes, the rest goes over, or goes as well where there is nobody. */
function ofOnePerson(path: 'reactions.post_id' | 'comment_tellings.comment_id' | 'comment_reports.comment_id'): Step {
  const [table = '', thing = ''] = path.split('.')
  const owner = sql.ref(table === 'comment_reports' ? 'reporter_id' : 'user_id')
  const [rows, about] = [sql.table(table), sql.ref(thing)]
  return async (db, { user_id, into_id, kind }) => {
    const isMine = sql`${rows}.${owner} = ${user_id}`
    const doubled = sql`exists (select from ${rows} as theirs
      where theirs.${owner} = ${into_id}::bigint and theirs.${about} = ${rows}.${about})`
    const condition = kind === 'merged' ? sql`${isMine} and ${doubled}` : isMine
    const gone = await part(db, sql`delete from ${rows}`, table, condition)
    if (gone > 0 || kind !== 'merged') return gone
    return await part(db, sql`update ${rows} set ${owner} = ${into_id}::bigint`, table, isMine)
  }
}

async function takeSubscriptions(db: Db, { user_id, into_id, kind }: Begun): Promise<number> {
  const isMine = sql`subscriptions.user_id = ${user_id}`
  const doubled = sql`exists (select from subscriptions as theirs where theirs.user_id = ${into_id}::bigint
    and theirs.post_id = subscriptions.post_id and theirs.thread_id is not distinct from subscriptions.thread_id)`
  const condition = kind === 'merged' ? sql`${isMine} and ${doubled}` : isMine
  const gone = await part(db, sql`delete from subscriptions`, 'subscriptions', condition)
  if (gone > 0 || kind !== 'merged') return gone
  return await part(db, sql`update subscriptions set user_id = ${into_id}::bigint`, 'subscriptions', isMine)
}

/** They name the address, also one of before. */
async function takeInvitations(db: Db, { user_id, kind, email }: Begun): Promise<number> {
  if (kind === 'merged') return 0
  const theirs = sql`accepted_by = ${user_id} or lower(invitations.email) = lower(${email}::text)`
  return await part(db, sql`delete from invitations`, 'invitations', theirs)
}

/** Of a merge it was the other one; otherwise nobody is named. What cannot be nobody's goes with the account. */
function whoDidIt(path: string): Step {
  const [table = '', column = ''] = path.split('.')
  return async (db, { user_id, into_id, kind }) => {
    if (kind !== 'merged' && column === 'user_id') return 0
    const who = kind === 'merged' ? into_id : null
    const deed = sql`update ${sql.table(table)} set ${sql.ref(column)} = ${who}::bigint`
    return await part(db, deed, table, sql`${sql.ref(column)} = ${user_id}`)
  }
}

async function takePictures(db: Db, { user_id, into_id, posts }: Begun): Promise<number> {
  const deed = sql`update media set uploaded_by = ${posts === 'give' ? into_id : null}::bigint`
  return await part(db, deed, 'media', sql`uploaded_by = ${user_id}`)
}

/** What was done stays written down. Of who had themselves erased, not from where. */
async function takeEvents(db: Db, { user_id, into_id, kind }: Begun): Promise<number> {
  const who = kind === 'merged' ? into_id : null
  const where = kind === 'erased' ? sql`, client_ip = null, token_name = null` : sql``
  const deed = sql`update audit_events set actor_id = ${who}::bigint ${where}`
  return await part(db, deed, 'audit_events', sql`actor_id = ${user_id}`)
}

async function part(db: Db, deed: RawBuilder<unknown>, table: string, condition: RawBuilder<unknown>): Promise<number> {
  const rows = sql.table(table)
  const { numAffectedRows = 0n } = await sql`
    ${deed} where ${rows}.ctid = any (array(select ctid from ${rows} where ${condition} limit ${sql.lit(some)}))`.execute(
    db,
  )
  return Number(numAffectedRows)
}
