// Loaded into Bloggy before everything else: does what a bug would do, when a file of FAULT_FILE and its process says so.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'

const file = `${process.env.FAULT_FILE}-${process.pid}`
const deeds = {
  timer: () => setTimeout(() => null.nothing, 1),
  rejection: () => void Promise.reject(new Error('Injected: nobody waits for this.')),
  // As the driver does (postgres.js 3.4.9) of connections whose time-out is over.
  lost: () =>
    setTimeout(() => {
      throw Object.assign(new Error('Injected: a connection is lost.'), { code: 'CONNECT_TIMEOUT' })
    }, 1),
  // With a connection to PostgreSQL half made, whose time-out is then over.
  block: () => {
    for (const socket of lines()) if (!socket.connecting) socket.destroy()
    const stand = () => {
      if (!lines().some(isHalfMade)) return void setImmediate(stand)
      for (const begun = Date.now(); Date.now() - begun < 6000;);
    }
    stand()
  },
}

const { port } = new URL(process.env.DATABASE_URL ?? 'postgres://127.0.0.1:5432')
// Node has no public list of them, and the driver makes its sockets where none is told of.
const handles = Reflect.get(process, '_getActiveHandles').bind(process)
const lines = () =>
  handles().filter((one) => one instanceof net.Socket && (one.connecting || String(one.remotePort) === port))
/** PostgreSQL said whether it speaks TLS, and has not greeted yet. */
const isHalfMade = ({ connecting, destroyed, bytesRead }) =>
  !connecting && !destroyed && bytesRead > 0 && bytesRead < 300

setInterval(() => {
  if (!existsSync(file)) return
  const deed = readFileSync(file, 'utf8')
  rmSync(file)
  deeds[deed]?.()
}, 20).unref()
