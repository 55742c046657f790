/** True for failures of PostgreSQL that pass by themselves: the visitor is asked to come back in a moment. */
export function isOutage(error: unknown): boolean {
  const code = (error as { code?: unknown })?.code
  return typeof code === 'string' && (passing.has(code) || code.startsWith('08') || code.startsWith('57P'))
}

const passing = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'FST_ERR_HANDLER_TIMEOUT',
  'ETIMEDOUT',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  '25006', // read-only: an old primary
  '40001', // serialization failure
  '40P01', // deadlock
  '53100', // disk full
  '53200', // out of memory
  '53300', // too many connections
  '55P03', // lock timeout
  '57014', // statement timeout
])
