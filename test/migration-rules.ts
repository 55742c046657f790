// What a migration may not do to a blog that is in use: docs/migrations.md. PostgreSQL's own parser reads the statements.
import { parseSync } from 'libpg-query'

export const rules = {
  'drop-table': 'The program from before still asks for it.',
  'drop-column': 'The program from before still asks for it.',
  'rename-table': 'The program from before knows it by its old name.',
  'rename-column': 'The program from before knows it by its old name.',
  'change-type': 'It writes every row anew, with readers and writers waiting.',
  'foreign-key': 'It compares every row, with writers waiting. Add it NOT VALID, and validate it in a file of its own.',
  check:
    'It compares every row, with readers and writers waiting. Add it NOT VALID, and validate it in a file of its own.',
  index: 'It stops writers until it is done. Make and drop it CONCURRENTLY, outside a transaction.',
  'stored-column': 'It writes every row anew, with readers and writers waiting.',
  'volatile-default': 'It writes every row anew, with readers and writers waiting.',
  'not-null':
    'It looks at every row, with readers and writers waiting, unless a validated check says the same already.',
  unique: 'It makes an index, with readers and writers waiting. Make that first, CONCURRENTLY, and add it USING INDEX.',
  backfill: 'Rows are written while a lock is held. Write them in a file of its own, or a job.',
  'enum-rename': 'The program from before knows the value by its old name.',
  json: 'Values of json cannot be compared. Take jsonb.',
  timeout: 'The one who runs migrations limits how long a lock is waited for.',
  transaction: 'The file would be half done after a kill.',
  alone: 'Outside a transaction stands one statement, which stops nobody.',
  hidden: 'What it does cannot be read here.',
  rewrite: 'It writes the whole table anew, or empties it, with readers and writers waiting.',
  kind: 'A line says `-- expands`, or `-- contracts: ` and which version was the last that needs what goes.',
} as const
export type Rule = keyof typeof rules
export type Breach = { rule: Rule; statement: string }

/** What the program from before cannot go on with. */
const contracting = new Set<Rule>([
  'drop-table',
  'drop-column',
  'rename-table',
  'rename-column',
  'change-type',
  'enum-rename',
])

type Node = Record<string, unknown>
/** What earlier files and statements left: checks that a column has a value, by table. */
export type Known = { checks: Map<string, { column: string; isValid: boolean }> }
export const nothingKnown = (): Known => ({ checks: new Map() })

type Place = { made: Set<string>; known: Known; isInTransaction: boolean; holdsLock: boolean }

/** What one file does that it may not; what a comment above the statement allows by name and with a reason is left out. */
export function breachesOf(text: string, known: Known = nothingKnown()): Breach[] {
  const isInTransaction = !text.startsWith('-- outside a transaction')
  const place: Place = { made: new Set(), known, isInTransaction, holdsLock: false }
  const statements = split(text)
  const found: Breach[] = []
  const allowed = new Set<Rule>()
  for (const { node, above, statement } of statements) {
    const may = allowedIn(above)
    for (const rule of new Set(rulesBroken(node, place))) {
      if (may.has(rule)) allowed.add(rule)
      else found.push({ rule, statement })
    }
  }
  const [first] = statements
  if (!isInTransaction && (statements.length !== 1 || !first || !stopsNobody(first.node)))
    found.push({ rule: 'alone', statement: first?.statement ?? '' })
  const says = { expands: /^-- expands$/m.test(text), contracts: /^-- contracts: \S.{9,}/m.test(text) }
  const isContracting = [...allowed].some((rule) => contracting.has(rule))
  if (says.expands === says.contracts || (says.expands && isContracting)) found.push({ rule: 'kind', statement: '' })
  return found
}

type Statement = { node: Node; above: string; statement: string }

function split(text: string): Statement[] {
  const bytes = Buffer.from(text)
  const { stmts = [] } = parseSync(text) as { stmts?: { stmt: Node; stmt_location?: number; stmt_len?: number }[] }
  let end = 0
  return stmts.map(({ stmt, stmt_location: from = 0, stmt_len: length }) => {
    const until = length ? from + length : bytes.length
    const whole = bytes.subarray(end, until).toString()
    end = until
    const statement = whole.replaceAll(/^(\s*;)?(\s|--.*$)+/gm, '').slice(0, 100)
    return { node: stmt, above: whole, statement }
  })
}

