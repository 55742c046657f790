// A line to PostgreSQL that can be cut, held and mended.
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionTarget } from '../src/db/connection-string.ts'

export type Relay = {
  /** The same database over the line. */
  target: ConnectionTarget
  /** Ends every connection; new ones are refused. */
  cut: () => Promise<void>
  /** Nothing passes any more, and nobody is told. */
  hold: () => void
  /** From now on nothing is read that was sent; then every connection ends, which is ECONNRESET for who sent something. */
  stopReading: () => void
  reset: () => void
  /** Ends every connection; who connects is told this, until it is mended. */
  refuse: (code: string, message: string) => void
  /** The same for all connections that are there, or every other of them, and for none that comes. */
  forget: (share?: 'all' | 'every other') => void
  mend: () => Promise<void>
  remove: () => Promise<void>
}

export async function startRelay(target: ConnectionTarget): Promise<Relay> {
  const [address] = target.addresses
  if (!address) throw new Error('The target has no address.')
  const { host, port } = address
  const sockets = new Set<net.Socket>()
  const nears = new Set<net.Socket>()
  let isHeld = false
  let refusal: Buffer | undefined
  const forgotten = new WeakSet<net.Socket>()

  const server = net.createServer((near) => {
    if (refusal) {
      const words = refusal
      near.on('error', () => {})
      near.once('data', () => near.end(words))
      return
    }
    nears.add(near)
    near.on('close', () => nears.delete(near))
    const far = host.startsWith('/') ? net.connect(`${host}/.s.PGSQL.${port}`) : net.connect(port, host)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => !isHeld && !forgotten.has(near) && to.write(bytes))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        nears.delete(near)
        to.destroy()
      })
    }
  })
  // A socket file and no port, which another process could take while the line is cut.
  const folder = mkdtempSync(join(tmpdir(), 'bloggy-relay-'))
  const listen = () => new Promise<void>((resolve) => server.listen(join(folder, '.s.PGSQL.5432'), resolve))
  const endAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    endAll()
    await closed
  }

  await listen()
  return {
    target: { ...target, addresses: [{ host: folder, port: 5432 }] },
    cut,
    hold: () => void (isHeld = true),
    stopReading: () => {
      for (const near of nears) near.pause()
    },
    reset: endAll,
    refuse: (code, message) => {
      const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`)
      const head = Buffer.from('E....')
      head.writeInt32BE(fields.length + 4, 1)
      refusal = Buffer.concat([head, fields])
      endAll()
    },
    forget: (share = 'all') =>
      [...nears].forEach((near, index) => (share === 'all' || index % 2 === 0) && forgotten.add(near)),
    mend: async () => {
      if (isHeld) endAll()
      isHeld = false
      refusal = undefined
      if (!server.listening) await listen()
    },
    remove: async () => {
      await cut()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
