// Writers as careful programs are: each write has a key and is sent again, here and there, until it is acknowledged. A ledger
// has what was.
import { createHash, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { scopes } from '../src/api-tokens/token.ts'
import { paths } from '../src/paths.ts'

export type Writes = {
  /** When each was acknowledged, in milliseconds of performance.now(). */
  acknowledgedAt: () => readonly number[]
  /** Answers by status; 0 for none. */
  statuses: () => ReadonlyMap<number, number>
  /** The longest that one request took. */
  longestMs: () => number
  stop: () => Promise<void>
}

export type Verdict = { acknowledged: number; lost: number; doubled: number; oldestLostMs: number }

type Entry = { key: string; acknowledgedAt?: number }
export type Ledger = Entry[]

const writers = 20
const tokenOf = (n: number) => `bloggy_${createHash('sha256').update(`keyed ${n}`).digest('base64url').slice(0, 43)}`

/** Accounts with a token each. */
export async function addWriters(sql: Sql): Promise<void> {
  await sql`
    insert into users (name, slug, email, email_confirmed_at)
      select 'Writer ' || n, 'writer-' || n, 'w' || n || '@example.com', now() from generate_series(0, ${writers - 1}::int) n order by n`
  await sql`insert into user_roles (user_id, role_id) select users.id, roles.id from users, roles where roles.name = 'author'`
  await sql`insert into user_roles (user_id, role_id)
    select min(users.id), roles.id from users, roles where roles.name = 'admin' group by roles.id`
  await sql`update settings set title = 'Under load', set_up_at = now()`
  const users = await sql<{ id: number }[]>`select id from users order by id`
  for (const [n, { id }] of users.entries()) {
    const token = tokenOf(n)
    await sql`insert into api_tokens (user_id, name, token_hash, ending, scopes)
      values (${id}, 'load', ${createHash('sha256').update(token).digest()}, ${token.slice(-4)}, ${scopes.join(' ')})`
  }
}

/** Each origin gets its share; after a failure the next one is asked. */
export function startWrites(origins: readonly string[], ledger: Ledger, pauseMs = 20): Writes {
  const agent = new Agent({ keepAlive: true })
  const acknowledgedAt: number[] = []
  const statuses = new Map<number, number>()
  let longestMs = 0
  let isOver = false

  const writeOnce = async (n: number) => {
    const entry: Entry = { key: randomUUID() }
    ledger.push(entry)
    for (let tries = n; ; tries++) {
      const began = performance.now()
      const status = await send(agent, origins[tries % origins.length] ?? '', tokenOf(n), entry.key)
      longestMs = Math.max(longestMs, performance.now() - began)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status === 201) {
        entry.acknowledgedAt = performance.now()
        acknowledgedAt.push(entry.acknowledgedAt)
        return
      }
      if (status >= 400 && status < 500) throw new Error(`A write was answered ${status}.`)
      await sleep(50 + Math.random() * 50)
    }
  }
  const all = Array.from({ length: writers }, async (_, n) => {
    while (!isOver) {
      await writeOnce(n)
      await sleep(pauseMs)
    }
  })
  return {
    acknowledgedAt: () => acknowledgedAt,
    statuses: () => statuses,
    longestMs: () => longestMs,
    stop: async () => {
      isOver = true
      await Promise.all(all)
      agent.destroy()
    },
  }
}

function send(agent: Agent, origin: string, token: string, key: string): Promise<number> {
  const body = JSON.stringify({ title: `Kept ${key}`, body: 'It is.', state: 'draft' })
  return new Promise((resolve) => {
    const sent = request(`${origin}${paths.api.posts()}`, {
      agent,
      method: 'POST',
      timeout: 30_000,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
    })
    sent.on('response', (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', () => resolve(0))
    })
    sent.on('timeout', () => sent.destroy(new Error('No answer.')))
    sent.on('error', () => resolve(0))
    sent.end(body)
  })
}

/** What the database has of what was acknowledged. `failedAt` says how old a lost one was then. */
export async function compareWrites(sql: Sql, ledger: Ledger, failedAt: number): Promise<Verdict> {
  const rows = await sql<{ key: string; times: number }[]>`
    select substring(title from 6) as key, count(*)::int as times from posts where title like 'Kept %' group by 1`
  const times = new Map(rows.map((row) => [row.key, row.times]))
  const acknowledged = ledger.filter((entry) => entry.acknowledgedAt !== undefined)
  const lost = acknowledged.filter(({ key }) => !times.has(key))
  return {
    acknowledged: acknowledged.length,
    lost: lost.length,
    doubled: rows.filter((row) => row.times > 1).length,
    oldestLostMs: Math.max(0, ...lost.map((entry) => failedAt - (entry.acknowledgedAt ?? failedAt))),
  }
}
