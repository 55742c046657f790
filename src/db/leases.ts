// The connections for transactions, each lent to one borrower at a time. The driver's own reserve() forgets a connection
// for every borrower it could not serve while PostgreSQL was away, and hands lost ones out again (postgres.js 3.4.9).
import type { PostgresJSReservedSql, PostgresJSSql } from 'kysely-postgres-js'
import type { PendingQuery, Sql } from 'postgres'
import { lasting } from './lasting.ts'

const mostWaiting = 500
const patienceMs = 5000

type Client = { sql: Sql; isLost: boolean; isReadOnly: boolean; underWay: Set<UnderWay> }
type UnderWay = { answer: PendingQuery<never>; reject: (error: Error) => void }

/** At most `size` connections; `open` makes a client with one of them and tells when that is gone. */
export function leases(size: number, open: (onLost: () => void) => Sql): PostgresJSSql {
  const clients: Client[] = []
  const free: Client[] = []
  const waiting: ((client: Client) => void)[] = []

  const add = () => {
    const client: Client = { sql: open(() => lose(client)), isLost: false, isReadOnly: false, underWay: new Set() }
    clients.push(client)
    return client
  }
  const borrow = async (): Promise<Client> => {
    // The one used last, so that others may fall idle and close.
    const client = free.pop() ?? (clients.length < size ? add() : undefined)
    return client ?? (await inLine(waiting))
  }
  const giveBack = (client: Client) => {
    const next = waiting.shift()
    // One leads to a server that takes no writes any more; a new connection may lead to one that does. What the other had
    // half written when its line was cut keeps it from ever writing again (postgres.js 3.4.9).
    const fit = client.isReadOnly || client.isLost ? replace(client) : client
    if (next) next(fit)
    else free.push(fit)
  }
  const replace = (client: Client) => {
    clients.splice(clients.indexOf(client), 1)
    void client.sql.end({ timeout: 0 }).catch(() => {})
    return add()
  }

  const reserve = async (): Promise<PostgresJSReservedSql> => {
    const client = await borrow()
    client.isLost = false
    return {
      // A new connection would know nothing of the transaction: what follows would be kept without what came before.
      unsafe: (text, parameters) => {
        if (client.isLost) return Promise.reject(lost()) as never
        // What is not prepared is sent twice: first to ask for the types of its values.
        const prepare = lasting.has(text) && client.sql.options.prepare
        return answerOf(client, client.sql.unsafe(text, parameters, { prepare })) as never
      },
      release: () => giveBack(client),
    }
  }
  const end = async (options?: { timeout?: number }) => {
    await Promise.all(clients.map(({ sql }) => sql.end(options)))
  }
  return Object.assign(() => {}, { reserve, end }) as unknown as PostgresJSSql
}

/** The driver forgets a statement that it sends between an error of the line and its end (postgres.js 3.4.9). */
function lose(client: Client): void {
  client.isLost = true
  for (const { answer, reject } of client.underWay) if (wasSent(answer)) reject(lost())
}

/** One that waits for a new connection is not lost with the old one. */
function wasSent(answer: PendingQuery<never>): boolean {
  return (answer as unknown as { state: unknown }).state !== null
}

async function answerOf(client: Client, answer: PendingQuery<never>): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>()
  const here = { answer, reject }
  client.underWay.add(here)
  try {
    return await Promise.race([answer, promise])
  } catch (error) {
    if ((error as { code?: string }).code === readOnly) client.isReadOnly = true
    throw error
  } finally {
    client.underWay.delete(here)
  }
}

const readOnly = '25006'

/** Waits for what somebody gives back, for as long as a visitor would. */
function inLine(waiting: ((client: Client) => void)[]): Promise<Client> {
  if (waiting.length >= mostWaiting) return Promise.reject(busy())
  return new Promise((resolve, reject) => {
    const take = (client: Client) => {
      clearTimeout(timer)
      resolve(client)
    }
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(take), 1)
      reject(busy())
    }, patienceMs)
    waiting.push(take)
  })
}

function busy(): Error {
  return Object.assign(new Error('Every connection for transactions is busy.'), { code: 'CONNECT_TIMEOUT' })
}

function lost(): Error {
  return Object.assign(new Error('The connection was lost in the middle of a transaction.'), {
    code: 'CONNECTION_CLOSED',
  })
}