/** `-- allow index: the table is empty` in the comments above a statement. */
function allowedIn(above: string): Set<string> {
  const found = [...above.matchAll(/^-- allow ([a-z-]+): (\S.*)$/gm)]
  // A reason is a sentence.
  return new Set(found.filter(([, , reason = '']) => reason.length >= 10).map(([, rule = '']) => rule))
}

function rulesBroken(node: Node, place: Place): Rule[] {
  const [[kind = '', value] = []] = Object.entries(node)
  return statements[kind]?.(value as Node, place) ?? []
}

const named = (relation: unknown): string => String((relation as Node | undefined)?.relname ?? '')

const statements: Record<string, (node: Node, place: Place) => Rule[]> = {
  CreateStmt: (node, place) => {
    place.made.add(named(node.relation))
    return list(node.tableElts).some((item) => isJson(item.ColumnDef as Node | undefined)) ? ['json'] : []
  },
  CreateTableAsStmt: (node, place) => {
    place.made.add(named((node.into as Node).rel))
    return []
  },
  AlterTableStmt: (node, place) => {
    const table = named(node.relation)
    if (place.made.has(table)) return []
    place.holdsLock = true
    return list(node.cmds).flatMap((item) => rulesOfChange(item.AlterTableCmd as Node, table, place))
  },
  RenameStmt: (node, place) => {
    if (place.made.has(named(node.relation))) return []
    place.holdsLock = true
    if (node.renameType === 'OBJECT_COLUMN') return ['rename-column']
    return node.renameType === 'OBJECT_TABLE' ? ['rename-table'] : []
  },
  DropStmt: (node, place) => {
    place.holdsLock = true
    if (node.removeType === 'OBJECT_TABLE') return ['drop-table']
    return node.removeType === 'OBJECT_INDEX' && !node.concurrent ? ['index'] : []
  },
  IndexStmt: (node, place) => (node.concurrent || place.made.has(named(node.relation)) ? [] : ['index']),
  CreateTrigStmt: (node, place) => {
    if (!place.made.has(named(node.relation))) place.holdsLock = true
    return []
  },
  LockStmt: (_, place) => {
    place.holdsLock = true
    return []
  },
  UpdateStmt: written,
  DeleteStmt: written,
  InsertStmt: (node, place) => {
    const select = (node.selectStmt as Node | undefined)?.SelectStmt as Node | undefined
    // A few rows that stand in the file are no backfill.
    return select?.fromClause ? written(node, place) : []
  },
  AlterEnumStmt: (node) => (node.oldVal ? ['enum-rename'] : []),
  VariableSetStmt: (node) => (/^(lock|statement)_timeout$/.test(String(node.name)) ? ['timeout'] : []),
  TransactionStmt: () => ['transaction'],
  DoStmt: () => ['hidden'],
  TruncateStmt: () => ['rewrite'],
  ClusterStmt: () => ['rewrite'],
  VacuumStmt: () => ['rewrite'],
  ReindexStmt: () => ['rewrite'],
}

function written(node: Node, place: Place): Rule[] {
  return place.holdsLock && !place.made.has(named(node.relation)) ? ['backfill'] : []
}

function rulesOfChange(change: Node, table: string, { known }: Place): Rule[] {
  const name = String(change.name ?? '')
  const def = change.def as Node | undefined
  switch (change.subtype) {
    case 'AT_DropColumn':
      return ['drop-column']
    case 'AT_AlterColumnType':
      return ['change-type']
    case 'AT_SetNotNull': {
      const isSaid = [...known.checks].some(
        ([key, { column, isValid }]) => key.startsWith(`${table}.`) && column === name && isValid,
      )
      return isSaid ? [] : ['not-null']
    }
    case 'AT_ValidateConstraint': {
      const check = known.checks.get(`${table}.${name}`)
      if (check) check.isValid = true
      return []
    }
    case 'AT_AddConstraint':
      return rulesOfConstraint(def?.Constraint as Node, table, known)
    case 'AT_AddColumn':
      return rulesOfColumn(def?.ColumnDef as Node)
    case 'AT_SetLogged':
    case 'AT_SetUnLogged':
    case 'AT_SetTableSpace':
      return ['rewrite']
    default:
      return []
  }
}

