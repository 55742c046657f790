// Which texts name which pictures, and what a page of a text is made of.
import { sql } from 'kysely'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { pictureKeys } from '../markdown/library-pictures.ts'
import type { Picture } from '../markdown/surroundings.ts'
import { coAuthors, isBinned, isPublic } from '../post-states/queries.ts'
import { type Size, usesShown } from '../media/media.ts'

const isOpen = sql<boolean>`(${isPublic} and posts.visibility in ('public', 'members'))`

/** The posts that name a picture; `is_open` for those that anybody may find on the blog. */
export async function listUses(db: Db, media_id: number) {
  return await db
    .selectFrom('media_uses')
    .innerJoin('posts', 'posts.id', 'media_uses.post_id')
    .select(['posts.id', 'posts.title', 'posts.author_id', coAuthors.as('co_authors')])
    .select([isOpen.as('is_open'), isBinned.as('is_binned')])
    .select(sql<boolean>`bool_or(media_uses.part = 'text')`.as('in_text'))
    .select(sql<boolean>`bool_or(media_uses.part = 'draft')`.as('in_draft'))
    .where('media_uses.media_id', '=', media_id)
    .groupBy('posts.id')
    .orderBy('posts.id', 'desc')
    .limit(usesShown)
    .execute()
}
export type Use = Awaited<ReturnType<typeof listUses>>[number]

/** SQL: the picture of the library at the top of a row of `posts`, or null. */
export const pictureAtTop = sql<Picture | null>`(
  select jsonb_build_object('place', place, 'width', width, 'height', height, 'alt', media.alt, 'tones', tones,
      'widths', jsonb_path_query_array(sizes, '$[*].width'))
    from media join media_files on media_files.id = media.files_id
    where media.key = substring(posts.picture_url from '^/media/([a-z0-9]{16})/'))`

/** The picture of an address, where it is one of the library. */
export async function findPicture(db: Db, address: string): Promise<Picture | null> {
  const [key] = pictureKeys(address)
  return (key && (await findPictures(db, [key])).get(key)) || null
}

/** By key, each as it was in one version. */
export type Pictures = Map<string, Picture & { version: number }>

/** The pictures with these keys, for rendering the texts that name them. */
export async function findPictures(db: Db, keys: string[]): Promise<Pictures> {
  if (keys.length === 0) return new Map()
  const rows = await db
    .selectFrom('media')
    .innerJoin('media_files', 'media_files.id', 'media.files_id')
    .select(['media.key', 'media.version', 'media.alt', 'media_files.place', 'media_files.width', 'media_files.height'])
    .select('media_files.tones')
    .select(sql<Size[]>`media_files.sizes`.as('sizes'))
    .where('media.key', 'in', keys)
    .execute()
  return new Map(
    rows.map(({ key, sizes, ...picture }) => [key, { ...picture, widths: sizes.map(({ width }) => width) }]),
  )
}

/**
 * Called in the transaction that writes the page of a post made with these pictures: when one has changed since, the page
 * is made once more. One that is just being changed is waited for.
 */
export async function noteChangedPictures(db: Db, post_id: number, pictures: Pictures): Promise<void> {
  if (pictures.size === 0) return
  const now = await db
    .selectFrom('media')
    .select(['key', 'version'])
    .where('key', 'in', [...pictures.keys()])
    .orderBy('id')
    .forShare()
    .execute()
  const isSame = now.length === pictures.size && now.every(({ key, version }) => pictures.get(key)?.version === version)
  if (isSame) return
  await db.updateTable('posts').set({ renderer_version: 0 }).where('id', '=', post_id).execute()
  await enqueue(db, 'render-again', {}, { key: 'render-again' })
}

/** Before the picture itself, as who saves a post does: so that the two do not wait for each other in a circle. */
export async function lockUses(db: Db, media_id: number): Promise<void> {
  await db
    .selectFrom('posts')
    .select('id')
    .where('id', 'in', (query) =>
      query
        .selectFrom('media_uses')
        .select('post_id')
        .where('media_id', '=', media_id)
        .where('part', 'in', ['text', 'draft']),
    )
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** The pages that show the picture follow it. */
export async function renderUsesAgain(db: Db, media_id: number): Promise<void> {
  const posts = await db
    .updateTable('posts')
    .set({ renderer_version: 0 })
    .where('body_format', '=', 'markdown')
    .where('id', 'in', (query) =>
      query.selectFrom('media_uses').select('post_id').where('media_id', '=', media_id).where('part', '=', 'text'),
    )
    .returning('id')
    .execute()
  if (posts.length > 0) await enqueue(db, 'render-again', {}, { key: 'render-again' })
  // The page of a draft is made when somebody looks at it.
  await db
    .updateTable('post_drafts')
    .set({ body_html: null })
    .where('post_id', 'in', (query) =>
      query.selectFrom('media_uses').select('post_id').where('media_id', '=', media_id).where('part', '=', 'draft'),
    )
    .execute()
}

/** After a revision went that named these: no other revision of the post may. */
export async function forgetRevisionUses(db: Db, post_id: number, keys: string[]): Promise<void> {
  if (keys.length === 0) return
  await sql`
    delete from media_uses using media
      where post_id = ${post_id} and part = 'revision' and media.id = media_id and key in (${sql.join(keys)})
        and not exists (select from post_revisions
          where post_revisions.post_id = ${post_id} and (position('/media/' || key || '/' in body) > 0
            or position('/media/' || key || '/' in details ->> 'picture_url') > 0))`.execute(db)
}
