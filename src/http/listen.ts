import { lookup } from 'node:dns/promises'
import { Server, type Socket, createServer } from 'node:net'
import { StartError } from '../errors.ts'
import type { App } from './app.ts'

export type Listening = {
  /** Takes no further connection; those there are stay open. */
  stop: () => void
}

const backlog = 2048

/** Throws a StartError that says what to change when the address cannot be had. */
export async function listen(app: App, host: string, port: number): Promise<Listening> {
  try {
    // What comes by the second address of `localhost` is handed to the one server, so that it is known and cached alike.
    const [first = host, ...others] = host === 'localhost' ? await addressesOf(host) : [host]
    await app.listen({ host: first, port, backlog })
    const more = await Promise.all(others.map(async (address) => await takeAlso(app, address, port)))
    const servers = [app.server, ...more].filter((server) => server !== undefined)
    return {
      // node:http would close what is idle, and with it what a visitor is sending just now.
      stop: () => servers.forEach((server) => Server.prototype.close.call(server)),
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new StartError(`Port ${port} on ${host} is taken by another program. Choose another with PORT.`)
    if (code === 'EACCES')
      throw new StartError(`Port ${port} may not be opened by this user. Choose one above 1023 with PORT.`)
    if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
      throw new StartError(`This machine has no address ${host}. Correct HOST.`)
    throw error
  }
}

async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true })
  return [...new Set(found.map(({ address }) => address))]
}

/** Undefined where the machine has the name of an address and not the address, as without IPv6. */
async function takeAlso(app: App, address: string, port: number): Promise<Server | undefined> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) =>
    app.server.emit('connection', socket),
  )
  return await new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen({ host: address, port, backlog }, () => resolve(server))
  })
}
