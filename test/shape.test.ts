// The shape of the source: which way imports go, and what is written in one place only.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

type File = { path: string; text: string }
type Rule = (file: File) => string[]

const root = fileURLToPath(new URL('..', import.meta.url))
// Tests may look anywhere.
const paths = globSync('src/**/*.{ts,tsx}', { cwd: root }).filter((path) => !/\.test\.tsx?$/.test(path))
const files: File[] = paths.map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }))

const foundations = ['html', 'http', 'db', 'markdown', 'mail', 'outbound', 'texts', 'threads']
const ends = [
  'src/config.ts',
  'src/settings-table.ts',
  'src/setting-values.ts',
  'src/provider-settings.ts',
  'src/backup-settings.ts',
  'src/paths.ts',
  'src/errors.ts',
]
const isDoor = (path: string) => /^src\/[^/]+\/(pages|admin|api|jobs)\.ts$/.test(path)
const isView = (path: string) => /^src\/[^/]+\/([a-z-]+-)?views\.tsx$/.test(path)
const isQueries = (path: string) => /^src\/[^/]+\/queries\.ts$/.test(path)
const isWiring = (path: string) => /^src\/(server|worker|cli)\.ts$|^src\/(commands|processes)\//.test(path)
const isFoundation = (path: string) => foundations.includes(folderOf(path))
const isFeature = (path: string) =>
  folderOf(path) !== '' && !isFoundation(path) && !['commands', 'processes', 'import'].includes(folderOf(path))

test('there are files to look at', () => {
  assert.ok(files.length > 20)
  for (const folder of ['db', 'html', 'http']) {
    assert.ok(
      files.some(({ path }) => folderOf(path) === folder),
      folder,
    )
  }
})

describe('imports', () => {
  check(
    'only the wiring knows the doors',
    ({ path, text }) => {
      if (isWiring(path)) return []
      return importsOf(path, text)
        .filter(({ to }) => isDoor(to))
        .map(({ to }) => to)
    },
    [
      ['src/posts/views.tsx', `import { postPages } from './pages.ts'`],
      ['src/posts/pages.ts', `import {\n  commentPages,\n} from '../comments/pages.ts'`],
      ['src/posts/queries.ts', `const { x } = await import('./jobs.ts')`],
      ['src/http/app.ts', `export * from '../posts/api.ts'`],
    ],
    [
      ['src/server.ts', `import { postPages } from './posts/pages.ts'`],
      ['src/commands/serve.ts', `import { x } from '../posts/jobs.ts'`],
      ['src/posts/pages.ts', `// import { x } from '../comments/pages.ts'`],
    ],
  )

  check(
    'queries know no views',
    ({ path, text }) => {
      if (!isQueries(path)) return []
      return importsOf(path, text)
        .filter(({ to }) => to.endsWith('.tsx'))
        .map(({ to }) => to)
    },
    [['src/posts/queries.ts', `import { PostPage } from './views.tsx'`]],
    [['src/posts/pages.ts', `import { PostPage } from './views.tsx'`]],
  )

  check(
    'views take only the types of rows from queries',
    ({ path, text }) => {
      if (!path.endsWith('.tsx')) return []
      return importsOf(path, text)
        .filter(({ to, isType }) => isQueries(to) && !isType)
        .map(({ to }) => to)
    },
    [
      ['src/posts/views.tsx', `import { findPost } from './queries.ts'`],
      ['src/posts/views.tsx', `import { type Post, findPost } from './queries.ts'`],
    ],
    [['src/posts/views.tsx', `import type { Post } from './queries.ts'`]],
  )

  check(
    'foundations know no feature',
    ({ path, text }) => {
      if (!isFoundation(path)) return []
      return importsOf(path, text)
        .filter(({ to }) => isFeature(to) || isWiring(to))
        .map(({ to }) => to)
    },
    [
      ['src/http/app.ts', `import { readSession } from '../sessions/read-session.ts'`],
      ['src/db/embedded/server.ts', `import type { Post } from '../../posts/post.ts'`],
      ['src/html/layout.tsx', `import '../server.ts'`],
    ],
    [['src/http/app.ts', `import { connect } from '../db/pool.ts'`]],
  )

  check(
    'features do not know the wiring',
    ({ path, text }) => {
      if (!isFeature(path)) return []
      return importsOf(path, text)
        .filter(({ to }) => isWiring(to))
        .map(({ to }) => to)
    },
    [['src/posts/pages.ts', `import { buildServer } from '../server.ts'`]],
    [['src/posts/pages.ts', `import { invalid } from '../errors.ts'`]],
  )

  check(
    'settings, paths and errors know nothing',
    ({ path, text }) => {
      if (!ends.includes(path)) return []
      const allowed = [...ends, path === 'src/errors.ts' ? 'src/texts/texts.ts' : 'src/db/connection-string.ts']
      return importsOf(path, text)
        .filter(({ to }) => !to.startsWith('node:') && !allowed.includes(to))
        .map(({ to }) => to)
    },
    [
      ['src/config.ts', `import { connect } from './db/pool.ts'`],
      ['src/config.ts', `import { text } from './texts/texts.ts'`],
      ['src/errors.ts', `import fastify from 'fastify'`],
    ],
    [
      ['src/errors.ts', `import { text } from './texts/texts.ts'`],
      [
        'src/config.ts',
        `import { isIP } from 'node:net'\nimport { StartError } from './errors.ts'\nimport { x } from './db/connection-string.ts'`,
      ],
    ],
  )
})

