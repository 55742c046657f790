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
  'drop-constraint':
    'A statement of the program from before may count on it. A check that an earlier file or statement added may go.',
  'drop-default': 'The program from before may leave the value out.',
  'drop-other': 'The program from before may ask for it, and a trigger keeps something up to date.',
  'rename-other': 'The program from before may know it by its old name.',
  backfill: 'Rows are written while a lock is held, or before one is taken. Write them in a file of its own, or a job.',
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
/** What earlier files and statements left: checks, by table and name, and of which column they say that it has a value. */
export type Known = { checks: Map<string, { column: string | undefined; isValid: boolean }> }
export const nothingKnown = (): Known => ({ checks: new Map() })

type Place = { made: Set<string>; known: Known; isInTransaction: boolean; holdsLock: boolean; hasWritten: boolean }

/** What one file does that it may not; what a comment above the statement allows by name and with a reason is left out. */
export function breachesOf(text: string, known: Known = nothingKnown()): Breach[] {
  const isInTransaction = !text.startsWith('-- outside a transaction')
  const place: Place = { made: new Set(), known, isInTransaction, holdsLock: false, hasWritten: false }
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
  if (harmless.has(kind)) return []
  const own = statements[kind]?.(value as Node, place) ?? ['hidden']
  return writing.has(kind) ? [...own, ...writesWithin(value).flatMap((inner) => rulesBroken(inner, place))] : own
}

/** With the schema: another one may have a table of that name. */
const named = (relation: unknown): string => {
  const { schemaname = 'public', relname = '', relpersistence } = (relation ?? {}) as Node
  return relpersistence === 't' ? `pg_temp.${String(relname)}` : `${String(schemaname)}.${String(relname)}`
}

/** They lock nothing that is in use, and take nothing away. What is in no list is refused. */
const harmless = new Set([
  'CreateFunctionStmt',
  'CreateSeqStmt',
  'CreateEnumStmt',
  'CompositeTypeStmt',
  'CreateDomainStmt',
  'CreateStatsStmt',
  'ViewStmt',
  'CommentStmt',
])
/** Where `with` may hold more that writes. */
const writing = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'CreateTableAsStmt'])

const statements: Record<string, (node: Node, place: Place) => Rule[]> = {
  CreateStmt: (node, place) => {
    const columns = list(node.tableElts).map((item) => item.ColumnDef as Node | undefined)
    const own = list(node.tableElts).map((item) => item.Constraint as Node | undefined)
    const keys = [...columns.flatMap((column) => constraintsOf(column)), ...own].filter(
      (one) => one?.contype === 'CONSTR_FOREIGN',
    )
    // A key stops those who write to where it leads.
    const found = keys.some((key) => !place.made.has(named(key?.pktable))) ? lock(place) : []
    makes(node, node.relation, place)
    if (node.inhRelations || node.partbound) found.push('hidden')
    return columns.some(isJson) ? [...found, 'json'] : found
  },
  CreateTableAsStmt: (node, place) => {
    makes(node, (node.into as Node).rel, place)
    return []
  },
  AlterTableStmt: (node, place) => {
    const table = named(node.relation)
    const cmds = list(node.cmds).map((item) => item.AlterTableCmd as Node)
    if (place.made.has(table)) return []
    if (node.objtype === 'OBJECT_INDEX')
      return cmds.every(({ subtype }) => settings.has(String(subtype))) ? [] : ['hidden']
    if (node.objtype !== 'OBJECT_TABLE') return ['hidden']
    const isAlone = cmds.length === 1 && !place.holdsLock
    // A check may be compared while others read and write.
    const found = isAlone && cmds[0]?.subtype === 'AT_ValidateConstraint' ? [] : lock(place)
    return [...found, ...cmds.flatMap((change) => rulesOfChange(change, table, place))]
  },
  RenameStmt: (node, place) => {
    if (place.made.has(named(node.relation))) return []
    const found = lock(place)
    if (node.renameType === 'OBJECT_INDEX') return found
    if (node.renameType === 'OBJECT_COLUMN') return [...found, 'rename-column']
    return [...found, node.renameType === 'OBJECT_TABLE' ? 'rename-table' : 'rename-other']
  },
  AlterObjectSchemaStmt: (node, place) => [
    ...lock(place),
    node.objectType === 'OBJECT_TABLE' ? 'rename-table' : 'rename-other',
  ],
  DropStmt: (node, place) => {
    if (node.removeType === 'OBJECT_INDEX' && node.concurrent) return []
    const found = lock(place)
    if (node.removeType === 'OBJECT_TABLE') return [...found, 'drop-table']
    return [...found, node.removeType === 'OBJECT_INDEX' ? 'index' : 'drop-other']
  },
  IndexStmt: (node, place) =>
    node.concurrent || place.made.has(named(node.relation)) ? [] : [...lock(place), 'index'],
  CreateTrigStmt: (node, place) => (place.made.has(named(node.relation)) ? [] : lock(place)),
  LockStmt: (_, place) => lock(place),
  // One that only reads is of no use, and what a function does stands elsewhere.
  SelectStmt: (node) => (calls(node) ? ['hidden'] : []),
  UpdateStmt: written,
  DeleteStmt: written,
  MergeStmt: written,
  InsertStmt: (node, place) => {
    const select = (node.selectStmt as Node | undefined)?.SelectStmt as Node | undefined
    // A few rows that stand in the file are no backfill.
    return select?.fromClause ? written(node, place) : []
  },
  AlterEnumStmt: (node) => (node.oldVal ? ['enum-rename'] : []),
  VariableSetStmt: (node) => {
    if (node.kind === 'VAR_RESET_ALL' || String(node.name).endsWith('_timeout')) return ['timeout']
    return node.is_local && /^(maintenance_)?work_mem$/.test(String(node.name)) ? [] : ['hidden']
  },
  TransactionStmt: () => ['transaction'],
  TruncateStmt: () => ['rewrite'],
  ClusterStmt: () => ['rewrite'],
  VacuumStmt: (node) => (node.is_vacuumcmd ? ['rewrite'] : []),
  ReindexStmt: () => ['rewrite'],
}

