import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export type Connections = {
  /** From now on a visitor learns with each answer that the connection ends with it. */
  endAfterAnswer: () => void
  /** From now on a connection ends with what is under way on it, and one on which nothing is asked ends soon. */
  closeUnused: () => void
  /**
   * The same, but a visitor may ask once more on a connection that is open, and learns with the answer that it ends.
   * What nobody used within `unusedMs` is closed. Resolves when none is left.
   */
  drain: (unusedMs: number) => Promise<void>
  closeAll: () => void
}

/** A request may be on its way on a connection that was opened in the last moment. */
const graceMs = 1000

/**
 * Knows which connections have a request under way. Browsers open some ahead and send nothing, and keep others after a
 * stream ended; node:http waits for those as long as they like.
 */
export function trackConnections(server: Server): Connections {
  const requests = new Map<Socket, number>()
  let isLeaving = false
  let areLast = false
  let nobodyLeft = () => {}
  server.on('connection', (socket: Socket) => {
    requests.set(socket, 0)
    socket.once('close', () => {
      requests.delete(socket)
      if (requests.size === 0) nobodyLeft()
    })
    if (isLeaving) closeSoon(socket)
  })
  // Before those that answer.
  server.prependListener('request', ({ socket }, response) => {
    if (areLast) response.shouldKeepAlive = false
    requests.set(socket, (requests.get(socket) ?? 0) + 1)
    response.on('close', closed)
  })
  // One for all answers: a closure for each takes as long as the rest of this.
  function closed(this: ServerResponse): void {
    const { socket } = this.req
    const left = (requests.get(socket) ?? 1) - 1
    if (requests.has(socket)) requests.set(socket, left)
    if (isLeaving && left === 0) socket.destroySoon()
  }
  const closeSoon = (socket: Socket) => {
    setTimeout(() => requests.get(socket) === 0 && socket.destroy(), graceMs).unref()
  }
  const closeUnused = () => {
    isLeaving = true
    for (const [socket, count] of requests) if (count === 0) socket.destroy()
  }
  return {
    endAfterAnswer: () => void (areLast = true),
    closeUnused,
    drain: async (unusedMs) => {
      areLast = true
      const unused = setTimeout(closeUnused, unusedMs)
      await new Promise<void>((resolve) => {
        nobodyLeft = resolve
        if (requests.size === 0) resolve()
      })
      clearTimeout(unused)
    },
    closeAll: () => {
      for (const socket of requests.keys()) socket.destroy()
    },
  }
}
