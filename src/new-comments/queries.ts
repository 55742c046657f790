// How a comment comes into the table.
import { sql } from 'kysely'
import { eventOf } from '../audit/queries.ts'
import { currentWay } from '../audit/way.ts'
import type { Verdict } from '../comment-rules/rules.ts'
import { isAnnounced } from '../db/announce.ts'
import { compiledWrite } from '../db/compiled.ts'
import { addJob } from '../db/enqueue.ts'
import { gathered } from '../db/gathered.ts'
import type { Db } from '../db/pool.ts'
import { lastLevel } from '../discussions/discussion.ts'
import type { NewGuest } from '../guests/guest.ts'

/** An account; or a guest who is known by a cookie, or has just filled in the form. */
export type Writer = { id: number | null; ip: string; guest_id?: number; guest?: NewGuest }

type Rendered = { body: string; body_format: string; body_html: string }
type NewComment = Rendered & Verdict & { post_id: number; parent: number | undefined; submission_key: string | null }

/**
 * The comment with its new guest, its audit line and its job, in one statement, which those share that come at once. Without an id when the key was used, or
 * what it answers is not to be read any more.
 */
export async function insertComment(
  db: Db,
  { parent, ...comment }: NewComment,
  { id: author_id, ip, ...writer }: Writer,
) {
  const { name: guest_name = null, email: guest_email = null } = writer.guest ?? {}
  const guest = { guest_name, guest_email, guest_id: writer.guest_id ?? null }
  const values = { ...comment, ...guest, parent: parent ?? null, author_id, ip }
  const shape: Shape = {
    isAnswer: parent !== undefined,
    isOfNewGuest: writer.guest !== undefined,
    // What is held for somebody's word is none of the four that ask for a job.
    asks: comment.held_for === 'asked' || comment.held_for === 'unconfirmed' ? comment.held_for : null,
    isWithin: db.isTransaction,
  }
  // A way by which it came is written into the statement.
  if (currentWay()) return (await insertion(values, shape).execute(db)).rows[0] ?? nothingWritten
  const isSimple = !shape.isAnswer && !shape.isOfNewGuest && shape.asks === null && !shape.isWithin
  return await (isSimple ? insertAtOnce(db, values) : insertAlone(db, values, shape))
}

async function insertAlone(db: Db, values: Inserted, shape: Shape): Promise<Insertion> {
  const key = JSON.stringify(shape)
  const insert = insertions.get(key) ?? compiledWrite((_, values: Inserted) => insertion(values, shape))
  insertions.set(key, insert)
  return (await insert(db, values))[0] ?? nothingWritten
}

type Shape = { isAnswer: boolean; isOfNewGuest: boolean; asks: 'asked' | 'unconfirmed' | null; isWithin: boolean }
type Inserted = Omit<NewComment, 'parent'> & {
  parent: number | null
  author_id: number | null
  ip: string
  guest_id: number | null
  guest_name: string | null
  guest_email: string | null
}
type Insertion = { id: number | null; guest_id: number | null }

const insertions = new Map<string, (db: Db, values: Inserted) => Promise<Insertion[]>>()
const nothingWritten: Insertion = { id: null, guest_id: null }

const simple: Shape = { isAnswer: false, isOfNewGuest: false, asks: null, isWithin: false }
const mostAtOnce = 32
/** A row that somebody holds, such as a post while it is saved, keeps only its own comment waiting: each is written alone then. */
const patienceMs = 100

const insertAtOnce = gathered<Inserted, Insertion>(
  mostAtOnce,
  async (db, values) => await insertAlone(db, values, simple),
  async (db, all) => {
    const rows = await insertAll(db, { all: JSON.stringify(all.map((values, nth) => ({ nth, ...values }))) })
    const ids = new Map(rows.map(({ nth, id }) => [nth, id]))
    return all.map(({ guest_id }, nth) => ({ id: ids.get(nth) ?? null, guest_id }))
  },
)

