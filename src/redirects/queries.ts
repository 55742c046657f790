import { sql } from 'kysely'
import { recordEvent } from '../audit/queries.ts'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { conflict, invalid } from '../errors.ts'
import { type RedirectInput, mostRedirects, pathKey, redirectsOnPage } from './redirect.ts'

type Elsewhere = { page: string | null; slug: string | null; kind: string | null; to_address: string | null }

// One look for an address that no route has: a page, a post that had it, a redirect.
const elsewhere = compiled(
  (_, { path, slug }: { path: string; slug: string }) => sql<Elsewhere>`
  select
    (select posts.slug from posts where posts.slug = ${slug}::text and kind = 'page' and published_at <= now()) as page,
    moved.slug, moved.kind,
    (select to_address from redirects where from_path = ${path}::text) as to_address
  from (select 1) as one left join (
    select posts.slug, posts.kind from posts
      where published_at <= now() and visibility <> 'private' and (
        posts.slug = ${slug}::text and kind = 'post'
        or id = (select post_id from old_slugs where old_slugs.slug = ${slug}::text)) limit 1) as moved on true`,
)

/** `slug` is the only part of the path, or empty where it has several. */
export async function findElsewhere(db: Db, path: string, slug: string): Promise<Elsewhere> {
  const [row] = await elsewhere(db, { path: pathKey(path), slug })
  return row ?? { page: null, slug: null, kind: null, to_address: null }
}

export async function findRedirect(db: Db, path: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('redirects')
    .select('to_address')
    .where('from_path', '=', pathKey(path))
    .executeTakeFirst()
  return row?.to_address
}

/** Newest first, from below the id on. */
export async function listRedirects(db: Db, before?: number) {
  let query = db
    .selectFrom('redirects')
    .leftJoin('users', 'users.id', 'redirects.created_by')
    .select([
      'redirects.id',
      'redirects.from_path',
      'redirects.to_address',
      'redirects.created_at',
      'users.name as by_name',
    ])
    .orderBy('redirects.id', 'desc')
    .limit(redirectsOnPage + 1)
  if (before !== undefined) query = query.where('redirects.id', '<', before)
  const rows = await query.execute()
  const redirects = rows.slice(0, redirectsOnPage)
  return { redirects, next: rows.length > redirectsOnPage ? redirects.at(-1)?.id : undefined }
}
export type ListedRedirect = Awaited<ReturnType<typeof listRedirects>>['redirects'][number]

type Actor = { id: number; ip: string }

/** Replaces the one the address has. Throws `invalid` for `to_address` where following them all would end in a circle. */
export async function saveRedirect(db: Db, input: RedirectInput, actor: Actor): Promise<void> {
  const from_path = pathKey(input.from_path)
  const to_address = input.to_address.trim()
  await db.transaction().execute(async (db) => {
    // Two halves of a circle must not be saved at once.
    await sql`lock table redirects in share row exclusive mode`.execute(db)
    const { rows } = await sql<{ circles: boolean; count: number }>`
      with recursive chain (address, step) as (
        select ${to_address}::text, 1
        union all
        select redirects.to_address, step + 1 from chain join redirects on from_path = rtrim(split_part(split_part(address, '?', 1), '#', 1), '/')
          where step < 100)
      select bool_or(rtrim(split_part(split_part(address, '?', 1), '#', 1), '/') = ${from_path}) as circles,
          (select count(*)::int from redirects) as count from chain`.execute(db)
    if (rows[0]?.circles) {
      const message = 'This would lead in a circle: what it leads to leads back here.'
      throw invalid(message, { to_address: message })
    }
    if ((rows[0]?.count ?? 0) >= mostRedirects) throw conflict(`There are ${mostRedirects} redirects, and no more fit.`)
    await db
      .insertInto('redirects')
      .values({ from_path, to_address, created_by: actor.id })
      .onConflict((known) => known.column('from_path').doUpdateSet({ to_address, created_by: actor.id }))
      .execute()
    await recordEvent(db, {
      action: 'redirect.saved',
      actor_id: actor.id,
      client_ip: actor.ip,
      details: { from_path, to_address },
    })
  })
}

/** A second call changes nothing. */
export async function deleteRedirect(db: Db, id: number, actor: Actor): Promise<void> {
  await db.transaction().execute(async (db) => {
    const row = await db
      .deleteFrom('redirects')
      .where('id', '=', id)
      .returning(['from_path', 'to_address'])
      .executeTakeFirst()
    if (row)
      await recordEvent(db, { action: 'redirect.deleted', actor_id: actor.id, client_ip: actor.ip, details: row })
  })
}
