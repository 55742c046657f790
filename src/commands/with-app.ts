// Does a deed of the API in this process, as the owner of the blog, without a server that listens.
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import type { OpenApi } from '../api/openapi.ts'
import type { Config } from '../config.ts'
import { parseConnectionString } from '../db/connection-string.ts'
import { type Server, commandName, limitsOf } from '../db/open.ts'
import { openDatabase } from '../db/pool.ts'
import { CommandError } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import { openStore } from '../media/store.ts'
import { paths } from '../paths.ts'
import { newServer } from '../server.ts'
import { findVisitorById, findRights } from '../sessions/queries.ts'
import { watchSettings } from '../settings/current.ts'
import type { Named } from '../deeds/deeds.ts'
import { findActor, findNamed } from '../deeds/queries.ts'
import { requireSchema } from './require-schema.ts'

export type Answer = {
  status: number
  body: unknown
  /** Instead of a body, what is read as it comes. */
  file?: Readable
}
export type Doer = {
  send: (method: string, path: string, body?: unknown) => Promise<Answer>
  /** The id of what is called so. */
  find: (noun: Named, name: string) => Promise<number | undefined>
}

/** The whole application for the while of one command. `as` is the address of who does it; an owner where it is not given. */
export async function withApp<T>(
  config: Config,
  target: Server['target'],
  as: string | undefined,
  work: (doer: Doer) => Promise<T>,
): Promise<T> {
  const database = openDatabase(target, { ...limitsOf(config), poolSize: 6, applicationName: commandName })
  const logger = pino({ level: 'error' }, pino.destination(2))
  try {
    await requireSchema(database.reader)
    const id = await findActor(database.db, as)
    // Who is named has the rights they have elsewhere. Whoever runs the machine needs no second factor for the blog on it.
    const find = as === undefined ? findRights : findVisitorById
    const operator = id === undefined ? null : await find(database.db, id)
    if (!operator)
      throw new CommandError(as ? `There is no account as ${as} that may sign in.` : 'The blog has no owner yet.', 3)
    const settings = await watchSettings(database, logger)
    const app = newServer({ config, database, settings, store: openStore(config), logger, operator })
    try {
      return await work({
        send: (method, path, body) => send(app, method, path, body),
        find: (noun, name) => findNamed(database.db, noun, name),
      })
    } finally {
      await app.close()
      await settings.close()
    }
  } finally {
    await database.close()
  }
}

async function send(app: App, method: string, url: string, body?: unknown): Promise<Answer> {
  const sent = body instanceof FormData ? await asForm(body) : body === undefined ? {} : asJson(body)
  const response = await app.inject({
    method: method as 'GET',
    url,
    ...sent,
    payloadAsStream: true,
  })
  const { statusCode: status, headers } = response
  // May be larger than a text can be.
  if (headers['content-disposition']) return { status, body: undefined, file: response.stream() }
  const answer = await text(response.stream())
  return { status, body: /json/.test(String(headers['content-type'])) ? (JSON.parse(answer) as unknown) : answer }
}

const asJson = (body: unknown) => ({
  payload: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

async function asForm(form: FormData) {
  const written = new Response(form)
  const headers = { 'content-type': written.headers.get('content-type') ?? '' }
  return { payload: Buffer.from(await written.arrayBuffer()), headers }
}

/** What deeds there are, without a database: nothing of what is made here is asked anything. */
export async function readDocument(config: Config): Promise<OpenApi> {
  const logger = pino({ level: 'silent' })
  const database = openDatabase(parseConnectionString('postgresql://nobody@localhost/nothing'), limitsOf(config))
  const settings = { get: () => ({}) as never, refresh: async () => {}, close: async () => {} }
  const app = newServer({ config, database, settings, store: openStore(config), logger, operator: nobody })
  try {
    return (await app.inject(paths.api.document())).json<OpenApi>()
  } finally {
    await app.close()
    await database.close()
  }
}

const nobody: Visitor = { id: 0, name: '', slug: '', email: null, roles: new Set(), permissions: new Set() }
