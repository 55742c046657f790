import { type RawBuilder, sql } from 'kysely'
import { askSearcher, compiled } from '../db/compiled.ts'
import { type Db, searcherOf } from '../db/pool.ts'
import { coAuthors, isPublic } from '../post-states/queries.ts'
import type { Position } from '../posts/post.ts'
import { slugOf } from '../slug.ts'
import { tagSlugsOf } from '../tags/tag.ts'
import type { Lexemes } from './plan.ts'
import type { Named, Term } from './query.ts'

/** On the connections of the search. */
async function ask<Row>(db: Db, query: RawBuilder<Row>, prepare = false): Promise<Row[]> {
  const { sql: text, parameters } = query.compile(db)
  return await askSearcher<Row>(db, text, parameters, prepare)
}

/** Its few wordings are planned once on each connection. */
async function askPrepared<Row>(db: Db, query: RawBuilder<Row>): Promise<Row[]> {
  return await ask(db, query, true)
}

/** PostgreSQL stopped a statement of the search because it took too long. */
export function tookTooLong(error: unknown): boolean {
  return (error as { code?: string })?.code === '57014'
}

const lexemesOf = compiled(
  (_, { given }: { given: string }) => sql<Lexemes>`
    select term, config, phraseto_tsquery(config::regconfig, words)::text as lexemes
      from jsonb_to_recordset(${given}::text::jsonb) as given (term integer, words text)
      cross join (select config from search_languages union select 'simple') as languages
      order by term, config`,
  searcherOf,
)

/** What every dictionary in use makes of the terms. */
export async function listLexemes(db: Db, terms: Term[]): Promise<Lexemes[]> {
  if (terms.length === 0) return []
  return await lexemesOf(db, { given: JSON.stringify(terms.map(({ words }, term) => ({ term, words }))) })
}

/** The numbers of tags or authors by each name. */
export async function listNamed(db: Db, tags: Named[], authors: Named[]) {
  if (tags.length + authors.length === 0) return { tags: [], authors: [] }
  const tagSlugs = [...new Set(tags.flatMap(({ name }) => [name, ...tagSlugsOf(name)]))]
  const authorSlugs = [...new Set(authors.flatMap(({ name }) => [name.toLowerCase(), slugOf(name, '-')]))]
  const list = (slugs: string[]) => sql.join(slugs.length > 0 ? slugs : [''])
  const rows = await ask(
    db,
    sql<{ kind: string; id: number; slug: string; name: string }>`
      select 'tag' as kind, id, slug, name from tags where slug in (${list(tagSlugs)})
      union all select 'author', id, slug, name from users where slug in (${list(authorSlugs)})`,
  )
  const idsOf = (kind: string, slugs: string[]) =>
    rows.filter((row) => row.kind === kind && slugs.includes(row.slug)).map(({ id }) => id)
  return {
    tags: tags.map(({ name, isNegative }) => ({ isNegative, ids: idsOf('tag', [name, ...tagSlugsOf(name)]) })),
    authors: authors.map(({ name, isNegative }) => ({
      isNegative,
      ids: idsOf('author', [name.toLowerCase(), slugOf(name, '-')]),
    })),
  }
}

/** `query` is a tsquery as PostgreSQL writes it; without one, all posts of the time are meant. */
export type Scope = { query: string | undefined; isMember: boolean; from: string | undefined; to: string | undefined }

/** SQL: rows of `search_posts` that this visitor may find, apart from the words. */
function isInScope({ isMember, from, to }: Scope): RawBuilder<boolean> {
  const conditions = [
    sql`audience <> ${sql.lit(isMember ? 'strangers' : 'members')}`,
    sql`search_posts.published_at <= now()`,
    ...(from === undefined ? [] : [sql`search_posts.published_at >= ${from}::text::timestamptz`]),
    ...(to === undefined ? [] : [sql`search_posts.published_at < ${to}::text::timestamptz`]),
  ]
  return sql`${sql.join(conditions, sql` and `)}`
}

