// Who is told by mail of what happens to their account, and which networks and devices are theirs.
import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { deleteSome } from '../db/delete-some.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { tryAttempt } from '../limits/queries.ts'
import { isWriter } from '../permissions/queries.ts'

/** What a mail can be about. */
export type Occurrence =
  | { kind: 'new-place'; device: string; place: string }
  | { kind: 'codes-guessed'; place: string }
  | { kind: 'factor-on' | 'factor-off' | 'factor-removed' | 'recovery-codes-made' }
  | { kind: 'recovery-code-used'; left: number }

/** Of each kind; a mailbox full of them would hide the one that matters. */
const mailsADay = { most: 5, windowSeconds: 24 * 3600 }

/** In the transaction of what happened. */
export async function tellOf(db: Db, user_id: number, what: Occurrence): Promise<void> {
  if (!(await tryAttempt(db, `mail of ${what.kind} to`, String(user_id), mailsADay))) return
  const [{ at }] = (
    await sql<{ at: string }>`select to_char(now() at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as at`.execute(db)
  ).rows as [{ at: string }]
  await enqueue(db, 'send-safety-mail', { user_id, at, ...what })
}

const monthsKnown = 6

/**
 * Notes where somebody signed in. A network or a device that was not seen before is told, but not the first of all: there
 * is nothing to compare it with.
 */
export async function noteSignIn(
  db: Db,
  user_id: number,
  { device, place }: { device: string; place: string },
): Promise<void> {
  const { rows } = await sql<{ knew_some: boolean; is_new: boolean }>`
    with known as (select place from known_places where user_id = ${user_id}),
    noted as (
      insert into known_places (user_id, place)
      values (${user_id}, ${`device ${device}`}::text), (${user_id}, ${`network ${place}`}::text)
      on conflict (user_id, place) do update set seen_at = now()
      returning place
    )
    select exists (select from known) as knew_some,
      exists (select from noted where not exists (select from known where known.place = noted.place)) as is_new`.execute(
    db,
  )
  if (!rows[0]?.knew_some || !rows[0].is_new) return
  if (await isToldOfSignIns(db, user_id)) await tellOf(db, user_id, { kind: 'new-place', device, place })
}

export async function deleteOldPlaces(db: Db): Promise<number> {
  return await deleteSome(db, 'known_places', sql`seen_at < now() - ${sql.lit(monthsKnown)} * interval '1 month'`)
}

/** As they chose; who may write is told without having chosen. */
export async function isToldOfSignIns(db: Db, id: number, mayWrite?: boolean): Promise<boolean> {
  const query = db.selectFrom('users').select('is_told_of_sign_ins').where('id', '=', id)
  const row = await query.select(isWriter.as('is_writer')).executeTakeFirst()
  return row?.is_told_of_sign_ins ?? mayWrite ?? row?.is_writer ?? false
}

export async function setToldOfSignIns(db: Db, id: number, is_told_of_sign_ins: boolean, ip: string): Promise<void> {
  await db.transaction().execute(async (db) => {
    await db.updateTable('users').set({ is_told_of_sign_ins }).where('id', '=', id).execute()
    const subject = { type: 'user', id }
    const details = { is_told_of_sign_ins }
    await recordEvent(db, { action: 'user.changed', actor_id: id, client_ip: ip, subject, details })
  })
}

/** The mailbox of an account that is open, when the mail is written. */
export async function findMailbox(db: Db, id: number): Promise<string | undefined> {
  const query = db.selectFrom('users').select('email').where('id', '=', id).where('state', '=', 'active')
  return (await query.where('email_confirmed_at', 'is not', null).executeTakeFirst())?.email ?? undefined
}

/** Every role, whether it asks for a second factor, and how many of those who hold it have one. */
export async function listFactorRoles(db: Db) {
  const holders = sql`from users where users.state = 'active' and exists (
    select from user_roles where user_roles.user_id = users.id and user_roles.role_id = roles.id)`
  const having = sql`exists (
    select from second_factors where second_factors.user_id = users.id and confirmed_at is not null)`
  const { rows } = await sql<{ id: number; name: string; requires_second_factor: boolean; all: number; have: number }>`
    select id, name, requires_second_factor,
      (select count(*)::int ${holders}) as all,
      (select count(*)::int ${holders} and ${having}) as have
    from roles order by id limit 1000`.execute(db)
  return rows
}
export type FactorRole = Awaited<ReturnType<typeof listFactorRoles>>[number]

export async function setFactorRoles(db: Db, ids: number[], actor: Actor): Promise<void> {
  await db.transaction().execute(async (db) => {
    const { rows } = await sql<{ name: string; requires_second_factor: boolean }>`
      update roles set requires_second_factor = not requires_second_factor
      where requires_second_factor <> (id in (
        select given.id::bigint from jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb) as given(id)))
      returning name, requires_second_factor`.execute(db)
    for (const { name, requires_second_factor } of rows) {
      const event = { action: 'role.changed', actor_id: actor.id, client_ip: actor.ip }
      await recordEvent(db, { ...event, description: name, details: { requires_second_factor } })
    }
  })
}
