// A program that knows nothing but the OpenAPI document makes, lists, changes and deletes whatever it can, by fetch.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApiToken } from '../src/api-tokens/queries.ts'
import { scopes } from '../src/api-tokens/token.ts'
import type { OpenApi, Operation } from '../src/api/openapi.ts'
import { type Schema, leastOf } from './api-values.ts'
import { testApp } from './app.ts'
import { serve, webSettings } from './browser.ts'

const blog = await testApp(await webSettings())
const origin = await serve(blog)
const { ada } = blog.cast
const nobody = { id: null, ip: null }
const { token } = await createApiToken(blog.db, ada.id, { name: 'By the document', scopes, days: 1 }, nobody)
const document = (await (await fetch(`${origin}/api/v1/openapi.json`)).json()) as OpenApi
const schemas = document.components.schemas as Record<string, Schema>

type Way = { method: string; path: string; operation: Operation }
const ways: Way[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
)
const find = (method: string, path: string) => ways.find((way) => way.method === method && way.path === path)

async function ask({ method, path }: Way, id?: unknown, body?: unknown) {
  const url = origin + path.replace(/\{\w+\}/, String(id))
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
  const text = await answer.text()
  return { status: answer.status, data: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>, text }
}

function bodyOf({ operation }: Way): unknown {
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
  return type === 'application/json' && content ? leastOf(content.schema as Schema, schemas) : undefined
}

test('every noun that can be made is made, found, changed and deleted', async () => {
  const done: string[] = []
  for (const create of ways.filter((way) => way.method === 'POST' && find('GET', `${way.path}/{id}`))) {
    const one = `${create.path}/{id}`
    const [list, show, change, remove] = [
      find('GET', create.path),
      find('GET', one),
      find('PATCH', one),
      find('DELETE', one),
    ]
    const body = bodyOf(create)
    // What comes as a file is another test's.
    if (!list || !show || !change || !remove || body === undefined) continue
    const made = await ask(create, undefined, body)
    assert.equal(made.status, 201, made.text)
    const { id } = made.data
    assert.equal((await ask(show, id)).status, 200)
    const listed = await ask({
      ...list,
      path: `${list.path}?limit=100${create.path.endsWith('/posts') ? '&state=any' : ''}`,
    })
    assert.ok(
      (listed.data.data as { id: unknown }[]).some((row) => row.id === id),
      listed.text.slice(0, 500),
    )
    const changed = await ask(change, id, bodyOf(change))
    assert.equal(changed.status, 200, changed.text)
    const removed = (await ask(remove, id)).status
    assert.ok(removed === 204 || removed === 202, create.path)
    // Some go a part at a time.
    if (removed === 202) await blog.deliverMail()
    assert.equal((await ask(show, id)).status, 404)
    done.push(create.operation.operationId)
  }
  assert.deepEqual(done.toSorted(), ['createGroup', 'createPermission', 'createPost', 'createRole', 'createUser'])
})

test('what is made with a post or below it is listed, changed and deleted', async () => {
  const post = await ask(find('POST', '/api/v1/posts') as Way, undefined, {
    title: 'With everything',
    body: 'Some words.',
    state: 'published',
    tags: ['A tag'],
    series: 'A series',
  })
  const { id } = post.data
  const comment = await ask(find('POST', '/api/v1/posts/{id}/comments') as Way, id, { body: 'A comment.' })
  assert.equal(comment.status, 201, comment.text)
  const rows: Record<string, unknown> = { comments: comment.data.id }
  for (const noun of ['tags', 'series']) {
    const listed = await ask(find('GET', `/api/v1/${noun}`) as Way)
    rows[noun] = (listed.data.data as { id: unknown }[])[0]?.id
  }
  for (const [noun, row] of Object.entries(rows)) {
    const one = `/api/v1/${noun}/{id}`
    assert.equal((await ask(find('GET', one) as Way, row)).status, 200, noun)
    const change = find('PATCH', one) as Way
    const changed = await ask(change, row, bodyOf(change))
    assert.equal(changed.status, 200, `${noun} ${changed.text}`)
    assert.equal((await ask(find('DELETE', one) as Way, row)).status, 204, noun)
  }
})

test('people are invited, kept from commenting, signed out and merged', async () => {
  const way = (method: string, path: string) => find(method, `/api/v1/${path}`) as Way
  const invited = await ask(way('POST', 'invitations'), undefined, { email: 'guest@example.com', role: 'viewer' })
  assert.equal(invited.status, 201, invited.text)
  assert.equal((await ask(way('GET', 'invitations/{id}'), invited.data.id)).data.state, 'waiting')
  assert.equal((await ask(way('POST', 'invitations/{id}/sending'), invited.data.id)).status, 200)
  assert.equal((await ask(way('DELETE', 'invitations/{id}'), invited.data.id)).data.state, 'revoked')

  const person = async (name: string) =>
    (await ask(way('POST', 'users'), undefined, { name, email: `${name}@example.com` })).data.id
  const [one, other] = [await person('one'), await person('other')]
  const ban = await ask(way('POST', 'bans'), undefined, { who: 'one', reason: 'Too loud', days: 1 })
  assert.equal(ban.status, 201, ban.text)
  assert.equal((await ask(way('GET', 'bans/{id}'), ban.data.id)).data.name, 'one')
  assert.equal((await ask(way('DELETE', 'bans/{id}'), ban.data.id)).status, 204)

  const redirect = await ask(way('POST', 'redirects'), undefined, { from_path: '/was-here', to_address: '/is-there' })
  assert.equal(redirect.status, 201, redirect.text)
  assert.equal((await ask(way('GET', 'redirects/{id}'), redirect.data.id)).data.to_address, '/is-there')
  assert.equal((await ask(way('DELETE', 'redirects/{id}'), redirect.data.id)).status, 204)

  const group = await ask(way('POST', 'groups'), undefined, { name: 'gardeners' })
  const member = way('PUT', 'groups/{id}/members/{user}')
  const place = { ...member, path: member.path.replace('{user}', String(one)) }
  assert.equal((await ask(place, group.data.id)).status, 204)
  const members = (await ask(way('GET', 'groups/{id}/members'), group.data.id)).data.data as { name: string }[]
  assert.equal(members[0]?.name, 'one')
  assert.equal((await ask({ ...place, method: 'DELETE' }, group.data.id)).status, 204)

  assert.equal((await ask(way('POST', 'users/{id}/password-link'), one)).status, 200)
  assert.deepEqual((await ask(way('GET', 'users/{id}/sessions'), one)).data.data, [])
  assert.equal((await ask(way('DELETE', 'users/{id}/sessions'), one)).status, 204)
  assert.equal(((await ask(way('GET', 'users/{id}/data'), one)).data.profile as unknown[]).length, 1)
  assert.equal((await ask(way('GET', 'users/{id}/belongings'), one)).data.posts, 0)
  assert.equal((await ask(way('POST', 'users/{id}/merge'), one, { into: other })).status, 202)
  assert.equal((await ask(way('GET', 'users/{id}/departure'), one)).data.into_id, other)
  await blog.deliverMail()
  assert.equal((await ask(way('GET', 'users/{id}'), one)).status, 404)
})

test('whatever is listed or there once is answered', async () => {
  const plain = ways.filter(({ method, path }) => method === 'GET' && !path.includes('{'))
  for (const way of plain) assert.equal((await ask(way)).status, 200, way.path)
  assert.ok(plain.length >= 12)
})
