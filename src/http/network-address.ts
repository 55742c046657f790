import { isIP, isIPv4 } from 'node:net'
import type { App } from './app.ts'

/** Where a request comes from, in one spelling everywhere: limits, bans, the log, and what other services are told. */
export function plainAddresses(app: App): void {
  app.addHook('onRequest', (request, _, done) => {
    const plain = plainAddress(request.ip)
    if (plain !== null && plain !== request.ip) Object.defineProperty(request, 'ip', { value: plain })
    done()
  })
}

/** A socket for both families writes `::ffff:192.0.2.1` for 192.0.2.1. Null for what is no address. */
export function plainAddress(ip: string): string | null {
  if (isIPv4(ip)) return ip
  if (isIP(ip) === 0) return null
  // Every spelling of one IPv6 address becomes one, without zeros and with small letters.
  const address = new URL(`http://[${ip.replace(/%.*$/, '')}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(address) ?? []
  if (high === undefined || low === undefined) return address
  const bits = (parseInt(high, 16) << 16) | parseInt(low, 16)
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')
}
