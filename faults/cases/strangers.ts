// What strangers do to a server: many at once, and very slowly.
import net from 'node:net'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTwoInstances } from '../fault.ts'
import { between, countsOf, isGood, percentile } from '../seen.ts'

const residentMb = (pid = 0) =>
  Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)

export const burst = onTwoInstances(
  {
    number: 30,
    name: 'connection-burst',
    what: '5,000 connections to one instance within a second',
    expected: 'they are accepted or wait; who was there before waits at most three times as long; memory stays flat',
    seconds: 30,
  },
  {},
  async ({ instances, startLoad, must, mustInTime, figure }, { isShort }) => {
    const [first] = instances
    const count = isShort ? 1000 : 5000
    const load = startLoad()
    await sleep(4000)
    const usual = percentile(load.answers(), 0.99)
    const before = residentMb(first?.pid())
    const from = load.now()
    let answered = 0
    let broken = 0
    const sockets: net.Socket[] = []
    for (let sent = 0; sent < count; sent += 100) {
      for (let n = 0; n < 100; n++) {
        const socket = net.connect(first?.port ?? 0, '127.0.0.1')
        sockets.push(socket)
        socket.on('error', () => broken++)
        socket.once('data', () => answered++)
        socket.on('connect', () => socket.write('GET /posts/post-1 HTTP/1.1\r\nHost: localhost\r\n\r\n'))
      }
      await sleep(20)
    }
    for (const begun = Date.now(); answered + broken < count && Date.now() - begun < 20_000;) await sleep(50)
    const to = load.now()
    const meanwhile = residentMb(first?.pid())
    for (const socket of sockets) socket.destroy()
    await sleep(1000)
    await load.stop()
    const others = between(load.answers(), from, to)
    figure('connections', count)
    figure('answered', answered)
    figure('usual 99 of 100 ms', usual)
    figure('during the burst 99 of 100 ms', percentile(others, 0.99))
    figure('memory before and during, MB', `${before}, ${meanwhile}`)
    must(answered === count, 'all of them are answered', { answered, broken })
    must(others.every(isGood), 'nobody else fails', countsOf(others))
    must(meanwhile - before < 150, 'memory stays flat', [before, meanwhile])
    mustInTime(percentile(others, 0.99) <= Math.max(300, usual * 3), 'others wait at most three times as long')
  },
)

/** Of the head, and what the check of Node adds (connectionsCheckingInterval). */
const headersMs = 45_000

export const slowLines = onTwoInstances(
  {
    number: 31,
    name: 'slow-lines',
    what: '1,000 connections whose heads never end, 1,000 whose bodies never end',
    expected: 'closed, the heads by their limit and the bodies after a minute; others unaffected',
    seconds: 90,
  },
  {},
  async ({ instances, startLoad, must, figure }, { isShort }) => {
    const [first] = instances
    const count = isShort ? 100 : 1000
    const load = startLoad()
    await sleep(1500)
    const open = (text: string) => {
      const sockets = Array.from({ length: count }, () => {
        const socket = net.connect(first?.port ?? 0, '127.0.0.1')
        socket.on('error', () => {}).on('connect', () => socket.write(text))
        socket.resume()
        return socket
      })
      return { left: () => sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length, sockets }
    }
    const heads = open('GET /posts/post-1 HTTP/1.1\r\nHost: loc')
    const bodies = open(
      'POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\nemail=',
    )
    const begun = performance.now()
    while (heads.left() > 0 && performance.now() - begun < headersMs) await sleep(100)
    figure('heads closed after s', Math.round((performance.now() - begun) / 1000))
    must(heads.left() === 0, 'heads that do not end are closed', heads.left())
    while (bodies.left() > 0 && performance.now() - begun < 80_000) await sleep(100)
    figure('bodies closed after s', Math.round((performance.now() - begun) / 1000))
    must(bodies.left() === 0, 'bodies that do not end are closed', bodies.left())
    for (const socket of [...heads.sockets, ...bodies.sockets]) socket.destroy()
    await load.stop()
    must(load.answers().every(isGood), 'nobody else fails', countsOf(load.answers()))
  },
)
