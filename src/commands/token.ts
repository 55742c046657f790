// `bloggy token create EMAIL`: tokens for programs, made where the blog runs.
import { createApiToken, endApiToken, listApiTokens } from '../api-tokens/queries.ts'
import { type Scope, lifetimes, longestName, scopes } from '../api-tokens/token.ts'
import { loadConfig } from '../config.ts'
import { withDatabase } from '../db/open.ts'
import type { Db } from '../db/pool.ts'
import { findActor } from '../deeds/queries.ts'
import { printList } from '../deeds/print.ts'
import { CommandError } from '../errors.ts'
import { answer, asCommandError, wrongUse } from './answer.ts'
import { requireSchema } from './require-schema.ts'

const nobody = { id: null, ip: null }

/** Prints the token alone on standard output, so that a script may keep it; it cannot be shown again. */
export async function createToken(
  address: string,
  { name, scope, days, json = false }: { name: string; scope: string[]; days: string; json?: boolean },
): Promise<void> {
  const unknown = scope.find((one) => !(scopes as string[]).includes(one))
  if (unknown !== undefined) throw wrongUse(`There is no scope ${unknown}. There are: ${scopes.join(', ')}.`)
  if (!lifetimes.some((one) => String(one) === days)) throw wrongUse(`--days is one of ${lifetimes.join(', ')}.`)
  if (name.trim() === '' || name.length > longestName) throw wrongUse(`--name has 1 to ${longestName} characters.`)
  await withPerson(address, async (db, id) => {
    const wanted = { name: name.trim(), scopes: [...new Set(scope)] as Scope[], days: Number(days) }
    const made = await createApiToken(db, id, wanted, nobody)
    if (json) return console.log(JSON.stringify(made, null, 2))
    console.error('This is the token. It is not shown again.')
    console.log(made.token)
  })
}

export async function listTokens(address: string, { json = false }: { json?: boolean }): Promise<void> {
  await withPerson(address, async (db, id) => {
    const data = await listApiTokens(db, id)
    answer(json, { data, next: null }, printList({ data, next: null }))
  })
}

export async function endToken(address: string, number: string, { json }: { json?: boolean }): Promise<void> {
  await withPerson(address, async (db, id) => {
    const isThere = /^[1-9]\d{0,14}$/.test(number) && (await endApiToken(db, id, Number(number), null))
    if (!isThere) throw new CommandError(`${address} has no token ${number}.`, 3)
    answer(json, { id: Number(number), has_ended: true }, 'It has ended.')
  })
}

async function withPerson(address: string, work: (db: Db, id: number) => Promise<void>): Promise<void> {
  await withDatabase(loadConfig(), async ({ db, reader }) => {
    await requireSchema(reader)
    const id = await findActor(db, address)
    if (id === undefined) throw new CommandError(`There is no account as ${address} that may sign in.`, 3)
    await work(db, id).catch((error: unknown) => {
      throw asCommandError(error)
    })
  })
}
