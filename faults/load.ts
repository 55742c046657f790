// Readers and writers of both instances, at a rate that does not wait for answers, and what each of them saw.
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { paths } from '../src/paths.ts'
import type { Instance } from './instance.ts'
import type { Ledger, Write } from './ledger.ts'
import { bearerOf, cookieOf, posts, slugOf, writers } from './seed.ts'

/** From memory; past it, by a cookie; by the interface for programs; a write. */
export type Kind = 'cached' | 'page' | 'api' | 'write'

/** In milliseconds since the load began. `status` is 0 where the line broke off. */
export type Answer = {
  kind: Kind
  instance: number
  at: number
  took: number
  status: number
  trouble?: string
  hasRetryAfter?: boolean
}

export type Load = {
  /** Milliseconds since it began. */
  now: () => number
  answers: () => readonly Answer[]
  /** Resolves when the writes that were begun are acknowledged or given up. */
  stop: () => Promise<void>
}

export type LoadOptions = {
  /** Requests a second, a tenth of them writes. */
  rate: number
  /** How long a writer tries again after the load was stopped. */
  patienceMs?: number
  kinds?: readonly Kind[]
  /**
   * Chooses the instance, as a proxy does that asks for readiness; where nobody listens, the request goes to another, since
   * nothing of it was sent.
   */
  choose?: (turn: number) => number
}

type Asked = { method?: string; headers?: Record<string, string>; body?: string }
type Said = { status: number; headers: Record<string, unknown>; text: string; trouble?: string }

const tickMs = 25
/** Posts without comments, the first ones. */
export const quiet = 5
const mostUnderWay = 1500
const timeoutMs = 30_000

export function startLoad(instances: readonly Instance[], ledger: Ledger, options: LoadOptions): Load {
  const { rate, patienceMs = 30_000, kinds = ['cached', 'page', 'api', 'write'] } = options
  const agents = instances.map(() => new Agent({ keepAlive: true, maxSockets: 400 }))
  const begun = performance.now()
  const now = () => performance.now() - begun
  const answers: Answer[] = []
  const writing = new Set<Promise<void>>()
  let underWay = 0
  let turn = 0
  let due = 0
  let isOver = false
  let overAt = Infinity

  const ask = async (kind: Kind, given: number, path: string, asked: Asked = {}): Promise<Said> => {
    const at = now()
    underWay++
    let instance = options.choose?.(given) ?? given
    let said = await exchange(instances[instance], agents[instance], path, asked)
    for (let tries = 1; options.choose && said.trouble === 'ECONNREFUSED' && tries < 3; tries++) {
      instance = (instance + 1) % instances.length
      said = await exchange(instances[instance], agents[instance], path, asked)
    }
    underWay--
    const { status, trouble } = said
    const hasRetryAfter = said.headers['retry-after'] !== undefined
    answers.push({ kind, instance, at, took: now() - at, status, hasRetryAfter, ...(trouble && { trouble }) })
    return said
  }

  const read = (kind: Exclude<Kind, 'write'>) => {
    const instance = turn % instances.length
    const n = turn
    if (kind === 'cached') return void ask(kind, instance, paths.post(slugOf(Math.floor(n / 2) % quiet)), {})
    if (kind === 'page')
      return void ask(kind, instance, paths.post(slugOf(n % posts)), { headers: { cookie: cookieOf(n % 50) } })
    void ask(kind, instance, paths.api.post(1 + (n % posts)), { headers: { authorization: bearerOf(n % writers) } })
  }

  /** As a careful program does: again with the same key, at the other instance, until it is told. */
  const write = async (entry: Write, first: number) => {
    const { path, asked } = requestOf(entry)
    for (let instance = first; ; instance++) {
      entry.tries++
      const { status, headers, text } = await ask('write', instance % instances.length, path, asked)
      if (status === 201) {
        entry.acknowledgedAt = performance.now()
        entry.id = (JSON.parse(text) as { id: number }).id
        entry.wasReplayed = headers['idempotency-replayed'] === 'true'
        return
      }
      // A refusal is an answer, too; the checks find it among the answers.
      if (status >= 400 && status < 500) return
      if (now() > overAt + patienceMs) return
      await sleep(100 + Math.random() * 200)
    }
  }

  const readKinds = kinds.filter((kind) => kind !== 'write') as Exclude<Kind, 'write'>[]
  const next = () => {
    turn++
    if (kinds.includes('write') && (turn % 10 === 0 || readKinds.length === 0)) {
      const n = turn / 10
      const work = write(ledger.open(n % 5 === 0 ? 'post' : 'comment', Math.floor(n * 7) % writers), Math.floor(n))
      writing.add(work)
      void work.finally(() => writing.delete(work))
      return
    }
    // Three of five come from memory.
    const wanted: Exclude<Kind, 'write'>[] = ['cached', 'cached', 'page', 'cached', 'api']
    const kind = wanted[turn % wanted.length] ?? 'cached'
    read(readKinds.includes(kind) ? kind : (readKinds[0] ?? 'cached'))
  }
  const timer = setInterval(() => {
    due = Math.min(due + (rate * tickMs) / 1000, rate)
    for (; due >= 1; due--) if (underWay < mostUnderWay && !isOver) next()
  }, tickMs)

  return {
    now,
    answers: () => answers,
    stop: async () => {
      isOver = true
      overAt = now()
      clearInterval(timer)
      while (writing.size > 0) await Promise.all(writing)
      for (const begunAt = now(); underWay > 0 && now() - begunAt < timeoutMs;) await sleep(20)
      for (const agent of agents) agent.destroy()
    },
  }
}

function requestOf(entry: Write): { path: string; asked: Asked } {
  const isComment = entry.kind === 'comment'
  const words = `Under load, ${entry.key}`
  return {
    // Nobody writes on those that are read from memory.
    path: isComment ? paths.api.postComments(posts - (entry.writer % (posts - quiet))) : paths.api.posts(),
    asked: {
      method: 'POST',
      headers: {
        authorization: bearerOf(entry.writer),
        'content-type': 'application/json',
        'idempotency-key': entry.key,
      },
      body: JSON.stringify(isComment ? { body: words } : { title: words, body: 'It is.', state: 'draft' }),
    },
  }
}

/** The very request of a write once more, by its key. */
export async function sendAgain(
  instance: Instance,
  entry: Write,
): Promise<{ status: number; id: number | undefined; wasReplayed: boolean }> {
  const agent = new Agent()
  const { path, asked } = requestOf(entry)
  const { status, headers, text } = await exchange(instance, agent, path, asked)
  agent.destroy()
  const id = status === 201 ? (JSON.parse(text) as { id: number }).id : undefined
  return { status, id, wasReplayed: headers['idempotency-replayed'] === 'true' }
}

async function exchange(
  instance: Instance | undefined,
  agent: Agent | undefined,
  path: string,
  { method = 'GET', headers = {}, body }: Asked,
): Promise<Said> {
  return await new Promise((resolve) => {
    const fail = (error: Error & { code?: string }) =>
      resolve({ status: 0, headers: {}, text: '', trouble: error.code ?? error.message })
    const asking = request(
      (instance?.origin ?? '') + path,
      { agent, method, headers, timeout: timeoutMs },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', fail)
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: method === 'GET' ? '' : Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    asking.once('timeout', () => asking.destroy(new Error('No answer within 30 seconds.')))
    asking.once('error', fail)
    asking.end(body)
  })
}
