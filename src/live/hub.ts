// The pages that follow comments through this process. PostgreSQL announces that something changed; what changed is read
// from its journal, once for all of them, so an announcement that is missed or comes twice does no harm.
import type { FastifyBaseLogger } from 'fastify'
import type { Database } from '../db/pool.ts'
import { listOpenSessions } from '../sessions/queries.ts'
import { type Cursor, writeCursor } from './cursor.ts'
import {
  type Changes,
  type Followed,
  listAllChanges,
  listChanges,
  listFollowed,
  mostOfPost,
  readMoment,
} from './queries.ts'
import type { Stream } from './stream.ts'

export type Hub = {
  /** Undefined where the process, or the network, has as many as it may. `leave` gives the place back. */
  take: (network: string) => Place | undefined
  size: () => number
  /** Ends every stream; readers come back a little later, each at another moment. */
  close: () => Promise<void>
}

export type Place = {
  /** What the page missed is told first, then whatever happens while it may be told of the post. */
  follow: (asked: Asked, stream: Stream, isTold: IsTold) => Promise<void>
  leave: () => void
}

type Asked = { post_id: number; since: Cursor | undefined; session: string | undefined }

type IsTold = (post: Followed) => boolean

type Follower = {
  post_id: number
  /** The hash of the session it was opened with, in hex. */
  session: string | undefined
  stream: Stream
  isTold: IsTold
  endsAt: number
  /** What happened while it is found out what was missed. */
  held: Changes | undefined
}

export type Most = { streams: number; ofNetwork: number }

/** Comments that come together are told together. */
const togetherMs = 200
/** Signs of life, without which proxies hang up; and a look for what no announcement told, and at the rights of all. */
const beatMs = 15_000
/** Then a page has to ask again, and its rights are looked at again. */
const longestMs = 30 * 60_000

