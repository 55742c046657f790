import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { testDatabase } from '../../test/database.ts'
import { freePort, listen, password, startTcpServer } from '../../test/tcp-server.ts'
import { StartError } from '../errors.ts'
import type { ConnectionTarget } from './connection-string.ts'
import { type Limits, connect } from './pool.ts'
import { explain, probe } from './probe.ts'

const limits: Limits = {
  poolSize: 5,
  connectTimeoutSeconds: 2,
  statementTimeoutSeconds: 5,
  lockTimeoutSeconds: 2,
  preparesStatements: true,
}
const certificate = fileURLToPath(new URL('../../test/localhost.pem', import.meta.url))

const context = await testDatabase()
const server = await startTcpServer({ max_connections: '10', superuser_reserved_connections: '3' })
after(() => server.stop())

describe('a PostgreSQL that answers', () => {
  test('is found over TCP with a password, and over a socket', async () => {
    const found = await probe(server.target(), limits)
    assert.deepEqual(found.address, { host: '127.0.0.1', port: server.port })
    assert.equal(found.isEncrypted, false)
    assert.equal(found.isReadOnly, false)
    assert.ok(found.version >= 160_000)
    assert.deepEqual((await probe(context.target, limits)).address, context.target.addresses[0])
  })

  test('is found behind a host that does not answer', async () => {
    const addresses = [{ host: '127.0.0.1', port: await freePort() }, ...server.target().addresses]
    assert.equal((await probe(server.target({ addresses }), limits)).address.port, server.port)
  })

  test('is refused when it is not what target_session_attrs asks for', async () => {
    await assert.rejects(probe(server.target({ target_session_attrs: 'standby' }), limits), (error) => {
      assert.ok(error instanceof StartError)
      assert.match(error.message, /No PostgreSQL among .*is what target_session_attrs=standby asks for/)
      return true
    })
    assert.equal((await probe(server.target({ target_session_attrs: 'prefer-standby' }), limits)).isReadOnly, false)
    assert.equal((await probe(server.target({ target_session_attrs: 'primary' }), limits)).isReadOnly, false)
  })
})

describe('trouble is told apart, with where it was and what to do:', () => {
  test('nothing listens on the port', async () => {
    const addresses = [{ host: '127.0.0.1', port: await freePort() }]
    await refuses(server.target({ addresses }), /refused the connection/, /Nothing listens there: start PostgreSQL/)
  })

  test('no socket is in the folder', async () => {
    await refuses(
      server.target({ addresses: [{ host: '/nowhere', port: 6001 }] }),
      /refused the connection/,
      /Nothing listens there/,
    )
  })

  test('the host name is not known', async () => {
    const addresses = [{ host: 'db.bloggy.invalid', port: 5432 }]
    await refuses(server.target({ addresses }), /has a host name that is not known/, /Correct the host in DATABASE_URL/)
  })

  test('something accepts the connection and says nothing', async () => {
    await besides(
      () => {},
      (target) => refuses(target, /accepted the connection and then said nothing for 2 seconds/, /DB_CONNECT_TIMEOUT/),
    )
  })

  test('something accepts the connection and hangs up', async () => {
    await besides(
      (socket) => socket.end(),
      (target) => refuses(target, /accepted the connection and closed it/, /A proxy whose PostgreSQL is down/),
    )
    await besides(
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      (target) => refuses(target, /ECONNRESET|closed it/, /\w+/),
    )
  })

  test('something else listens', async () => {
    await besides(
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      (target) => refuses(target, /answered, but not as PostgreSQL does/, /Another program listens there/),
    )
  })

  test('the password is wrong or missing', async () => {
    await refuses(
      server.target({ password: 'hunter3' }),
      /refused the user or the password/,
      /Correct both in DATABASE_URL/,
    )
    await refuses(
      server.target({ password: undefined }),
      /asks for a password, and none was given/,
      /postgres:\/\/user:password@host/,
    )
  })

  test('the role does not exist', async () => {
    // With password authentication PostgreSQL answers as for a wrong password.
    await refuses(server.target({ user: 'nobody' }), /refused the user or the password/, /create the role nobody/)
    const overSocket = { ...context.target, user: 'nobody' }
    if (context.target.password === undefined)
      await refuses(overSocket, /role "nobody" does not exist/, /Create the role nobody/)
  })

  test('the server has no rule that lets the user in', async () => {
    await refuses(
      server.target({ user: 'uninvited' }),
      /does not let this user in: no pg_hba.conf entry/,
      /allow it in pg_hba.conf/,
    )
  })

  test('the database does not exist', async () => {
    await refuses(server.target({ database: 'blog' }), /has no such database/, /createdb --owner=ada blog/)
  })

  test('no connection is left', async () => {
    const crowd = Array.from({ length: 10 }, () => connect(server.target({ user: 'trusted' }), limits, 1))
    try {
      const arrived = await Promise.allSettled(crowd.map((guest) => guest`select 1`))
      assert.ok(arrived.some(({ status }) => status === 'fulfilled'))
      await refuses(server.target(), /has no connection left/, /raise max_connections of the server/)
    } finally {
      await Promise.all(crowd.map((guest) => guest.end({ timeout: 1 })))
    }
  })

  test('the server has no TLS and the settings ask for it', async () => {
    for (const sslmode of ['require', 'verify-ca', 'verify-full'] as const) {
      await refuses(
        server.target({ sslmode }),
        new RegExp(`could not agree on TLS \\(sslmode=${sslmode}\\)`),
        /Turn on ssl in postgresql.conf/,
      )
    }
  })

  test('the file of authorities cannot be read', async () => {
    const target = server.target({ sslmode: 'verify-full', sslrootcert: '/nowhere/ca.pem' })
    await refuses(target, /sslrootcert cannot be read \(ENOENT\)/, /Correct the path \/nowhere\/ca.pem/)
  })

  test('the network has no way there', () => {
    const error = Object.assign(new Error('connect EHOSTUNREACH'), { code: 'EHOSTUNREACH' })
    assert.match(
      explain(error, server.target(), limits),
      /cannot be reached from here\.\nThere is no way to that address/,
    )
  })
})

