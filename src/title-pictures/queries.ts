import { sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { coAuthors, isPublic } from '../post-states/queries.ts'
import { placeOf } from './title-picture.ts'

const bySlug = compiled((db, { slug }: { slug: string }) =>
  db
    .selectFrom('posts')
    .leftJoin('users', 'users.id', 'posts.author_id')
    .select([
      'posts.id',
      'posts.slug',
      'posts.title',
      'posts.language',
      'posts.visibility',
      'users.name as author_name',
    ])
    .select(coAuthors.as('co_authors'))
    .where('posts.slug', '=', slug)
    .where('posts.visibility', '<>', sql.lit('private'))
    .where(isPublic),
)

/** One that is out, and that a stranger may open: for members there is a page for everybody, with the title. */
export async function findTitle(db: Db, slug: string) {
  return (await bySlug(db, { slug }))[0]
}

/** In the transaction that removes posts for good. */
export async function forgetTitlePictures(db: Db, ids: number[]): Promise<void> {
  const places = ids.map((id) => sql`(${JSON.stringify({ place: placeOf(id) })})`)
  await sql`
    select graphile_worker.add_job('remove-media-files', payload::json, max_attempts := 12, priority := 10)
      from (values ${sql.join(places)}) as gone (payload)`.execute(db)
}
