// The words that are proposed while somebody types, and in the place of one that nothing has. A word is proposed only
// while its witness, a post that everybody can see, has it.
import { type RawBuilder, sql } from 'kysely'
import { askSearcher } from '../db/compiled.ts'
import type { Db } from '../db/pool.ts'
import { isPublic } from '../post-states/queries.ts'

const mostNoted = 20_000

export type Words = Map<string, { folded: string; posts: number; witness: number; is_out: boolean }>

/** Adds words with the posts that have them. A post that is out stands for a word rather than one that is not yet. */
export async function noteWords(db: Db, words: Words): Promise<void> {
  // In one order everywhere, so that no two wait for each other in a circle.
  const list = [...words].map(([word, about]) => ({ word, ...about })).toSorted((a, b) => (a.word < b.word ? -1 : 1))
  for (let at = 0; at < list.length; at += mostNoted) {
    const part = JSON.stringify(list.slice(at, at + mostNoted))
    await sql`
      insert into search_words (word, folded, posts, witness)
        select word, folded, posts, witness from jsonb_to_recordset(${part}::text::jsonb)
          as given (word text, folded text, posts integer, witness bigint)
      on conflict (word) do update set posts = search_words.posts + excluded.posts,
        witness = case when exists (select from posts where posts.id = excluded.witness and ${isPublic})
          then excluded.witness else search_words.witness end`.execute(db)
  }
}

/** SQL: the row of `search_posts` under this name can be seen by everybody and has the word. */
const hasWord = sql<boolean>`seen.audience in ('all', 'strangers') and seen.published_at <= now()
  and seen.words @@ (phraseto_tsquery(seen.config::regconfig, search_words.folded)
    || phraseto_tsquery('simple', search_words.folded))`

const mostReviewed = 1000

/** Words that these posts stood for and have no more find another post, or go. */
export async function reviewWords(db: Db, ids: number[]): Promise<void> {
  if (ids.length === 0) return
  const { rows } = await sql<{ word: string; folded: string }>`
    select word, folded from search_words where witness in (${sql.join(ids)})
      and not exists (select from search_posts as seen where seen.post_id = search_words.witness and ${hasWord})
      limit ${mostReviewed}`.execute(db)
  if (rows.length === 0) return
  const { rows: configs } = await sql<{ config: string }>`select config from search_languages`.execute(db)
  for (const { word, folded } of rows) {
    const other = await findOther(db, folded, ['simple', ...configs.map(({ config }) => config)])
    if (other === undefined) await db.deleteFrom('search_words').where('word', '=', word).execute()
    else await db.updateTable('search_words').set({ witness: other }).where('word', '=', word).execute()
  }
}

async function findOther(db: Db, folded: string, configs: string[]): Promise<number | undefined> {
  const queries = sql.join(
    configs.map((config) => sql`phraseto_tsquery(${config}::text::regconfig, ${folded}::text)`),
    sql` || `,
  )
  const { rows } = await sql<{ post_id: number }>`
    select post_id from search_posts where words @@ (${queries}) and audience in ('all', 'strangers')
      and published_at <= now() limit 1`.execute(db)
  return rows[0]?.post_id
}

/** Every word goes; those of posts that are indexed afterwards come. */
export async function forgetWords(db: Db): Promise<void> {
  await sql`truncate search_words`.execute(db)
}

const mostWords = 500_000

/** The rarest go first. */
export async function trimWords(db: Db): Promise<void> {
  await sql`
    delete from search_words where word in (
      select word from search_words order by posts desc, word offset ${mostWords} limit 50000)`.execute(db)
}

/** SQL: what is known of these words, as far as their witness may be named. */
function seenWords(found: RawBuilder<unknown>) {
  return sql<{ word: string; folded: string; posts: number }>`
    select search_words.word, search_words.folded, search_words.posts from (${found}) as search_words
      where exists (select from search_posts as seen join posts on posts.id = seen.post_id
        where seen.post_id = search_words.witness and ${hasWord} and ${isPublic}
          and posts.visibility = case seen.audience when 'all' then 'public' else 'members' end)
      order by search_words.posts desc, search_words.word`
}

/** The commonest words that begin like this; looks at a thousand. */
export async function listWordsWith(db: Db, prefix: string, most: number) {
  const next = `${prefix}\u{10ffff}`
  return await ask(
    db,
    seenWords(sql`
      select * from (select * from search_words where folded >= ${prefix}::text and folded < ${next}::text
        order by folded limit 1000) as begun order by posts desc, word limit ${most}::integer`),
  )
}

/** Words that are written nearly like this one, or like one of the variants; only the latter without trigrams. */
export async function listWordsLike(db: Db, folded: string, variants: string[], most: number) {
  const varied = await ask(
    db,
    seenWords(sql`
      select * from search_words where folded in (
        select jsonb_array_elements_text(${JSON.stringify([folded, ...variants])}::text::jsonb))
        order by posts desc limit ${most}::integer`),
  )
  if (varied.length > 0) return varied
  try {
    return await ask(
      db,
      seenWords(sql`
        select * from search_words where folded % ${folded}::text
          order by similarity(folded, ${folded}::text) desc, posts desc limit ${most}::integer`),
    )
  } catch (error) {
    if (unknown.has(String((error as { code?: string }).code))) return []
    throw error
  }
}

// An operator or a function that is not there.
const unknown = new Set(['42883', '42704'])

async function ask<Row>(db: Db, query: RawBuilder<Row>): Promise<Row[]> {
  const { sql: text, parameters } = query.compile(db)
  return await askSearcher<Row>(db, text, parameters)
}
