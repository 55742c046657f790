// Groups, roles, permissions, who holds what, and OAuth accounts: few rows, decided in the settling transaction.
import { type Decision, aside, change, decisionOf, writeDecisions } from './book.ts'
import type { Converted } from '../reading/convert.ts'
import { parseExactly } from '../reading/exact-json.ts'
import { type ConvertedRow, type IdMap, type RowsChunk, count } from '../messages.ts'
import { type Moment } from '../reading/moment.ts'
import { momentText } from './moment-text.ts'
import { type SourceTable, type TablePlan, isUsableId, plan } from '../plan.ts'
import { type PriorRow, findPrior } from './prior.ts'
import { type Run, progressOf, tableInfo } from '../run.ts'
import { prepareReading } from './target-fields.ts'
import { readDecided } from './target-rows.ts'
import { reencrypt } from './tokens.ts'

type Values = Record<string, Converted>

type Rules = {
  /** What makes two rows the same thing here, as an SQL row expression over the columns; null where nothing does. */
  natural: string | null
  /** Looks at a row before it is written: may change values, note changes, or answer a reason to set it aside. */
  judge?: (values: Values, decision: Decision, run: Run) => string | null
  /** Said of a row that is the same as one before it in the file. */
  whenTwice?: string
}

const rules: Partial<Record<SourceTable, Rules>> = {
  auth_groups: { natural: 'lower(name)', judge: onlyAsWritten },
  auth_memberships: { natural: 'user_id, group_id', judge: onlyOfPeopleWhoCame },
  roles: {
    natural: 'lower(name)',
    judge: (values, decision) => (String(values.name).trim() === '' ? 'refused' : onlyAsWritten(values, decision)),
  },
  permissions: {
    natural: 'resource, action, scope',
    judge: (values, decision) => {
      const { resource, action, scope, name } = values
      const isWord = (value: Converted) => /^[a-z][a-z0-9_]*$/.test(String(value))
      if (!isWord(resource!) || !isWord(action!) || !['', 'own', 'any'].includes(String(scope))) return 'refused'
      const made = [resource, action, scope].filter(Boolean).join('.')
      if (name !== made) change(decision, 'name-rebuilt', 'name', name)
      // Made by PostgreSQL from the parts.
      delete values.name
      return null
    },
  },
  user_roles: { natural: 'user_id, role_id', judge: onlyOfPeopleWhoCame },
  role_permissions: {
    natural: 'role_id, permission_id',
    judge: ({ role_id }, _, run) => (run.isFresh || brought(run, 'roles', role_id) ? null : 'not-ours-to-change'),
  },
  oauth_accounts: { natural: 'provider, provider_user_id', judge: onlyOfPeopleWhoCame, whenTwice: 'duplicate' },
  oauth_tokens: { natural: null, judge: reencrypt },
}

/** A name that had to be mended is not taken for that of a role with rights: 'admin' and a NUL is not 'admin'. */
function onlyAsWritten({ name }: Values, { changes, original }: Decision): string | null {
  const isMended = ['nul-removed', 'not-utf8', 'bytes-to-text'].some((change) => changes.includes(change))
  const isOfName = original !== null && ('name' in original || 'role' in original)
  return isMended && isOfName && rolesOfBloggy.has(String(name).trim().toLowerCase()) ? 'refused' : null
}

const rolesOfBloggy = new Set(['admin', 'moderator', 'author', 'viewer'])

/** Somebody who was here before keeps the rights he had here. */
function onlyOfPeopleWhoCame({ user_id }: Values, _: Decision, run: Run): string | null {
  return brought(run, 'users', user_id) ? null : 'not-ours-to-change'
}

const broughtIds = new WeakMap<Run, Map<SourceTable, Set<number>>>()

function brought(run: Run, table: SourceTable, id: Converted | undefined): boolean {
  return (
    broughtIds
      .get(run)
      ?.get(table)
      ?.has(id as number) ?? false
  )
}

async function noteBrought(run: Run, table: SourceTable): Promise<void> {
  const rows = await run.db.query<{ target_id: number }>(
    `select target_id from import_rows
      where chain_id = $1 and source_table = $2 and fate in ('copied', 'changed')`,
    [run.chainId, table],
  )
  const byTable = broughtIds.get(run) ?? new Map<SourceTable, Set<number>>()
  byTable.set(table, new Set(rows.map(({ target_id }) => target_id)))
  broughtIds.set(run, byTable)
}

/** Called inside the settling transaction, after the users. */
export async function settleRights(run: Run): Promise<void> {
  await noteBrought(run, 'users')
  const maps = new Map<SourceTable, IdMap>()
  for (const table of plan) {
    if (table.way !== 'rows' || table.source === 'users') continue
    await settleTable(run, table, maps)
    if (table.source === 'roles') await noteBrought(run, 'roles')
  }
}

