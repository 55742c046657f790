import { sql } from 'kysely'
import { tellOf } from '../account-safety/queries.ts'
import { recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { countAttempt, forgetAttempts, networkOf } from '../limits/queries.ts'
import { decryptToken, encryptToken } from '../oauth/token-encryption.ts'
import { hashOfRecoveryCode, stepOf } from './codes.ts'

const purposeOf = (user_id: number) => `second factor ${user_id}`
/** As long as somebody may take to find their phone. */
const minutesToConfirm = 15

export type Factor = { confirmed_at: Date | null; codes_left: number }

/** Undefined where there is none. */
export async function findFactor(db: Db, user_id: number): Promise<Factor | undefined> {
  const codes = db.selectFrom('recovery_codes').select(sql<number>`count(*)::int`.as('count'))
  return await db
    .selectFrom('second_factors')
    .select(['confirmed_at'])
    .select(codes.where('user_id', '=', user_id).$asScalar().$notNull().as('codes_left'))
    .where('user_id', '=', user_id)
    .executeTakeFirst()
}

export async function hasFactor(db: Db, user_id: number): Promise<boolean> {
  const query = db.selectFrom('second_factors').select('user_id').where('user_id', '=', user_id)
  return (await query.where('confirmed_at', 'is not', null).executeTakeFirst()) !== undefined
}

/** Whether a role of theirs asks for a factor that they do not have. */
export async function lacksFactor(db: Db, user_id: number): Promise<boolean> {
  const { rows } = await sql<{ lacks: boolean }>`
    select not exists (select from second_factors where user_id = ${user_id} and confirmed_at is not null)
      and exists (
        select from roles where requires_second_factor and (
          exists (select from user_roles where role_id = roles.id and user_id = ${user_id})
          or exists (
            select from group_memberships join groups on groups.id = group_id
            where user_id = ${user_id} and lower(groups.name) = lower(roles.name)))) as lacks`.execute(db)
  return rows[0]?.lacks ?? false
}

/** Asks nobody for a code yet. False when there is one already. `session` alone sees the secret. */
export async function beginFactor(
  db: Db,
  user_id: number,
  { secret, key, session }: { secret: string; key: Buffer; session: Buffer },
): Promise<boolean> {
  const row = {
    secret_encrypted: encryptToken(secret, purposeOf(user_id), [key]),
    begun_by: session,
    begun_at: sql<Date>`now()`,
  }
  const found = await db
    .insertInto('second_factors')
    .values({ user_id, ...row })
    .onConflict((taken) => taken.column('user_id').doUpdateSet(row).where('second_factors.confirmed_at', 'is', null))
    .returning('user_id')
    .executeTakeFirst()
  return found !== undefined
}

/** The secret that this session has begun with, for a while. */
export async function findBegunSecret(db: Db, user_id: number, session: Buffer, keys: Buffer[]) {
  const row = await begun(db, user_id, session).executeTakeFirst()
  return row && openSecret(row.secret_encrypted, user_id, keys)
}

function begun(db: Db, user_id: number, session: Buffer) {
  return db
    .selectFrom('second_factors')
    .select(['secret_encrypted', sql<number>`extract(epoch from clock_timestamp())::float`.as('seconds')])
    .where('user_id', '=', user_id)
    .where('begun_by', '=', session)
    .where('confirmed_at', 'is', null)
    .where('begun_at', '>', sql<Date>`now() - ${sql.lit(minutesToConfirm)} * interval '1 minute'`)
}

/** From now on it is asked for; whoever else is signed in got in without it, and has to come again. */
export async function confirmFactor(
  db: Db,
  user_id: number,
  { code, keys, session, hashes, ip }: { code: string; keys: Buffer[]; session: Buffer; hashes: Buffer[]; ip: string },
): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    const row = await begun(db, user_id, session).forUpdate().executeTakeFirst()
    const secret = row && openSecret(row.secret_encrypted, user_id, keys)
    const step = secret === undefined ? undefined : stepOf(secret, code, row?.seconds ?? 0)
    if (step === undefined) return false
    const set = { confirmed_at: sql<Date>`now()`, begun_by: null, last_step: step }
    await db.updateTable('second_factors').set(set).where('user_id', '=', user_id).execute()
    await writeRecoveryCodes(db, user_id, hashes)
    await db.deleteFrom('sessions').where('user_id', '=', user_id).where('token_hash', '!=', session).execute()
    await record(db, 'second-factor.set-up', user_id, { id: user_id, ip })
    await tellOf(db, user_id, { kind: 'factor-on' })
    return true
  })
}

const perAccountHere = { most: 10, windowSeconds: 3600 }
const perAccount = { most: 30, windowSeconds: 3600 }

