import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import type { Rendered } from '../markdown/render.ts'

/** A few posts that an older renderer made. */
export async function listOutdatedPosts(db: Db, current: number, most = 50) {
  return await db
    .selectFrom('posts')
    .select(['id', 'version', 'body'])
    .where('body_format', '=', sql.lit('markdown'))
    .where('renderer_version', '<', current)
    .orderBy('renderer_version')
    .orderBy('id')
    .limit(most)
    .execute()
}

/** No save of a person: version and date stay. False when the post was saved since; without a rendering, its page stays. */
export async function replaceRendering(
  db: Db,
  { id, version }: { id: number; version: number },
  rendered: Rendered | undefined,
  renderer_version: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('posts')
    .set({
      renderer_version,
      ...(rendered && {
        body_html: rendered.html,
        excerpt: sql<string>`case when own_excerpt = '' and visibility <> 'members' then ${rendered.excerpt} else own_excerpt end`,
      }),
    })
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
