// Those who wrote a post together with its author.
import { sql } from 'kysely'
import type { Actor } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import { isWriter } from '../permissions/queries.ts'
import { recordDeed } from '../posts/deeds.ts'
import { text } from '../texts/texts.ts'

const slugsOf = (authors: string) => authors.split(', ').filter(Boolean)

/** What is wrong with these names, all of it; undefined when each may write, or has part in the post already. */
export async function findWrongAuthors(db: Db, post_id: number | null, authors: string): Promise<string | undefined> {
  const slugs = slugsOf(authors)
  if (slugs.length === 0) return undefined
  const people = await db
    .selectFrom('users')
    .select(['slug', 'name', isWriter.as('is_writer')])
    .select(
      sql<boolean>`exists (select from posts where id = ${post_id}::bigint and author_id = users.id)
        or exists (select from post_authors where post_id = ${post_id}::bigint and user_id = users.id)`.as('has_part'),
    )
    .where('slug', 'in', slugs)
    .execute()
  const missing = slugs.filter((slug) => !people.some((person) => person.slug === slug))
  const strangers = people.filter((person) => !person.is_writer && !person.has_part)
  const messages = [
    missing.length > 0 && text('postAuthors.unknown', { count: missing.length, addresses: anyOf(missing) }),
    strangers.length > 0 && text('postAuthors.mayNotWrite', { count: strangers.length, names: allOf(strangers) }),
  ]
  return messages.filter(Boolean).join(' ') || undefined
}

const anyOf = (slugs: string[]) =>
  slugs.map((slug) => `/authors/${slug}`).reduce((before, after) => text('postAuthors.or', { before, after }))

const allOf = (people: { name: string }[]) =>
  people.map(({ name }) => name).reduce((before, after) => text('postAuthors.and', { before, after }))

/** Those who are gone are passed over: see findWrongAuthors(). What links the others made to the post end. */
export async function replaceAuthors(
  db: Db,
  post: { id: number; author_id: number | null },
  authors: string,
): Promise<void> {
  const before = await db
    .selectFrom('post_authors')
    .select(['user_id', 'position'])
    .where('post_id', '=', post.id)
    .execute()
  const slugs = slugsOf(authors)
  const people =
    slugs.length > 0 ? await db.selectFrom('users').select(['id', 'slug']).where('slug', 'in', slugs).execute() : []
  const ids = slugs.flatMap((slug) => people.filter((person) => person.slug === slug).map(({ id }) => id))
  const others = ids.filter((id) => id !== post.author_id)
  const rows = others.map((user_id, position) => ({ post_id: post.id, user_id, position }))
  // Each row that is written takes all pages of readers out of memory.
  const gone = before.filter(({ user_id }) => !others.includes(user_id)).map(({ user_id }) => user_id)
  const different = rows.filter(
    (row) => !before.some(({ user_id, position }) => user_id === row.user_id && position === row.position),
  )
  if (gone.length > 0)
    await db.deleteFrom('post_authors').where('post_id', '=', post.id).where('user_id', 'in', gone).execute()
  if (different.length > 0)
    await db
      .insertInto('post_authors')
      .values(different)
      .onConflict((taken) =>
        taken.columns(['post_id', 'user_id']).doUpdateSet((is) => ({ position: is.ref('excluded.position') })),
      )
      .execute()
  const removed = before.map(({ user_id }) => user_id).filter((id) => !ids.includes(id) && id !== post.author_id)
  await endLinksOf(db, post.id, removed)
}

/** Takes the actor out of the post, and out of its draft. Somebody who has no part in it changes nothing. */
export async function leavePost(db: Db, post: { id: number; title: string }, actor: Actor): Promise<void> {
  await db.transaction().execute(async (db) => {
    await sql`select from posts where id = ${post.id} for update`.execute(db)
    const row = await db
      .deleteFrom('post_authors')
      .where('post_id', '=', post.id)
      .where('user_id', '=', actor.id)
      .returning('user_id')
      .executeTakeFirst()
    if (!row) return
    await sql`
      update post_drafts
        set details = jsonb_set(details, '{authors}', to_jsonb(array_to_string(
          array_remove(string_to_array(details ->> 'authors', ', '), (select slug from users where id = ${actor.id})), ', ')))
        where post_id = ${post.id} and details ->> 'authors' is not null`.execute(db)
    await endLinksOf(db, post.id, [actor.id])
    // A form that is open elsewhere still has the name, and would bring it back.
    await db
      .updateTable('posts')
      .set({ version: sql`version + 1` })
      .where('id', '=', post.id)
      .execute()
    await recordDeed(db, 'post.left', post.id, actor, post.title)
  })
}

/** Who has no part in a post any more shows it to nobody. */
export async function endLinksOf(db: Db, post_id: number, user_ids: number[]): Promise<void> {
  if (user_ids.length === 0) return
  await db.deleteFrom('post_links').where('post_id', '=', post_id).where('created_by', 'in', user_ids).execute()
}