async function settleTable(run: Run, table: TablePlan, maps: Map<SourceTable, IdMap>): Promise<void> {
  const info = tableInfo(run, table.source)
  if (!info) return
  // With its own rows, of which only those are decided that an earlier import did not bring.
  const named = new Set([table.source, ...table.columns.flatMap(({ to }) => to ?? [])])
  for (const to of named) if (!maps.has(to)) maps.set(to, await fullMap(run, to))
  const ids = await freeIds(run, table)
  const progress = progressOf(run, table.source)
  const seen: Seen = new Map()
  if (rules[table.source]!.whenTwice) await noteBrought(run, table.source)
  for await (const chunk of run.reader.read({ table: info.name, after: null, purpose: 'copy' })) {
    const { rows, read } = chunk as RowsChunk
    await settleBatch(run, table, rows, { maps, ids, seen })
    progress.read += read
    run.onStep({ phase: 'settling', label: table.source, done: progress.read, total: progress.rows })
  }
}

/** Where every row of a table lives here; rows that were set aside are not in it. */
async function fullMap(run: Run, source: SourceTable): Promise<IdMap> {
  const rows = await run.db.query<{ source_key: number; target_id: number }>(
    `select source_key, target_id from import_rows
      where chain_id = $1 and source_table = $2 and target_id is not null`,
    [run.chainId, source],
  )
  return new Map(rows.map(({ source_key, target_id }) => [source_key, target_id]))
}

/** What the file brought so far, by what makes it the same thing. */
type Seen = Map<string, { id: number; called: string | undefined }>
type FreeIds = { isTaken: (id: number) => boolean; take: (id: number) => void; next: () => number }

async function freeIds(run: Run, { source, target }: TablePlan): Promise<FreeIds> {
  const rows = await run.db.query<{ id: number }>(`select id from ${target}`)
  const taken = new Set(rows.map(({ id }) => id))
  const progress = progressOf(run, source)
  return {
    isTaken: (id) => taken.has(id),
    take: (id) => void taken.add(id),
    next: () => progress.firstFree + progress.newIds++,
  }
}

async function settleBatch(
  run: Run,
  table: TablePlan,
  rows: ConvertedRow[],
  { maps, ids, seen }: { maps: Map<SourceTable, IdMap>; ids: FreeIds; seen: Seen },
): Promise<void> {
  const prior = await findPrior(
    run,
    table.source,
    rows.map(({ keyText }) => keyText),
  )
  const { natural, judge, whenTwice } = rules[table.source]!
  const decisions: Decision[] = []
  const wanted: { decision: Decision; values: Values; prior: PriorRow | undefined; denied: string | null }[] = []
  const progress = progressOf(run, table.source)
  for (const row of rows) {
    const known = prior.get(row.keyText)
    if (known?.checksum === row.checksum) {
      count(progress.counts.fates, 'already there')
      continue
    }
    const decision = decisionOf(row)
    decisions.push(decision)
    const values = row.reason ? undefined : placed(table, row, maps)
    const refusal = typeof values === 'string' ? values : values && isTooLong(natural, values) ? 'refused' : null
    const reason = row.reason ?? refusal ?? judge?.(values as Values, decision, run) ?? null
    // What is here already needs nobody's leave.
    if (reason !== null && reason !== 'not-ours-to-change') aside(decision, reason)
    else wanted.push({ decision, values: values as Values, prior: known, denied: reason })
  }

  const found = natural
    ? await findSame(
        run,
        table,
        natural,
        wanted.map(({ values }) => values),
      )
    : []
  const inserts: Values[] = []
  const changed = await changedHere(run, table, wanted)
  const stays = new Set<string>()
  for (const [index, { decision, values, prior: before, denied }] of wanted.entries()) {
    const same = found[index]
    // Only what an earlier import brought itself follows the file.
    const known = before && before.fate !== 'already there' ? before.target : null
    const name = natural ? same!.name : ''
    const existing = same?.id ?? seen.get(name)?.id ?? null
    if (existing !== null && existing !== known) {
      if (whenTwice && seen.has(name)) aside(decision, whenTwice)
      else if (whenTwice && brought(run, table.source, existing)) aside(decision, whenTwice)
      else alreadyThere(decision, existing, same?.called ?? seen.get(name)?.called, values)
      continue
    }
    if (denied !== null) {
      aside(decision, denied)
      continue
    }
    if (known !== null && changed.has(decision.row.keyText)) {
      aside(decision, 'changed-here')
      stays.add(decision.row.keyText)
      continue
    }
    if (known !== null) {
      decision.target = known
      await updateRow(run, table, known, values)
      count(progress.counts.changes, 'updated')
      continue
    }
    const { key } = decision.row
    const id = isUsableId(key) && !ids.isTaken(key) ? key : ids.next()
    if (id !== key) change(decision, 'new-id', 'id', key)
    ids.take(id)
    if (natural) seen.set(name, { id, called: values.name as string | undefined })
    decision.target = id
    inserts.push({ id, ...values })
  }
  await insertRows(run, table, inserts)
  await writeDecisions(run, table.source, decisions, stays)
  const map = maps.get(table.source) ?? new Map<number, number>()
  for (const { row, target } of decisions) if (target !== null) map.set(row.key, target)
  maps.set(table.source, map)
}

