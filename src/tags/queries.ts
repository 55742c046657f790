import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
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

/** Gives a post exactly these tags, in this order; a tag that nobody had yet is made. Names that share an address are one tag. */
export async function replaceTags(db: Db, post_id: number, names: string[]): Promise<void> {
  await db.deleteFrom('post_tags').where('post_id', '=', post_id).execute()
  const ids = [...new Set(await claimTags(db, names))]
  if (ids.length === 0) return
  await db
    .insertInto('post_tags')
    .values(ids.map((tag_id, position) => ({ post_id, tag_id, position })))
    .onConflict((taken) => taken.doNothing())
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
