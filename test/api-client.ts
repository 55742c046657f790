// A program with a token: what it sends and what it is answered, as JSON.
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { createApiToken } from '../src/api-tokens/queries.ts'
import { type Scope, scopes as allScopes } from '../src/api-tokens/token.ts'
import type { Db } from '../src/db/pool.ts'
import type { App } from '../src/http/app.ts'

export type Program = {
  token: string
  send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Sent>
  get: (path: string, headers?: Record<string, string>) => Promise<Sent>
}
// What an answer holds is what the tests look at.
// oxlint-disable-next-line typescript/no-explicit-any
export type Sent = LightMyRequestResponse & { data: Record<string, any> }

/** A program of somebody; without a person, one that shows nothing. */
export async function program(
  app: App,
  db: Db,
  person?: { id: number },
  scopes: Scope[] = allScopes,
): Promise<Program> {
  const nobody = { id: null, ip: null }
  const made = person && (await createApiToken(db, person.id, { name: 'A test', scopes, days: 1 }, nobody))
  const send = async (method: string, url: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await app.inject({
      method: method as NonNullable<InjectOptions['method']>,
      url,
      headers: {
        ...(made && { authorization: `Bearer ${made.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const isJson = /json/.test(String(response.headers['content-type'])) && response.body !== ''
    return Object.assign(response, { data: isJson ? response.json() : {} }) as Sent
  }
  return { token: made?.token ?? '', send, get: (path, headers) => send('GET', path, undefined, headers) }
}
