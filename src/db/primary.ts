// Which of several servers takes writes now, and the way there: each server is asked all the time, new connections are led
// to the one that takes writes, and those to another are cut. See docs/decisions/0045.
import net from 'node:net'
import { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { type Address, type ConnectionTarget, formatConnectionString } from './connection-string.ts'
import type { ServerState } from './server-state.ts'
import { type WatchedServer, watchServer } from './watched-server.ts'

export type Primary = {
  /** For the driver: a line to the server that takes writes; one that fails at once where none is found in time. */
  line: () => Promise<Duplex>
  /** For drivers that make their own sockets: led to the server that takes writes, and cut with the others. */
  newSocket: () => net.Socket
  /** Where it was when it was last heard of. */
  address: () => Address | undefined
  /** Called with the address when another server takes the writes. */
  onMove: (hear: (address: Address) => void) => void
  /** By each who had it. */
  release: () => void
}

/** While all is well, and while nobody takes writes. */
const calmMs = 1000
const hastyMs = 200
const patienceMs = 1500
/** How long a visitor waits for a server that takes writes. */
const longestWaitMs = 2000
/** And when others waited that long already. */
const shortWaitMs = 100

/** True where connections have to be led: the driver's own way tries one server after another without end. */
export function isFollowed({ addresses, target_session_attrs }: ConnectionTarget): boolean {
  return addresses.length > 1 || target_session_attrs !== 'any'
}

type Shared = Primary & { users: number }
const all = new Map<string, Shared>()

/** All connections of a process to the same servers share one watch. `open` makes a client of one connection. */
export function followPrimary(
  target: ConnectionTarget,
  connectTimeoutSeconds: number,
  open: (address: Address) => Sql,
): Primary {
  const key = formatConnectionString(target)
  const found = all.get(key)
  if (found) {
    found.users++
    return found
  }
  const primary = watchAll(target, connectTimeoutSeconds, open)
  const shared: Shared = {
    ...primary,
    users: 1,
    release: () => {
      if (--shared.users > 0) return
      all.delete(key)
      primary.release()
    },
  }
  all.set(key, shared)
  return shared
}

function watchAll(
  { addresses, target_session_attrs: wanted }: ConnectionTarget,
  connectTimeoutSeconds: number,
  open: (address: Address) => Sql,
): Primary {
  const listeners: ((address: Address) => void)[] = []
  const waiting = new Set<() => void>()
  const sockets = new Map<net.Socket, Address>()
  const waitMs = Math.min(longestWaitMs, connectTimeoutSeconds * 1000)
  let current: Address | undefined
  /** When it was noticed that nobody takes writes. */
  let lostAt: number | undefined
  let isClosed = false

  const isFit = (state: ServerState | undefined): state is ServerState =>
    state !== undefined && state.isReadOnly === ['read-only', 'standby', 'prefer-standby'].includes(wanted)
  const mayBeOther = ['any', 'prefer-standby'].includes(wanted)
  const stateOf = (address: Address | undefined) => address && servers[addresses.indexOf(address)]?.state()

  const choose = () => {
    const known = addresses.map((address) => ({ address, state: stateOf(address) }))
    const fit = known.filter(({ state }) => isFit(state))
    if (fit.length > 0) lostAt = undefined
    else lostAt ??= performance.now()
    const answering = known.filter(({ state }) => state !== undefined)
    const among = fit.length > 0 ? fit : mayBeOther ? answering : []
    // Of two that take writes, the one that was promoted last; of equals the present one, so that nothing goes to and fro.
    const newest = Math.max(...among.map(({ state }) => state?.timeline ?? 0))
    const best = among.filter(({ state }) => state?.timeline === newest).map(({ address }) => address)
    const next = best.includes(current as Address) ? current : best[0]
    if (!next || next === current) return
    const isFirst = current === undefined
    current = next
    for (const [socket, address] of sockets) if (address !== next) cutSoon(socket)
    for (const go of waiting) go()
    if (!isFirst) for (const hear of listeners) hear(next)
  }
  const isWell = () => isFit(stateOf(current))

  const servers: WatchedServer[] = addresses.map((address) =>
    watchServer({
      open: () => open(address),
      everyMs: () => (isWell() ? calmMs : hastyMs),
      patienceMs,
      onAnswer: choose,
    }),
  )

  /** Until something is known, or for so long. */
  const whenKnown = async (withinMs: number) => {
    if (current || withinMs <= 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.add(resolve)
    await Promise.race([promise, sleep(withinMs, undefined, { ref: false })])
    waiting.delete(resolve)
  }

  const reach = async (): Promise<net.Socket> => {
    const now = performance.now()
    const deadline = lostAt === undefined ? now + waitMs : Math.max(now + shortWaitMs, lostAt + waitMs)
    let trouble: Error = notFound()
    while (!isClosed) {
      const left = deadline - performance.now()
      if (left <= 0) throw trouble
      await whenKnown(left)
      const address = current
      if (!address) continue
      try {
        const socket = await dial(new Line(), address, Math.max(1, deadline - performance.now()))
        // Another one may have been promoted meanwhile.
        if (address === current && !isClosed) return remember(socket, address)
        socket.destroy()
      } catch (error) {
        trouble = error as Error
        await sleep(Math.min(hastyMs, Math.max(1, deadline - performance.now())), undefined, { ref: false })
      }
    }
    throw trouble
  }
  const remember = (socket: net.Socket, address: Address) => {
    for (const old of sockets.keys()) if (old.destroyed) sockets.delete(old)
    sockets.set(socket, address)
    return socket
  }

  return {
    line: async () => await reach().catch(brokenLine),
    newSocket: () => new LedSocket(() => current ?? addresses[0], remember),
    address: () => current,
    onMove: (hear) => void listeners.push(hear),
    release: () => {
      isClosed = true
      for (const server of servers) server.close()
      for (const go of waiting) go()
    },
  }
}

/**
 * A socket for the driver. Between an error and the end of the line the driver still sends statements (postgres.js 3.4.9), and
 * it answers those when the line ended without one.
 */
class Line extends net.Socket {
  override emit(name: string | symbol, ...given: unknown[]): boolean {
    return name === 'close' ? super.emit('close', false) : super.emit(name as 'error', ...(given as [Error]))
  }
}

/** A client that makes its own sockets names an address, which may be that of a server that is gone. */
class LedSocket extends net.Socket {
  readonly #address: () => Address | undefined
  readonly #remember: (socket: net.Socket, address: Address) => void

  constructor(address: () => Address | undefined, remember: (socket: net.Socket, address: Address) => void) {
    super()
    this.#address = address
    this.#remember = remember
  }

  override connect(...given: unknown[]): this {
    const address = this.#address()
    if (!address) return super.connect(...(given as [number, string]))
    this.#remember(this, address)
    return super.connect(placeOf(address) as net.TcpNetConnectOpts)
  }
}

function placeOf({ host, port }: Address): net.NetConnectOpts {
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
}

function dial(socket: net.Socket, address: Address, withinMs: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error) => {
      clearTimeout(late)
      socket.removeListener('error', end)
      if (error) reject(error)
      else resolve(socket)
    }
    const late = setTimeout(() => {
      socket.destroy()
      end(timedOut(address))
    }, withinMs)
    socket.once('error', end)
    // The driver asks it for the name that a certificate has to have.
    Object.assign(socket, { host: address.host, port: address.port })
    socket.connect(placeOf(address), () => end())
  })
}

/** In a turn of the event loop in which the driver has nothing half written: it would never write again (postgres.js 3.4.9). */
function cutSoon(socket: net.Socket): void {
  setTimeout(() => socket.destroy(), 0)
}

/** What the driver gets where there is no line: to refuse one would cost it the connection for good (postgres.js 3.4.9). */
function brokenLine(error: Error): Duplex {
  const line = new Duplex({
    read: () => {},
    write: (_, __, done) => {
      done()
      setTimeout(() => line.destroy(error), 0)
    },
  })
  return Object.assign(line, { setKeepAlive: () => line, readyState: 'open' })
}

function timedOut({ host, port }: Address): Error {
  return Object.assign(new Error(`No connection to ${host}:${port} in time.`), { code: 'CONNECT_TIMEOUT' })
}

function notFound(): Error {
  return Object.assign(new Error('No server takes writes.'), { code: 'CONNECT_TIMEOUT' })
}
