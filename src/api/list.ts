// Lists: named fields to sort and filter by, and pages that begin after the last row of the one before.
import { type RawBuilder, sql } from 'kysely'
import { type TOptional, type TProperties, type TString, Type } from 'typebox'
import { text } from '../texts/texts.ts'
import { Problem } from './problem.ts'
import type { Level, Resource } from './resource.ts'

export const mostRows = 100
const usualRows = 20

/** What a list is sorted by: an expression that is never null and, where it is a moment, never infinite. */
export type Sort = { by: RawBuilder<unknown>; type: 'number' | 'text' | 'moment' }
export type Sorts = Record<string, Sort>

export type ListQuery = { limit?: number; cursor?: string; sort?: string; fields?: string; include?: string }

/** The parameters of a list. `sort` names a field, with `-` before it for the last one first. */
export function listQuery<Filters extends TProperties>(
  sorts: string[],
  usual: string,
  filters: Filters,
  includes: string[] = [],
) {
  const options = sorts.flatMap((name) => [name, `-${name}`])
  const limit = Type.Integer({ minimum: 1, maximum: mostRows, description: `Usually ${usualRows}.` })
  const paging = {
    limit: Type.Optional(limit),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`next` of the page before.' })),
    sort: Type.Optional(Type.Enum(options, { description: `Usually \`${usual}\`.` })),
  }
  return Type.Object({ ...paging, ...parts(includes), ...filters }, { additionalProperties: false })
}

/** The parameters of one object. */
export function oneQuery(includes: string[] = []) {
  return Type.Object(parts(includes), { additionalProperties: false })
}

type Parts = { fields: TOptional<TString>; include: TOptional<TString> }

/** Which parts of an object are wanted. */
function parts(includes: string[]): Parts {
  const fields = Type.Optional(
    Type.String({ maxLength: 500, pattern: '^\\w+(,\\w+)*$', description: 'Only these fields, such as `id,title`.' }),
  )
  // Where there is nothing to include the parameter is not known.
  if (includes.length === 0) return { fields } as Parts
  const names = includes.join('|')
  const description = `Also ${includes.map((name) => `\`${name}\``).join(', ')}.`
  const include = Type.String({ maxLength: 200, pattern: `^(${names})(,(${names}))*$`, description })
  return { fields, include: Type.Optional(include) }
}

/** The names in `fields`; throws when the resource has no such field. */
export function fieldsOf(resource: Resource, { fields }: { fields?: string }): Set<string> | undefined {
  if (fields === undefined) return undefined
  const names = fields.split(',')
  const unknown = names.find((name) => !resource.fields.includes(name))
  if (unknown !== undefined) {
    const detail = text('api.unknownField', { name: unknown, known: resource.fields.join(', ') })
    throw new Problem('invalid', detail, [{ parameter: 'fields', code: 'unknown', detail }])
  }
  return new Set(names)
}

export function includesOf({ include }: { include?: string }): Set<string> {
  return new Set(include?.split(','))
}

type Page<Row> = { rows: Row[]; next: string | null }
type Query = {
  where: (is: RawBuilder<boolean>) => Query
  orderBy: (by: RawBuilder<unknown>) => Query
  limit: (n: number) => Query
}

/** One page of a query in the order that was asked for. `id` is the column that tells equal ones apart. */
export async function pageOf<Row extends { id: number }>(
  query: unknown,
  sorts: Sorts,
  { limit = usualRows, cursor, sort }: ListQuery,
  usual: string,
  id: RawBuilder<unknown>,
): Promise<Page<Row>> {
  const chosen = sort ?? usual
  const name = chosen.replace(/^-/, '')
  const found = sorts[name]
  if (!found) throw new Error(`There is no order by ${name}.`)
  const [direction, sign] = chosen.startsWith('-') ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`]
  let wanted = query as Query & { select: (what: unknown) => Query }
  wanted = wanted.select(written[found.type](found.by).as('cursor_value')) as typeof wanted
  if (cursor !== undefined) {
    const [value, last] = readCursor(cursor, chosen, found)
    const place = sql`(${read[found.type](value)}, ${last}::bigint)`
    wanted = wanted.where(sql<boolean>`(${found.by}, ${id}) ${sign} ${place}`) as typeof wanted
  }
  const ordered = wanted.orderBy(sql`${found.by} ${direction}`).orderBy(sql`${id} ${direction}`)
  const rows = await (
    ordered.limit(limit + 1) as unknown as { execute: () => Promise<Array<Row & { cursor_value: string }>> }
  ).execute()
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { rows: shown, next: last ? writeCursor(chosen, last.cursor_value, last.id) : null }
}

export function writeCursor(sort: string, value: string, id: number): string {
  return Buffer.from(JSON.stringify([sort, value, id])).toString('base64url')
}

function readCursor(cursor: string, sort: string, { type }: Sort): [value: string, id: number] {
  const found = parsed(cursor)
  if (Array.isArray(found) && found.length === 3 && found[0] === sort) {
    const [, value, id] = found as unknown[]
    const isValue = typeof value === 'string' && value.isWellFormed() && forms[type].test(value)
    if (isValue && Number.isSafeInteger(id)) return [value, id as number]
  }
  const detail = text('api.wrongCursor')
  throw new Problem('invalid', detail, [{ parameter: 'cursor', code: 'invalid', detail }])
}

type By = RawBuilder<unknown>
/** In a cursor: moments as microseconds, of which those of JavaScript know a thousand at a time. */
const written = {
  number: (by: By) => sql<string>`${by}::text`,
  text: (by: By) => sql<string>`${by}`,
  moment: (by: By) => sql<string>`(extract(epoch from ${by}) * 1000000)::bigint::text`,
}
const read = {
  number: (value: string) => sql`${value}::text::bigint`,
  text: (value: string) => sql`${value}::text`,
  moment: (value: string) => sql`timestamptz 'epoch' + ${value}::text::bigint * interval '1 microsecond'`,
}
// What has another form never came from here.
const forms = { number: /^-?\d{1,18}$/, text: /^[^\0]*$/s, moment: /^-?\d{1,17}$/ }

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

/** The schema of a page of a list. */
export function listSchema(resource: Resource) {
  return Type.Object(
    { data: Type.Array(resource.schema), next: Type.Union([Type.String(), Type.Null()]) },
    { title: `${resource.title}List`, additionalProperties: false },
  )
}

/** The rows of a page as somebody sees them who stands to each as `levelOf` says. */
export function showList<Row extends { id: number }>(
  resource: Resource,
  { rows, next }: Page<Row>,
  levelOf: (row: Row) => Level,
  only: ReadonlySet<string> | undefined,
) {
  return { data: rows.map((row) => resource.show(row as Record<string, unknown>, levelOf(row), only)), next }
}
