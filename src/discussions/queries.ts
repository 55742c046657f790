// What readers get of the comments of a post. Every page is one or two parts of one index, whatever its depth.
import { type RawBuilder, sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import { pageOf } from '../db/page-of.ts'
import type { Db } from '../db/pool.ts'
import { type Where, pageSize, shownBefore } from './discussion.ts'

/** SQL: where a row of `comments` stands among those of its post, in the words of comments_place_idx. */
const place = sql`place_in_thread(
  coalesce(comments.root_at, comments.created_at), coalesce(comments.root_id, comments.id), comments.path)`

export type ListedComment = {
  id: number
  /** Whom it answers, who need not stand right above. */
  parent_id: number | null
  parent_author_name: string | null
  author_id: number | null
  author_name: string | null
  /** Somebody without an account, under a name of their own. */
  guest_id: number | null
  body: string
  body_format: string
  body_html: string
  created_at: Date
  edited_at: Date | null
  state: string
  /** `place` for one whose answers alone are to be read, `own` for one that only its writer reads here. */
  shown: string
  level: number
  place: Buffer
  /** What stands right above it, where that was asked for. */
  above_id?: number | null
}

/** Whose own comments are shown, too, that were put aside: an account's or a guest's. */
type Own = 'author_id' | 'guest_id' | undefined
type Values = { post_id: number; visitor_id: number; place: Buffer; comment: number }
type Part = { from: RawBuilder<unknown>; direction: RawBuilder<unknown>; most: number }

const forward = sql`asc`
const back = sql`desc`

/** SQL: true of what this one wrote and others do not see. A guest who did not confirm may be anybody. */
function isOwn(whose: Own, visitor_id: number) {
  return whose
    ? sql`(state <> 'approved' and deleted_at is null and ${sql.ref(whose)} = ${visitor_id}
        and held_for is distinct from 'unconfirmed')`
    : sql`false`
}

/** Of what everybody sees, and for who is known of their own that were put aside, so many of each in this direction. */
function partOf({ post_id, visitor_id }: Values, whose: Own, { from, direction, most }: Part) {
  const rows = (filter: RawBuilder<unknown>) => sql`
    (select comments.*, ${place} as place from comments where post_id = ${post_id} and ${filter} and ${from}
      order by ${place} ${direction} limit ${sql.lit(most)})`
  const everybodys = rows(sql`shown <> 'nothing'`)
  if (!whose) return everybodys
  const own = rows(sql`shown = 'nothing' and ${isOwn(whose, visitor_id)}`)
  return sql`(select * from (${everybodys} union all ${own}) as both_kinds order by place ${direction} limit ${sql.lit(most)})`
}

function listing(whose: Own, partsOf: (values: Values) => Part[]) {
  return compiled((_, values: Values) =>
    readable(
      sql.join(
        partsOf(values).map((part) => partOf(values, whose, part)),
        sql` union all `,
      ),
      isOwn(whose, values.visitor_id),
      sql``,
    ),
  )
}

/** Rows of comments with their places, as they are shown. */
function readable(rows: RawBuilder<unknown>, own: RawBuilder<unknown>, more: RawBuilder<unknown>) {
  // Names are looked up one by one: joined, all users were read for the hundred of a page.
  return sql<ListedComment>`
      select listed.id, listed.parent_id, listed.author_id, listed.body_format, listed.created_at, listed.edited_at,
        listed.state, case when ${own} then 'own' else listed.shown end as shown, listed.place,
        octet_length(listed.path) / 8 as level,
        case when listed.shown = 'place' and not ${own} then '' else listed.body end as body,
        case when listed.shown = 'place' and not ${own} then '' else listed.body_html end as body_html,
        listed.guest_id,
        case when listed.guest_id is null then (select name from users where users.id = listed.author_id)
          else (select name from guests where guests.id = listed.guest_id) end as author_name,
        case when listed.parent_id is not null then (
          select coalesce(users.name, guests.name) from comments as answered
            left join users on users.id = answered.author_id left join guests on guests.id = answered.guest_id
            where answered.id = listed.parent_id and answered.shown = 'whole') end as parent_author_name
        ${more}
      from (${rows}) as listed
      order by listed.place`
}

/** Those that are named and to be read by this one; the order of a page would look through all comments for them. */
function named(whose: Own) {
  return compiled((_, { post_id, visitor_id, ids }: { post_id: number; visitor_id: number; ids: string }) => {
    const own = isOwn(whose, visitor_id)
    const above = sql`, (select id from comments where post_id = ${post_id} and shown <> 'nothing'
      and ${place} < listed.place order by ${place} desc limit 1) as above_id`
    return readable(
      sql`select comments.*, ${place} as place from comments
        where id = any(string_to_array(${ids}::text, ',')::bigint[]) and post_id = ${post_id}
          and (shown <> 'nothing' or ${own})`,
      own,
      above,
    )
  })
}

const namedForEverybody = named(undefined)
const namedForOne = named('author_id')
const namedForGuest = named('guest_id')

/** Of the comments with these ids those that the visitor may read, in the order of the page. */
export async function listSomeComments(
  db: Db,
  post_id: number,
  visitor_id: number | null,
  ids: number[],
  guest_id: number | null = null,
): Promise<ListedComment[]> {
  const read = visitor_id !== null ? namedForOne : guest_id !== null ? namedForGuest : namedForEverybody
  return await read(db, { post_id, visitor_id: visitor_id ?? guest_id ?? 0, ids: ids.join(',') })
}

function listings(whose: Own) {
  return {
    newest: listing(whose, () => [{ from: sql`true`, direction: forward, most: pageSize + 1 }]),
    after: listing(whose, (values) => [
      { from: sql`${place} > ${values.place}::bytea`, direction: forward, most: pageSize + 1 },
    ]),
    before: listing(whose, (values) => [
      { from: sql`${place} < ${values.place}::bytea`, direction: back, most: pageSize + 1 },
    ]),
    around: listing(whose, (values) => {
      const named = sql`(select ${place} from comments where id = ${values.comment} and post_id = ${values.post_id})`
      return [
        { from: sql`${place} < ${named}`, direction: back, most: shownBefore + 1 },
        { from: sql`${place} >= ${named}`, direction: forward, most: pageSize - shownBefore + 1 },
      ]
    }),
  }
}

const forEverybody = listings(undefined)
const forOne = listings('author_id')
const forGuest = listings('guest_id')

export type Discussion = {
  comments: ListedComment[]
  /** The places that the pages on both sides begin at, where there are some. */
  newer: Buffer | undefined
  older: Buffer | undefined
}

/** The newest thread first, replies below what they answer. Without a row when a comment is named that is not here. */
export async function listDiscussion(
  db: Db,
  post_id: number,
  visitor_id: number | null,
  { after, before, comment }: Where = {},
  guest_id: number | null = null,
): Promise<Discussion> {
  const read = visitor_id !== null ? forOne : guest_id !== null ? forGuest : forEverybody
  const values = {
    post_id,
    visitor_id: visitor_id ?? guest_id ?? 0,
    place: after ?? before ?? noPlace,
    comment: comment ?? 0,
  }
  if (comment !== undefined) return aroundOf(await read.around(db, values), comment)
  if (before) {
    const rows = await read.before(db, values)
    const comments = rows.slice(-pageSize)
    return { comments, newer: rows.length > pageSize ? comments[0]?.place : undefined, older: comments.at(-1)?.place }
  }
  const { rows: comments, last } = pageOf(await (after ? read.after : read.newest)(db, values), pageSize)
  return { comments, newer: after && comments[0]?.place, older: last?.place }
}

const noPlace = Buffer.alloc(0)

function aroundOf(rows: ListedComment[], comment: number): Discussion {
  const at = rows.findIndex(({ id }) => id === comment)
  if (at < 0) return { comments: [], newer: undefined, older: undefined }
  const hasNewer = at > shownBefore
  const comments = rows.slice(hasNewer ? 1 : 0, at + pageSize - shownBefore)
  return {
    comments,
    newer: hasNewer ? comments[0]?.place : undefined,
    older: rows.length > at + pageSize - shownBefore ? comments.at(-1)?.place : undefined,
  }
}

const newest = compiled((db, { post_id }: { post_id: number }) =>
  db
    .selectFrom('comments')
    .leftJoin('users', 'users.id', 'comments.author_id')
    .leftJoin('guests', 'guests.id', 'comments.guest_id')
    .select(['comments.id', 'comments.body', 'comments.body_format', 'comments.body_html'])
    .select(['comments.created_at', 'comments.edited_at', 'users.name as author_name'])
    .select('guests.name as guest_name')
    .where('comments.post_id', '=', post_id)
    .where('comments.shown', '=', sql.lit('whole'))
    .orderBy('comments.id', 'desc')
    .limit(sql.lit(pageSize)),
)

/** Whatever they answer, the last written first: for programs. */
export async function listNewestComments(db: Db, post_id: number) {
  return await newest(db, { post_id })
}