export function openHub({ db, listener }: Database, logger: FastifyBaseLogger, most: Most): Hub {
  const followers = new Set<Follower>()
  const places = new Map<string, number>()
  let taken = 0
  let seen: Cursor | undefined
  let looking: Promise<void> | undefined
  let isAskedAgain = false
  let soon: NodeJS.Timeout | undefined
  let listening: Promise<{ unlisten: () => Promise<void> }> | undefined
  let wasAnnounced = false
  let isClosed = false
  let areAllLookedAt = false
  let listeningForEnds: Promise<{ unlisten: () => Promise<void> }> | undefined
  let areSessionsLookedAt = false

  const lookSoon = () => {
    soon ??= setTimeout(() => {
      soon = undefined
      look()
    }, togetherMs)
  }

  const announced = () => {
    if (followers.size === 0) return
    wasAnnounced = true
    lookSoon()
  }

  /** Somebody signed out, or was: also what was announced while the connection was lost is looked at. */
  const ended = () => {
    areSessionsLookedAt = true
    if (followers.size > 0) lookSoon()
  }

  const listenForEnds = () => {
    if (listeningForEnds) return
    listeningForEnds = listener.listen('sessions', ended, ended)
    listeningForEnds.catch((error: Error) => {
      listeningForEnds = undefined
      logger.warn({ reason: error.message }, 'not listening for ended sessions')
    })
  }

  const listen = () => {
    // The second function runs at every new connection: what was announced while it was lost is read then.
    listening = listener.listen('comments', announced, announced)
    listening.catch((error: Error) => logger.warn({ reason: error.message }, 'not listening for comments'))
  }

  const listenAgain = async () => {
    const before = listening
    listen()
    await before?.then(({ unlisten }) => unlisten()).catch(() => {})
  }

  /** One at a time; what is announced meanwhile is looked for right after. */
  const look = () => {
    isAskedAgain = looking !== undefined
    looking ??= round()
      .catch((error: Error) => logger.warn({ reason: error.message }, 'comments not looked for'))
      .finally(() => {
        looking = undefined
        if (isAskedAgain && !isClosed) look()
      })
  }

  /** Of the sessions that follow something now; whoever comes while it is asked is looked at the next time. */
  const findEnded = async () => {
    areSessionsLookedAt = false
    const asked = new Set([...followers].map(({ session }) => session).filter((session) => session !== undefined))
    return asked.difference(await listOpenSessions(db, [...asked]))
  }

  const round = async () => {
    if (!seen) return
    const isHeard = wasAnnounced
    wasAnnounced = false
    const { now, byPost, isLost } = await listAllChanges(db, seen)
    const followed = new Set([...followers].map(({ post_id }) => post_id))
    const lookedAt = areAllLookedAt || isLost ? followed : followed.intersection(new Set(byPost.keys()))
    areSessionsLookedAt ||= areAllLookedAt
    areAllLookedAt = false
    const endedOnes = areSessionsLookedAt ? await findEnded() : undefined
    // A post may have gone, closed or become private since a page was let in.
    const posts = await listFollowed(db, lookedAt)
    // A process that nobody follows knows nothing, and begins anew.
    seen = followers.size > 0 ? now : undefined
    const cursor = writeCursor(now)
    for (const { post_id, session, stream, isTold, held } of followers) {
      if (session !== undefined && endedOnes?.has(session)) {
        stream.end(jitter(1000))
        continue
      }
      const post = posts.get(post_id)
      if (lookedAt.has(post_id) && !(post && isTold(post))) {
        stream.end(jitter(1000))
        continue
      }
      const ids = (byPost.get(post_id) ?? []).map(([, id]) => id)
      if (held) {
        held.now = cursor
        held.ids.push(...ids)
        held.isLost ||= isLost || held.ids.length > mostOfPost
        if (held.isLost) held.ids = []
      } else if (isLost) stream.reset(cursor)
      else if (ids.length > 0) stream.tell(cursor, ids)
    }
    // The driver gives a channel up when PostgreSQL is away for longer.
    if (byPost.size > 0 && !isHeard && !wasAnnounced) await listenAgain()
  }

  const beat = setInterval(() => {
    if (followers.size === 0) return
    areAllLookedAt = true
    look()
    void looking?.then(() => {
      const now = Date.now()
      for (const follower of followers) {
        if (follower.endsAt < now) follower.stream.end(jitter(1000))
        else if (!follower.held && seen) follower.stream.tell(writeCursor(seen), [])
      }
    })
  }, beatMs)
  beat.unref()

  return {
    size: () => taken,
    take: (network) => {
      const ofNetwork = places.get(network) ?? 0
      if (isClosed || taken >= most.streams || ofNetwork >= most.ofNetwork) return undefined
      taken++
      places.set(network, ofNetwork + 1)
      let follower: Follower | undefined
      let isOver = false
      return {
        follow: async ({ post_id, since, session }, stream, isTold) => {
          if (!listening) listen()
          if (session !== undefined) listenForEnds()
          const now = seen ?? (await readMoment(db))
          if (isOver) return
          seen ??= now
          const held: Changes = { now: '', ids: [], isLost: false }
          follower = {
            post_id,
            session,
            stream,
            isTold,
            endsAt: Date.now() + longestMs * (1 + Math.random() / 5),
            held,
          }
          // Among the followers before it asks: nothing can happen between its answer and the next round.
          followers.add(follower)
          const missed = await listChanges(db, post_id, since)
          follower.held = undefined
          if (missed.isLost || held.isLost) stream.reset(held.now || missed.now)
          else stream.tell(missed.now, missed.ids)
          if (held.now && !held.isLost && held.ids.length > 0) stream.tell(held.now, held.ids)
          if (isClosed) stream.end(jitter(2000))
        },
        leave: () => {
          if (isOver) return
          isOver = true
          taken--
          const left = (places.get(network) ?? 1) - 1
          if (left > 0) places.set(network, left)
          else places.delete(network)
          if (follower) followers.delete(follower)
          if (followers.size === 0) seen = undefined
        },
      }
    },
    close: async () => {
      isClosed = true
      clearInterval(beat)
      clearTimeout(soon)
      for (const { stream } of followers) stream.end(jitter(2000))
      await looking
      await listening?.then(({ unlisten }) => unlisten()).catch(() => {})
      await listeningForEnds?.then(({ unlisten }) => unlisten()).catch(() => {})
    },
  }
}

function jitter(ms: number): number {
  return Math.round(ms * (1 + Math.random()))
}
