import type { Socket } from 'node:net'
import type { App } from './app.ts'

export type Connections = { closeUnused: () => void; closeAll: () => void }

/**
 * Knows which connections have a request under way. Browsers open some ahead and send nothing; node:http waits for
 * those as long as they like.
 */
export function trackConnections(app: App): Connections {
  const requests = new Map<Socket, number>()
  app.server.on('connection', (socket: Socket) => {
    requests.set(socket, 0)
    socket.once('close', () => requests.delete(socket))
  })
  app.server.on('request', ({ socket }, response) => {
    requests.set(socket, (requests.get(socket) ?? 0) + 1)
    response.once('close', () => {
      if (requests.has(socket)) requests.set(socket, (requests.get(socket) ?? 1) - 1)
    })
  })
  const close = (isWanted: (count: number) => boolean) => {
    for (const [socket, count] of requests) if (isWanted(count)) socket.destroy()
  }
  return { closeUnused: () => close((count) => count === 0), closeAll: () => close(() => true) }
}
