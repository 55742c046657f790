// What sslmode means: https://www.postgresql.org/docs/16/libpq-ssl.html#LIBPQ-SSL-PROTECTION
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { type PeerCertificate, checkServerIdentity } from 'node:tls'
import type { ConnectionTarget } from './connection-string.ts'

/** How a connection is encrypted, in the driver's words. */
export function tlsOptions(target: ConnectionTarget) {
  const ca = target.sslrootcert ? readFileSync(target.sslrootcert, 'utf8') : undefined
  switch (target.sslmode) {
    case 'disable':
      return false
    case 'require':
      return 'require' as const
    case 'verify-ca':
      return { ca, checkServerIdentity: () => undefined }
    case 'verify-full':
      return { ca, rejectUnauthorized: true, checkServerIdentity: identityCheck(target) }
    default:
      return 'prefer' as const
  }
}

/**
 * Node compares with the host's name, but with "localhost" when a wrapped socket leads to an address
 * (https://github.com/nodejs/node/blob/v24.x/lib/internal/tls/wrap.js, onConnectSecure).
 */
export function identityCheck({ addresses }: ConnectionTarget) {
  const hosts = addresses.map(({ host }) => host)
  return (name: string, certificate: PeerCertificate): Error | undefined => {
    if (hosts.includes(name)) return checkServerIdentity(name, certificate)
    const troubles = hosts.filter((host) => isIP(host)).map((host) => checkServerIdentity(host, certificate))
    return troubles.includes(undefined) ? undefined : troubles[0]
  }
}