function rulesOfConstraint(constraint: Node, table: string, known: Known): Rule[] {
  const isLater = Boolean(constraint.skip_validation)
  switch (constraint.contype) {
    case 'CONSTR_FOREIGN':
      return isLater ? [] : ['foreign-key']
    case 'CONSTR_CHECK': {
      const column = columnThatIsThere(constraint.raw_expr as Node)
      if (column) known.checks.set(`${table}.${String(constraint.conname)}`, { column, isValid: !isLater })
      return isLater ? [] : ['check']
    }
    case 'CONSTR_UNIQUE':
    case 'CONSTR_PRIMARY':
      return constraint.indexname ? [] : ['unique']
    case 'CONSTR_EXCLUSION':
      return ['unique']
    default:
      return []
  }
}

function rulesOfColumn(column: Node): Rule[] {
  const constraints = list(column.constraints).map((item) => item.Constraint as Node)
  const kinds = new Set(constraints.map(({ contype }) => contype))
  const usual = constraints.find(({ contype }) => contype === 'CONSTR_DEFAULT')?.raw_expr
  const found: Rule[] = []
  if (kinds.has('CONSTR_GENERATED')) found.push('stored-column')
  if (kinds.has('CONSTR_IDENTITY') || isSerial(column) || (usual && callsAny(usual))) found.push('volatile-default')
  if (kinds.has('CONSTR_FOREIGN')) found.push('foreign-key')
  if (kinds.has('CONSTR_CHECK')) found.push('check')
  if (kinds.has('CONSTR_UNIQUE') || kinds.has('CONSTR_PRIMARY')) found.push('unique')
  if (kinds.has('CONSTR_NOTNULL') && !usual && !kinds.has('CONSTR_IDENTITY')) found.push('not-null')
  if (isJson(column)) found.push('json')
  return found
}

/** Outside a transaction: nobody waits for these. */
function stopsNobody(node: Node): boolean {
  const [[kind = '', value] = []] = Object.entries(node)
  const { concurrent, cmds } = value as Node
  if (kind === 'IndexStmt' || kind === 'DropStmt') return Boolean(concurrent)
  return (
    kind === 'AlterTableStmt' &&
    list(cmds).every((item) => (item.AlterTableCmd as Node).subtype === 'AT_ValidateConstraint')
  )
}

function columnThatIsThere(expression: Node | undefined): string | undefined {
  const test = expression?.NullTest as Node | undefined
  if (test?.nulltesttype !== 'IS_NOT_NULL') return undefined
  const [field] = list(((test.arg as Node).ColumnRef as Node | undefined)?.fields)
  return String((field?.String as Node | undefined)?.sval ?? '')
}

const typeOf = (column: Node | undefined): string => {
  const names = list((column?.typeName as Node | undefined)?.names)
  return String((names.at(-1)?.String as Node | undefined)?.sval ?? '')
}
const isJson = (column: Node | undefined) => typeOf(column) === 'json'
const isSerial = (column: Node) => /^(small|big)?serial\d?$/.test(typeOf(column))

/** Whether it asks a function for a value; the moment of the transaction is the same for every row. */
function callsAny(expression: unknown): boolean {
  if (Array.isArray(expression)) return expression.some(callsAny)
  if (typeof expression !== 'object' || expression === null) return false
  const { FuncCall: call } = expression as { FuncCall?: Node }
  const [name] = list(call?.funcname).slice(-1)
  if (call && (name?.String as Node | undefined)?.sval !== 'now') return true
  return Object.values(expression).some(callsAny)
}

const list = (value: unknown): Node[] => (Array.isArray(value) ? (value as Node[]) : [])
