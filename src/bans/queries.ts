import { sql } from 'kysely'
import { type ListQuery, pageOf as restPage } from '../api/list.ts'
import { type Actor, recordEvent } from '../audit/queries.ts'
import type { Sorts } from '../db/keyset.ts'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { invalid } from '../errors.ts'
import { plainAddress } from '../http/network-address.ts'
import { text } from '../texts/texts.ts'
import { bansOnPage } from './ban.ts'

const isInForce = sql<boolean>`bans.lifted_at is null and (bans.expires_at is null or bans.expires_at > now())`

export type Banned = { user_id: number | null; guest_id: number | null; ip: string }

export type Found = { reason: string; expires_at: Date | null }

export async function findBan(db: Db, banned: Banned): Promise<Found | undefined> {
  const { user_id, guest_id, ip } = banned
  return (await banOf({ user_id, guest_id, address: plainAddress(ip) }).execute(db)).rows[0]
}

/**
 * SQL: the one that lasts longest of those that keep this account, this guest, or whoever is at this address, from commenting.
 * Who was banned with an account is so as a guest with its e-mail, and the other way round.
 */
export function banOf({
  user_id,
  guest_id,
  address,
}: Pick<Banned, 'user_id' | 'guest_id'> & { address: string | null }) {
  return sql<Found>`
    select reason, expires_at from (
      select reason, expires_at from bans where user_id = ${user_id}::bigint and ${isInForce}
      union all
      select reason, expires_at from bans where network >>= ${address}::text::inet and ${isInForce}
      union all
      select reason, expires_at from bans where ${isInForce}
        and email in (select lower(email) from users where id = ${user_id}::bigint
          union all select email from guests where id = ${guest_id}::bigint)
      union all
      select reason, expires_at from bans where ${isInForce}
        and user_id = (select users.id from guests join users on lower(users.email) = guests.email
          where guests.id = ${guest_id}::bigint and users.email_confirmed_at is not null)) as every_kind
    order by expires_at desc nulls first limit 1`
}

export type Subject = { user_id: number } | { network: string } | { email: string }
export type NewBan = { subject: Subject; reason: string; days: number }

/** Somebody who is banned already is banned anew, for this reason and so long. Throws `invalid` for a range with `actor` in it. */
export async function ban(db: Db, { subject, reason, days }: NewBan, actor: Actor): Promise<number> {
  return await db.transaction().execute(async (db) => {
    const expires_at = days === 0 ? null : sql<Date>`now() + make_interval(days => ${days})`
    if ('network' in subject && (await isIn(db, subject.network, actor.ip))) {
      const message = text('moderation.banHoldsYou')
      throw invalid(message, { who: message })
    }
    const values = { reason, expires_at, created_by: actor.id }
    const row = await db
      .insertInto('bans')
      .values({
        ...values,
        ...('network' in subject ? { network: sql<string>`network(${subject.network}::text::inet)` } : subject),
      })
      .onConflict((taken) =>
        taken
          .column(kindOf(subject))
          .where('lifted_at', 'is', null)
          .doUpdateSet({ ...values, created_at: sql<Date>`now()` }),
      )
      .returning(['id', sql<string | null>`network::text`.as('network')])
      .executeTakeFirstOrThrow()
    await recordEvent(db, {
      action: 'ban.made',
      actor_id: actor.id,
      client_ip: actor.ip,
      subject: 'user_id' in subject ? { type: 'user', id: subject.user_id } : { type: 'ban', id: row.id },
      description: reason,
      // The log is kept for ever, an e-mail address is not.
      details: {
        ban: row.id,
        days,
        ...(row.network && { network: row.network }),
        ...('email' in subject && { of_guest: true }),
      },
    })
    return row.id
  })
}

function kindOf(subject: Subject): 'user_id' | 'network' | 'email' {
  if ('user_id' in subject) return 'user_id'
  return 'network' in subject ? 'network' : 'email'
}

