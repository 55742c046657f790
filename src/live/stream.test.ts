// What a stream does with readers who do not read, over real connections.
import assert from 'node:assert/strict'
import { type ServerResponse, createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { after, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { mostWaiting, openStream } from './stream.ts'

const responses: ServerResponse[] = []
const server = createServer((_, response) => void responses.push(response))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
after(() => void server.close())
const { port } = server.address() as AddressInfo

async function reader({ reads }: { reads: boolean }) {
  const before = responses.length
  const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'))
  socket.on('error', () => {})
  if (reads) socket.resume()
  else socket.pause()
  after(() => socket.destroy())
  while (responses.length === before) await turn()
  return responses[before] as ServerResponse
}

test('a reader who does not read is cut off, and no more than a little waits for one', async () => {
  const raw = await reader({ reads: false })
  const stream = openStream(raw, {})
  const ids = Array.from({ length: 500 }, (_, index) => 1_000_000 + index)
  let most = 0
  // Far more than the system keeps for a connection.
  for (let count = 0; count < 10_000 && !raw.destroyed; count++) {
    stream.tell('1.2:3:', ids)
    most = Math.max(most, raw.writableLength)
    await turn()
  }
  assert.equal(raw.destroyed, true)
  assert.ok(most < mostWaiting * 2, `${most} bytes`)
  // Whoever tells all does not have to know.
  stream.tell('1.2:3:', ids)
  stream.end(1000)
})

test('a reader who reads is not', async () => {
  const raw = await reader({ reads: true })
  const stream = openStream(raw, {})
  for (let count = 0; count < 2000; count++) {
    stream.tell('1.2:3:', [1, 2, 3])
    await turn()
  }
  assert.equal(raw.destroyed, false)
})

test('a reader who does not take the end either is cut off', async () => {
  const raw = await reader({ reads: false })
  const stream = openStream(raw, {})
  stream.tell('1.2:3:', [1])
  const closed = new Promise<void>((resolve) => raw.once('close', resolve))
  stream.end(1000)
  await closed
  assert.equal(raw.writableEnded, true)
})
