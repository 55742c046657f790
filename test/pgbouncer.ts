// Debian's PgBouncer in transaction mode before a database of the test.
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionTarget } from '../src/db/connection-string.ts'
import { accountFor, command } from '../src/db/embedded/account.ts'
import { binaries } from '../src/db/embedded/binaries.ts'
import { connect } from '../src/db/pool.ts'
import { testLimits } from './database.ts'
import { freePort } from './tcp-server.ts'

const program = '/usr/sbin/pgbouncer'
export const hasPgBouncer = existsSync(program)

// As docs/pgbouncer.ini has it: what is told there is what is tried here.
const [ignored] =
  /^ignore_startup_parameters = .*/m.exec(readFileSync(new URL('../docs/pgbouncer.ini', import.meta.url), 'utf8')) ?? []

export async function startPgBouncer(
  target: ConnectionTarget,
): Promise<{ target: ConnectionTarget; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), `bloggy-test-${process.pid}-pgbouncer-`))
  chmodSync(folder, 0o755)
  const [address] = target.addresses
  const port = await freePort()
  const password = target.password ? ` password='${target.password}'` : ''
  const file = join(folder, 'pgbouncer.ini')
  // Few connections, so that what one client left behind would meet another.
  const text = `[databases]
* = host=${address?.host} port=${address?.port} user=${target.user}${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 5
${ignored}
`
  writeFileSync(file, text, { mode: 0o644 })
  const account = accountFor(join(folder, 'none'), binaries())
  const [first, ...words] = command(account, program, [file])
  const server = spawn(first, words, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  server.stderr.on('data', (chunk) => (said += chunk))
  const through = { ...target, addresses: [{ host: '127.0.0.1', port }] }
  const limits = { ...testLimits, preparesStatements: false, connectTimeoutSeconds: 2 }
  for (let tries = 0; ; tries++) {
    const sql = connect(through, limits, 1)
    const error = await sql`select 1`.then(
      () => undefined,
      (error: Error) => error,
    )
    await sql.end({ timeout: 1 })
    if (!error) break
    if (tries > 30 || server.exitCode !== null) throw new Error(`${error.message}\n${said}`)
    await sleep(200)
  }
  return {
    target: through,
    stop: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
