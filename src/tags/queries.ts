import { sql } from 'kysely'
import { type ListQuery, pageOf } from '../api/list.ts'
import { askToCount } from '../archive/queries.ts'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { compiled } from '../db/compiled.ts'
import { hasWords } from '../db/has-words.ts'
import type { Sorts } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import { conflict, notFound } from '../errors.ts'
import { paths } from '../paths.ts'
import { leadOn } from '../redirects/queries.ts'
import { queueForSearch } from '../search-index/queries.ts'
import { text } from '../texts/texts.ts'
import { endings, tagSlugOf, tagSlugsOf } from './tag.ts'

const bySlug = compiled((db, { slug }: { slug: string }) =>
  db
    .selectFrom('tags')
    .leftJoin('tag_counts', 'tag_counts.tag_id', 'tags.id')
    .select(['tags.id', 'tags.slug', 'tags.name', 'tag_counts.posts'])
    .where('tags.slug', '=', slug),
)

/** `posts` is how many readers find under it, as last counted. */
export async function findTag(db: Db, slug: string) {
  return (await bySlug(db, { slug }))[0]
}
export type FoundTag = NonNullable<Awaited<ReturnType<typeof findTag>>>
export type Tag = Omit<FoundTag, 'posts'>

/** The one that writers mean by this name, in any spelling of it. */
export async function findTagOfName(db: Db, name: string): Promise<Tag | undefined> {
  return (await findTagsOfNames(db, new Map([[tagSlugOf(name), name]]))).get(tagSlugOf(name))
}

/**
 * Gives a post exactly these tags, in this order; a tag that nobody had yet is made. Names that share an address are one tag.
 * Only what differs is written: each row takes all pages of readers out of memory.
 */
export async function replaceTags(db: Db, post_id: number, names: string[]): Promise<void> {
  // Who deletes a tag waits from here on, also where no row is written yet.
  await sql`lock table post_tags in row exclusive mode`.execute(db)
  const before = await db
    .selectFrom('post_tags')
    .innerJoin('tags', 'tags.id', 'post_tags.tag_id')
    .select(['tags.id', 'tags.name', 'post_tags.position'])
    .where('post_id', '=', post_id)
    .orderBy('post_tags.position')
    .execute()
  if (before.length === names.length && before.every(({ name }, index) => name === names[index])) return
  const ids = [...new Set(await claimTags(db, names))]
  const gone = before.filter(({ id }) => !ids.includes(id)).map(({ id }) => id)
  if (gone.length > 0)
    await db.deleteFrom('post_tags').where('post_id', '=', post_id).where('tag_id', 'in', gone).execute()
  if (ids.length === 0) return
  await db
    .insertInto('post_tags')
    .values(ids.map((tag_id, position) => ({ post_id, tag_id, position })))
    .onConflict((taken) =>
      taken
        .columns(['post_id', 'tag_id'])
        .doUpdateSet((is) => ({ position: is.ref('excluded.position') }))
        .whereRef('post_tags.position', '<>', 'excluded.position'),
    )
    .execute()
}

async function claimTags(db: Db, names: string[]): Promise<number[]> {
  // Of several spellings the first is the name.
  const wanted = new Map(names.toReversed().map((name) => [tagSlugOf(name), name]))
  let known = await findTagsOfNames(db, wanted)
  for (const ending of endings) {
    // In one order everywhere, so that two posts with the same new tags do not wait for each other in a circle.
    const missing = [...wanted].filter(([slug]) => !known.has(slug)).toSorted(([a], [b]) => (a < b ? -1 : 1))
    if (missing.length === 0) break
    await db
      .insertInto('tags')
      .values(missing.map(([slug, name]) => ({ slug: slug + ending, name })))
      .onConflict((taken) => taken.column('slug').doNothing())
      .execute()
    known = await findTagsOfNames(db, wanted)
  }
  return names.flatMap((name) => known.get(tagSlugOf(name))?.id ?? [])
}

/** By what the names have for an address, whatever that of the tag is. */
async function findTagsOfNames(db: Db, wanted: Map<string, string>): Promise<Map<string, Tag>> {
  if (wanted.size === 0) return new Map()
  const slugs = [...new Set([...wanted.values()].flatMap(tagSlugsOf))]
  const rows = await db.selectFrom('tags').select(['id', 'slug', 'name']).where('slug', 'in', slugs).execute()
  const inOrder = rows.toSorted((a, b) => slugs.indexOf(b.slug) - slugs.indexOf(a.slug))
  return new Map(inOrder.map((tag) => [tagSlugOf(tag.name), tag]))
}

export const tagSorts: Sorts = {
  id: { by: sql`tags.id`, type: 'number' },
  slug: { by: sql`tags.slug`, type: 'text' },
}

/** Without `seesAll` those that readers find posts under: a tag that only drafts have would tell what is being written. */
export function seenTags(db: Db, seesAll: boolean) {
  const query = db
    .selectFrom('tags')
    .leftJoin('tag_counts', 'tag_counts.tag_id', 'tags.id')
    .select(['tags.id', 'tags.slug', 'tags.name', sql<number>`coalesce(tag_counts.posts, 0)`.as('posts')])
  if (seesAll) return query
  return query.where(
    sql<boolean>`exists (select from post_tags
      where post_tags.tag_id = tags.id and post_tags.published_at is not null and post_tags.published_at <= now())`,
  )
}

