// The documents name everything the program has, and nothing that is gone.
import assert from 'node:assert/strict'
import { existsSync, globSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, describe, test } from 'node:test'
import { settings } from '../src/settings-table.ts'
import { statusOf } from '../src/errors.ts'
import { newMetrics } from '../src/http/metrics.ts'
import { testApp } from './app.ts'
import { type Command, difference, listCommands, listRoutes, plain, read, root, rows, section } from './documents.ts'

type Rule = (text: string) => string[]
type Damage = [from: string | RegExp, to: string]

const documents = globSync(['*.md', 'docs/**/*.md', 'openspec/**/*.md'], { cwd: root })
const operations = 'docs/operations.md'
const api = 'docs/api.md'

const facts = { commands: [] as Command[], routes: [] as string[], metrics: [] as string[] }
const { app } = await testApp()

before(async () => {
  facts.commands = await listCommands()
  // Those of programs are in the document that is written from them.
  const isDescribed = (route: string) => !/ \/api\/v1\/(?!openapi\.json|reference)/.test(route)
  facts.routes = listRoutes(app.printRoutes({ commonPrefix: false })).filter(isDescribed)
  const names = newMetrics()
    .registry.getMetricsAsArray()
    .map(({ name }) => name)
  facts.metrics = names.filter((name) => name.startsWith('bloggy_'))
})

describe('operations', () => {
  const expected = Object.values(settings).map(({ env, fallback = '', about }) =>
    [env, fallback, plain(about)].join(' | '),
  )

  check(
    'has every setting as config.ts has it',
    operations,
    (text) =>
      difference(
        expected,
        rows(section(text, 'Settings')).map((cells) => cells.map(plain).join(' | ')),
      ),
    [
      ['| `20` |', '| `10` |'],
      ['The port to listen on.', 'The port.'],
      [/^\| `LOG_LEVEL`.*\n/m, ''],
      ['| `HOST` |', '| `HOSTS` |'],
      [/^(\| `PORT`.*\n)/m, '$1| `NEW` | | Something. |\n'],
    ],
  )

  check(
    'has every command and option of the command line',
    operations,
    (text) => {
      const found = rows(section(text, 'Commands')).map(([command = '', about = '']) => ({
        command: plain(command),
        about,
      }))
      const real = facts.commands
      const missing = real.flatMap(({ name, options }) => {
        const row = found.find(({ command }) => command === name)
        return options.filter((option) => row && !row.about.includes(option)).map((option) => `${name} lacks ${option}`)
      })
      const gone = found.flatMap(({ command, about }) => {
        const options = real.find(({ name }) => name === command)?.options ?? []
        return (about.match(/--[a-z-]+/g) ?? []).filter((option) => !options.includes(option))
      })
      const names = real.map(({ name }) => name)
      return [
        ...difference(
          names,
          found.map(({ command }) => command),
        ),
        ...missing,
        ...gone,
      ]
    },
    [
      [/^\| `bloggy sample`.*\n/m, ''],
      ['| `bloggy migrations up` |', '| `bloggy migrate` |'],
      ['`--superuser`', 'a flag'],
      ['`--remove`', '`--remove` and `--all`'],
    ],
  )

  check(
    'has every message that stops a start',
    operations,
    (text) => {
      const known = text.replaceAll('`', '')
      const messages = listMessages()
      assert.ok(messages.length > 60)
      return messages.filter((message) => !known.includes(message))
    },
    [
      ['refused the connection', 'refused it'],
      ['ended while starting on', 'ended on'],
      ['ADMIN_PORT must differ from PORT.', ''],
      ['was edited after it ran on this database', 'was edited'],
    ],
  )

  check(
    'has every metric of ours',
    operations,
    (text) => difference(facts.metrics, text.match(/bloggy_[a-z_]+/g)?.filter((name) => name.includes('_http_')) ?? []),
    [['bloggy_http_requests_total', 'bloggy_http_requests']],
  )
})

describe('api', () => {
  check(
    'has every route the server has',
    api,
    (text) => {
      const found = rows(section(text, 'Routes')).map(([method = '', path = '']) => `${method} ${plain(path)}`)
      return difference(facts.routes, found)
    },
    [
      [/^\| POST \| `\/sign-out`.*\n/m, ''],
      ['| GET | `/livez` |', '| GET | `/alive` |'],
      ['| POST | `/comments/:id/text` |', '| PUT | `/comments/:id/text` |'],
    ],
  )

  check(
    'has every kind of error with its status',
    api,
    (text) => {
      const real = [...Object.entries(statusOf), ...others].map(([kind, status]) => `${kind} ${status}`)
      return difference(
        real,
        rows(section(text, 'Errors')).map(([kind = '', status]) => `${plain(kind)} ${status}`),
      )
    },
    [
      ['| `conflict` | 409 |', '| `conflict` | 410 |'],
      [/^\| `too_many`.*\n/m, ''],
      [/^(\| `internal`.*\n)/m, '$1| `gone` | 410 | is gone |\n'],
    ],
  )
  const others: [string, number][] = [
    ['unavailable', 503],
    ['internal', 500],
  ]

  test('and the kinds that have no name in errors.ts are in the answer', () => {
    for (const [kind] of others) assert.ok(read('src/http/errors.ts').includes(`'${kind}'`), kind)
  })
})

