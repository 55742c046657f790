// Lists: named fields to sort and filter by, and pages that begin after the last row of the one before.
import type { RawBuilder } from 'kysely'
import { type TOptional, type TProperties, type TString, Type } from 'typebox'
import { type Page, type Sorts, keysetPage } from '../db/keyset.ts'
import { text } from '../texts/texts.ts'
import { Problem } from './problem.ts'
import type { Level, Resource } from './resource.ts'

const mostRows = 100
const usualRows = 20

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

/** One page of a query in the order that was asked for; throws when the cursor is of another list. */
export async function pageOf<Row extends { id: number }>(
  query: unknown,
  sorts: Sorts,
  { limit = usualRows, cursor, sort }: ListQuery,
  usual: string,
  id: RawBuilder<unknown>,
): Promise<Page<Row>> {
  const page = await keysetPage<Row>(query, sorts, { limit, cursor, sort: sort ?? usual, id })
  if (page) return page
  const detail = text('api.wrongCursor')
  throw new Problem('invalid', detail, [{ parameter: 'cursor', code: 'invalid', detail }])
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
