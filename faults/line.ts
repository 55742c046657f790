// A line between two programs that can be slow, silent or cut: what a network does. Our own TCP proxy, since not every machine
// lets us change its packet filter.
import net from 'node:net'

export type Line = {
  port: number
  /** Every connection ends at once; new ones are accepted and hung up on, as by a proxy without a server behind it. */
  cut: () => void
  /** Nothing passes any more and nobody is told, as where packets are dropped. New connections are open and silent. */
  silence: () => void
  /** The same for the connections that are there, and for none that comes: a firewall lost what it knew of them. */
  forget: () => void
  /** What comes back is so many milliseconds late. */
  delay: (ms: number) => void
  /** As a network that forgot the connections: what was silent ends, what is new passes. */
  mend: () => void
  connections: () => number
  close: () => Promise<void>
}

export async function openLine(to: { host: string; port: number }): Promise<Line> {
  const sockets = new Set<net.Socket>()
  let state: 'open' | 'cut' | 'silent' = 'open'
  let delayMs = 0
  let forgotten = new WeakSet<net.Socket>()
  const pass = (from: net.Socket, into: net.Socket, isBack: boolean) => {
    sockets.add(from)
    from.on('data', (bytes) => {
      if (state === 'silent' || forgotten.has(from)) return
      const send = () => void (!into.destroyed && into.write(bytes))
      if (isBack && delayMs > 0) setTimeout(send, delayMs)
      else send()
    })
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      // An end is a packet, too.
      if (state !== 'silent' && !forgotten.has(from)) into.destroy()
    })
  }
  const server = net.createServer((near) => {
    if (state === 'cut') return void near.destroy()
    if (state === 'silent') {
      sockets.add(near)
      near.on('error', () => {}).on('close', () => sockets.delete(near))
      near.resume()
      return
    }
    const far = net.connect(to.port, to.host)
    pass(near, far, false)
    pass(far, near, true)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as net.AddressInfo).port,
    cut: () => {
      state = 'cut'
      destroyAll()
    },
    silence: () => void (state = 'silent'),
    forget: () => void (forgotten = new WeakSet(sockets)),
    delay: (ms) => void (delayMs = ms),
    mend: () => {
      if (state === 'silent') destroyAll()
      state = 'open'
      delayMs = 0
    },
    connections: () => sockets.size,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      destroyAll()
      await closed
    },
  }
}