describe('requirements', () => {
  const specs = globSync('openspec/specs/*/spec.md', { cwd: root })

  test('are there for every part', () => {
    const parts = specs.map((path) => path.split('/')[2] ?? '')
    const listed = [...read('openspec/project.md').matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name = '']) => name)
    assert.ok(parts.length >= 15)
    assert.deepEqual(difference(parts, listed), [])
  })

  test('each scenario names tests that exist', () => {
    const wrong = specs.flatMap((path) => unproved(read(path)).map((what) => `${path}: ${what}`))
    assert.deepEqual(wrong, [])
  })

  test('each scenario names tests that exist: it is noticed when not', () => {
    const good = '#### Scenario: One\n\n- **THEN** it is\n- **TEST** test/documents.test.ts: "links lead somewhere"\n'
    assert.deepEqual(unproved(good), [])
    assert.deepEqual(unproved(good.replace('links ', '')), [])
    for (const [from, to] of [
      ['lead somewhere', 'lead nowhere'],
      ['documents.test.ts', 'nothing.test.ts'],
      [/- \*\*TEST.*\n/, ''],
      ['"links', 'links'],
    ] satisfies Damage[]) {
      assert.notDeepEqual(unproved(good.replace(from, to)), [], String(from))
    }
  })
})

describe('links', () => {
  test('lead somewhere', () => {
    const broken = documents.flatMap((path) => brokenLinks(path, read(path)).map((link) => `${path}: ${link}`))
    assert.deepEqual(broken, [])
  })

  test('lead from the README to each document', () => {
    const unnamed = globSync('docs/*.md', { cwd: root }).filter((path) => !read('README.md').includes(`](${path}`))
    assert.deepEqual(unnamed, [])
  })

  test('lead somewhere: it is noticed when not', () => {
    assert.deepEqual(
      brokenLinks('README.md', '[a](docs/style.md) [b](docs/style.md#names) [c](https://example.org)'),
      [],
    )
    for (const link of ['docs/gone.md', 'docs/style.md#gone', '#gone', '../README.md']) {
      assert.deepEqual(brokenLinks('README.md', `[a](${link})`), [link])
    }
  })

  test('as do the names of files', () => {
    const gone = documents.flatMap((path) => missingFiles(read(path)).map((name) => `${path}: ${name}`))
    assert.deepEqual(gone, [])
    assert.deepEqual(missingFiles('`src/config.ts` `src/gone.ts` `db/migrations/NNNN_name.sql`'), ['src/gone.ts'])
  })
})

describe('decisions', () => {
  const names = readdirSync(join(root, 'docs/decisions')).toSorted()

  test('are numbered without a gap', () => {
    const numbers = names.map((name) => Number(/^(\d{4})-[a-z0-9-]+\.md$/.exec(name)?.[1]))
    assert.ok(names.length >= 10)
    assert.ok(numbers.every((number, index) => number === index + 1))
  })

  test('have their number, context, decision, consequences and an end', () => {
    for (const name of names) {
      const text = read(`docs/decisions/${name}`)
      assert.ok(text.startsWith(`# ${name.slice(0, 4)}. `), name)
      assert.deepEqual(headings(text).slice(1), ['Context', 'Decision', 'Consequences', 'Revisit when'], name)
    }
  })
})

test('what is read first is short', () => {
  assert.ok(read('README.md').split('\n').length <= 80)
  assert.ok(read('AGENTS.md').split('\n').length <= 60)
})

/** One test of the document, and one that the rule notices each damage done to it. */
function check(sentence: string, path: string, rule: Rule, damages: Damage[]): void {
  test(sentence, () => assert.deepEqual(rule(read(path)), []))
  test(`${sentence}: it is noticed when not`, () => {
    const text = read(path)
    for (const [from, to] of damages) {
      const damaged = text.replace(from, to)
      assert.notEqual(damaged, text, `nothing to damage: ${from}`)
      assert.notDeepEqual(rule(damaged), [], `not noticed: ${from}`)
    }
  })
}

