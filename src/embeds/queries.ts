import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { enqueue } from '../db/enqueue.ts'
import { deleteSome } from '../db/delete-some.ts'
import type { Db } from '../db/pool.ts'
import type { CardPlace } from '../markdown/cards.ts'
import type { Embed } from '../markdown/surroundings.ts'

/** What is known of some addresses. */
export async function findEmbeds(db: Db, addresses: string[]): Promise<Map<string, Embed>> {
  if (addresses.length === 0) return new Map()
  const rows = await db
    .selectFrom('embeds')
    .select(['address', 'title', 'description', 'author_name', 'site_name'])
    .where('address', 'in', addresses)
    .where('title', 'is not', null)
    .execute()
  return new Map(rows.map(({ address, title, ...embed }) => [address, { ...embed, title: title ?? '' }]))
}

/**
 * In the transaction that stores the page of a post: which addresses it has, and whether it shows their cards. Asks for
 * those of which nothing is known, or which came to be known while the page was made.
 */
export async function noteEmbeds(db: Db, post_id: number, cards: CardPlace[] = []): Promise<void> {
  const rows = cards.toSorted((a, b) => (a.address < b.address ? -1 : 1))
  const addresses = rows.map(({ address }) => address)
  const gone = db.deleteFrom('post_embeds').where('post_id', '=', post_id)
  await (rows.length > 0 ? gone.where('address', 'not in', addresses) : gone).execute()
  if (rows.length === 0) return
  // In one order, so that two who save never wait for each other.
  await db
    .insertInto('embeds')
    .values(rows.map(({ address }) => ({ address })))
    .onConflict((known) => known.doNothing())
    .execute()
  await db
    .insertInto('post_embeds')
    .values(rows.map(({ address, isShown }) => ({ post_id, address, is_shown: isShown })))
    .onConflict((known) =>
      known.columns(['post_id', 'address']).doUpdateSet({ is_shown: sql<boolean>`excluded.is_shown` }),
    )
    .execute()
  const due = await db
    .selectFrom('embeds')
    .innerJoin('post_embeds', 'post_embeds.address', 'embeds.address')
    .select('embeds.address')
    .where('post_embeds.post_id', '=', post_id)
    .where(
      sql<boolean>`coalesce(expires_at, '-infinity') <= now() or (embeds.title is not null and not post_embeds.is_shown)`,
    )
    .execute()
  for (const { address } of due) await askFor(db, address)
}

/** One job, however many texts have the address. */
async function askFor(db: Db, address: string, at?: Date): Promise<void> {
  await enqueue(db, 'fetch-embed', { address }, { key: keyFor('fetch', address), canWait: true, ...(at && { at }) })
}

const keyFor = (what: string, address: string) =>
  `${what}-embed:${createHash('sha256').update(address).digest('base64url')}`

/** What the job has to know. */
export async function findEmbed(db: Db, address: string) {
  return await db
    .selectFrom('embeds')
    .select(['title', 'tries'])
    .select(sql<boolean>`coalesce(expires_at > now(), false)`.as('is_fresh'))
    .where('address', '=', address)
    .executeTakeFirst()
}

/** Without an embed, there is no card for some time; one that was known before stays. */
export async function keepAnswer(db: Db, address: string, embed: Embed | undefined, days: number): Promise<void> {
  await db.transaction().execute(async (db) => {
    await db
      .updateTable('embeds')
      .set({ ...embed, tries: 0, expires_at: sql<Date>`now() + make_interval(days => ${days})` })
      .where('address', '=', address)
      .execute()
    if (!embed) return
    await db.updateTable('post_embeds').set({ is_shown: false }).where('address', '=', address).execute()
    await askToShow(db, address)
  })
}

/** Another try, later. */
export async function keepFailure(db: Db, address: string, at: Date): Promise<void> {
  await db.transaction().execute(async (db) => {
    await db
      .updateTable('embeds')
      .set({ tries: sql`tries + 1` })
      .where('address', '=', address)
      .execute()
    await askFor(db, address, at)
  })
}

export async function askToShow(db: Db, address: string, after_id = 0): Promise<void> {
  await enqueue(db, 'show-embed', { address, after_id }, { key: keyFor('show', address), canWait: true })
}

/** Posts whose pages could have a card for the address and have none. */
export async function listPostsWithout(db: Db, address: string, after_id: number, most = 50) {
  return await db
    .selectFrom('post_embeds')
    .innerJoin('posts', 'posts.id', 'post_embeds.post_id')
    .select(['posts.id', 'posts.version', 'posts.body'])
    .where('post_embeds.address', '=', address)
    .where('post_embeds.post_id', '>', after_id)
    .where('post_embeds.is_shown', '=', false)
    .where('posts.body_format', '=', sql.lit('markdown'))
    .orderBy('post_embeds.post_id')
    .limit(most)
    .execute()
}

/** Those that no text has any more. */
export async function deleteUnusedEmbeds(db: Db): Promise<number> {
  const isUnused = sql`not exists (select from post_embeds where post_embeds.address = embeds.address)`
  return await deleteSome(db, 'embeds', isUnused)
}
