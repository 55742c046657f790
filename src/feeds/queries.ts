import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { tagNames } from '../post-states/queries.ts'

/** What a feed says of posts beside what every list does. */
export async function listTexts(db: Db, ids: number[]) {
  if (ids.length === 0) return new Map<number, FeedText>()
  const rows = await texts(db).where('posts.id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row]))
}

function texts(db: Db) {
  return db
    .selectFrom('posts')
    .select(['posts.id', 'posts.body_html', 'posts.picture_url', 'posts.picture_alt', tagNames.as('tags')])
    .select(sql<Date>`greatest(posts.updated_at, posts.published_at)`.as('updated_at'))
}
export type FeedText = Awaited<ReturnType<ReturnType<typeof texts>['executeTakeFirstOrThrow']>>