describe('one place only', () => {
  check(
    'the environment is read in config.ts',
    ({ path, text }) => {
      return path === 'src/config.ts'
        ? []
        : matches(
            text,
            /\bprocess\s*(\?\.|\.)\s*env\b|\bprocess\[['"]env|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b|import\s*\{[^}]*\benv\b[^}]*\}\s*from\s*'(node:)?process'/g,
          )
    },
    [
      ['src/posts/pages.ts', `const port = process.env.PORT`],
      ['src/posts/pages.ts', `const { env } = process`],
      ['src/posts/pages.ts', `import { env } from 'node:process'`],
    ],
    [
      ['src/config.ts', `loadConfig(environment = process.env)`],
      ['src/posts/pages.ts', `process.exit(1)`],
    ],
  )

  check(
    'SQL is written in queries.ts, src/db and src/import',
    ({ path, text }) => {
      if (isQueries(path) || folderOf(path) === 'db' || folderOf(path) === 'import') return []
      return [
        ...matches(text, sqlText),
        ...matches(text, /\bsql(<[^`]*>)?`|\.unsafe\(|\.(selectFrom|insertInto|updateTable|deleteFrom|mergeInto)\(/g),
      ]
    },
    [
      ['src/posts/pages.ts', 'await app.reader`select id from posts`'],
      ['src/posts/post.ts', `const text = "INSERT INTO posts values (1)"`],
      ['src/server.ts', 'run(`\n  update posts\n  set title = null`)'],
      ['src/posts/jobs.ts', `query('delete from posts')`],
      ['src/posts/jobs.ts', 'sql<{ id: number }[]>`vacuum`'],
      ['src/posts/admin.ts', `app.db.selectFrom('posts')`],
    ],
    [
      ['src/posts/queries.ts', `db.selectFrom('posts')`],
      ['src/posts/views.tsx', `<p>Select one from the list, or update your password.</p>`],
      ['src/config.ts', `about: 'Delete old posts from time to time.'`],
    ],
  )

  check(
    'trustedHtml() is called in views, with columns named *_html',
    ({ path, text }) => {
      if (path === 'src/html/jsx-runtime.ts') return []
      const calls = [...withoutComments(text).matchAll(/\btrustedHtml\b(?!\s*[,}])(?:\(([^()]*)\))?/g)]
      return calls
        .filter(([, argument]) => !isView(path) || !/^\s*[\w.?]*_html\s*$/.test(argument ?? ''))
        .map(([call]) => call)
    },
    [
      ['src/posts/pages.ts', `reply.html(trustedHtml(post.body_html))`],
      ['src/posts/views.tsx', `{trustedHtml(post.body)}`],
      ['src/posts/views.tsx', `{trustedHtml(render(post.body_html))}`],
      ['src/posts/views.tsx', `{trustedHtml(post.body_html + x)}`],
      ['src/posts/views.tsx', `const show = trustedHtml`],
    ],
    [
      ['src/posts/views.tsx', `import { trustedHtml } from '../html/jsx-runtime.ts'\n{trustedHtml(post.body_html)}`],
      ['src/posts/admin-views.tsx', `import { type Html, trustedHtml, Fragment } from 'x'\n{trustedHtml(body_html)}`],
    ],
  )
})

describe('connections', () => {
  // To PostgreSQL, the mail server, the error reports and SITE_URL, listening: addresses of the operator's settings.
  const operators = [
    'src/db/probe.ts',
    'src/db/primary.ts',
    'src/mail/mailer.ts',
    'src/http/error-report.ts',
    'src/http/listen.ts',
    'src/doctor/network.ts',
  ]
  const modules = ['http', 'https', 'http2', 'net', 'tls', 'dgram', 'dns', 'dns/promises']
  const libraries = ['undici', 'nodemailer', 'axios', 'got', 'node-fetch', 'ws']

  check(
    'to hosts that people name are opened in outbound alone',
    ({ path, text }) => {
      if (folderOf(path) === 'outbound' || operators.includes(path)) return []
      const harmless =
        /import (type )?\{ *((type \w+|isIP(v[46])?|BlockList|checkServerIdentity|ServerResponse)(, )?)+ *\} from|import type /
      const lines = withoutComments(text)
        .split('\n')
        .filter((line) => !harmless.test(line))
      const imported = importsOf(path, lines.join('\n'))
        .map(({ to }) => to)
        .filter((to) => modules.includes(to.replace(/^node:/, '')) || libraries.includes(to))
      return [...imported, ...matches(text, /(?<![.\w])fetch\(|\bnew (WebSocket|EventSource)\(|globalThis\.fetch/g)]
    },
    [
      ['src/embeds/jobs.ts', `await fetch(address)`],
      ['src/embeds/jobs.ts', `import https from 'node:https'`],
      ['src/embeds/jobs.ts', `import { get } from 'http'`],
      ['src/embeds/jobs.ts', `import { isIP, connect } from 'node:net'`],
      ['src/embeds/jobs.ts', `const { request } = await import('undici')`],
      ['src/http/app.ts', `const load = globalThis.fetch`],
    ],
    [
      ['src/outbound/fetcher.ts', `import http from 'node:http'`],
      ['src/mail/mailer.ts', `import { createTransport } from 'nodemailer'`],
      ['src/limits/queries.ts', `import { isIPv6 } from 'node:net'`],
      ['src/http/body-time.ts', `import type { IncomingMessage } from 'node:http'`],
      ['src/embeds/jobs.ts', `await fetcher(address, wanted)`],
    ],
  )
})

describe('size', () => {
  check(
    'no file has more than 400 lines',
    ({ path, text }) => {
      // Written by a command, from the database.
      if (path === 'src/db/schema.ts') return []
      const count = text.split('\n').length - 1
      return count > 400 ? [`${count} lines`] : []
    },
    [['src/posts/queries.ts', 'x\n'.repeat(401)]],
    [['src/posts/queries.ts', 'x\n'.repeat(400)]],
  )
})

/** One test of the whole source, and one that the rule can fail: it finds each of `bad` and none of `good`. */
function check(sentence: string, rule: Rule, bad: [string, string][], good: [string, string][]): void {
  test(sentence, () => {
    const found = files.flatMap((file) => rule(file).map((what) => `${file.path}: ${what}`))
    assert.deepEqual(found, [])
  })
  test(`${sentence}: it is noticed when not`, () => {
    for (const [path, text] of bad) assert.ok(rule({ path, text }).length > 0, `not noticed: ${path}: ${text}`)
    for (const [path, text] of good) assert.deepEqual(rule({ path, text }), [], `wrongly noticed: ${path}: ${text}`)
  })
}

type Import = { to: string; isType: boolean }

/** What a file imports: paths from the root for files of ours, names for packages. */
function importsOf(path: string, text: string): Import[] {
  const source = withoutComments(text)
  const whole = [...source.matchAll(/\b(?:import|export)\s+(type\s+)?(?:[\w*\s{},$]+?\s+from\s+)?['"]([^'"]+)['"]/g)]
  const dynamic = [...source.matchAll(/\bimport\(\s*['"`]([^'"`]+)['"`]/g)]
  return [
    ...whole.map(([, type, name = '']) => ({ to: resolve(path, name), isType: type !== undefined })),
    ...dynamic.map(([, name = '']) => ({ to: resolve(path, name), isType: false })),
  ]
}

function resolve(path: string, name: string): string {
  return name.startsWith('.') ? posix.join(dirname(path), name) : name
}

/** The folder below src, or nothing for a file that lies in src itself or elsewhere. */
function folderOf(path: string): string {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? ''
}

function matches(text: string, pattern: RegExp): string[] {
  return withoutComments(text).match(pattern) ?? []
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

const sqlText =
  /['"`]\s*(select\s[^'"`]*\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\(|(create|alter|drop|truncate)\s+(table|index|unique|database|role|schema|function|trigger)\s|(listen|notify)\s+\w+['"`])/gi
