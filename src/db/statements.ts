// What the statements of a migration lock, told from how they begin: for people, before they run.

export type Lock = {
  /** As the statement has it; null where it does not say. */
  table: string | null
  /** The statement in a few words. */
  does: string
  /** Who waits meanwhile. */
  stops: 'readers and writers' | 'writers' | 'nobody' | 'unknown'
  /** Whether every row is read or written while it does. */
  reads_rows: boolean
}

/** The statements of a file, without comments. */
export function statementsOf(text: string): string[] {
  const statements: string[] = []
  let one = ''
  for (let rest = text; rest !== '';) {
    const token = rest.startsWith('/*') ? commentIn(rest) : (tokens.exec(rest)?.[0] ?? '')
    rest = rest.slice(token.length)
    if (token.startsWith('--') || token.startsWith('/*')) one += ' '
    else if (token === ';') {
      statements.push(one.trim())
      one = ''
    } else one += token
  }
  return [...statements, one.trim()].filter(Boolean)
}

// A comment, a text with or without backslashes, a name in quotes, a body between dollars, a word, or one character.
const tokens =
  /^(?:--[^\n]*|[eE]'(?:[^'\\]|''|\\[^])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[^]*?\$\1\$|\w[\w$]*|[^])/

/** One may stand in another. */
function commentIn(text: string): string {
  let depth = 0
  for (const { 0: mark, index } of text.matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1
    if (depth === 0) return text.slice(0, index + 2)
  }
  return text
}

/** Tables that the file itself makes are nobody's yet. */
export function locksOf(text: string): Lock[] {
  const statements = statementsOf(text)
  const made = new Set(
    statements.flatMap((one) => nameIn(/^create (?:unlogged )?table NAME\s*(?:\(|as\b)/is, one) ?? []),
  )
  return statements.flatMap(lockOf).filter(({ table }) => table === null || !made.has(table))
}

type Kind = Pick<Lock, 'stops' | 'reads_rows'>

function lockOf(statement: string): Lock[] {
  const words = statement.replaceAll(/\s+/g, ' ')
  const does = words.length > 90 ? `${words.slice(0, 89)}…` : words
  // What a text says is no word of the statement.
  const bare = words.replaceAll(/'(?:[^']|'')*'/g, `''`)
  const lock = (tables: (string | null)[], stops: Lock['stops'], reads_rows: boolean): Lock[] =>
    tables.map((table) => ({ table: table && plain(table), does, stops, reads_rows }))

  const altered = nameIn(/^alter table NAME/is, bare)
  if (altered !== undefined) {
    const parts = partsOf(bare.replace(pattern(/^alter table NAME/is), ''))
    const found = parts.map(changeOf)
    const most = found.reduce((one, other) => (order.indexOf(one.stops) > order.indexOf(other.stops) ? one : other))
    const targets = parts.flatMap((part) => nameIn(/\breferences NAME/is, part) ?? [])
    return [
      ...lock(
        [altered],
        most.stops,
        found.some(({ reads_rows }) => reads_rows),
      ),
      ...lock(targets, 'writers', false),
    ]
  }
  if (/^with\b/i.test(bare)) {
    const found = [...bare.matchAll(pattern(/\b(?:update|delete from|merge into) NAME/gis))]
    if (found.length > 0) return lock([...new Set(found.map(([, table = '']) => table))], 'writers', true)
  }
  for (const { begins, stops, reads_rows } of kinds) {
    const list = begins.exec(bare)?.[1]
    if (list !== undefined) return lock(namesIn(list), stops, reads_rows)
  }
  const isDropped = /^drop index (concurrently )?/i.exec(bare)
  if (isDropped) return lock([null], isDropped[1] ? 'nobody' : 'readers and writers', false)
  return harmless.test(bare) ? [] : lock([null], 'unknown', false)
}

const order: Lock['stops'][] = ['nobody', 'unknown', 'writers', 'readers and writers']