function hasWords({ query }: Scope): RawBuilder<boolean> {
  return query === undefined ? sql`true` : sql`words @@ ${query}::tsquery`
}

/** How many posts the planner thinks have the words. */
export async function estimate(db: Db, scope: Scope): Promise<number> {
  const rows = await ask(
    db,
    sql<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>`
      explain (format json) select from search_posts where ${hasWords(scope)}`,
  )
  return rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0
}

/** More than this are not counted. */
export const mostCounted = 5000
/** What the first order brings into the second, which reads the whole vectors. */
const mostRanked = 100

/**
 * Through the index of words: all that is found, counted, and a part of it in order, the best first or the newest. Only the
 * count, one more than are counted, where there is more.
 */
export async function listHits(db: Db, scope: Scope, slice: Slice): Promise<Hits> {
  const rows = await askPrepared(
    db,
    sql<Found & { count: number }>`
      with hits as materialized (
        select post_id, audience, published_at, ${scope.query === undefined ? sql`false` : sql`title_words @@ ${scope.query}::tsquery`} as is_in_title
          from search_posts
          where ${hasWords(scope)} and ${isInScope(scope)} limit ${sql.lit(mostCounted + 1)}),
      counted as (select count(*) as count from hits),
      shown as (${slice.order === 'best' ? best(scope, slice) : newest(slice)})
      select count, post_id, audience, (extract(epoch from published_at) * 1000000)::bigint as moment
        from counted left join shown on true order by place`,
  )
  return { count: rows[0]?.count ?? 0, rows: rows.filter(({ post_id }) => post_id !== null) }
}

/** Whether more than so many posts are found. */
export async function isMore(db: Db, scope: Scope, than: number): Promise<boolean> {
  const rows = await askPrepared(
    db,
    sql<{ found: number }>`
      select from search_posts where ${hasWords(scope)} and ${isInScope(scope)} limit ${than + 1}::integer`,
  )
  return rows.length > than
}

export type Slice = { most: number } & (
  | { order: 'best'; first: number }
  | { order: 'newest'; before: Position | undefined }
)
export type Found = { post_id: number; audience: string; moment: number }
export type Hits = { count: number; rows: Found[] }

/** Twice as good when new, and hardly better after some years. */
const recency = sql`(1 + 1 / (1 + date_part('epoch', now() - published_at) / 31557600))::real`
const weights = sql`'{0.1, 0.3, 0.6, 1}'::real[]`
const fewEnough = sql`(select count from counted) <= ${sql.lit(mostCounted)}`

function best({ query }: Scope, { first, most }: Slice & { order: 'best' }) {
  return sql`
    select post_id, audience, published_at, row_number() over (order by score desc, post_id desc) as place
      from (
        select likely.*, (0.001 + ts_rank(${weights}, words, ${query}::tsquery, 1)) * ${recency} as score
          from (
            select post_id, audience, published_at from hits where ${fewEnough}
              order by is_in_title desc, published_at desc, post_id desc
              limit ${sql.lit(mostRanked)}) as likely
          join search_posts using (post_id, audience, published_at)) as scored
      order by score desc, post_id desc offset ${first}::integer limit ${most}::integer`
}

function newest({ before, most }: Slice & { order: 'newest' }) {
  return sql`
    select post_id, audience, published_at, row_number() over (order by published_at desc, post_id desc) as place
      from hits where ${fewEnough} and ${isOlder(before)} order by published_at desc, post_id desc limit ${most}::integer`
}

/** Past this many posts without a page full, the words are rarer lately than they are, and another way is quicker. */
const mostScanned = 10_000

