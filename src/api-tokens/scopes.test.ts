import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { paths } from '../paths.ts'
import { scopes } from './token.ts'

const { app, cast, db } = await testApp()
const { ada, bea, cleo, rosa } = cast
const { api } = paths

/** What the page offers, and what it says does nothing, with why. */
async function scopesFor(who: typeof ada) {
  const { body } = await who.get(paths.tokens())
  const [useful = '', idle = ''] = body.split('<details')
  const named = (part: string) => [...part.matchAll(/name="scope" value="([a-z:]+)"/g)].map(([, scope = '']) => scope)
  return { useful: named(useful), idle: named(idle), text: idle.split('</details>')[0] ?? '' }
}

describe('scopes of a token', () => {
  test('that do nothing with the rights of its person now are told apart, with what they need', async () => {
    assert.deepEqual(await scopesFor(ada), { useful: scopes, idle: [], text: '' })
    const reader = await scopesFor(rosa)
    assert.deepEqual([...reader.useful, ...reader.idle].toSorted(), scopes.toSorted())
    assert.ok(reader.idle.includes('posts:write') && reader.idle.includes('audit:read'))
    assert.match(reader.text, /media:write<\/code><span class="quiet"> needs post\.create</)
    assert.match(reader.text, /roles:read<\/code><span class="quiet"> needs one of role\.read, permission\.read</)
    assert.match(reader.text, /audit:read<\/code><span class="quiet"> for owners alone/)
    assert.deepEqual((await scopesFor(bea)).idle, [
      'tags:write',
      'series:write',
      'roles:read',
      'roles:write',
      'settings:write',
      'imports:read',
      'stats:read',
      'audit:read',
    ])
    assert.deepEqual((await scopesFor(cleo)).idle, ['roles:write', 'settings:write', 'imports:read', 'audit:read'])
  })

  test('are told apart as the interface does', async () => {
    const lists = {
      'posts:read': api.posts(),
      'comments:read': api.comments(),
      'tags:read': api.tags(),
      'series:read': api.allSeries(),
      'media:read': api.media(),
      'users:read': api.users(),
      'settings:read': api.settings(),
      'imports:read': api.imports(),
      'stats:read': api.stats(),
      'audit:read': api.auditEvents(),
    }
    for (const who of [ada, bea, cleo, rosa]) {
      const { idle } = await scopesFor(who)
      const client = await program(app, db, who)
      for (const [scope, path] of Object.entries(lists)) {
        const { statusCode } = await client.get(path)
        assert.equal(statusCode, idle.includes(scope) ? 403 : 200, `${who.name} ${scope}`)
      }
    }
  })

  test('may be chosen before they do something', async () => {
    const form = { name: 'For later', days: '30', scope: 'roles:read', password: 'correct horse battery' }
    assert.equal((await rosa.post(paths.tokens(), form)).statusCode, 201)
    const wrong = await rosa.post(paths.tokens(), { ...form, name: '' })
    assert.match(wrong.body, /<details open>/)
  })
})