/** Nobody else knows it yet; one that may be there already, or hides another, is no such table. */
function makes(node: Node, relation: unknown, { made }: Place): void {
  if (!node.if_not_exists) made.add(named(relation))
}

/** From here on somebody waits until the file is done. */
function lock(place: Place): Rule[] {
  place.holdsLock = true
  return place.hasWritten ? ['backfill'] : []
}

function written(node: Node, place: Place): Rule[] {
  if (place.holdsLock) return ['backfill']
  place.hasWritten ||= !place.made.has(named(node.relation))
  return []
}

function writesWithin(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(writesWithin)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([kind, inner]) =>
    /^(Insert|Update|Delete|Merge)Stmt$/.test(kind) ? [{ [kind]: inner }] : writesWithin(inner),
  )
}

function calls(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(calls)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([kind, inner]) => kind === 'FuncCall' || calls(inner))
}

/** What PostgreSQL is told about a table or column: no row is looked at, and nobody misses it. */
const settings = new Set([
  'AT_SetStatistics',
  'AT_SetOptions',
  'AT_ResetOptions',
  'AT_SetStorage',
  'AT_SetCompression',
  'AT_SetRelOptions',
  'AT_ResetRelOptions',
  'AT_DropNotNull',
])

function rulesOfChange(change: Node, table: string, { known, holdsLock }: Place): Rule[] {
  const name = String(change.name ?? '')
  const def = change.def as Node | undefined
  const key = `${table}.${name}`
  if (settings.has(String(change.subtype))) return []
  switch (change.subtype) {
    case 'AT_DropColumn':
      return ['drop-column']
    case 'AT_AlterColumnType':
      return ['change-type']
    case 'AT_ColumnDefault':
      return def ? [] : ['drop-default']
    case 'AT_SetNotNull': {
      const isSaid = [...known.checks].some(
        ([key, { column, isValid }]) => key.startsWith(`${table}.`) && column === name && isValid,
      )
      return isSaid ? [] : ['not-null']
    }
    case 'AT_ValidateConstraint': {
      const check = known.checks.get(key)
      if (check) check.isValid = true
      return holdsLock ? ['check'] : []
    }
    case 'AT_DropConstraint':
      return known.checks.delete(key) ? [] : ['drop-constraint']
    case 'AT_AddConstraint':
      return rulesOfConstraint(def?.Constraint as Node, table, known)
    case 'AT_AddColumn':
      return rulesOfColumn(def?.ColumnDef as Node)
    case 'AT_SetLogged':
    case 'AT_SetUnLogged':
    case 'AT_SetTableSpace':
    case 'AT_SetAccessMethod':
      return ['rewrite']
    default:
      return ['hidden']
  }
}

function rulesOfConstraint(constraint: Node, table: string, known: Known): Rule[] {
  const isLater = Boolean(constraint.skip_validation)
  switch (constraint.contype) {
    case 'CONSTR_FOREIGN':
      return isLater ? [] : ['foreign-key']
    case 'CONSTR_CHECK': {
      const column = columnThatIsThere(constraint.raw_expr as Node)
      if (constraint.conname) known.checks.set(`${table}.${String(constraint.conname)}`, { column, isValid: !isLater })
      return isLater ? [] : ['check']
    }
    case 'CONSTR_UNIQUE':
      return constraint.indexname ? [] : ['unique']
    case 'CONSTR_PRIMARY':
      // Its columns are to have a value.
      return constraint.indexname ? ['not-null'] : ['unique']
    case 'CONSTR_EXCLUSION':
      return ['unique']
    default:
      return ['hidden']
  }
}

function rulesOfColumn(column: Node): Rule[] {
  const constraints = constraintsOf(column)
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
  // A domain may have a check of its own.
  if (!isKnownType(column) && !isSerial(column)) found.push('hidden')
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
const constraintsOf = (column: Node | undefined): Node[] =>
  list(column?.constraints).map((item) => item.Constraint as Node)
const isKnownType = (column: Node): boolean => {
  const names = list((column.typeName as Node | undefined)?.names).map((one) => (one.String as Node | undefined)?.sval)
  return names[0] === 'pg_catalog' || (names.length === 1 && plainTypes.has(String(names[0])))
}
/** PostgreSQL's own of one word; those with more are in pg_catalog for the parser. */
const plainTypes = new Set(
  'text uuid json jsonb bytea date timestamptz inet cidr tsvector tsquery int8 int4 oid'.split(' '),
)
const isJson = (column: Node | undefined) => typeOf(column) === 'json'
const isSerial = (column: Node) => /^(small|big)?serial\d?$/.test(typeOf(column))

/** Whether it asks a function for a value; the moment of the transaction is the same for every row. */
function callsAny(expression: unknown): boolean {
  if (Array.isArray(expression)) return expression.some(callsAny)
  if (typeof expression !== 'object' || expression === null) return false
  const { FuncCall: call } = expression as { FuncCall?: Node }
  const names = list(call?.funcname).map((one) => (one.String as Node | undefined)?.sval)
  if (call && !/^(pg_catalog\.)?now$/.test(names.join('.'))) return true
  return Object.values(expression).some(callsAny)
}

const list = (value: unknown): Node[] => (Array.isArray(value) ? (value as Node[]) : [])
