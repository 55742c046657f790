// A large blog to search: posts of about 150 words of a Zipf-like vocabulary in several languages, by 500 authors, with
// 300 tags. What is looked for in it is known: words that stand in so many posts.
import type { Sql } from 'postgres'
import { type Chance, chanceFrom } from '../test/legacy/random-values.ts'

const vocabularySize = 60_000
const wordsAPost = 150
const languages = ['en', 'en', 'en', 'en', 'de', 'fr', 'es', 'ru', '', 'ja']
const syllables =
  'ba be bi bo bu da de di do du fa fe ga go ka ke ki ko la le li lo lu ma me mi mo na ne no pa pe ra re ri ro sa se si so ta te ti to va ve vi zo'.split(
    ' ',
  )
const cyrillic = 'ба бе ва го да де жи за ка ко ла ле ма ми на но по ра ре са со та то ту ша'.split(' ')
// The likelihood that a post has the word, apart from the soup.
const planted: [word: string, share: number][] = [
  ['everywhere', 0.8],
  ['common', 0.15],
  ['middling', 0.015],
  ['uncommon', 0.0015],
  ['quokka', 0.0003],
  ['lighthouse', 0.002],
  ['keeper', 0.004],
]

export async function fillSearchBlog(sql: Sql, posts: number): Promise<void> {
  const chance = chanceFrom(4711)
  const vocabulary = Array.from({ length: vocabularySize }, () => newWord(chance, syllables))
  const other = Array.from({ length: vocabularySize / 3 }, () => newWord(chance, cyrillic))
  await sql`insert into users (name, slug, email) select 'Author ' || n, 'author-' || n, 'a' || n || '@example.com' from generate_series(1, 500) n`
  await sql`insert into user_roles (user_id, role_id) select min(users.id), roles.id from users, roles where roles.name = 'admin' group by roles.id`
  await sql`update settings set title = 'Bench', description = 'A blog to search', set_up_at = now()`
  await sql`insert into tags (slug, name) select 'tag-' || n, 'Tag ' || n from generate_series(1, 300) n`
  await sql`set bloggy.brings_many = 'yes'`
  const batch = 2000
  for (let first = 1; first <= posts; first += batch) {
    const rows = Array.from({ length: Math.min(batch, posts - first + 1) }, (_, index) => {
      return postOf(chance, first + index, vocabulary, other)
    })
    await sql`
      insert into posts (id, slug, title, body, body_html, excerpt, author_id, language, published_at)
        select n, 'post-' || n, title, '', html, excerpt, 1 + n % 500, language, now() - (${posts} - n) * interval '5 minutes'
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
          as row (n bigint, title text, html text, excerpt text, language text)`
  }
  await sql`insert into post_tags (post_id, tag_id) select id, 1 + (power(random(), 4) * 299)::int from posts`
  await sql`select setval(pg_get_serial_sequence('posts', 'id'), ${posts})`
  await sql`vacuum analyze`
}

function postOf(chance: Chance, n: number, vocabulary: string[], other: string[]) {
  const language = chance.pick(languages)
  const words = language === 'ru' ? other : vocabulary
  const count = Math.floor(wordsAPost / 2 + chance.below(wordsAPost))
  const text =
    language === 'ja' ? joinedText(chance, count * 2) : Array.from({ length: count }, () => zipf(chance, words))
  for (const [word, share] of planted) if (chance.happens(share)) text.splice(chance.below(text.length), 0, word)
  if (chance.happens(0.001)) text.splice(chance.below(text.length), 0, 'lighthouse keeper')
  const title = Array.from({ length: 3 + chance.below(5) }, () => zipf(chance, words)).join(' ')
  const flow = text.join(language === 'ja' ? '' : ' ')
  return { n, title, html: `<p>${flow}</p>`, excerpt: flow.slice(0, 200), language }
}

/** Characters of the block of Chinese ones, a few often and most seldom. */
function joinedText(chance: Chance, length: number): string[] {
  return Array.from({ length }, () => String.fromCodePoint(0x4e00 + Math.floor(3000 * chance.next() ** 3)))
}

function newWord(chance: Chance, parts: string[]): string {
  return Array.from({ length: 2 + chance.below(4) }, () => chance.pick(parts)).join('')
}

function zipf(chance: Chance, words: string[]): string {
  const rank = 5 * ((words.length / 5 + 1) ** chance.next() - 1)
  return words[Math.floor(rank)] ?? ''
}
