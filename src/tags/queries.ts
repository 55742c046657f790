import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { slugOf } from '../slug.ts'

const bySlug = compiled((db, { slug }: { slug: string }) =>
  db.selectFrom('tags').select(['id', 'slug', 'name']).where('slug', '=', slug),
)

export async function findTag(db: Db, slug: string) {
  return (await bySlug(db, { slug }))[0]
}
export type Tag = NonNullable<Awaited<ReturnType<typeof findTag>>>

/** Gives a post exactly these tags, in this order; a tag that nobody had yet is made. Names that share an address are one tag. */
export async function replaceTags(db: Db, post_id: number, names: string[]): Promise<void> {
  await db.deleteFrom('post_tags').where('post_id', '=', post_id).execute()
  const bySlug = new Map(names.map((name) => [slugOf(name, 'tag'), name]))
  if (bySlug.size === 0) return
  const slugs = [...bySlug.keys()]
  // In one order everywhere, so that two posts with the same new tags do not wait for each other in a circle.
  await db
    .insertInto('tags')
    .values(slugs.toSorted().map((slug) => ({ slug, name: bySlug.get(slug) ?? slug })))
    .onConflict((taken) => taken.column('slug').doNothing())
    .execute()
  const tags = await db.selectFrom('tags').select(['id', 'slug']).where('slug', 'in', slugs).execute()
  await db
    .insertInto('post_tags')
    .values(tags.map(({ id, slug }) => ({ post_id, tag_id: id, position: slugs.indexOf(slug) })))
    .onConflict((taken) => taken.doNothing())
    .execute()
}
