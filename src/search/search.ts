// Looks before it ranks: how common the words are decides how they are looked for. See docs/search.md for the plans.
import type { Db } from '../db/pool.ts'
import { pageOf } from '../db/page-of.ts'
import type { Position } from '../posts/post.ts'
import { listWordsLike } from '../search-words/queries.ts'
import { listTerms, tsqueryOf, wantedOf } from './plan.ts'
import {
  type Found,
  type Scope,
  type Shown,
  estimate,
  isMore,
  listHits,
  listLexemes,
  listMatching,
  listNamed,
  listShown,
  mostCounted,
  scanNewest,
  sortNewest,
  tookTooLong,
} from './queries.ts'
import { type Asked, isEmpty, parse } from './query.ts'
import { type Marking, candidatesOf } from './snippet.ts'
import { nearest, variantsOf } from './spelling.ts'

const pageSize = 10
/** As far as the best are put in order. */
export const lastPage = 10

export type Order = 'best' | 'newest'
export type Wanted = { typed: string; isMember: boolean; order: Order; page: number; before: Position | undefined }

export type Results = {
  asked: Asked
  posts: Shown[]
  marking: Marking
  /** Undefined for more than are counted. */
  count: number | undefined
  /** The order that they are in: what is found very often is put in no order but that of time. */
  order: Order
  next: { page: number } | { before: Position } | undefined
  /** What was typed with words that are there, when it finds more than this does. */
  instead: string | undefined
}

/** Throws what tookTooLong() knows when PostgreSQL had no answer in time. */
export async function search(db: Db, wanted: Wanted): Promise<Results> {
  const asked = parse(wanted.typed)
  const none = {
    asked,
    posts: [],
    marking: noMarking,
    count: 0,
    order: wanted.order,
    next: undefined,
    instead: undefined,
  }
  if (isEmpty(asked)) return none
  const lexemes = await listLexemes(db, listTerms(asked))
  const query = tsqueryOf(asked, lexemes, await listNamed(db, asked.tags, asked.authors))
  if (query === undefined && asked.from === undefined && asked.to === undefined) return none
  const scope = { query, isMember: wanted.isMember, from: asked.from, to: asked.to }
  const { count, order, rows } = await find(db, scope, wanted)
  const isLater = wanted.page > 1 || wanted.before !== undefined
  const instead = count !== undefined && count <= few && !isLater ? await propose(db, wanted, asked, count) : undefined
  const page = pageOf(rows, pageSize)
  const posts = await listShown(db, page.rows)
  const texts = posts.flatMap(({ title, body, config }) => [title, body].map((text) => ({ text, config })))
  const lexemesWanted = wantedOf(asked, lexemes)
  const words = await listMatching(db, candidatesOf(texts, lexemesWanted), lexemesWanted)
  return {
    asked,
    posts,
    marking: { words, joined: asked.joined },
    count,
    order,
    next: page.last && nextOf(order, wanted.page, page.last),
    instead,
  }
}

const noMarking: Marking = { words: new Set(), joined: [] }
/** So few that another spelling may be meant. */
const few = 2

function nextOf(order: Order, page: number, { moment, post_id }: Found) {
  if (order === 'newest') return { before: { moment, id: post_id } }
  return page < lastPage ? { page: page + 1 } : undefined
}

type Listed = { count: number | undefined; order: Order; rows: Found[] }

async function find(db: Db, scope: Scope, { order, page, before }: Wanted): Promise<Listed> {
  const most = pageSize + 1
  if (scope.query === undefined) return many(await scanNewest(db, scope, most, before))
  if (await isCommon(db, scope)) {
    const rows = await scanNewest(db, scope, most, before)
    if (rows.length === most) return many(rows)
  }
  const slice = order === 'best' ? { order, most, first: (page - 1) * pageSize } : { order, most, before }
  const { count, rows } = await listHits(db, scope, slice)
  if (count <= mostCounted) return { count, order, rows }
  const newest = await scanNewest(db, scope, most, before)
  return many(newest.length === most ? newest : await sortNewest(db, scope, most, before))
}

function many(rows: Found[]): Listed {
  return { count: undefined, order: 'newest', rows }
}

/** Words in so many posts soon fill a page, from the newest post backwards; to list all posts with them would be in vain. */
async function isCommon(db: Db, scope: Scope): Promise<boolean> {
  return (await estimate(db, scope)) > mostCounted * 1.2
}

/** The same with words that are there; undefined when nothing is better. */
async function propose(db: Db, wanted: Wanted, asked: Asked, count: number): Promise<string | undefined> {
  try {
    let typed = wanted.typed
    for (const word of asked.words.slice(0, mostProposed)) {
      const better = nearest(word.folded, await listWordsLike(db, word.folded, variantsOf(word.folded), 20))
      if (better) typed = typed.replace(word.typed, better)
    }
    if (typed === wanted.typed) return undefined
    const better = parse(typed)
    const lexemes = await listLexemes(db, listTerms(better))
    const query = tsqueryOf(better, lexemes, await listNamed(db, better.tags, better.authors))
    const scope = { query, isMember: wanted.isMember, from: better.from, to: better.to }
    return query !== undefined && (await isMore(db, scope, count)) ? typed : undefined
  } catch (error) {
    // What was found is shown without.
    if (tookTooLong(error)) return undefined
    throw error
  }
}

const mostProposed = 4
