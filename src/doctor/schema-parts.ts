// The text of a schema, as src/db/describe.ts writes it, taken apart: so that two can be compared piece by piece.

type Kind = 'table' | 'column' | 'constraint' | 'index' | 'function' | 'trigger'
export type Part = { kind: Kind; name: string; table: string; text: string }

/** By kind, table and name. */
export function partsOf(schema: string): Map<string, Part> {
  const parts = new Map<string, Part>()
  const add = (kind: Kind, name: string, table: string, text: string) =>
    parts.set(`${kind} ${table}.${name}`, { kind, name, table, text })
  const blocks = schema.split(
    /^(?=create (?:unlogged )?table |CREATE OR REPLACE FUNCTION |CREATE (?:CONSTRAINT )?TRIGGER )/m,
  )
  for (const block of blocks) {
    const [, table] = /^create (?:unlogged )?table (\S+) \(/.exec(block) ?? []
    const [, called] = /^CREATE OR REPLACE FUNCTION (?:public\.)?([^(]+)\(/.exec(block) ?? []
    const [, trigger, on = ''] = /^CREATE (?:CONSTRAINT )?TRIGGER (\S+) .*? ON (?:public\.)?(\S+) /s.exec(block) ?? []
    if (table) addTable(table, block)
    else if (called) add('function', called, '', block.trim())
    else if (trigger) add('trigger', trigger, on, block.trim())
  }
  return parts

  function addTable(table: string, block: string): void {
    add('table', table, table, '')
    for (const line of block.split('\n')) {
      const [, constraint, rule = ''] = /^ {2}constraint (\S+) (.*?),?$/.exec(line) ?? []
      const [, column] = /^ {2}("[^"]+"|\S+) /.exec(line) ?? []
      const [, index] = /^CREATE (?:UNIQUE )?INDEX (\S+) ON /.exec(line) ?? []
      if (constraint) add('constraint', constraint, table, rule)
      else if (index) add('index', index, table, line.replace(/;$/, ''))
      else if (column) add('column', column, table, line.trim().replace(/,$/, ''))
    }
  }
}

export type Difference = { part: Part; kind: 'missing' | 'other' | 'extra' }

/** What `found` lacks, has otherwise, or has besides: tables, and in those that both know more. Indexes besides are the operator's own. */
export function differencesOf(expected: string, found: string): Difference[] {
  const [wanted, there] = [partsOf(expected), partsOf(found)]
  const tables = new Set([...wanted.values()].filter(({ kind }) => kind === 'table').map(({ name }) => name))
  const absent = new Set([...tables].filter((name) => !there.has(`table ${name}.${name}`)))
  const missing = [...wanted].flatMap(([key, part]): Difference[] => {
    const other = there.get(key)
    if (other) return other.text === part.text ? [] : [{ part: other, kind: 'other' }]
    // Of a table that is gone its name says it all.
    return absent.has(part.table) && part.kind !== 'table' ? [] : [{ part, kind: 'missing' }]
  })
  const extra = [...there]
    .filter(
      ([key, { kind, table }]) => !wanted.has(key) && (kind === 'table' || (tables.has(table) && kind !== 'index')),
    )
    .map(([, part]): Difference => ({ part, kind: 'extra' }))
  return [...missing, ...extra]
}
