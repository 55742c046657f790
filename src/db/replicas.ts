// Standbys that answer readers: which of them are near enough to the primary, and which one is asked. See docs/decisions/0046.
import { AsyncLocalStorage } from 'node:async_hooks'
import postgres, { type Sql } from 'postgres'
import { type ConnectionTarget, describeTarget } from './connection-string.ts'
import { type ServerState, askState } from './server-state.ts'
import { watchServer } from './watched-server.ts'

/** A place in the log of the primary: what was committed before it is seen where it was applied. */
export type LogPosition = { timeline: number; position: number }

export type ReplicaState = {
  /** Host and port. */
  name: string
  isUsed: boolean
  /** Infinity where that is not known. */
  lagSeconds: number
}

/** The connections of one that may be asked. */
export type Replica = { name: string; reader: Sql; searcher: Sql }

export type Replicas = {
  /** One that has applied all up to the position, and is not the one named; undefined where the primary has to be asked. */
  pick: (past: LogPosition | undefined, but?: string) => Replica | undefined
  /** Where the log of the primary is: everything committed before the call lies before it. */
  position: () => Promise<LogPosition>
  states: () => ReplicaState[]
  /** How often the primary was asked what a replica could not answer. */
  retries: () => number
  close: () => Promise<void>
}

type Options = {
  targets: ConnectionTarget[]
  /** Connections to the primary. */
  primary: Sql
  open: (target: ConnectionTarget, use: 'reader' | 'searcher' | 'watch') => Sql
  onChange: (state: ReplicaState) => void
}

/** One that is further behind answers nobody. */
export const longestLagMs = 10_000
/** What appears by the clock would not appear on one whose clock is another. */
const mostSkewMs = 1000
const askEveryMs = 250
const patienceMs = 1000
/** After the start, of one that was not used yet. */
const tellAfterMs = 5000
/** How far back it is known where the primary was. */
const samplesKept = 120

type Member = {
  target: ConnectionTarget
  name: string
  state: ServerState | undefined
  lagMs: number
  isUsed: boolean
  /** Whether it was said what it is used for, or not. */
  isTold: boolean
  pools: { reader: Sql; searcher: Sql } | undefined
  close: () => void
}

type Sample = { at: number; state: ServerState }