function headings(text: string): string[] {
  return [...text.replace(/^```.*?^```/gms, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
}

/** What never changes in each message that stops a start. */
function listMessages(): string[] {
  const patterns: [files: string, pattern: RegExp][] = [
    [
      'src/{db,commands,sample,import,export}/**/*.ts',
      /(?:new (?:Start|Command)Error|wrongUse)\(\s*(['`])(.*?)(?<!\\)\1\s*[,)]/gs,
    ],
    ['src/{config,db/connection-string}.ts', /new (?:StartError|Error)\(\s*(['`])(.*?)(?<!\\)\1,?\s*\)/gs],
    ['src/config.ts', /found\.push\(\s*(['`])(.*?)\1/gs],
    ['src/db/probe.ts', /what: (['`])(.*?)\1/g],
    ['src/db/embedded/server.ts', /return (['`])(.*?)\1$/gm],
    [
      'src/{commands/serve,db/embedded/server}.ts',
      /\b(?:say|onProgress)\((['`])([^'`]*(?:stopping all|unexpectedly)[^'`]*)\1/g,
    ],
  ]
  return patterns.flatMap(([glob, pattern]) => {
    const files = globSync(glob, { cwd: root }).filter((path) => !path.includes('.test.'))
    assert.ok(files.length > 0, glob)
    return files.flatMap((path) => [...read(path).matchAll(pattern)].map(([, , message = '']) => beginning(message)))
  })
}

/** The longest piece without a value of the first sentence that says something. */
function beginning(message: string): string {
  const text = message.replace(/\\?`/g, '').replace(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, '…')
  const sentences = text
    .split(/\\n|[.:;](?=\s|$)/)
    .map((sentence) => sentence.split('…').map((piece) => piece.replace(/^\W+|[\s"(,]+$/g, '')))
  const longest = sentences.map((pieces) => pieces.toSorted((a, b) => b.length - a.length)[0] ?? '')
  return longest.find((piece) => piece.length > 8) ?? ''
}

/** Scenarios that name no test, and names of tests that are not in their files. */
function unproved(spec: string): string[] {
  const scenarios = spec.split(/^#### Scenario: /m).slice(1)
  return scenarios.flatMap((text) => {
    const [title = ''] = text.split('\n')
    const body = text.split(/^#{1,3} /m)[0] ?? ''
    const lines = [...body.matchAll(/^- \*\*TEST\*\* (\S+): "(.+)"$/gm)]
    if (lines.length === 0 || !/^- \*\*TEST\*\*.*$/.test(body.trim().split('\n').at(-1) ?? ''))
      return [`${title} names no test`]
    return lines.filter(([, path = '', name = '']) => !hasTest(path, name)).map(([line]) => `${title}: ${line}`)
  })
}

function hasTest(path: string, name: string): boolean {
  if (!existsSync(join(root, path))) return false
  return testNames(read(path)).some((names) => names.at(-1) === name || names.join(' ') === name)
}

/** The name of each test after those of the groups it is in. What a name is filled with is written as "…". */
function testNames(source: string): string[][] {
  const groups: { indent: number; name: string }[] = []
  const calls = source.matchAll(/^( *)(?:await )?(describe|test|check|step)\(\s*(['"`])((?:\\.|(?!\3)[^\\])*)\3/gm)
  return [...calls].flatMap(([, indent = '', kind, , text = '']) => {
    while ((groups.at(-1)?.indent ?? -1) >= indent.length) groups.pop()
    const name = text.replace(/\$\{[^}]*\}/g, '…').replace(/\\(.)/g, '$1')
    const path = [...groups.map((group) => group.name), name]
    if (kind !== 'describe') return [path]
    groups.push({ indent: indent.length, name })
    return []
  })
}

function brokenLinks(from: string, text: string): string[] {
  const links = [...text.replace(/^```.*?^```/gms, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links.filter((link) => {
    if (/^(https?|mailto):/.test(link)) return false
    const [path = '', anchor] = link.split('#')
    const target = path ? join(dirname(from), path) : from
    if (target.startsWith('..') || !existsSync(join(root, target))) return true
    return anchor !== undefined && !headings(read(target)).map(anchorOf).includes(anchor)
  })
}

/** As GitHub makes them. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s-]/gu, '')
    .replaceAll(' ', '-')
}

/** Files of the repository that a text names and that are not there; names with a placeholder are left out. */
function missingFiles(text: string): string[] {
  const names = [...text.matchAll(/`((?:src|test|db|bin|docker|docs|openspec|bench|public)\/[\w./-]+)`/g)].map(
    ([, name = '']) => name,
  )
  return names.filter((name) => !/NNNN/.test(name) && !existsSync(join(root, name)))
}
