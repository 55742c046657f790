import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import net from 'node:net'
import type { App } from './app.ts'

const backlog = 2048

/**
 * Listens on the address, and on all that 'localhost' stands for. Fastify would make a server of its own for each further
 * one, past everything that was set on the first: here its connections come to the same. Gives what ends the further ones.
 */
export async function listenOn(app: App, host: string, port: number): Promise<() => Promise<void>> {
  const addresses = host === 'localhost' ? (await lookup(host, { all: true })).map(({ address }) => address) : [host]
  const [first = host, ...further] = addresses
  await app.listen({ host: first, port, backlog })
  const place = app.server.address()
  const bound = typeof place === 'object' && place ? place.port : port
  const servers = await Promise.all(further.map((address) => listenAlso(app, address, bound)))
  return async () => {
    for (const server of servers) server?.close()
  }
}

/** Undefined where the machine has no such address, or another program is there: the first one is enough. */
async function listenAlso(app: App, host: string, port: number): Promise<net.Server | undefined> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    app.server.emit('connection', socket)
  })
  server.listen({ host, port, backlog })
  return await once(server, 'listening').then(
    () => server,
    () => undefined,
  )
}
