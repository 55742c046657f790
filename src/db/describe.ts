// The database as it is, read from its catalogs: db/schema.sql for people, src/db/schema.ts for the compiler.
import type { Sql } from 'postgres'

type Column = {
  table: string
  name: string
  type: string
  is_required: boolean
  default: string | null
  generated: '' | 's'
  identity: '' | 'a' | 'd'
}

/** Tables, columns, constraints, indexes, functions and triggers of the schema `public`, in a stable order. */
export async function describeSchema(sql: Sql): Promise<string> {
  const columns = await listColumns(sql)
  const constraints = await sql<{ table: string; name: string; definition: string }[]>`
    select conrelid::regclass::text as "table", conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where connamespace = 'public'::regnamespace and conrelid <> 0
    order by 1, position(contype in 'puxcf'), 2`
  const indexes = await sql<{ table: string; definition: string }[]>`
    select indrelid::regclass::text as "table", pg_get_indexdef(indexrelid) as definition
    from pg_index join pg_class on pg_class.oid = indexrelid
    where relnamespace = 'public'::regnamespace
      and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
    order by 1, 2`
  const kinds = await sql<{ table: string; unlogged: boolean }[]>`
    select oid::regclass::text as "table", relpersistence = 'u' as unlogged
    from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
      and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e') order by 1`
  const functions = await sql<{ definition: string }[]>`
    select pg_get_functiondef(pg_proc.oid) as definition from pg_proc
    where pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
    order by proname`
  const triggers = await sql<{ definition: string }[]>`
    select pg_get_triggerdef(pg_trigger.oid) as definition from pg_trigger
    join pg_class on pg_class.oid = tgrelid
    where not tgisinternal and relnamespace = 'public'::regnamespace order by tgrelid::regclass::text, tgname`

  const tables = kinds.map(({ table, unlogged }) => {
    const lines = [
      ...columns.filter((column) => column.table === table).map(columnLine),
      ...constraints.filter((item) => item.table === table).map((item) => `constraint ${item.name} ${item.definition}`),
    ]
    const own = indexes.filter((index) => index.table === table).map((index) => `${index.definition};\n`)
    return `create ${unlogged ? 'unlogged ' : ''}table ${table} (\n  ${lines.join(',\n  ')}\n);\n${own.join('')}`
  })
  const rest = [...functions, ...triggers].map(({ definition }) => `${definition.trim()};\n`)
  return [header('--'), ...tables, ...rest].join('\n')
}

/** One interface a table, as Kysely wants them. */
export async function describeTypes(sql: Sql): Promise<string> {
  const columns = await listColumns(sql)
  const tables = [...new Set(columns.map(({ table }) => table))]
  const bodies = tables.map((table) => {
    const lines = columns
      .filter((column) => column.table === table)
      .map((column) => `    ${column.name}: ${columnType(column)}`)
    return `  ${table}: {\n${lines.join('\n')}\n  }`
  })
  return `${header('//')}import type { Generated, GeneratedAlways, JSONColumnType } from 'kysely'

export type Schema = {
${bodies.join('\n')}
}
`
}

function header(mark: string): string {
  return `${mark} Written by \`bloggy write-schema\` from the migrated database. Do not edit.\n`
}

async function listColumns(sql: Sql): Promise<Column[]> {
  return await sql<Column[]>`
    select attrelid::regclass::text as "table", attname as name, format_type(atttypid, atttypmod) as type,
      attnotnull as is_required, pg_get_expr(adbin, adrelid) as "default", attgenerated as generated, attidentity as identity
    from pg_attribute
    join pg_class on pg_class.oid = attrelid
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
    order by 1, attnum`
}

function columnLine(column: Column): string {
  const parts = [column.name, column.type]
  if (column.is_required) parts.push('not null')
  if (column.identity) parts.push(`generated ${column.identity === 'a' ? 'always' : 'by default'} as identity`)
  else if (column.generated) parts.push(`generated always as (${column.default}) stored`)
  else if (column.default !== null) parts.push(`default ${column.default}`)
  return parts.join(' ')
}

const types: Record<string, string> = {
  bigint: 'number',
  integer: 'number',
  smallint: 'number',
  boolean: 'boolean',
  text: 'string',
  inet: 'string',
  xid8: 'string',
  uuid: 'string',
  tsvector: 'string',
  bytea: 'Buffer',
  'timestamp with time zone': 'Date',
}

function columnType(column: Column): string {
  if (column.type === 'jsonb') {
    const json = 'JSONColumnType<object>'
    return column.is_required ? (column.default === null ? json : `Generated<object>`) : `${json} | null`
  }
  const type = types[column.type]
  if (!type) throw new Error(`${column.table}.${column.name} is ${column.type}, which has no TypeScript type here yet.`)
  const nullable = column.is_required ? type : `${type} | null`
  if (column.generated) return `GeneratedAlways<${nullable}>`
  return column.identity || column.default !== null ? `Generated<${nullable}>` : nullable
}
