import { sql } from 'kysely'
import { pathKey } from '../address.ts'
import { type ListQuery, pageOf as restPage } from '../api/list.ts'
import { type Actor, recordEvent } from '../audit/queries.ts'
import { compiled } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import type { Sorts } from '../db/keyset.ts'
import { pageOf } from '../db/page-of.ts'
import { invalid } from '../errors.ts'
import { text } from '../texts/texts.ts'
import { type Redirect, mostRedirects, redirectsOnPage } from './redirect.ts'

type Place = { page: string | null; to_address: string | null; slug: string | null; kind: string | null }

// One look for all of it: a page, a redirect, a post that had the address while it was out.
const place = compiled(
  (_, { path, slug }: { path: string; slug: string }) => sql<Place>`
  select
    (select posts.slug from posts where posts.slug = ${slug}::text and kind = 'page' and published_at <= now()) as page,
    (select to_address from redirects where from_path = ${path}::text) as to_address,
    moved.slug, moved.kind
  from (select 1) as one left join (
    select posts.slug, posts.kind from old_slugs join posts on posts.id = old_slugs.post_id
      where old_slugs.slug = ${slug}::text and published_at <= now() and visibility <> 'private') as moved on true`,
)

/** `slug` is the only part of the path, or empty where it has several. */
export async function findPlace(db: Db, path: string, slug: string): Promise<Place | undefined> {
  return (await place(db, { path, slug }))[0]
}

export async function findRedirect(db: Db, path: string): Promise<string | undefined> {
  const row = await db.selectFrom('redirects').select('to_address').where('from_path', '=', path).executeTakeFirst()
  return row?.to_address
}

/** True where a post or a page answers everybody, or a post that moved leads on: a redirect is asked after these. */
export async function isAnswered(db: Db, path: string): Promise<boolean> {
  const [, folder, slug = path.slice(1)] = /^\/(posts)\/([^/]+)$/.exec(path) ?? []
  const named = folder
    ? sql`id in (select id from posts where slug = ${slug} union all select post_id from old_slugs where slug = ${slug})`
    : sql`slug = ${slug} and kind = 'page'`
  const { rows } = await sql<{ id: number }>`
    select id from posts where ${named} and published_at <= now() and visibility <> 'private'
      limit 1`.execute(db)
  return rows.length > 0
}

/** Newest first, from below the id on. */
export async function listRedirects(db: Db, before?: number) {
  let query = db
    .selectFrom('redirects')
    .leftJoin('users', 'users.id', 'redirects.created_by')
    .select(['redirects.id', 'redirects.from_path', 'redirects.to_address', 'redirects.created_at'])
    .select('users.name as by_name')
    .orderBy('redirects.id', 'desc')
    .limit(redirectsOnPage + 1)
  if (before !== undefined) query = query.where('redirects.id', '<', before)
  const { rows, last } = pageOf(await query.execute(), redirectsOnPage)
  return { redirects: rows, next: last?.id }
}
export type ListedRedirect = Awaited<ReturnType<typeof listRedirects>>['redirects'][number]

const sorts: Sorts = { id: { by: sql`redirects.id`, type: 'number' } }

function redirectRows(db: Db) {
  return db
    .selectFrom('redirects')
    .leftJoin('users', 'users.id', 'redirects.created_by')
    .select(['redirects.id', 'redirects.from_path', 'redirects.to_address', 'redirects.created_at'])
    .select('users.name as created_by')
}
type RedirectRow = Awaited<ReturnType<ReturnType<typeof redirectRows>['execute']>>[number]

/** As programs list them; the same ones as above. */
export async function listRedirectRows(db: Db, list: ListQuery) {
  return await restPage<RedirectRow>(redirectRows(db), sorts, list, '-id', sql`redirects.id`)
}

export async function findRedirectRow(db: Db, id: number): Promise<RedirectRow | undefined> {
  return await redirectRows(db).where('redirects.id', '=', id).executeTakeFirst()
}

/**
 * Replaces the one the address has. Throws `invalid` where following them all would end in a circle, and where no more
 * fit.
 */
export async function saveRedirect(db: Db, redirect: Redirect, actor: Actor): Promise<number> {
  return await db.transaction().execute(async (db) => await keepRedirect(db, redirect, actor))
}

async function keepRedirect(db: Db, redirect: Redirect, actor: Actor): Promise<number> {
  const { from_path, to_address, to_path } = redirect
  // Two halves of a circle must not be saved at once.
  await sql`lock table redirects in share row exclusive mode`.execute(db)
  const { rows } = await sql<{ circles: boolean; is_full: boolean }>`
    with recursive chain (path) as (
      select ${to_path}::text union select to_path from chain join redirects on from_path = path)
    select coalesce(bool_or(path = ${from_path}), false) as circles,
        (select count(*) >= ${mostRedirects} from redirects)
          and not exists (select from redirects where from_path = ${from_path}) as is_full
      from chain`.execute(db)
  if (rows[0]?.circles) {
    const message = text('redirects.circle')
    throw invalid(message, { to_address: message })
  }
  if (rows[0]?.is_full) {
    const message = text('redirects.tooMany', { most: mostRedirects })
    throw invalid(message, { form: message })
  }
  const { id } = await db
    .insertInto('redirects')
    .values({ ...redirect, created_by: actor.id })
    .onConflict((known) => known.column('from_path').doUpdateSet({ to_address, to_path, created_by: actor.id }))
    .returning('id')
    .executeTakeFirstOrThrow()
  await recordEvent(db, {
    action: 'redirect.saved',
    actor_id: actor.id,
    client_ip: actor.ip,
    details: { from_path, to_address },
  })
  return id
}

const mostFormer = 50

/** Addresses that lead to this one of the blog, at once or by way of others. */
export async function listLeadingTo(db: Db, address: string): Promise<string[]> {
  const path = pathKey(address)
  if (path === undefined) return []
  const { rows } = await sql<{ path: string }>`
    with recursive chain (path) as (
      select from_path from redirects where to_path = ${path}::text
      union select from_path from chain join redirects on to_path = chain.path)
    select path from chain where path <> ${path}::text order by path limit ${sql.lit(mostFormer)}`.execute(db)
  return rows.map((row) => row.path)
}

/** Called with the transaction that gives something of this blog another address: the old one leads there. */
export async function leadOn(db: Db, from: string, to: string, actor: Actor): Promise<void> {
  const [from_path, to_path] = [pathKey(from), pathKey(to)]
  if (from_path === undefined || to_path === undefined) return
  // What had the address before leads nowhere from now on.
  await db.deleteFrom('redirects').where('from_path', '=', to_path).execute()
  await keepRedirect(db, { from_path, to_address: to, to_path }, actor)
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
