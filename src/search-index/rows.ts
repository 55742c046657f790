// What is indexed of a post, and for whom.
import { indexable, vocabularyOf } from '../search/words.ts'
import { configOf } from './languages.ts'
import { cutAt, plainText } from './plain-text.ts'

/** Rows that were made by other rules are made again. Count it up when words are made differently. */
export const indexVersion = 1

// PostgreSQL takes a megabyte of different words for one post. What comes after this much of a text is not found.
const mostIndexed = 1_000_000
// Snippets are cut from the beginning of a text.
const mostShown = 32_000

export type Indexed = {
  id: number
  version: number
  visibility: string
  /** False for one whose moment is to come. */
  is_out: boolean
  language: string
  title: string
  excerpt: string
  body_html: string
  tags: string
}

export type Row = {
  post_id: number
  audience: 'all' | 'strangers' | 'members'
  version: number
  config: string
  title: string
  tags: string
  excerpt: string
  text: string
  body: string
}

/** One for everybody; or one for strangers, without the text, and one for members. */
export function rowsOf(post: Indexed, language: string): { rows: Row[]; words: Map<string, string> } {
  const whole = plainText(post.body_html, mostIndexed)
  const base = {
    post_id: post.id,
    version: post.version,
    config: configOf(post.language || language),
    title: indexable(cutAt(post.title, 2000)),
    tags: indexable(post.tags),
  }
  // Mostly the beginning of the text, which has its words anyway.
  const isOwn = !whole.startsWith(post.excerpt.replace(/…$/u, '').trimEnd())
  const excerpt = indexable(post.excerpt)
  const text = indexable(whole)
  const shown = cutAt(whole, mostShown)
  const isForAll = post.visibility === 'public'
  const rows: Row[] = isForAll
    ? [{ ...base, audience: 'all', excerpt: isOwn ? excerpt : '', text, body: shown }]
    : [
        { ...base, audience: 'strangers', excerpt, text: '', body: post.excerpt },
        { ...base, audience: 'members', excerpt, text, body: shown },
      ]
  return { rows, words: vocabularyOf([post.title, post.tags, isForAll ? shown : post.excerpt]) }
}
