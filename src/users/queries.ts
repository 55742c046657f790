import { sql } from 'kysely'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { claimSlug, slugOf } from '../slug.ts'

const bySlug = compiled((db, { slug }: { slug: string }) =>
  db.selectFrom('users').select(['id', 'slug', 'name', 'about', 'links']).where('slug', '=', slug),
)

export async function findAuthor(db: Db, slug: string) {
  return (await bySlug(db, { slug }))[0]
}

/** The address now of somebody whose page was at this one once. */
export async function findAuthorOnceAt(db: Db, slug: string) {
  return await db
    .selectFrom('old_user_slugs')
    .innerJoin('users', 'users.id', 'old_user_slugs.user_id')
    .select(['users.id', 'users.slug', 'users.name', 'users.about', 'users.links'])
    .where('old_user_slugs.slug', '=', slug)
    .executeTakeFirst()
}

export type Author = NonNullable<Awaited<ReturnType<typeof findAuthor>>>

/** Who wrote a text: the author, and those of `authors`, `cleo, bea`, who are still here, in their order. */
export async function findWriters(db: Db, author_id: number | null, authors: string) {
  const slugs = authors.split(', ')
  const people = await db
    .selectFrom('users')
    .select(['id', 'slug', 'name'])
    .where((is) => is.or([is('id', '=', author_id), is('slug', 'in', slugs)]))
    .execute()
  const author = people.find(({ id }) => id === author_id)
  const others = people.filter((person) => person !== author)
  return {
    author_id,
    author_name: author?.name ?? null,
    author_slug: author?.slug ?? null,
    co_authors: others.toSorted((a, b) => slugs.indexOf(a.slug) - slugs.indexOf(b.slug)),
  }
}

/** What signing in needs to know; also for accounts that may not. */
export async function findAccountByEmail(db: Db, email: string) {
  return await db
    .selectFrom('users')
    .select(['id', 'name', 'email', 'password_hash', 'state', 'email_confirmed_at'])
    .where(sql<string>`lower(email)`, '=', email)
    .executeTakeFirst()
}

export async function findPasswordHash(db: Db, id: number): Promise<string | null | undefined> {
  return (await db.selectFrom('users').select('password_hash').where('id', '=', id).executeTakeFirst())?.password_hash
}

export type NewUser = { name: string; email: string; password_hash: string | null; isConfirmed: boolean; role: string }

/** Undefined when the address has an account already. Call it inside a transaction. */
export async function insertUser(db: Db, { name, email, password_hash, isConfirmed, role }: NewUser) {
  const user = await claimSlug<{ id: number } | 'taken'>(slugOf(name, 'person'), async (slug) => {
    const row = await db
      .insertInto('users')
      .values({ name, email, slug, password_hash, email_confirmed_at: isConfirmed ? sql<Date>`now()` : null })
      .onConflict((taken) => taken.doNothing())
      .returning('id')
      .executeTakeFirst()
    return row ?? ((await findAccountByEmail(db, email)) ? 'taken' : undefined)
  })
  if (user === 'taken') return undefined
  await db
    .insertInto('user_roles')
    .columns(['user_id', 'role_id'])
    .expression(
      db
        .selectFrom('roles')
        .select([sql.lit(user.id).as('user_id'), 'id'])
        .where(sql<string>`lower(name)`, '=', role),
    )
    .execute()
  return user
}

/** What somebody says of themselves. */
export async function findProfile(db: Db, id: number): Promise<{ about: string; links: string }> {
  const row = await db.selectFrom('users').select(['about', 'links']).where('id', '=', id).executeTakeFirst()
  return row ?? { about: '', links: '' }
}

type Profile = { name: string; about?: string; links?: string[] }

/** What is left out stays. The address of the person's page stays in any case: links to it were given away. */
export async function changeProfile(db: Db, id: number, { name, about, links }: Profile, actor: Actor): Promise<void> {
  await db.transaction().execute(async (db) => {
    const set = {
      name,
      first_name: null,
      last_name: null,
      ...(about !== undefined && { about }),
      ...(links && { links: links.join('\n') }),
      updated_at: sql<Date>`now()`,
    }
    await db.updateTable('users').set(set).where('id', '=', id).execute()
    const subject = { type: 'user', id }
    await recordEvent(db, { action: 'user.changed', actor_id: actor.id, client_ip: actor.ip, subject })
  })
}