export async function findTagOfId(db: Db, id: number, seesAll: boolean) {
  return await seenTags(db, seesAll).where('tags.id', '=', id).executeTakeFirst()
}

export type SeenTag = { id: number; slug: string; name: string; posts: number }

/** The words of `q` may stand anywhere in the name. */
export async function listTags(db: Db, q: string, seesAll: boolean, list: ListQuery) {
  const query = seenTags(db, seesAll).where(hasWords(sql`tags.name`, q))
  return await pageOf<SeenTag>(query, tagSorts, list, 'slug', sql`tags.id`)
}

/**
 * Drafts follow; its old address leads on to the new one. Throws `conflict` when another tag has the name in any spelling.
 * Nobody gives posts tags meanwhile: see deleteTag().
 */
export async function renameTag(db: Db, id: number, name: string, actor: Actor): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    await holdTags(db)
    const tag = await db.selectFrom('tags').select(['slug', 'name']).where('id', '=', id).executeTakeFirst()
    if (!tag) return false
    if (tag.name === name) return true
    const other = await findTagOfName(db, name)
    if (other && other.id !== id) throw conflict(text('api.tagTaken', { name: other.name }))
    const slug = tagSlugOf(name) === tagSlugOf(tag.name) ? tag.slug : await freeSlug(db, name)
    await db.updateTable('tags').set({ name, slug }).where('id', '=', id).execute()
    await changeInDrafts(db, tag.name, name)
    await queueTagged(db, id)
    if (slug !== tag.slug) await leadOn(db, paths.tag(tag.slug), paths.tag(slug), actor)
    await record(db, 'tag.renamed', id, actor, name, { from: tag.name })
    return true
  })
}

/**
 * One tag becomes another: posts and drafts have that one instead, once where they had both, and the old address leads to
 * it. Throws `not_found` when one of them is gone.
 */
export async function mergeTags(db: Db, id: number, into: number, actor: Actor): Promise<void> {
  if (id === into) throw conflict(text('tags.sameTag'))
  await db.transaction().execute(async (db) => {
    await holdTags(db)
    const both = await db.selectFrom('tags').select(['id', 'slug', 'name']).where('id', 'in', [id, into]).execute()
    const [from, to] = [both.find((tag) => tag.id === id), both.find((tag) => tag.id === into)]
    if (!from || !to) throw notFound('tag')
    await queueTagged(db, id)
    const moved = await db
      .updateTable('post_tags')
      .set({ tag_id: into })
      .where('tag_id', '=', id)
      .where(
        sql<boolean>`not exists (select from post_tags as other
          where other.post_id = post_tags.post_id and other.tag_id = ${into})`,
      )
      .executeTakeFirst()
    await db.deleteFrom('tags').where('id', '=', id).execute()
    await changeInDrafts(db, from.name, to.name)
    await leadOn(db, paths.tag(from.slug), paths.tag(to.slug), actor)
    await askToCount(db)
    const details = { into: to.name, into_id: into, posts: Number(moved.numUpdatedRows) }
    await record(db, 'tag.merged', id, actor, from.name, details)
  })
}

/**
 * Taken off all posts and drafts. Whoever saves a post holds tags of theirs while they wait for others, so the table is
 * held before any row of it.
 */
export async function deleteTag(db: Db, id: number, actor: Actor): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    await holdTags(db)
    await queueTagged(db, id)
    const tag = await db.deleteFrom('tags').where('id', '=', id).returning('name').executeTakeFirst()
    if (!tag) return false
    await changeInDrafts(db, tag.name, null)
    await record(db, 'tag.deleted', id, actor, tag.name)
    return true
  })
}

async function holdTags(db: Db): Promise<void> {
  await sql`lock table post_tags in share row exclusive mode`.execute(db)
}

async function freeSlug(db: Db, name: string): Promise<string> {
  const wanted = endings.map((ending) => tagSlugOf(name) + ending)
  const taken = await db.selectFrom('tags').select('slug').where('slug', 'in', wanted).execute()
  const free = wanted.find((slug) => taken.every((tag) => tag.slug !== slug))
  if (free === undefined) throw conflict(text('api.tagTaken', { name }))
  return free
}

/** Readers search for the name of a tag, and the index knows the posts of `tag:` by its number. */
async function queueTagged(db: Db, id: number): Promise<void> {
  await queueForSearch(db, sql`select post_id as id from post_tags where tag_id = ${id}`)
}

/** No name has a comma in it. */
async function changeInDrafts(db: Db, from: string, to: string | null): Promise<void> {
  const names = sql`string_to_array(tags, ', ')`
  const removed = sql`array_remove(${names}, ${from})`
  const changed =
    to === null
      ? removed
      : sql`case when ${to} = any(${names}) then ${removed} else array_replace(${names}, ${from}, ${to}) end`
  await sql`update post_drafts set tags = array_to_string(${changed}, ', ') where ${from} = any(${names})`.execute(db)
}

async function record(db: Db, action: string, id: number, actor: Actor, name: string, details = {}): Promise<void> {
  const subject = { type: 'tag', id }
  await recordEvent(db, { action, actor_id: actor.id, client_ip: actor.ip, subject, description: name, details })
}
