// docs/migrating.md says every rule of the import as the code has it.
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { describe, test } from 'node:test'
import { exitCodes } from '../src/commands/import.ts'
import { type Column, extrasTable, frameworkTables, plan } from '../src/import/bloggy-sqlite/plan.ts'
import { ImportReport, changes, reasons } from '../src/import/report.ts'
import { difference, listCommands, plain, read, root, rows, section } from './documents.ts'

const guide = read('docs/migrating.md')
/** What stands below one of the headings of the rules. */
const rule = (heading: string) => section(section(guide, 'The rules'), heading, 3)
const names = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
const source = globSync('src/import/**/*.{ts,tsx}', { cwd: root })
  .filter((path) => !path.includes('.test.') && path !== 'src/import/report.ts')
  .map((path) => ({ path, text: read(path) }))

describe('the guide of the import', () => {
  test('has every table', () => {
    const expected = [
      ...plan.map(({ source, target }) => `${source} → ${target}`),
      ...[...frameworkTables, extrasTable].map((name) => `${name} → `),
    ]
    const found = rows(rule('Tables')).filter(([name]) => name !== 'any other')
    assert.deepEqual(
      difference(
        expected,
        found.map(([from = '', to = '']) => `${plain(from)} → ${plain(to)}`),
      ),
      [],
    )
  })

  test('has every column and its conversion', () => {
    const expected = plan.flatMap((table) =>
      table.columns.map((column) => {
        const { source, alias, target } = column
        const from =
          alias === undefined ? `\`${table.source}.${source}\`` : `\`${table.source}.${source}\` or \`${alias}\``
        return `${from} → ${target && `\`${table.target}.${target}\``} · ${conversionOf(column)}`
      }),
    )
    const found = rows(rule('Columns'))
      .filter(([from = '']) => from.startsWith('`'))
      .map(([from, to, how = '']) => `${from} → ${to} · ${how.startsWith('kept aside') ? 'kept aside' : how}`)
    assert.deepEqual(difference(expected, found), [])
  })

  test('explains every conversion', () => {
    const explained = rows(rule('Columns'))
      .map(([name = '']) => name)
      .filter((name) => !name.startsWith('`'))
    const used = new Set(plan.flatMap(({ columns }) => columns.map(({ as }) => as)))
    assert.deepEqual(difference([...used], explained), [])
  })

  for (const [heading, list] of [
    ['Changes', changes],
    ['Reasons', reasons],
  ] as const) {
    test(`has every name of ${heading.toLowerCase()}`, () => {
      const found = rows(rule(heading)).map(([name = '']) => plain(name))
      assert.deepEqual(difference(Object.keys(list), found), [])
    })
  }

  test('has every reason to refuse a file', () => {
    const thrown = source.concat({ path: 'src/commands/import.ts', text: read('src/commands/import.ts') })
    const expected = thrown.flatMap(({ text }) =>
      [...text.matchAll(/new RefusedFile\(\s*'([^']+)'/g)].map(([, reason = '']) => reason),
    )
    const found = rows(section(guide, 'What is refused, and the way out')).map(([reason = '']) => plain(reason))
    assert.deepEqual(difference([...new Set(expected)], found), [])
  })

  test('has every exit code', () => {
    const expected = Object.entries(exitCodes).map(([name, code]) => `${code} ${name}`)
    const found = rows(rule('Commands and exit codes')).filter(([code = '']) => /^\d$/.test(code))
    assert.deepEqual(
      difference(
        expected,
        found.map(([code, name]) => `${code} ${name}`),
      ),
      [],
    )
  })

  test('has every option of the commands', async () => {
    const commands = await listCommands()
    const expected = commands
      .filter(({ name }) => /^bloggy (import|export)\b/.test(name))
      .map(({ name, options }) => `${name}: ${options.join(' ')}`)
    const found = rows(rule('Commands and exit codes'))
      .filter(([name = '']) => name.startsWith('`bloggy'))
      .map(([name = '', options = '']) => `${plain(name)}: ${names(options).join(' ')}`)
    assert.deepEqual(difference(expected, found), [])
  })
})

describe('the names of changes and reasons', () => {
  const known = new Set([...Object.keys(changes), ...Object.keys(reasons)])
  const of =
    /change\((?:decision, )?'([^']+)'|aside\((?:\w+, )*'([^']+)'|reason: '([^']+)'|whenTwice: '([^']+)'|'refused'/g

  test('are all in the lists of report.ts', () => {
    // A token that cannot be decrypted has reasons of another kind.
    const others = source.filter(({ path }) => !path.endsWith('/fernet.ts'))
    const used = others.flatMap(({ path, text }) =>
      [...text.matchAll(of)].map((match) => ({ path, name: match.slice(1).find(Boolean) ?? 'refused' })),
    )
    assert.ok(used.length > 20)
    assert.deepEqual(
      used.filter(({ name }) => !known.has(name)),
      [],
    )
  })

  test('are all used', () => {
    const code = source.map(({ text }) => text).join('\n')
    const unused = [...known].filter((name) => {
      return !code.includes(`'${name}'`) && !(name.endsWith('-missing') && code.includes('}-missing`'))
    })
    assert.deepEqual(unused, [])
  })
})

test('the schema of the report is the one that the import fills', () => {
  const wanted = JSON.parse(JSON.stringify(ImportReport)) as unknown
  // node -e "import('./src/import/report.ts').then((m) => console.log(JSON.stringify(m.ImportReport, null, 2)))"
  assert.deepEqual(JSON.parse(read('docs/import-report.schema.json')), wanted)
})

function conversionOf({ as, isDerived }: Column): string {
  return isDerived ? 'made of resource, action and scope' : as
}
