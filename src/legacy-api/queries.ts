import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { wantedPeople } from '../people/queries.ts'
import { isListed, isPublic } from '../post-states/queries.ts'
import { isAmongWriters, isWriter } from '../users-api/queries.ts'
import { type Found, type Paging, deepest } from './shape.ts'

type Query = {
  select: (what: unknown) => Query
  orderBy: (by: unknown, direction: 'asc' | 'desc') => Query
  limit: (most: number) => Query
  offset: (rows: number) => Query
  execute: () => Promise<unknown[]>
}

/** The ids of a page alone are walked through: what is long in a row is read for those that are shown. */
async function pageOfIds(db: Db, query: unknown, id: string, what: string, { offset, limit, isDescending }: Paging) {
  const rows = (query as Query).select(sql`${sql.ref(id)}`.as('id'))
  const page = rows
    .orderBy(sql.ref(id), isDescending ? 'desc' : 'asc')
    .limit(limit + 1)
    .offset(offset)
  const [found, total] = await Promise.all([page.execute(), countOf(db, what, query as Query)])
  const ids = (found as { id: number }[]).map((row) => row.id)
  return { ids: ids.slice(0, limit), hasMore: ids.length > limit, total }
}

// Counting so many takes a moment, and another more or less is no news: so they are counted again now and then.
const [many, keptMs] = [10_000, 30_000]
const counts = new WeakMap<Db, Map<string, { total: number; until: number }>>()

async function countOf(db: Db, what: string, query: Query): Promise<number> {
  const kept = counts.get(db) ?? new Map<string, { total: number; until: number }>()
  counts.set(db, kept)
  const known = kept.get(what)
  if (known && known.until > Date.now()) return known.total
  const { rows } = await sql<{ total: number }>`
    select count(*)::int as total from (${query.limit(deepest)}) as few`.execute(db)
  const total = rows[0]?.total ?? 0
  if (total > many) kept.set(what, { total, until: Date.now() + keptMs })
  else kept.delete(what)
  return total
}

/** The rows of these ids, in their order. */
function inOrder<Row extends { id: number }>(ids: number[], rows: Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

const none = [0]

/** Posts as the lists of the blog have them. */
export async function listPostIds(db: Db, paging: Paging) {
  return await pageOfIds(db, db.selectFrom('posts').where(isListed), 'posts.id', 'posts', paging)
}

/** What everybody reads, below posts that this reader may read. */
export async function listComments(db: Db, paging: Paging, isMember: boolean): Promise<Found<CommentRow>> {
  const query = db
    .selectFrom('comments')
    .innerJoin('posts', 'posts.id', 'comments.post_id')
    .where('comments.shown', '=', 'whole')
    .where('posts.kind', '=', 'post')
    .where(isPublic)
    .where('posts.visibility', 'in', isMember ? ['public', 'members'] : ['public'])
  const { ids, ...found } = await pageOfIds(
    db,
    query,
    'comments.id',
    isMember ? 'comments for members' : 'comments',
    paging,
  )
  const rows = await db
    .selectFrom('comments')
    .select(['id', 'body', 'body_format', 'body_html', 'created_at', 'post_id', 'author_id'])
    .where('id', 'in', ids.length > 0 ? ids : none)
    .execute()
  return { ...found, rows: inOrder(ids, rows) }
}
export type CommentRow = {
  id: number
  body: string
  body_format: string
  body_html: string
  created_at: Date
  post_id: number
  author_id: number | null
}

function people(db: Db) {
  return db
    .selectFrom('users')
    .select(['users.id', 'users.email', 'users.name', 'users.first_name', 'users.last_name', isWriter.as('is_writer')])
}
export type PersonRow = NonNullable<Awaited<ReturnType<typeof findPersonRow>>>

export async function listPeople(db: Db, paging: Paging, isEverybody: boolean): Promise<Found<PersonRow>> {
  const wanted = wantedPeople(db, {}, undefined, false)
  const query = isEverybody ? wanted : wanted.where(isAmongWriters)
  const { ids, ...found } = await pageOfIds(db, query, 'users.id', isEverybody ? 'people' : 'writers', paging)
  const rows = await people(db)
    .where('users.id', 'in', ids.length > 0 ? ids : none)
    .execute()
  return { ...found, rows: inOrder(ids, rows) }
}

export async function findPersonRow(db: Db, id: number) {
  return await people(db).where('users.id', '=', id).executeTakeFirst()
}

const columnsOf = {
  roles: ['id', 'name', 'description', 'created_at'],
  permissions: ['id', 'name', 'resource', 'action', 'scope', 'description', 'created_at'],
} as const
type Small = keyof typeof columnsOf

export async function listSmall(db: Db, table: Small, paging: Paging): Promise<Found<Record<string, unknown>>> {
  const { ids, ...found } = await pageOfIds(db, db.selectFrom(table), `${table}.id`, table, paging)
  const rows = await db
    .selectFrom(table)
    .select(columnsOf[table])
    .where('id', 'in', ids.length > 0 ? ids : none)
    .execute()
  return { ...found, rows: inOrder(ids, rows) }
}

export async function findSmall(db: Db, table: Small, id: number) {
  return await db.selectFrom(table).select(columnsOf[table]).where('id', '=', id).executeTakeFirst()
}

/** Whether posts in the lists of the blog have this one. */
export async function isInLists(db: Db, id: number): Promise<boolean> {
  const query = db.selectFrom('posts').select('id').where('id', '=', id).where(isListed)
  return (await query.executeTakeFirst()) !== undefined
}

export async function listPostTexts(db: Db, ids: number[]) {
  const rows = await db
    .selectFrom('posts')
    .select(['id', 'title', 'body', 'body_format as format', 'body_html as html', 'author_id', 'visibility'])
    .select(['published_at', 'created_at'])
    .select(
      sql<{ id: number }[]>`(select coalesce(jsonb_agg(jsonb_build_object('id', user_id)), '[]')
        from post_authors where post_authors.post_id = posts.id)`.as('co_authors'),
    )
    .where('id', 'in', ids.length > 0 ? ids : none)
    .execute()
  return inOrder(ids, rows)
}
export type PostText = Awaited<ReturnType<typeof listPostTexts>>[number]
