// Doors of which each network opens so many, asked in every way of naming a network; the slow ones work out a password.
import assert from 'node:assert/strict'
import { paths } from '../src/paths.ts'
import type { Blog } from './app.ts'
import { send } from './people.ts'

type Door = { most: number; path: string; form: (count: number) => Record<string, string> }
export const doors = {
  'signing in': {
    most: 50,
    path: paths.signIn(),
    form: (count) => ({ email: `s${count}@example.com`, password: 'guess' }),
  },
  'a forgotten password': {
    most: 20,
    path: paths.forgottenPassword(),
    form: (count) => ({ email: `f${count}@example.com` }),
  },
  registering: {
    most: 20,
    path: paths.register(),
    form: (count) => ({ name: 'Many', email: `r${count}@example.com`, password: 'correct horse battery' }),
  },
} satisfies Record<string, Door>

type Blogs = { blog: Pick<Blog, 'app'>; behindProxy: Pick<Blog, 'app'> }

export async function countsSpellings({ blog }: Blogs, { most, path, form }: Door): Promise<void> {
  const spellings = ['192.0.2.9', '::ffff:192.0.2.9', '::ffff:c000:209', '::FFFF:192.0.2.9', '0:0:0:0:0:ffff:192.0.2.9']
  for (let count = 0; count < most; count++)
    assert.notEqual((await ask(blog, path, form(count), spellings[count % 5])).statusCode, 429, `${count}`)
  for (const ip of spellings) assert.equal((await ask(blog, path, form(99), ip)).statusCode, 429, ip)
  assert.notEqual((await ask(blog, path, form(98), '192.0.2.10')).statusCode, 429)
}

export async function countsNetworks({ blog }: Blogs, { most, path, form }: Door): Promise<void> {
  for (let count = 0; count < most; count++)
    await ask(blog, path, form(count), `2001:db8:7:8:${count.toString(16)}::${count.toString(16)}`)
  assert.equal((await ask(blog, path, form(99), '2001:0DB8:0007:0008:ffff:ffff:ffff:ffff')).statusCode, 429)
  assert.notEqual((await ask(blog, path, form(99), '2001:db8:7:9::1')).statusCode, 429)
}

export async function countsInSpiteOfHeaders({ blog }: Blogs, { most, path, form }: Door): Promise<void> {
  for (let count = 0; count < most; count++)
    await ask(blog, path, form(count), '192.0.2.55', { 'x-forwarded-for': `198.51.100.${count}` })
  const late = await ask(blog, path, form(99), '192.0.2.55', { 'x-forwarded-for': '203.0.113.1' })
  assert.equal(late.statusCode, 429)
}

export async function countsBehindProxy({ behindProxy }: Blogs, { most, path, form }: Door): Promise<void> {
  const from = (forged: string, real: string) => ({ 'x-forwarded-for': `${forged}, ${real}` })
  for (let count = 0; count < most; count++)
    await ask(behindProxy, path, form(count), '127.0.0.1', from(`198.51.100.${count}`, '192.0.2.77'))
  const asked = (headers: Record<string, string>) => ask(behindProxy, path, form(99), '127.0.0.1', headers)
  assert.equal((await asked(from('203.0.113.1', '192.0.2.77'))).statusCode, 429)
  assert.equal((await asked(from('203.0.113.1, 127.0.0.1', '::ffff:192.0.2.77'))).statusCode, 429)
  assert.notEqual((await asked(from('192.0.2.77', '203.0.113.2'))).statusCode, 429)
}

export async function takesTexts({ blog: { app } }: Blogs, { path, form }: Door): Promise<void> {
  const [[key = '', value = '']] = Object.entries(form(1)) as [[string, string]]
  const rest = new URLSearchParams(form(1))
  rest.delete(key)
  for (const odd of [
    `${key}=${value}&${key}=${value}`,
    `${key}[]=${value}`,
    `${key}[$ne]=x`,
    `${key}[0]=${value}`,
    `${key}.a=${value}`,
    `__proto__[${key}]=${value}`,
    `constructor.prototype.${key}=${value}`,
  ]) {
    const answer = await app.inject({
      method: 'POST',
      url: path,
      remoteAddress: '192.0.2.200',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `${odd}&${rest}`,
    })
    assert.equal(answer.statusCode, 422, odd)
    assert.equal(answer.headers['set-cookie'], undefined)
  }
  assert.equal(({} as Record<string, unknown>)[key], undefined)
}

export function ask(
  on: Pick<Blog, 'app'>,
  path: string,
  form: Record<string, string>,
  ip?: string,
  headers: Record<string, string> = {},
) {
  return send(on, path, form, { ...(ip && { ip }), headers })
}
