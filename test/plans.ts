// What a page asks of PostgreSQL: every statement on its way, and what each looks at to be answered.
import type { Sql } from 'postgres'

export type Statement = { text: string; values: unknown[]; types: number[] }

/** Give `onStatement` to the limits of a database; `during` answers what was sent while some work was done. */
export function statementRecorder() {
  let heard: Statement[] = []
  return {
    onStatement: (statement: Statement) => void heard.push(statement),
    during: async (work: () => Promise<unknown>): Promise<Statement[]> => {
      heard = []
      await work()
      return heard.filter(({ text }) => /^\s*(select|with|insert|update|delete)\b/i.test(text))
    },
  }
}

export type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Node[]
}

/** By a plan for these values, and by the one for any values that a prepared statement may get after five times. */
export type Explained = { plan: Node; kind: 'custom' | 'generic'; buffers: number }

export async function explain(sql: Sql, statement: Statement): Promise<Explained[]> {
  return await planned(sql, statement, 'analyze, buffers, timing off, ')
}

/** The indexes that PostgreSQL would use where it has to, by both plans. Nothing is carried out. */
export async function indexesOf(sql: Sql, statement: Statement): Promise<Set<string>> {
  const found = await planned(sql, statement, '', 'set local enable_seqscan = off')
  return new Set(found.flatMap(({ plan }) => indexesIn(plan)))
}

function indexesIn(plan: Node): string[] {
  const own = plan['Index Name'] === undefined ? [] : [plan['Index Name']]
  return [...own, ...(plan.Plans ?? []).flatMap(indexesIn)]
}

async function planned(sql: Sql, statement: Statement, options: string, before = 'select'): Promise<Explained[]> {
  // A statement that fails leaves its name behind.
  const name = `explained_${++count}`
  return await sql
    .begin(async (sql) => {
      await sql.unsafe(before)
      const types = statement.values.map((_, at) => typeNames.get(statement.types[at] ?? 0) ?? 'unknown')
      await sql.unsafe(`prepare ${name} ${types.length > 0 ? `(${types.join(', ')})` : ''} as ${statement.text}`)
      const values = statement.values.length > 0 ? `(${statement.values.map(literal).join(', ')})` : ''
      const found: Explained[] = []
      for (const kind of ['custom', 'generic'] as const) {
        await sql.unsafe(`set local plan_cache_mode = force_${kind}_plan`)
        await sql.unsafe('savepoint before')
        const rows = await sql.unsafe(`explain (${options}format json) execute ${name} ${values}`)
        await sql.unsafe('rollback to before')
        const plan = (rows[0] as unknown as { 'QUERY PLAN': [{ Plan: Node }] })['QUERY PLAN'][0].Plan
        found.push({ plan, kind, buffers: (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0) })
      }
      await sql.unsafe(`deallocate ${name}`)
      throw new Done(found)
    })
    .catch((error: unknown) => {
      // What a statement wrote is undone.
      if (error instanceof Done) return error.found
      throw new Error(`${(error as Error).message}, of ${statement.text}`, { cause: error })
    })
}

let count = 0

class Done extends Error {
  readonly found: Explained[]

  constructor(found: Explained[]) {
    super('done')
    this.found = found
  }
}

// What the driver tells the server of JavaScript's types; everything else it lets the server find out.
const typeNames = new Map([
  [16, 'boolean'],
  [17, 'bytea'],
  [20, 'bigint'],
  [1184, 'timestamptz'],
])

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString('hex')}'`
  const text = value instanceof Date ? value.toISOString() : String(value)
  return `'${text.replaceAll(`'`, `''`)}'`
}

/** Every look at a table: how, and at how many rows in all. */
export function looksOf(plan: Node): { way: string; table: string; rows: number }[] {
  const below = (plan.Plans ?? []).flatMap(looksOf)
  const isLook = plan['Node Type'].endsWith('Scan') && (plan['Relation Name'] ?? plan['Index Name']) !== undefined
  if (!isLook) return below
  const removed = (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0)
  const rows = (plan['Actual Rows'] + removed) * plan['Actual Loops']
  const table = plan['Relation Name'] ?? plan['Index Name'] ?? ''
  return [{ way: plan['Node Type'], table, rows }, ...below]
}