/** Counts one code before it is looked at; throws `too_many`. A million codes, three of them good: thirty an hour. */
export async function countCode(db: Db, user_id: number, ip: string): Promise<void> {
  await countAttempt(db, 'code here of', `${user_id} ${networkOf(ip)}`, perAccountHere)
  await countAttempt(db, 'code of', String(user_id), perAccount)
}

/** After a code that was right, or a new password by mail: the guesses of others no longer count. */
export async function forgetCodes(db: Db, user_id: number, ip: string): Promise<void> {
  await forgetAttempts(db, 'code here of', `${user_id} ${networkOf(ip)}`)
  await forgetAttempts(db, 'code of', String(user_id))
}

/**
 * Uses a code up, one of the app or one on paper. Of several at once with the same code one gets it. Called with the
 * transaction of what it is for.
 */
export async function takeCode(db: Db, user_id: number, code: string, keys: Buffer[]): Promise<boolean> {
  const hash = hashOfRecoveryCode(code)
  return hash ? await takeRecoveryCode(db, user_id, hash) : await takeAppCode(db, user_id, code, keys)
}

async function takeAppCode(db: Db, user_id: number, code: string, keys: Buffer[]): Promise<boolean> {
  const row = await db
    .selectFrom('second_factors')
    .select(['secret_encrypted', sql<number>`extract(epoch from clock_timestamp())::float`.as('seconds')])
    .where('user_id', '=', user_id)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst()
  const secret = row && openSecret(row.secret_encrypted, user_id, keys)
  const step = secret === undefined ? undefined : stepOf(secret, code, row?.seconds ?? 0)
  if (secret === undefined || step === undefined) return false
  // By and by every secret is encrypted with the first key, and older ones can go.
  const set = { last_step: step, secret_encrypted: encryptToken(secret, purposeOf(user_id), keys) }
  const mine = db.updateTable('second_factors').set(set).where('user_id', '=', user_id)
  return (await mine.where('last_step', '<', step).returning('user_id').executeTakeFirst()) !== undefined
}

async function takeRecoveryCode(db: Db, user_id: number, code_hash: Buffer): Promise<boolean> {
  const mine = db.deleteFrom('recovery_codes').where('user_id', '=', user_id).where('code_hash', '=', code_hash)
  if (!(await mine.returning('user_id').executeTakeFirst())) return false
  const left = (await findFactor(db, user_id))?.codes_left ?? 0
  await tellOf(db, user_id, { kind: 'recovery-code-used', left })
  return true
}

/** Undefined where the key is missing: then codes on paper work, and no others. */
function openSecret(text: string, user_id: number, keys: Buffer[]): string | undefined {
  try {
    return decryptToken(text, purposeOf(user_id), keys)
  } catch {
    return undefined
  }
}

/** Whether codes of an app can be compared at all. */
export async function isReadable(db: Db, user_id: number, keys: Buffer[]): Promise<boolean> {
  const query = db.selectFrom('second_factors').select('secret_encrypted').where('user_id', '=', user_id)
  const row = await query.executeTakeFirst()
  return row !== undefined && openSecret(row.secret_encrypted, user_id, keys) !== undefined
}

/** In place of all before. */
export async function replaceRecoveryCodes(db: Db, user_id: number, hashes: Buffer[], ip: string): Promise<void> {
  await writeRecoveryCodes(db, user_id, hashes)
  await record(db, 'second-factor.codes-made', user_id, { id: user_id, ip })
  await tellOf(db, user_id, { kind: 'recovery-codes-made' })
}

async function writeRecoveryCodes(db: Db, user_id: number, hashes: Buffer[]): Promise<void> {
  await db.deleteFrom('recovery_codes').where('user_id', '=', user_id).execute()
  await db
    .insertInto('recovery_codes')
    .values(hashes.map((code_hash) => ({ user_id, code_hash })))
    .execute()
}

type Remover = { id: number | null; ip: string | null }

/**
 * Nobody is asked for a code of it any more; in a transaction. False when there was none. Told by mail, whoever did it.
 */
export async function removeFactor(db: Db, user_id: number, by: Remover): Promise<boolean> {
  const row = await db
    .deleteFrom('second_factors')
    .where('user_id', '=', user_id)
    .where('confirmed_at', 'is not', null)
    .returning('user_id')
    .executeTakeFirst()
  if (!row) return false
  await db.deleteFrom('recovery_codes').where('user_id', '=', user_id).execute()
  await db.deleteFrom('half_sign_ins').where('user_id', '=', user_id).execute()
  await record(db, 'second-factor.removed', user_id, by)
  await tellOf(db, user_id, { kind: by.id === user_id ? 'factor-off' : 'factor-removed' })
  return true
}

async function record(db: Db, action: string, user_id: number, by: Remover): Promise<void> {
  await recordEvent(db, {
    action,
    actor_id: by.id,
    client_ip: by.ip,
    subject: { type: 'user', id: user_id },
    ...(by.id === null && { details: { by: 'command' } }),
  })
}