async function isIn(db: Db, network: string, ip: string): Promise<boolean> {
  const { rows } = await sql<{ is_in: boolean | null }>`
    select network(${network}::text::inet) >>= ${plainAddress(ip)}::text::inet as is_in`.execute(db)
  return rows[0]?.is_in ?? false
}

/** A second call changes nothing. */
export async function liftBan(db: Db, id: number, actor: Actor): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const row = await db
      .updateTable('bans')
      .set({ lifted_at: sql`now()` })
      .where('id', '=', id)
      .where('lifted_at', 'is', null)
      .returning(['user_id', 'email', sql<string | null>`network::text`.as('network')])
      .executeTakeFirst()
    if (!row) return false
    // Nothing else keeps an address for good.
    if (row.email !== null) await db.deleteFrom('bans').where('id', '=', id).execute()
    await recordEvent(db, {
      action: 'ban.lifted',
      actor_id: actor.id,
      client_ip: actor.ip,
      subject: row.user_id === null ? { type: 'ban', id } : { type: 'user', id: row.user_id },
      details: { ban: id, ...(row.network && { network: row.network }), ...(row.email && { of_guest: true }) },
    })
    return true
  })
}

/** Those in force and those that ended by themselves, the newest first; not those that were lifted. */
export async function listBans(db: Db, before?: number) {
  let query = db
    .selectFrom('bans')
    .leftJoin('users', 'users.id', 'bans.user_id')
    .leftJoin('users as makers', 'makers.id', 'bans.created_by')
    .select(['bans.id', 'bans.reason', 'bans.created_at', 'bans.expires_at', 'users.name', 'makers.name as maker_name'])
    .select([sql<string | null>`bans.network::text`.as('network'), isInForce.as('is_in_force'), 'bans.email'])
    .where('bans.lifted_at', 'is', null)
    .orderBy('bans.id', 'desc')
    .limit(bansOnPage + 1)
  if (before !== undefined) query = query.where('bans.id', '<', before)
  const { rows, last } = pageOf(await query.execute(), bansOnPage)
  return { bans: rows, next: last?.id }
}
export type ListedBan = Awaited<ReturnType<typeof listBans>>['bans'][number]

const sorts: Sorts = { id: { by: sql`bans.id`, type: 'number' } }

/** As programs list them; the same ones as above. */
export async function listBanRows(db: Db, list: ListQuery) {
  return await restPage<BanRow>(banRows(db), sorts, list, '-id', sql`bans.id`)
}

export async function findBanRow(db: Db, id: number): Promise<BanRow | undefined> {
  return await banRows(db).where('bans.id', '=', id).executeTakeFirst()
}

export type BanRow = NonNullable<Awaited<ReturnType<ReturnType<typeof banRows>['executeTakeFirst']>>>

function banRows(db: Db) {
  return db
    .selectFrom('bans')
    .leftJoin('users', 'users.id', 'bans.user_id')
    .leftJoin('users as makers', 'makers.id', 'bans.created_by')
    .select([
      'bans.id',
      'bans.user_id',
      'users.name',
      'bans.email',
      sql<string | null>`bans.network::text`.as('network'),
    ])
    .select(['bans.reason', 'bans.created_at', 'bans.expires_at', 'makers.name as created_by'])
    .select(isInForce.as('is_in_force'))
    .where('bans.lifted_at', 'is', null)
}

/** Whether somebody may be banned: not those who moderate. */
export async function mayModerate(db: Db, user_id: number): Promise<boolean> {
  const { rows } = await sql<{ may: boolean }>`
    select exists (
      select from user_roles
        join roles on roles.id = user_roles.role_id
        left join role_permissions on role_permissions.role_id = roles.id
        left join permissions on permissions.id = role_permissions.permission_id
      where user_roles.user_id = ${user_id} and (lower(roles.name) = 'admin' or permissions.name = 'comment.moderate')
    ) as may`.execute(db)
  return rows[0]?.may ?? false
}
