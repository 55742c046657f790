import { type RawBuilder, sql } from 'kysely'
import { enqueue } from '../db/enqueue.ts'
import type { Db } from '../db/pool.ts'
import { isPublic } from '../post-states/queries.ts'
import { type Indexed, type Row, indexVersion } from './rows.ts'

/** SQL: a row of `posts` that somebody may find, now or when its moment comes. */
const isFindable = sql<boolean>`posts.published_at is not null and posts.visibility in ('public', 'members')`

/** Posts of the queue that nobody else works on, until the transaction ends. */
export async function takeQueued(db: Db, most: number): Promise<number[]> {
  const { rows } = await sql<{ post_id: number }>`
    delete from search_queue where id in (
      select id from search_queue order by id limit ${most} for update skip locked)
    returning post_id`.execute(db)
  return [...new Set(rows.map(({ post_id }) => post_id))].toSorted((a, b) => a - b)
}

export async function listToIndex(db: Db, ids: number[]): Promise<Indexed[]> {
  if (ids.length === 0) return []
  return await db
    .selectFrom('posts')
    .select(['id', 'version', 'visibility', 'language', 'title', 'excerpt', isPublic.as('is_out')])
    // More markup than this is more text than is indexed.
    .select(sql<string>`left(body_html, 3000000)`.as('body_html'))
    .select(
      sql<string>`concat_ws(' ', (select string_agg(tags.name, ' ' order by post_tags.position)
          from post_tags join tags on tags.id = post_tags.tag_id where post_tags.post_id = posts.id),
        (select series.title from series where series.id = posts.series_id))`.as('tags'),
    )
    .where('id', 'in', ids)
    .where(isFindable)
    .orderBy('id')
    .execute()
}

/**
 * The vectors of these posts. They are made before a row is held, and written from the post as it is then: one that was
 * hidden or changed meanwhile is in the queue again.
 */
export async function writeRows(db: Db, rows: Row[]): Promise<void> {
  if (rows.length === 0) return
  // What is too long fails, and the rest of the transaction goes on.
  await sql`savepoint rows`.execute(db)
  try {
    await upsertRows(db, rows)
  } catch (error) {
    await sql`rollback to savepoint rows`.execute(db)
    throw error
  }
  await sql`release savepoint rows`.execute(db)
}

async function upsertRows(db: Db, rows: Row[]): Promise<void> {
  await sql`
    with given as materialized (
      select *, config::regconfig as dictionary from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as row (
        post_id bigint, audience text, version integer, config text, title text, tags text, excerpt text, text text, body text)),
    made as materialized (
      select given.*,
        setweight(to_tsvector(dictionary, title) || to_tsvector('simple', title), 'A')
          || setweight(to_tsvector(dictionary, tags) || to_tsvector('simple', tags), 'B') as title_words,
        setweight(to_tsvector(dictionary, excerpt), 'C') || setweight(to_tsvector(dictionary, text), 'D') as text_words,
        array_to_tsvector(array(
          select '#t ' || tag_id from post_tags where post_tags.post_id = given.post_id
          union all select '#a ' || user_id from post_authors where post_authors.post_id = given.post_id
          union all select '#a ' || author_id from posts where posts.id = given.post_id and author_id is not null)) as marks
      from given)
    insert into search_posts (post_id, audience, published_at, version, made_by, config, title_words, words, body)
      select made.post_id, audience, posts.published_at, made.version, ${indexVersion}::integer, made.config, title_words,
        title_words || text_words || marks, made.body
      from made join posts on posts.id = made.post_id where ${isFindable}
      order by made.post_id, audience
    on conflict (post_id, audience) do update set published_at = excluded.published_at, version = excluded.version,
      made_by = excluded.made_by, config = excluded.config, title_words = excluded.title_words, words = excluded.words,
      body = excluded.body`.execute(db)
  await db
    .insertInto('search_languages')
    .values([...new Set(rows.map(({ config }) => config))].toSorted().map((config) => ({ config })))
    .onConflict((known) => known.doNothing())
    .execute()
}

/** What else changed the words of these posts than a save of them: their rows are made anew by a job. */
export async function queueForSearch(db: Db, ids: RawBuilder<unknown>): Promise<void> {
  await sql`insert into search_queue (post_id) select id from (${ids}) as changed`.execute(db)
  await enqueue(db, 'index-posts', {})
}