/** From the newest post backwards, for words that are everywhere. Fewer than `most` may mean that there are more further back. */
export async function scanNewest(db: Db, scope: Scope, most: number, before?: Position): Promise<Found[]> {
  return await askPrepared(
    db,
    sql<Found>`
      select post_id, audience, (extract(epoch from published_at) * 1000000)::bigint as moment
        from (select * from search_posts where ${isInScope(scope)} and ${isOlder(before)}
          order by published_at desc, post_id desc limit ${sql.lit(mostScanned)}) as search_posts
        where ${hasWords(scope)}
        order by published_at desc, post_id desc limit ${most}::integer`,
  )
}

/** All that have the words, in order; slow where there are very many. */
export async function sortNewest(db: Db, scope: Scope, most: number, before?: Position): Promise<Found[]> {
  return await askPrepared(
    db,
    sql<Found>`
      with hits as materialized (
        select post_id, audience, published_at from search_posts where ${hasWords(scope)} and ${isInScope(scope)})
      select post_id, audience, (extract(epoch from published_at) * 1000000)::bigint as moment
        from hits where ${isOlder(before)} order by published_at desc, post_id desc limit ${most}::integer`,
  )
}

function isOlder(before: Position | undefined): RawBuilder<boolean> {
  if (!before) return sql`true`
  return sql`(published_at, post_id) < (timestamptz 'epoch' + ${before.moment}::bigint * interval '1 microsecond', ${before.id}::bigint)`
}

const shown = compiled(
  (_, { given }: { given: string }) => sql<Shown>`
    select posts.id, posts.slug, posts.kind, posts.title, posts.published_at, posts.visibility, posts.language,
        search_posts.config, case when search_posts.version = posts.version then search_posts.body else posts.excerpt end as body,
        users.name as author_name, users.slug as author_slug, ${coAuthors} as co_authors, (
          select coalesce(jsonb_agg(jsonb_build_object('slug', tags.slug, 'name', tags.name) order by post_tags.position), '[]')
            from post_tags join tags on tags.id = post_tags.tag_id where post_tags.post_id = posts.id) as tags
      from jsonb_to_recordset(${given}::text::jsonb) as given (place integer, post_id bigint, audience text)
      join posts on posts.id = given.post_id
      join search_posts on search_posts.post_id = given.post_id and search_posts.audience = given.audience
      left join users on users.id = posts.author_id
      where ${isPublic} and posts.visibility = case given.audience when 'all' then 'public' else 'members' end
      order by place`,
  searcherOf,
)

/**
 * What is shown of them. A post that was hidden since is left out; of one that changed since, the words stored with it
 * may be gone, so its excerpt stands for them.
 */
export async function listShown(db: Db, found: Found[]): Promise<Shown[]> {
  if (found.length === 0) return []
  const given = found.map(({ post_id, audience }, place) => ({ place, post_id, audience }))
  return await shown(db, { given: JSON.stringify(given) })
}

export type Shown = {
  id: number
  slug: string
  kind: string
  title: string
  published_at: Date
  visibility: string
  language: string
  config: string
  body: string
  author_name: string | null
  author_slug: string | null
  co_authors: { id: number; slug: string; name: string }[]
  tags: { slug: string; name: string }[]
}

const matching = compiled(
  (_, { words, wanted }: { words: string; wanted: string }) => sql<{ word: string }>`
    select distinct word from jsonb_to_recordset(${words}::text::jsonb) as given (word text, config text)
      where tsvector_to_array(to_tsvector(config::regconfig, word))
        && array(select jsonb_array_elements_text(${wanted}::text::jsonb))`,
  searcherOf,
)

/** Which of these words are among those looked for, by the dictionary of each. */
export async function listMatching(db: Db, words: { word: string; config: string }[], wanted: string[]) {
  const isSame = new Set(wanted)
  const found = new Set(words.map(({ word }) => word).filter((word) => isSame.has(word)))
  const others = words.filter(({ word, config }) => config !== 'simple' && !found.has(word))
  if (others.length === 0) return found
  const rows = await matching(db, { words: JSON.stringify(others), wanted: JSON.stringify(wanted) })
  return found.union(new Set(rows.map(({ word }) => word)))
}
