// Which addresses of the network a stranger's link may lead to: those of the public internet, and what the operator lists.
import { BlockList, isIP } from 'node:net'

/** Hosts and networks of OUTBOUND_ALLOW, such as `wiki.intern` and `10.0.0.0/8`. */
export type Allowed = { hosts: Set<string>; networks: BlockList }

export function allowedFrom(list: string[]): Allowed {
  const hosts = new Set<string>()
  const networks = new BlockList()
  for (const item of list) {
    const [address = '', prefix] = item.split('/')
    const family = isIP(address)
    if (family === 0) hosts.add(item.toLowerCase())
    else if (prefix === undefined) networks.addAddress(address, familyName(family))
    else networks.addSubnet(address, Number(prefix), familyName(family))
  }
  return { hosts, networks }
}

export function isListed(allowed: Allowed, hostOrAddress: string): boolean {
  const family = isIP(hostOrAddress)
  if (family === 0) return allowed.hosts.has(hostOrAddress)
  return !hostOrAddress.includes('%') && allowed.networks.check(hostOrAddress, familyName(family))
}

/** True for an address that anybody on the internet could reach as well. */
export function isPublic(address: string): boolean {
  const family = isIP(address)
  // A zone names an interface of this machine.
  if (family === 0 || address.includes('%')) return false
  if (family === 4) return !refused4.check(address)
  return global6.check(address, 'ipv6') && !refused6.check(address, 'ipv6')
}

const familyName = (family: number) => (family === 4 ? 'ipv4' : 'ipv6')

function networks(family: 'ipv4' | 'ipv6', ...list: string[]): BlockList {
  const found = new BlockList()
  for (const network of list) {
    const [address = '', prefix] = network.split('/')
    found.addSubnet(address, Number(prefix), family)
  }
  return found
}

// As IANA lists the special ones: this network, private, shared with a provider (CGNAT), loopback, link-local (where
// clouds keep their secrets), protocols, documentation, 6to4 relays, benchmarks, multicast, reserved and broadcast.
const refused4 = networks(
  'ipv4',
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
)

// All that IPv6 gives out lies here. Loopback, link-local, private, multicast, mapped IPv4 and NAT64 lie elsewhere.
const global6 = networks('ipv6', '2000::/3')

// Teredo and other protocols, documentation (twice), and 6to4, which carries an IPv4 address inside.
const refused6 = networks('ipv6', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20')
