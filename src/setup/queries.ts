import { sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { conflict } from '../errors.ts'
import { hashToken, newToken } from '../sessions/session.ts'
import { text } from '../texts/texts.ts'
import { insertUser } from '../users/queries.ts'

const mostLinks = 20

export async function isSetUp(db: Db): Promise<boolean> {
  const row = await db.selectFrom('settings').select('set_up_at').executeTakeFirstOrThrow()
  return row.set_up_at !== null
}

/** A new link; those of earlier starts stay good, up to a number. Undefined when the blog has its owner. */
export async function createSetupLink(db: Db): Promise<string | undefined> {
  return await db.transaction().execute(async (db) => {
    if (await isSetUp(db)) return undefined
    const { token, token_hash } = newToken()
    await db.insertInto('setup_links').values({ token_hash }).execute()
    const kept = db.selectFrom('setup_links').select('token_hash').orderBy('created_at', 'desc').limit(mostLinks)
    await db.deleteFrom('setup_links').where('token_hash', 'not in', kept).execute()
    return token
  })
}

export async function isSetupLinkOpen(db: Db, token: string): Promise<boolean> {
  const query = db.selectFrom('setup_links').select('token_hash').where('token_hash', '=', hashToken(token))
  return (await query.executeTakeFirst()) !== undefined && !(await isSetUp(db))
}

export type Owner = { name: string; email: string; password_hash: string; title: string; description: string }

/** Makes the owner and opens the blog, once: of two who come at the same time, one gets a conflict. */
export async function setUp(db: Db, { title, description, ...person }: Owner, ip: string | null): Promise<number> {
  return await db.transaction().execute(async (db) => {
    const row = await db
      .updateTable('settings')
      .set({ title, description, set_up_at: sql<Date>`now()`, version: sql`version + 1` })
      .where('set_up_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (!row) throw conflict(text('setup.already'))
    const owner = await insertUser(db, { ...person, isConfirmed: true, role: 'admin' })
    if (!owner) throw conflict(text('setup.knownAddress'))
    await db.deleteFrom('setup_links').execute()
    await recordEvent(db, { action: 'blog.set-up', actor_id: owner.id, client_ip: ip, description: title })
    return owner.id
  })
}
