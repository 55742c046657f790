import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { claimSlug, slugOf } from '../slug.ts'

/**
 * A draft that the editor began has the address of half a title. Until somebody saves or publishes it, the address goes
 * along with the title. Called in the transaction that writes the post, before its revision is kept.
 */
export async function followTitle(db: Db, id: number, title: string): Promise<string | undefined> {
  const { rows } = await sql<{ slug: string }>`
    select slug from posts where id = ${id} and published_at is null and not exists (
      select from post_revisions where post_id = ${id} and kind <> 'autosaved')`.execute(db)
  const [post] = rows
  const base = slugOf(title, 'post')
  if (!post || post.slug === base || new RegExp(`^${RegExp.escape(base)}-(\\d|[a-z\\d]{6})$`).test(post.slug))
    return undefined
  return await claimSlug(base, async (slug) => {
    const { rows } = await sql<{ slug: string }>`
      update posts set slug = ${slug} where id = ${id} and not exists (select from posts where slug = ${slug})
        returning slug`.execute(db)
    return rows[0]?.slug
  })
}

/** The post that a form with this key made, when it is the author's own. */
export async function findBegun(db: Db, submission_key: string, author_id: number): Promise<number | undefined> {
  const row = await db
    .selectFrom('posts')
    .select('id')
    .where('submission_key', '=', submission_key)
    .where('author_id', '=', author_id)
    .executeTakeFirst()
  return row?.id
}
