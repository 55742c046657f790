import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { type ListQuery, pageOf as listPage } from '../api/list.ts'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { enqueue } from '../db/enqueue.ts'
import type { Sorts } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import { pageOf } from '../db/page-of.ts'
import type { Encoded } from './encode.ts'
import { type MediaSearch, type MediumInput, type Size, mediaPageSize, mostRemoved } from './media.ts'
import { lockUses, renderUsesAgain } from '../media-uses/queries.ts'

const uses = (parts: string) =>
  sql<boolean>`exists (select from media_uses where media_uses.media_id = media.id and media_uses.part in (${sql.raw(parts)}))`
const isLogo = sql<boolean>`exists (select from settings where settings.logo_id = media.id)`
const isUsedAnywhere = sql<boolean>`(exists (select from media_uses where media_uses.media_id = media.id) or ${isLogo})`

function shown(db: Db) {
  return db
    .selectFrom('media')
    .innerJoin('media_files', 'media_files.id', 'media.files_id')
    .leftJoin('users', 'users.id', 'media.uploaded_by')
    .select(['media.id', 'media.key', 'media.name', 'media.alt', 'media.version', 'media.uploaded_by'])
    .select(['media.created_at', 'media.updated_at', 'users.name as uploaded_by_name'])
    .select(['media_files.place', 'media_files.width', 'media_files.height', 'media_files.is_animated'])
    .select(sql<Size[]>`media_files.sizes`.as('sizes'))
    .select(sql<boolean>`(${uses(`'text', 'draft'`)} or ${isLogo})`.as('is_used'))
    .select(isLogo.as('is_logo'))
    .select(uses(`'revision'`).as('is_in_revision'))
}

/** The words of a search may stand anywhere in the name or the alternative text. */
function searched(db: Db, { q, show }: Pick<MediaSearch, 'q' | 'show'>) {
  let query = shown(db)
  for (const word of q.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 5))
    query = query.where(sql<boolean>`position(${word} in lower(media.name || ' ' || media.alt)) > 0`)
  if (show === 'unused') query = query.where(sql<boolean>`not ${isUsedAnywhere}`)
  if (show === 'earlier') query = query.where(uses(`'revision'`)).where(sql<boolean>`not ${uses(`'text', 'draft'`)}`)
  if (show === 'without-alt') query = query.where('media.alt', '=', '')
  return query
}

const sorts: Sorts = { id: { by: sql`media.id`, type: 'number' } }

export async function listMediaRows(db: Db, search: Pick<MediaSearch, 'q' | 'show'>, list: ListQuery) {
  return await listPage<ListedMedium>(searched(db, search), sorts, list, '-id', sql`media.id`)
}

/** Uploaded last first. */
export async function listMedia(db: Db, { before, ...search }: MediaSearch) {
  let query = searched(db, search)
    .orderBy('media.id', 'desc')
    .limit(mediaPageSize + 1)
  if (before !== undefined) query = query.where('media.id', '<', before)
  const { rows, last } = pageOf(await query.execute(), mediaPageSize)
  return { media: rows, next: last?.id }
}
export type MediaList = Awaited<ReturnType<typeof listMedia>>
export type ListedMedium = MediaList['media'][number]

export async function findMedium(db: Db, id: number) {
  return await shown(db).where('media.id', '=', id).executeTakeFirst()
}
export type Medium = NonNullable<Awaited<ReturnType<typeof findMedium>>>

export async function findMediumByKey(db: Db, key: string) {
  return await shown(db).where('media.key', '=', key).executeTakeFirst()
}

export async function findFiles(db: Db, content_hash: Buffer): Promise<number | undefined> {
  const row = await db
    .selectFrom('media_files')
    .select('id')
    .where('content_hash', '=', content_hash)
    .executeTakeFirst()
  return row?.id
}

/**
 * A place for files that are about to be put there. Whatever happens to the upload, the files go again in an hour unless
 * a picture has them by then.
 */
export async function reservePlace(db: Db): Promise<string> {
  const place = randomName(20)
  await askToRemove(db, { place }, 3600)
  return place
}

/** The files of these bytes, whoever was first to make them; what came second goes with its place. */
export async function keepFiles(db: Db, content_hash: Buffer, place: string, encoded: Encoded): Promise<number> {
  const sizes = encoded.sizes.map(({ path: _, ...size }) => size)
  const largest = sizes.at(-1) ?? { width: 1, height: 1 }
  const { rows } = await sql<{ id: number }>`
    insert into media_files (content_hash, place, width, height, is_animated, sizes, tones)
    values (${content_hash}, ${place}, ${largest.width}, ${largest.height}, ${encoded.isAnimated},
      ${JSON.stringify(sizes)}::text::jsonb, ${encoded.tones})
    on conflict (content_hash) do update set content_hash = excluded.content_hash
    returning id`.execute(db)
  return rows[0]?.id ?? 0
}

type NewMedium = { files_id: number; name: string; alt: string }

export async function addMedium(db: Db, medium: NewMedium, actor: Actor): Promise<number> {
  return await db.transaction().execute(async (db) => {
    const { id } = await db
      .insertInto('media')
      .values({ ...medium, key: randomName(16), uploaded_by: actor.id })
      .returning('id')
      .executeTakeFirstOrThrow()
    await recordMediumDeed(db, 'media.uploaded', id, actor, medium.name)
    return id
  })
}