/** One of the changes of an `alter table`. */
function changeOf(part: string): Kind {
  const reads_rows = goesThroughAll.test(part) || (compares.test(part) && !/\bnot valid\b/i.test(part))
  if (/^validate constraint\b/i.test(part)) return { stops: 'nobody', reads_rows: true }
  if (/^(?:re)?set \(|^alter (?:column )?\S+ (?:(?:re)?set \(|set statistics)/i.test(part))
    return { stops: 'nobody', reads_rows: false }
  if (/^add (?:constraint \S+ )?foreign key\b/i.test(part)) return { stops: 'writers', reads_rows }
  return { stops: 'readers and writers', reads_rows }
}

// These look at each row, or write it anew.
const goesThroughAll =
  /\bset not null\b|^alter (?:column )?\S+ (?:set data )?type\b|\bstored\b|\bas identity\b|\b(?:small|big)?serial\b|\bunique\b(?! using)|\bprimary key\b|^add (?!constraint).*\bdefault (?!now\(\))[\w."]+ ?\(|^set (?:un)?logged\b|^set (?:access method|tablespace)\b/is
const compares = /\b(?:check|foreign key|references)\b/i

/** Between commas that stand in no parentheses. */
function partsOf(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const letter of text) {
    if (letter === '(') depth++
    if (letter === ')') depth--
    if (letter === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts.map((part) => part.trim())
}

const name = String.raw`(?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?`
const optional = '(?:if exists )?(?:only )?'

/** NAME stands for the name of a table, NAMES for one or more. */
function pattern({ source, flags }: RegExp): RegExp {
  const names = source.replace(' NAMES', ` ${optional}(${name}(?:\\s*,\\s*${name})*)`)
  return new RegExp(names.replace(' NAME', ` ${optional}(${name})`), flags)
}

const nameIn = (begins: RegExp, text: string): string | undefined => {
  const found = pattern(begins).exec(text)?.[1]
  return found && plain(found)
}
const namesIn = (list: string) => list.match(new RegExp(name, 'g')) ?? []

/** As PostgreSQL calls it on its search path. */
function plain(table: string): string {
  const folded = table.replaceAll(
    /"([a-z_][a-z0-9_]*)"|("[^"]+")|(\w+)/g,
    (_, quoted, kept, bare: string | undefined) => String(quoted ?? kept ?? bare?.toLowerCase()),
  )
  return folded.replace(/^public\./, '')
}

const kind = (begins: RegExp, stops: Lock['stops'], reads_rows: boolean) => ({
  begins: pattern(begins),
  stops,
  reads_rows,
})

// The first that fits.
const kinds = [
  kind(/^create (?:unique )?index concurrently .*?\bon NAME/is, 'nobody', true),
  kind(/^create (?:unique )?index .*?\bon NAME/is, 'writers', true),
  kind(/^create (?:or replace )?(?:constraint )?trigger .*?\bon NAME/is, 'writers', false),
  kind(/^drop trigger .*?\bon NAME/is, 'readers and writers', false),
  kind(/^drop table NAMES/is, 'readers and writers', false),
  kind(/^truncate (?:table )?NAMES/is, 'readers and writers', false),
  kind(/^lock (?:table )?NAMES in access exclusive/is, 'readers and writers', false),
  kind(/^lock (?:table )?NAMES in /is, 'writers', false),
  kind(/^lock (?:table )?NAMES/is, 'readers and writers', false),
  kind(/^(?:update|delete from|merge into) NAME/is, 'writers', true),
  kind(/^insert into NAME/is, 'nobody', false),
  kind(/^(?:reindex table|cluster|vacuum full) NAME/is, 'readers and writers', true),
]

/** What neither stops anybody nor takes long; anything else is said to be unknown. */
const harmless =
  /^(?:create (?:or replace )?(?:(?:unlogged|temp|temporary|recursive) )?(?:table|function|procedure|aggregate|type|domain|sequence|view|schema|extension|statistics)|comment on|analyze|alter index|set|reset|grant)\b|^select (?!.*\()|^drop (?:function|view|type|domain|sequence) (?!.*cascade)/i
