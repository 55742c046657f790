// One server that is asked again and again how it is, on a connection of its own.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { type ServerState, askState } from './server-state.ts'

export type WatchedServer = {
  /** The last answer; undefined while there is none. */
  state: () => ServerState | undefined
  /** Settles when it was asked for the first time, whatever came of it. */
  asked: Promise<void>
  close: () => void
}

type Options = {
  open: () => Sql
  /** Asked anew each time. */
  everyMs: () => number
  /** A silence of so long is no answer. */
  patienceMs: number
  onAnswer: (state: ServerState | undefined) => void
}

export function watchServer({ open, everyMs, patienceMs, onAnswer }: Options): WatchedServer {
  const closing = new AbortController()
  const { signal } = closing
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>()
  let sql: Sql | undefined
  let state: ServerState | undefined

  const forget = () => {
    // Its statements may never be answered: another connection asks next.
    void sql?.end({ timeout: 0 }).catch(() => {})
    sql = undefined
  }
  const watch = async () => {
    while (!signal.aborted) {
      try {
        sql ??= open()
        state = await askState(sql, patienceMs)
      } catch {
        state = undefined
        forget()
      }
      if (signal.aborted) break
      onAnswer(state)
      isAsked()
      await sleep(everyMs(), undefined, { signal, ref: false }).catch(() => {})
    }
    forget()
  }
  void watch()

  return {
    state: () => state,
    asked,
    close: () => {
      closing.abort()
      isAsked()
    },
  }
}