/** Undefined when somebody else was faster, or it is gone; then nothing is changed. */
export async function updateMedium(db: Db, id: number, version: number, { name, alt }: MediumInput, actor: Actor) {
  return await db.transaction().execute(async (db) => {
    await lockUses(db, id)
    const row = await db
      .updateTable('media')
      .set({ name: name.trim(), alt: alt.trim(), version: sql`version + 1`, updated_at: sql`now()` })
      .where('id', '=', id)
      .where('version', '=', version)
      .returning('id')
      .executeTakeFirst()
    if (!row) return undefined
    await renderUsesAgain(db, id)
    await recordMediumDeed(db, 'media.changed', id, actor, name.trim())
    return row
  })
}

/** The address in texts leads to the new files at once. The old ones stay for a day, for pages that were read before. */
export async function replaceMedium(db: Db, id: number, version: number, files_id: number, actor: Actor) {
  return await db.transaction().execute(async (db) => {
    await lockUses(db, id)
    const before = await db.selectFrom('media').select('files_id').where('id', '=', id).forUpdate().executeTakeFirst()
    const row = await db
      .updateTable('media')
      .set({ files_id, version: sql`version + 1`, updated_at: sql`now()` })
      .where('id', '=', id)
      .where('version', '=', version)
      .returning('name')
      .executeTakeFirst()
    if (!before || !row) return undefined
    if (before.files_id !== files_id) await forgetFiles(db, before.files_id, { media_id: id, seconds: 24 * 3600 })
    await renderUsesAgain(db, id)
    await recordMediumDeed(db, 'media.replaced', id, actor, row.name)
    return row
  })
}

/** With `even_used`, texts that name it lose the picture and keep their words. Otherwise a used one stays. */
export async function deleteMedium(db: Db, id: number, actor: Actor, even_used: boolean): Promise<'deleted' | 'used'> {
  return await db.transaction().execute(async (db) => {
    await lockUses(db, id)
    // A text that is being saved with this picture holds the row until it is.
    const row = await db
      .selectFrom('media')
      .select(['files_id', 'name'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (!row) return 'deleted'
    const used = await db.selectFrom('media').select('id').where('id', '=', id).where(isUsedAnywhere).executeTakeFirst()
    if (used && !even_used) return 'used'
    await renderUsesAgain(db, id)
    await db.deleteFrom('media_uses').where('media_id', '=', id).execute()
    await db.deleteFrom('media').where('id', '=', id).execute()
    await forgetFiles(db, row.files_id)
    await recordMediumDeed(db, 'media.deleted', id, actor, row.name)
    return 'deleted'
  })
}

/** Of one account, or of everybody; answers how many went. */
export async function deleteUnused(db: Db, uploaded_by: number | null, ids: number[], actor: Actor): Promise<number> {
  if (ids.length === 0) return 0
  let query = db
    .selectFrom('media')
    .select('id')
    .where('id', 'in', ids.slice(0, mostRemoved))
    .where(sql<boolean>`not ${isUsedAnywhere}`)
    .orderBy('id')
  if (uploaded_by !== null) query = query.where('uploaded_by', '=', uploaded_by)
  let count = 0
  for (const { id } of await query.execute()) if ((await deleteMedium(db, id, actor, false)) === 'deleted') count++
  return count
}

/** True when no picture has the files of the place, and no page shows them any more. */
export async function isPlaceFree(db: Db, place: string, media_id: number | undefined): Promise<boolean> {
  const row = await db.selectFrom('media_files').select('id').where('place', '=', place).executeTakeFirst()
  if (row) return false
  if (media_id === undefined) return true
  const page = await db
    .selectFrom('media_uses')
    .innerJoin('posts', 'posts.id', 'media_uses.post_id')
    .select('posts.id')
    .where('media_uses.media_id', '=', media_id)
    .where(sql<boolean>`position(${place} in posts.body_html) > 0`)
    .executeTakeFirst()
  return page === undefined
}

export async function askToRemove(db: Db, payload: { place: string; media_id?: number }, seconds = 0): Promise<void> {
  const key = `remove-media-files ${payload.place}`
  const at = seconds > 0 ? { at: new Date(Date.now() + seconds * 1000) } : {}
  await enqueue(db, 'remove-media-files', payload, { key, ...at })
}

/** Files that no picture has any more. */
async function forgetFiles(
  db: Db,
  id: number,
  { media_id, seconds = 0 }: { media_id?: number; seconds?: number } = {},
) {
  // Somebody who takes the same files for a new picture holds the row, or waits for it and makes new ones.
  await db.selectFrom('media_files').select('id').where('id', '=', id).forUpdate().execute()
  const row = await db
    .deleteFrom('media_files')
    .where('id', '=', id)
    .where(sql<boolean>`not exists (select from media where media.files_id = media_files.id)`)
    .returning('place')
    .executeTakeFirst()
  if (row) await askToRemove(db, { place: row.place, ...(media_id && { media_id }) }, seconds)
}

async function recordMediumDeed(db: Db, action: string, id: number, actor: Actor, name: string): Promise<void> {
  const subject = { type: 'media', id }
  await recordEvent(db, { action, actor_id: actor.id, client_ip: actor.ip, subject, description: name })
}

/** Nobody guesses it. */
function randomName(length: number): string {
  return Array.from(randomBytes(length), (byte) => letters[byte % letters.length]).join('')
}

const letters = 'abcdefghijklmnopqrstuvwxyz234567'
