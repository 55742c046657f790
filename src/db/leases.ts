// The connections for transactions, each lent to one borrower at a time. The driver's own reserve() forgets a connection
// for every borrower it could not serve while PostgreSQL was away, and hands lost ones out again (postgres.js 3.4.9).
import type { PostgresJSReservedSql, PostgresJSSql } from 'kysely-postgres-js'
import type { PendingQuery, Sql } from 'postgres'
import { lasting } from './lasting.ts'
import { isLoss } from './once-more.ts'
import { type Vigil, lineOf } from './vigil.ts'

const mostWaiting = 500
const patienceMs = 5000

type Client = { sql: Sql; isLost: boolean; isReadOnly: boolean; underWay: Set<UnderWay> }
type UnderWay = { answer: PendingQuery<never>; reject: (error: Error) => void }

export type Leases = {
  sql: PostgresJSSql & { end: (options?: { timeout?: number }) => Promise<void> }
  /** What is under way fails now, and who borrows next has a new connection. */
  renew: () => void
  /** The same for these connections, and for those that nobody uses: they may be as mute. */
  renewMute: (lines: ReadonlySet<object>) => void
}

/** At most `size` connections; `open` makes a client with one of them and tells when that is gone. */
export function leases(size: number, open: (onLost: () => void) => Sql, watch: Vigil['watch']): Leases {
  const clients: Client[] = []
  const free: Client[] = []
  const waiting: ((client: Client) => void)[] = []

  const openFor = (client: Client) => {
    const made: Sql = open(() => {
      if (client.sql === made) lose(client)
    })
    client.sql = made
    client.isLost = client.isReadOnly = false
  }
  const add = () => {
    const client = { underWay: new Set() } as unknown as Client
    openFor(client)
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
    if (client.isReadOnly || client.isLost) replace(client)
    if (next) next(client)
    else free.push(client)
  }
  /** Not on the old one again: see renewed.ts. */
  const replace = (client: Client) => {
    cut(client)
    openFor(client)
  }

  const reserve = async (): Promise<PostgresJSReservedSql> => {
    const client = await borrow()
    if (client.isLost) replace(client)
    let transactionOn: Sql | undefined
    return {
      unsafe: (text, parameters) => {
        // A new connection would know nothing of the transaction: what follows would be kept without what came before.
        if (transactionOn && (client.isLost || client.sql !== transactionOn)) return Promise.reject(lost()) as never
        if (client.isLost) replace(client)
        if (/^(begin|start transaction)\b/i.test(text)) transactionOn = client.sql
        // What is not prepared is sent twice: first to ask for the types of its values.
        const prepare = lasting.has(text) && client.sql.options.prepare
        const query: PendingQuery<never> = client.sql.unsafe(text, parameters, { prepare })
        return watch(() => answerOf(client, query), query) as never
      },
      release: () => giveBack(client),
    }
  }
  const end = async (options?: { timeout?: number }) => {
    await Promise.all(clients.map(({ sql }) => sql.end(options)))
  }
  return {
    sql: Object.assign(() => {}, { reserve, end }) as unknown as Leases['sql'],
    renew: () => clients.forEach(cut),
    renewMute: (lines) => {
      const isMute = ({ underWay }: Client) => [...underWay].some(({ answer }) => lines.has(lineOf(answer) ?? answer))
      for (const client of clients) if (free.includes(client) || isMute(client)) cut(client)
    },
  }
}

function cut(client: Client): void {
  lose(client)
  void client.sql.end({ timeout: 0 }).catch(() => {})
}

/** The driver forgets a statement that it sends between an error of the line and its end (postgres.js 3.4.9). */
function lose(client: Client): void {
  client.isLost = true
  for (const { answer, reject } of client.underWay) if (wasSent(answer)) reject(lost())
}

/** One that waits for a new connection is not lost with the old one. */
function wasSent(answer: PendingQuery<never>): boolean {
  return lineOf(answer) !== undefined
}

async function answerOf(client: Client, answer: PendingQuery<never>): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>()
  const here = { answer, reject }
  const { sql } = client
  client.underWay.add(here)
  try {
    return await Promise.race([answer, promise])
  } catch (error) {
    if ((error as { code?: string }).code === readOnly) client.isReadOnly = true
    // The driver tells of the end of the line later. Who asks again until then would ask on the same line.
    if (isLoss(error) && client.sql === sql) client.isLost = true
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