/** Of rows that came with an earlier import, those that somebody edited or deleted here since. */
async function changedHere(
  run: Run,
  table: TablePlan,
  rows: { decision: Decision; prior: PriorRow | undefined }[],
): Promise<Set<string>> {
  const changed = new Set<string>()
  const known = new Map(rows.flatMap(({ decision: { row }, prior }) => (prior ? [[row.key, { row, prior }]] : [])))
  if (known.size === 0) return changed
  const keys = [...known.keys()]
  const reading = await prepareReading(run, table)
  await readDecided(reading, Math.min(...keys), Math.max(...keys), ({ key, checksum }) => {
    const found = known.get(key)
    if (found && found.prior.checksum !== checksum) changed.add(found.row.keyText)
  })
  return changed
}

/** `called` is what a role or a group is called here; the old blog told Admin from admin. */
function alreadyThere(decision: Decision, existing: number, called: string | null | undefined, { name }: Values): void {
  decision.fate = 'already there'
  decision.target = existing
  const isFolded = typeof called === 'string' && name !== called
  decision.changes = isFolded ? ['role-folded'] : []
  decision.original = isFolded ? { name } : null
}

/** The values by the names of our columns, with our ids; or why the row cannot come along. */
function placed(table: TablePlan, { values }: ConvertedRow, maps: Map<SourceTable, IdMap>): Values | string {
  const result: Values = {}
  for (const [index, { target, to, as }] of table.columns.entries()) {
    if (as === 'kept aside') continue
    let value: Converted = values[index] ?? null
    if (to && value !== null) {
      const here = maps.get(to)?.get(value as number)
      if (here === undefined && as === 'reference') return `${noun(to)}-missing`
      value = here ?? null
    } else if (as === 'moment' || as === 'moment or null') {
      value = value === null ? null : momentText(value as Moment)
    }
    result[target] = as === 'json or null' && value !== null ? (parseExactly(String(value)) as Converted) : value
  }
  return result
}

function noun(table: SourceTable): string {
  const nouns: Partial<Record<SourceTable, string>> = { auth_groups: 'group', oauth_accounts: 'account' }
  return nouns[table] ?? table.replace(/s$/, '')
}

/** For every row what it is called in the terms of `natural`, and the row here that is called the same. */
async function findSame(run: Run, { target }: TablePlan, natural: string, values: Values[]) {
  const qualified = (name: string) =>
    natural.replace(/\b(name|resource|action|scope|provider_user_id|provider|\w+_id)\b/g, `${name}.$1`)
  const called = natural === 'lower(name)' ? 'same.name' : 'null::text'
  return await run.db.query<{ id: number | null; called: string | null; name: string }>(
    `select same.id, ${called} as called, row(${qualified('n')})::text as name
      from jsonb_array_elements($1::jsonb) with ordinality as given (data, place)
      cross join lateral jsonb_populate_record(null::public.${target}, data) as n
      left join public.${target} as same on (${qualified('same')}) = (${qualified('n')})
      order by given.place`,
    [JSON.stringify(values)],
  )
}

async function insertRows(run: Run, { target }: TablePlan, values: Values[]): Promise<void> {
  if (values.length === 0) return
  const columns = Object.keys(values[0]!).join(', ')
  await run.db.query(
    `insert into public.${target} (${columns})
      select ${columns} from jsonb_populate_recordset(null::public.${target}, $1::jsonb)`,
    [JSON.stringify(values)],
  )
}

async function updateRow(run: Run, { target }: TablePlan, id: number, values: Values): Promise<void> {
  const columns = Object.keys(values)
  await run.db.query(
    `update public.${target} set (${columns.join(', ')}) =
      (select ${columns.join(', ')} from jsonb_populate_record(null::public.${target}, $2::jsonb)) where id = $1`,
    [id, JSON.stringify(values)],
  )
}

/** An index of PostgreSQL holds about 2,700 bytes of a row. */
const longestIndexed = 2000

function isTooLong(natural: string | null, values: Values): boolean {
  const named = natural?.match(/\w+/g) ?? []
  const bytes = named.reduce((sum, column) => sum + Buffer.byteLength(String(values[column] ?? '')), 0)
  return bytes > longestIndexed
}