export async function listIndexed(db: Db, ids: number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set()
  const rows = await db.selectFrom('search_posts').select('post_id').where('post_id', 'in', ids).execute()
  return new Set(rows.map(({ post_id }) => post_id))
}

/** Rows of these posts that are not among those that were made just now. */
export async function deleteOtherRows(db: Db, ids: number[], rows: Pick<Row, 'post_id' | 'audience'>[]): Promise<void> {
  if (ids.length === 0) return
  const kept = JSON.stringify(rows.map(({ post_id, audience }) => ({ post_id, audience })))
  await sql`
    delete from search_posts where post_id in (${sql.join(ids)}) and not exists (
      select from jsonb_to_recordset(${kept}::text::jsonb) as kept (post_id bigint, audience text)
        where kept.post_id = search_posts.post_id and kept.audience = search_posts.audience)`.execute(db)
}

/** So that no search has to read the list of what is not in the index yet. */
export async function cleanPending(db: Db): Promise<void> {
  await sql`select gin_clean_pending_list('search_posts_words_idx')`.execute(db)
}

/** Where the walk through all posts is; null when it has been to the end. */
export async function findSweep(db: Db): Promise<number | null> {
  const row = await db.selectFrom('search_state').select('swept_to').executeTakeFirstOrThrow()
  return row.swept_to
}

export async function noteSweep(db: Db, swept_to: number | null): Promise<void> {
  await db.updateTable('search_state').set({ swept_to }).execute()
}

export type Walked = { id: number; bytes: number; is_missing: boolean }

/** The next posts by their numbers, and which of them have no row that is up to date. */
export async function walkPosts(db: Db, after: number, most: number): Promise<Walked[]> {
  const { rows } = await sql<Walked>`
    select posts.id, length(posts.body_html) as bytes, (${isFindable}) and not exists (
      select from search_posts where post_id = posts.id and search_posts.version = posts.version
        and made_by = ${indexVersion}::integer and (audience = 'all') = (posts.visibility = 'public')) as is_missing
    from posts where posts.id > ${after} order by posts.id limit ${most}`.execute(db)
  return rows
}

export async function countFindable(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from posts where ${isFindable}`.execute(db)
  return rows[0]?.count ?? 0
}

/** The next posts by their numbers. */
export async function listFindable(db: Db, after: number, most: number): Promise<number[]> {
  const query = db.selectFrom('posts').select('id').where('id', '>', after).where(isFindable)
  return (await query.orderBy('id').limit(most).execute()).map(({ id }) => id)
}

/** Rows whose post is gone or hidden; a few at a time. True when there were any. */
export async function deleteStaleRows(db: Db): Promise<boolean> {
  const { rows } = await sql`
    delete from search_posts where (post_id, audience) in (
      select post_id, audience from search_posts left join posts on posts.id = post_id
        where posts.id is null or not (${isFindable}) or (audience = 'all') <> (posts.visibility = 'public')
        limit 5000)
    returning post_id`.execute(db)
  return rows.length > 0
}

/** Before very many rows come into an empty table: the index is made faster afterwards. False when there are rows. */
export async function dropIndexIfEmpty(db: Db): Promise<boolean> {
  return await db.transaction().execute(async (db) => {
    await sql`lock table search_posts in access exclusive mode`.execute(db)
    const { rows } = await sql<{ used: boolean }>`select exists (select from search_posts) as used`.execute(db)
    if (rows[0]?.used !== false) return false
    await sql`drop index if exists search_posts_words_idx`.execute(db)
    return true
  })
}

export async function makeIndex(db: Db): Promise<void> {
  await sql`set maintenance_work_mem = '256MB'`.execute(db)
  await sql`create index if not exists search_posts_words_idx on search_posts using gin (words)
    with (gin_pending_list_limit = 1024)`.execute(db)
  await sql`reset maintenance_work_mem`.execute(db)
}

/** What the planner knows of the words decides how they are looked for. */
export async function analyzeRows(db: Db): Promise<void> {
  await sql`vacuum (analyze) search_posts`.execute(db)
}

/** Begins the walk again when an import was completed, or taken back, since it began. */
export async function askToIndexAll(db: Db): Promise<void> {
  const complete = sql<number>`(select count(*) from imports where state = 'complete')`
  await sql`update search_state set swept_to = 0, imports_seen = ${complete} where imports_seen <> ${complete}`.execute(
    db,
  )
  if ((await findSweep(db)) !== null) await enqueue(db, 'index-all', {}, { key: 'index-all', canWait: true })
}