/** As insertion() of each that is simple; one whose key another has, here or before, has no row. */
const insertAll = compiledWrite(
  (_, { all }: { all: string }) => sql<{ nth: number; id: number }>`
    with patience as materialized (select set_config('lock_timeout', ${sql.lit(`${patienceMs}ms`)}, true)),
      sent as materialized (
        select nextval(pg_get_serial_sequence('public.comments', 'id')) as id, ${isAnnounced} as is_announced, given.*
          from jsonb_to_recordset(${all}::text::jsonb) as given (nth int, post_id bigint, author_id bigint, guest_id bigint,
            body text, body_format text, body_html text, submission_key uuid, state text, held_for text, ip text), patience
          order by given.nth),
      written as (
        insert into comments (id, post_id, author_id, guest_id, body, body_format, body_html, submission_key, state, held_for)
          select id, post_id, author_id, guest_id, body, body_format, body_html, submission_key, state, held_for from sent
          on conflict (submission_key) do nothing
          returning id),
      deeds as (select sent.* from sent join written using (id)),
      noted as (${eventOf(
        {
          action: 'comment.created',
          actor_id: sql.ref('author_id'),
          client_ip: sql.ref('ip'),
          subject: { type: 'comment' },
          details: detailsOf({ state: sql.ref('state'), held_for: sql.ref('held_for') }),
        },
        sql`deeds`,
      )})
    select nth, id from deeds`,
)

/** SQL: what the audit log says of the verdict. */
function detailsOf({ state, held_for }: { state: unknown; held_for: unknown }) {
  return sql`case when ${held_for}::text is null then '{}'
    else jsonb_build_object('state', ${state}::text, 'held_for', ${held_for}::text) end`
}

function insertion(values: Inserted, { isAnswer, isOfNewGuest, asks, isWithin }: Shape) {
  const { post_id, parent, author_id, body, body_format, body_html, submission_key, state, held_for } = values
  const guest = isOfNewGuest
    ? sql`guest as (insert into guests (name, email) values (${values.guest_name}, ${values.guest_email}) returning id),`
    : sql``
  const guest_id = isOfNewGuest ? sql`(select id from guest)` : sql`${values.guest_id}::bigint`
  // Whoever deletes the answered comment locks its thread first, too: one of the two sees what the other did. The second
  // lock reads the answered comment as it is after the wait.
  const above = isAnswer
    ? sql`
      thread as materialized (
        select from comments where id = (select coalesce(root_id, id) from comments where id = ${parent}::bigint)
          for no key update),
      answered as materialized (
        select comments.* from thread, comments
          where comments.id = ${parent}::bigint and comments.post_id = ${post_id}::bigint and comments.shown = 'whole'
          for no key update of comments),`
    : sql``
  const place = isAnswer
    ? sql`answered.id, coalesce(answered.root_id, answered.id), coalesce(answered.root_at, answered.created_at),
          substring(answered.path from 1 for ${sql.lit((lastLevel - 1) * 8)}) || int8send(own.id) from own, answered`
    : sql`null::bigint, null::bigint, null::timestamptz, '\\x'::bytea from own`
  const job =
    asks === 'asked'
      ? addJob('check-comment', sql`json_build_object('comment_id', written.id, 'tries', 0)`)
      : asks === 'unconfirmed'
        ? addJob('send-guest-confirmation', sql`json_build_object('comment_id', written.id)`)
        : sql`null`
  const details = detailsOf({ state, held_for })
  const event = { action: 'comment.created', actor_id: author_id, client_ip: values.ip, subject: { type: 'comment' } }
  return sql<Insertion>`
    with own as materialized (
        select nextval(pg_get_serial_sequence('public.comments', 'id')) as id,
          ${isWithin ? sql`null` : isAnnounced} as is_announced),
      ${guest} ${above}
      written as (
        insert into comments (id, post_id, author_id, guest_id, body, body_format, body_html, submission_key, state,
            held_for, parent_id, root_id, root_at, path)
          select own.id, ${post_id}::bigint, ${author_id}::bigint, ${guest_id}, ${body}::text, ${body_format}::text,
            ${body_html}::text, ${submission_key}::uuid, ${state}::text, ${held_for}::text, ${place}
          on conflict (submission_key) do nothing
          returning id),
      noted as (${eventOf({ ...event, details }, sql`written`)}),
      enqueued as materialized (select ${job} from written)
    select (select id from written) as id, ${guest_id} as guest_id, (select count(*) from enqueued) as jobs`
}
