// The catalogue, and whether the code asks for what is in it with the values that it needs.
import assert from 'node:assert/strict'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { IntlMessageFormat } from 'intl-messageformat'
import { parseSync } from 'rolldown/utils'
import { trustedHtml } from '../html/jsx-runtime.ts'
import { english } from './english.ts'
import { languages, rich, speak, text } from './texts.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = new Map(
  Object.entries(english).flatMap(([file, texts]) =>
    Object.entries(texts).map(([name, source]): [string, string] => [`${file}.${name}`, source]),
  ),
)

type Call = { key: string; values: string[]; place: string }
type Node = { type: string; [field: string]: unknown }
const calls = globSync('src/**/*.{ts,tsx}', { cwd: root })
  .filter((path) => !path.startsWith('src/texts/'))
  .flatMap((path) => callsIn(path, readFileSync(join(root, path), 'utf8')))

describe('the texts', () => {
  test('are asked for with the values that they need, and no others', () => {
    assert.ok(calls.length > 0)
    for (const { key, values, place } of calls) {
      assert.ok(sources.has(key), `${place}: ${key}`)
      assert.deepEqual(values.toSorted(), [...valuesOf(sources.get(key) ?? '')].toSorted(), `${place}: ${key}`)
    }
  })

  test('are all in use', () => {
    const used = new Set(calls.map(({ key }) => key))
    assert.deepEqual(
      [...sources.keys()].filter((key) => !used.has(key)),
      [],
    )
  })

  test('of other languages are among the English ones, and ask for the same values', () => {
    for (const language of languages().filter((name) => name !== 'en')) {
      for (const file of globSync(`src/texts/${language}/*.json`, { cwd: root })) {
        const texts = JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, string>
        for (const [name, source] of Object.entries(texts)) {
          const key = `${file.split(/[/.]/).at(-2)}.${name}`
          assert.ok(sources.has(key), `${language} ${key}`)
          assert.deepEqual(
            [...valuesOf(source)].toSorted(),
            [...valuesOf(sources.get(key) ?? '')].toSorted(),
            `${language} ${key}`,
          )
        }
      }
    }
  })
})

describe('a language', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bloggy-texts-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const link = { signin: (inside: { text: string }) => trustedHtml(`<a href="/sign-in">${inside.text}</a>`) }
  mkdirSync(join(folder, 'nl'))
  writeFileSync(
    join(folder, 'nl', 'comments.json'),
    JSON.stringify({ signIn: '<signin>Meld je aan</signin> & reageer.' }),
  )
  after(() => speak('en'))

  test('that is there is spoken, and what is not translated stays English', () => {
    speak('nl-BE', pathToFileURL(`${folder}/`))
    assert.equal(rich('comments.signIn', link).text, '<a href="/sign-in">Meld je aan</a> &amp; reageer.')
    assert.equal(text('comments.closed'), english.comments.closed)
  })

  test('that is not there is English', () => {
    speak('fr')
    assert.match(rich('comments.signIn', link).text, /^<a href="\/sign-in">Sign in<\/a>/)
  })
})

/** Calls of text() and rich() with a key that is written out. A value that is made elsewhere cannot be looked at. */
function callsIn(path: string, source: string): Call[] {
  const found: Call[] = []
  const { program } = parseSync(path, source)
  walk(program as unknown as Node, (node) => {
    if (node.type !== 'CallExpression') return
    const { name } = node.callee as { name?: string }
    const [key, values] = node.arguments as (Node | undefined)[]
    if ((name !== 'text' && name !== 'rich') || key?.type !== 'Literal' || !/^\w+\.\w+$/.test(String(key.value))) return
    const properties = (values?.properties ?? []) as { key: { name?: string; value?: string } }[]
    found.push({
      key: String(key.value),
      values: properties.map((property) => property.key.name ?? property.key.value ?? ''),
      place: path,
    })
  })
  return found
}

function walk(node: unknown, look: (node: Node) => void): void {
  if (Array.isArray(node)) for (const one of node) walk(one, look)
  else if (typeof node === 'object' && node !== null) {
    if ('type' in node) look(node as Node)
    for (const one of Object.values(node)) walk(one, look)
  }
}

/** Names of what is filled in, and of the parts that become markup. */
function valuesOf(source: string): Set<string> {
  const names = new Set<string>()
  const note = (parts: ReturnType<IntlMessageFormat['getAst']>) => {
    for (const part of parts) {
      if ('options' in part) for (const option of Object.values(part.options)) note(option.value)
      if ('children' in part) note(part.children)
      if (part.type !== literal && part.type !== pound) names.add(part.value)
    }
  }
  note(new IntlMessageFormat(source, 'en').getAst())
  return names
}
const literal = 0
const pound = 7