describe('with TLS', () => {
  test('a connection is encrypted when the server offers it, and checked when that is asked for', async () => {
    await offerTls()
    const byName = { addresses: [{ host: 'localhost', port: server.port }], sslrootcert: certificate }
    assert.equal((await probe(server.target(), limits)).isEncrypted, true)
    assert.equal((await probe(server.target({ sslmode: 'require' }), limits)).isEncrypted, true)
    assert.equal((await probe(server.target({ sslmode: 'disable' }), limits)).isEncrypted, false)
    assert.equal((await probe(server.target({ ...byName, sslmode: 'verify-full' }), limits)).isEncrypted, true)
    assert.equal(
      (await probe(server.target({ sslrootcert: certificate, sslmode: 'verify-ca' }), limits)).isEncrypted,
      true,
    )
  })

  test('a certificate that nobody vouches for, or for another name, is refused', async () => {
    await offerTls()
    await refuses(
      server.target({ sslmode: 'verify-ca' }),
      /could not agree on TLS .*self.signed/,
      /name the right sslrootcert/,
    )
    // The resolver reads 127.1 as 127.0.0.1, so this is another name for the same server.
    const addresses = [{ host: '127.1', port: server.port }]
    const wrongName = server.target({ addresses, sslmode: 'verify-full', sslrootcert: certificate })
    await refuses(wrongName, /could not agree on TLS .*does not match certificate/, /name the right sslrootcert/)
  })

  // Node compares with "localhost" when a socket is wrapped and the host is an address (src/db/pool.ts, tlsOptions).
  test('a certificate for another address is refused', async () => {
    await offerTls()
    const wrongAddress = server.target({ sslmode: 'verify-full', sslrootcert: certificate })
    await refuses(wrongAddress, /could not agree on TLS .*does not match certificate/, /name the right sslrootcert/)
  })

  test('a server that insists on it says so', async () => {
    await offerTls()
    await refuses(
      server.target({ user: 'encrypted', sslmode: 'disable' }),
      /accepts only encrypted connections/,
      /Add sslmode=require/,
    )
    assert.equal((await probe(server.target({ user: 'encrypted' }), limits)).isEncrypted, true)
  })
})

/** The message has what, next step, place and user, and comes in time. */
async function refuses(target: ConnectionTarget, what: RegExp, next: RegExp): Promise<void> {
  const begun = Date.now()
  const error = await probe(target, limits).then(
    () => assert.fail('The probe succeeded.'),
    (error: unknown) => error,
  )
  const seconds = (Date.now() - begun) / 1000
  assert.ok(error instanceof StartError, `not a StartError: ${error}`)
  const [first = '', advice = '', ...more] = error.message.split('\n')
  assert.match(first, what)
  assert.match(advice, next)
  assert.deepEqual(more, [])
  const { host = '', port } = target.addresses[0] ?? {}
  assert.ok(first.includes(host) && first.includes(String(port)), first)
  assert.ok(first.includes(`database ${target.database}, user ${target.user}`), first)
  for (const secret of [password, encodeURIComponent(password), target.password]) {
    if (secret) assert.ok(!error.message.includes(secret), error.message)
  }
  assert.ok(seconds < limits.connectTimeoutSeconds + 2, `${seconds} s`)
}

/** Runs `work` with a target at which another kind of server listens. */
async function besides(
  onConnection: Parameters<typeof listen>[0],
  work: (target: ConnectionTarget) => Promise<void>,
): Promise<void> {
  const sockets = new Set<{ destroy: () => void }>()
  const other = await listen((socket) => {
    sockets.add(socket)
    // Without reading, the other side's hanging up would go unnoticed.
    socket.resume()
    onConnection(socket)
  })
  try {
    await work(server.target({ addresses: [{ host: '127.0.0.1', port: other.port }] }))
  } finally {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => other.close(resolve))
  }
}

let isOffered = false

async function offerTls(): Promise<void> {
  if (isOffered) return
  const pem = readFileSync(certificate, 'utf8')
  const blocks = pem.match(/-----BEGIN [^]+?-----END [A-Z ]+-----\n/g) ?? []
  const [own = '', key = ''] = blocks
  await server.superuser.unsafe(`alter system set ssl_cert_file = '${server.writeOwned('server.pem', own)}'`)
  await server.superuser.unsafe(`alter system set ssl_key_file = '${server.writeOwned('server.key', key)}'`)
  await server.superuser.unsafe(`alter system set ssl = on`)
  await server.superuser`select pg_reload_conf()`
  for (let tries = 0; tries < 100 && !isOffered; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    isOffered = (await probe(server.target(), limits)).isEncrypted
  }
}
