// A thousand requests that nobody would send, the same at every run.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { dice } from '../../test/dice.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const { app, cast, settings, logged } = await testApp({ METRICS_TOKEN: 'a-token-for-the-metrics' })
const { ada, ben } = cast

const odd = [
  '',
  ' ',
  'x',
  '0',
  '1',
  '2',
  '-1',
  '1.5',
  '1e3',
  '1-1',
  '-1-1',
  '9999999999999999-1',
  '999999999',
  '99999999999999999999',
  'NaN',
  'null',
  '\0',
  '\u202e',
  '字',
  '😀',
  'e\u0301',
  '\ufeff',
  '\r\nx: y',
  '../..',
  '<script>alert(1)</script>',
  `' or 1=1 --`,
  '$1',
  '%s',
  '{}',
  '[]',
  '\\',
  '__proto__',
  'constructor',
  'yes',
  'en',
  'engl',
  'x-x',
  'de-a',
  'ada@example.com',
  'a@b.example',
  '//evil.example',
  'javascript:alert(1)',
  'a'.repeat(600),
  '*'.repeat(2000),
  '['.repeat(2000),
  randomUUID(),
  'one,two,,three',
  'correct horse battery',
]
const raw = [
  '%',
  '%00',
  '%ff',
  '%2e%2e',
  '%ed%a0%80',
  '%zz',
  '..',
  '.',
  ';a=b',
  ':slug',
  '*',
  '#',
  '?',
  '?before=',
  '?before=%00',
  '?next=//x',
  '?a=1&a=2',
]
const fields =
  'title body tags publish version submission_key name email password old_password keep next description language'
    .concat(' registration_is_open comments_are_open before __proto__ constructor')
    .split(' ')
const types = [
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=x',
  'application/json',
  'text/plain',
  'multipart/form-data',
  '',
]
const methods = ['GET', 'GET', 'POST', 'POST', 'POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

test('no request is answered with an error of ours', async () => {
  const random = dice(20_261_122)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const posts = [await publishPost(ben, { tags: 'one, two' }), await writePost(ben), await publishPost(ada)]
  const real = [...posts.flatMap(({ id, slug }) => [String(id), slug]), 'ben', 'one', 'two']
  const templates = placesOf(paths)
  assert.ok(templates.length > 35, `There are only ${templates.length} places.`)

  const statuses = new Map<number, number>()
  for (let count = 0; count < 1000; count++) {
    const template = pick(templates)
    const segment = () => (random() < 0.4 ? pick(real) : random() < 0.5 ? encodeURIComponent(pick(odd)) : pick(raw))
    const query = random() < 0.3 ? `?${pick(fields)}=${random() < 0.7 ? encodeURIComponent(pick(odd)) : pick(raw)}` : ''
    const url = template.replace(/:\w+/g, segment) + query
    const method = pick(methods)
    const type = random() < 0.8 ? 'application/x-www-form-urlencoded' : pick(types)
    const form = Array.from(
      { length: Math.floor(random() * 8) },
      () => `${pick(fields)}=${encodeURIComponent(pick(odd))}`,
    )
    const isSigningOut = template === paths.signOut()
    const cookie = isSigningOut
      ? 'bloggy=x'
      : pick([
          ada.cookie,
          ben.cookie,
          cast.cleo.cookie,
          cast.rosa.cookie,
          '',
          'bloggy=%00',
          `bloggy=${'x'.repeat(5000)}`,
          'bloggy',
        ])
    const headers = {
      cookie,
      'content-type': type,
      accept: pick(['*/*', 'application/json', 'text/html', '']),
      'accept-encoding': pick(['gzip', 'br', '', '*']),
      'x-forwarded-for': pick(['1.2.3.4', 'garbage', '']),
      'if-none-match': pick(['*', '"x"', '']),
      'user-agent': pick(['x', 'é'.repeat(400), '']),
    }
    // Every so often another network, or nobody gets past the limits.
    const remoteAddress = pick(['127.0.0.1', `10.0.${Math.floor(count / 20)}.1`, `fe80::${count}%eth0`])
    const payload = method === 'GET' || method === 'HEAD' ? undefined : form.join('&')
    const response = await app.inject({
      method,
      url,
      headers,
      remoteAddress,
      ...(payload !== undefined && { payload }),
    })
    const where = `${count}: ${method} ${url.slice(0, 200)} ${JSON.stringify(headers)} ${payload?.slice(0, 500)}`
    assert.ok(
      response.statusCode < 500,
      `${response.statusCode} for ${where}\n${logged()
        .split('\n')
        .filter((line) => line.includes('"level":50'))
        .at(-1)}`,
    )
    statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1)
  }

  assert.doesNotMatch(logged(), /"level":[56]0/)
  // It is no proof when everything was refused at the first door.
  for (const status of [200, 303, 401, 403, 404, 405, 415, 422])
    assert.ok(statuses.has(status), `No answer had ${status}: ${JSON.stringify([...statuses])}`)
  await settings.refresh()
  for (const url of [paths.home(), paths.signIn()]) assert.equal((await app.inject(url)).statusCode, 200)
})

/** Every address of `paths` as a pattern. */
function placesOf(group: object): string[] {
  return Object.values(group).flatMap((entry) =>
    typeof entry === 'function' ? String(entry(':one', ':two')).replace(/=%3A\w+/, '=') : placesOf(entry as object),
  )
}
