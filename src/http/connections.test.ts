import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'node:test'
import { trackConnections } from './connections.ts'

test('a server that leaves waits for no connection on which nothing is asked', async () => {
  const { promise: asked, resolve: answer } = Promise.withResolvers<() => void>()
  const server = createServer((_, response) => {
    // As a stream does: kept open, with the promise of more on this connection.
    response.write('first\n')
    answer(() => response.end('last\n'))
  })
  server.keepAliveTimeout = 600_000
  const connections = trackConnections(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const opened = connect(port, '127.0.0.1')
  await Promise.all([once(opened, 'connect'), once(server, 'connection')])
  const streaming = connect(port, '127.0.0.1').setEncoding('latin1')
  streaming.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  let heard = ''
  streaming.on('data', (text: string) => (heard += text))
  const end = await asked

  connections.closeUnused()
  const late = connect(port, '127.0.0.1')
  await Promise.all([once(late, 'connect'), once(server, 'connection')])
  server.close()
  assert.equal(opened.destroyed || (await once(opened, 'close').then(() => true)), true)
  end()
  // Each of them would keep the server for ten minutes.
  await Promise.all([once(streaming, 'close'), once(late, 'close'), once(server, 'close')])
  assert.match(heard, /first[\s\S]*last/)
})