export function openReplicas({ targets, primary, open, onChange }: Options): Replicas {
  /** Of the primary, the oldest first. */
  let samples: Sample[] = []
  let turn = 0
  let isSampling = false
  let isClosed = false

  const sample = async () => {
    if (isSampling) return
    isSampling = true
    try {
      const state = await askState(primary, patienceMs)
      const last = samples.at(-1)
      // Another history: what was known of the old one says nothing of how far a replica is.
      if (last && last.state.timeline !== state.timeline) samples = []
      samples.push({ at: performance.now(), state })
      if (samples.length > samplesKept) samples.shift()
    } catch {
      // While the primary is away, replicas go on as they are.
    } finally {
      isSampling = false
    }
  }

  /** Since when the primary has something that this one has not. */
  const lagOf = (state: ServerState, now: number): number => {
    const first = samples[0]
    if (!first || state.position < first.state.flushed) return Infinity
    const missing = samples.find((one) => one.state.flushed > state.position)
    return missing ? now - missing.at : 0
  }
  const skewOf = (state: ServerState, now: number): number => {
    const last = samples.at(-1)
    return last ? Math.abs(state.clockMs - now - (last.state.clockMs - last.at)) : 0
  }

  const judge = (member: Member, state: ServerState | undefined) => {
    const now = performance.now()
    const last = samples.at(-1)
    member.state = state
    const isPrimaryAway = !last || now - last.at > 2 * (askEveryMs + patienceMs)
    member.lagMs = state ? lagOf(state, now) : Infinity
    const isNear =
      state !== undefined &&
      last !== undefined &&
      state.timeline === last.state.timeline &&
      member.lagMs <= longestLagMs &&
      skewOf(state, now) <= mostSkewMs
    const isUsed = state !== undefined && (isPrimaryAway ? member.isUsed : isNear)
    if (isUsed) member.pools ??= { reader: open(member.target, 'reader'), searcher: open(member.target, 'searcher') }
    // What was asked may never be answered: ending it lets the primary be asked.
    else if (!state) endPools(member)
    if (isUsed === member.isUsed) return
    member.isUsed = isUsed
    member.isTold = true
    onChange(stateOf(member))
  }

  const members = targets.map((target): Member => {
    const [first] = target.addresses
    const name = first ? `${first.host}:${first.port}` : describeTarget(target)
    const member: Member = {
      target,
      name,
      state: undefined,
      lagMs: Infinity,
      isUsed: false,
      isTold: false,
      pools: undefined,
      close: () => {},
    }
    const watch = watchServer({
      open: () => open(target, 'watch'),
      everyMs: () => askEveryMs,
      patienceMs,
      onAnswer: (state) => judge(member, state),
    })
    member.close = watch.close
    return member
  })
  const timer = setInterval(() => void sample(), askEveryMs).unref()
  void sample()
  // One that is never there changes nothing, and would never be heard of.
  const first = setTimeout(() => {
    for (const member of members) if (!member.isTold) onChange(stateOf(member))
  }, tellAfterMs).unref()

  return {
    pick: (past, but) => {
      if (isClosed) return undefined
      for (let tries = 0; tries < members.length; tries++) {
        const member = members[turn++ % members.length]
        if (!member?.isUsed || !member.pools || !member.state || member.name === but) continue
        if (past && (past.timeline !== member.state.timeline || member.state.position < past.position)) continue
        return { name: member.name, ...member.pools }
      }
      return undefined
    },
    position: async () => {
      const { timeline, position } = await askState(primary, patienceMs)
      return { timeline, position }
    },
    states: () => members.map(stateOf),
    retries: () => retries,
    close: async () => {
      isClosed = true
      clearInterval(timer)
      clearTimeout(first)
      for (const member of members) {
        member.close()
        endPools(member)
      }
    },
  }
}

function stateOf({ name, isUsed, lagMs }: Member): ReplicaState {
  return { name, isUsed, lagSeconds: lagMs / 1000 }
}

function endPools(member: Member): void {
  for (const pool of Object.values(member.pools ?? {})) void pool.end({ timeout: 0 }).catch(() => {})
  member.pools = undefined
}

type Asked = { replica: Replica | undefined; another: (but: string) => Replica | undefined }
const asked = new AsyncLocalStorage<Asked>()
let retries = 0

/**
 * Compiled statements of readers within `work` are asked of the replica, and where that is gone of another, once. The answer ends
 * that, also for what outlives it.
 */
export function askingReplica(
  replica: Replica,
  work: () => void,
  another: Asked['another'] = () => undefined,
): () => void {
  const here: Asked = { replica, another }
  asked.run(here, work)
  return () => {
    here.replica = undefined
  }
}

/** True within a request that a replica may answer. */
export function mayAskReplica(): boolean {
  return asked.getStore()?.replica !== undefined
}

/** Undefined where the replicas of this request failed: then the primary is asked. */
export async function askReplica<T>(ask: (replica: Replica) => Promise<T>): Promise<{ answer: T } | undefined> {
  const here = asked.getStore()
  for (;;) {
    const replica = here?.replica
    if (!replica) return undefined
    try {
      return { answer: await ask(replica) }
    } catch (error) {
      retries++
      // Another statement of the page may have found out before.
      if (here.replica !== replica) continue
      // A conflict with what it applies, a statement that takes too long: reading again does no harm, and a mistake in it is told
      // by the primary. Where the server is gone, the primary may be too, as after its death where that was named for readers.
      here.replica = isRefused(error) ? undefined : here.another(replica.name)
      here.another = () => undefined
    }
  }
}

/** True for an answer of a server that goes on. */
function isRefused(error: unknown): boolean {
  return error instanceof postgres.PostgresError && !/^(57P0|08)/.test(error.code)
}
