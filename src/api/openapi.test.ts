// The document of the API: what tools that read such documents say of it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Type } from 'typebox'
import { testApp } from '../../test/app.ts'
import { scopes } from '../api-tokens/token.ts'
import { paths } from '../paths.ts'
import type { OpenApi } from './openapi.ts'
import { levels, resource } from './resource.ts'

const { app } = await testApp({ SITE_URL: 'https://blog.example' })
const document = (await app.inject(paths.api.document())).json<OpenApi>()
const folder = mkdtempSync(join(tmpdir(), 'bloggy-openapi-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const redocly = fileURLToPath(new URL('../../node_modules/.bin/redocly', import.meta.url))

function lint(text: string): string {
  const file = join(folder, 'openapi.json')
  writeFileSync(file, text)
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  const { stdout, stderr } = spawnSync(redocly, ['lint', file, '--format', 'json'], {
    encoding: 'utf8',
    env,
    cwd: folder,
  })
  const { totals } = JSON.parse(stdout) as { totals: { errors: number; warnings: number } }
  return `${totals.errors} errors, ${totals.warnings} warnings${totals.errors + totals.warnings > 0 ? `\n${stdout}${stderr}` : ''}`
}

test('a linter finds nothing in it, and finds what is wrong in a broken one', () => {
  assert.equal(lint(JSON.stringify(document)), '0 errors, 0 warnings')
  assert.doesNotMatch(lint(JSON.stringify({ ...document, info: {} })), /^0 errors/)
})

test('every field of every object says who it is for', () => {
  const answered = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ responses }) => Object.values(responses).flatMap(({ content }) => Object.values(content ?? {})))
    .map(
      ({ schema }) =>
        String(schema.$ref ?? '')
          .split('/')
          .at(-1) ?? '',
    )
  const known = new Set<string>(levels)
  for (const title of new Set(answered)) {
    const { properties = {} } = document.components.schemas[title.replace(/List$/, '')] as {
      properties?: Record<string, object>
    }
    for (const [name, schema] of Object.entries(properties)) {
      // What a deed answers about itself is no object of the blog.
      if (!title.endsWith('Outcome'))
        assert.ok('x-level' in schema && known.has(String(schema['x-level'])), `${title}.${name}`)
    }
  }
  const undeclared = resource('Thing', { id: { schema: Type.Integer(), level: 'public' } })
  assert.deepEqual(undeclared.show({ id: 1, secret: 2 } as never, 'owner'), { id: 1 })
})

test('every deed needs a scope that there is, and has a name of its own', () => {
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  const names = operations.map(({ operationId }) => operationId)
  assert.equal(new Set(names).size, names.length)
  for (const { description } of operations) {
    const [, scope = ''] = /Scope of a token: `([^`]+)`/.exec(description) ?? []
    assert.ok((scopes as string[]).includes(scope), scope)
  }
})
