// What the statements of a migration lock, told from how they begin: for people, before they run.

export type Lock = {
  table: string
  /** The statement in a few words. */
  does: string
  /** Who waits meanwhile. */
  stops: 'readers and writers' | 'writers' | 'nobody'
  /** Whether every row is read or written while it does. */
  reads_rows: boolean
}

/** The statements of a file, without comments. */
export function statementsOf(text: string): string[] {
  const statements: string[] = []
  let one = ''
  for (let rest = text; rest !== '';) {
    const [token = ''] = tokens.exec(rest) ?? []
    rest = rest.slice(token.length)
    if (token.startsWith('--') || token.startsWith('/*')) one += ' '
    else if (token === ';') {
      statements.push(one.trim())
      one = ''
    } else one += token
  }
  return [...statements, one.trim()].filter(Boolean)
}

// A comment, a text, a name in quotes, a body between dollars, an end, or anything up to the next of these.
const tokens = /^(?:--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[^]*?\$\1\$|;|[^-/'"$;]+|[^])/

/** Tables that the file itself makes are nobody's yet. */
export function locksOf(text: string): Lock[] {
  const statements = statementsOf(text)
  const made = new Set(
    statements.flatMap((one) => /^create (?:unlogged )?table (?:if not exists )?([\w."]+)/i.exec(one)?.[1] ?? []),
  )
  return statements.flatMap(lockOf).filter(({ table }) => !made.has(table))
}

function lockOf(statement: string): Lock[] {
  for (const { begins, stops, reads } of kinds) {
    const [, table] = begins.exec(statement) ?? []
    if (!table) continue
    const does = statement.replaceAll(/\s+/g, ' ')
    return [
      { table, does: does.length > 90 ? `${does.slice(0, 89)}…` : does, stops, reads_rows: reads.test(statement) },
    ]
  }
  return []
}

const name = String.raw`(?:if exists )?(?:only )?((?:\w+|"[^"]+")(?:\.(?:\w+|"[^"]+"))?)`
const always = /^/
const never = /$^/

type Kind = { begins: RegExp; stops: Lock['stops']; reads: RegExp }
const kind = (begins: string, stops: Lock['stops'], reads: RegExp): Kind => ({
  begins: new RegExp(`^${begins}`, 'is'),
  stops,
  reads,
})

// The first that fits.
const kinds: Kind[] = [
  kind(String.raw`alter table ${name}\s+validate constraint`, 'nobody', always),
  kind(String.raw`alter table ${name}\s+set \(`, 'nobody', never),
  kind(String.raw`alter table ${name}\s+add (?:constraint \S+ )?foreign key`, 'writers', /^(?!.*not valid)/is),
  kind(
    String.raw`alter table ${name}`,
    'readers and writers',
    // These look at each row, or write it anew.
    /\b(set not null|type|stored|(?:check|foreign key)(?!.*not valid)|unique(?! using)|primary key(?! using)|random\(|gen_random_uuid|clock_timestamp)\b/is,
  ),
  kind(String.raw`create (?:unique )?index concurrently .*?\bon ${name}`, 'nobody', always),
  kind(String.raw`create (?:unique )?index .*?\bon ${name}`, 'writers', always),
  kind(String.raw`create (?:or replace )?(?:constraint )?trigger .*?\bon ${name}`, 'writers', never),
  kind(String.raw`drop trigger .*?\bon ${name}`, 'readers and writers', never),
  kind(String.raw`drop table ${name}`, 'readers and writers', never),
  kind(String.raw`truncate (?:table )?${name}`, 'readers and writers', never),
  kind(String.raw`lock table ${name} in (?:access exclusive)`, 'readers and writers', never),
  kind(String.raw`lock table ${name}`, 'writers', never),
  kind(String.raw`update ${name}`, 'writers', always),
  kind(String.raw`delete from ${name}`, 'writers', always),
  kind(String.raw`insert into ${name}`, 'nobody', never),
  kind(String.raw`(?:reindex table|cluster|vacuum full) ${name}`, 'readers and writers', always),
]
