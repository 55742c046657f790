// Real servers on this machine, listed in OUTBOUND_ALLOW or not.
import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import http, { type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { listen } from '../../test/tcp-server.ts'
import { type Lookup, type Wanted, newFetcher } from './fetcher.ts'
import { OutboundError } from './outbound-error.ts'

const origin = 'https://blog.example'
const fetcher = newFetcher({ allow: ['127.0.0.1'], origin })
const strict = newFetcher({ allow: [], origin })
const page: Wanted = { types: ['text/html'], maxBytes: 100_000 }

async function serve(listener: RequestListener) {
  const asked: http.IncomingMessage[] = []
  let connections = 0
  const server = http.createServer((request, response) => {
    asked.push(request)
    listener(request, response)
  })
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { address: `http://127.0.0.1:${port}/`, port, asked, connections: () => connections }
}

const html = (text: string | Buffer, headers: http.OutgoingHttpHeaders = {}): RequestListener => {
  return (_, response) => response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(text)
}

/** The sentence it is refused with. */
async function reasonOf(asking: Promise<unknown>, isFinal: boolean): Promise<string> {
  const error = await asking.then(
    () => assert.fail('It was answered.'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof OutboundError, String(error))
  assert.equal(error.isFinal, isFinal, error.message)
  return error.message
}

describe('what is asked in confidence', () => {
  const confidence = { ...page, headers: { authorization: 'Bearer secret' } }

  test('takes its headers along, and to nobody else', async () => {
    const elsewhere = await serve(html('stolen'))
    const site = await serve((request, response) => {
      if (request.url === '/') return html('words')(request, response as never)
      return response.writeHead(302, { location: elsewhere.address }).end()
    })
    assert.equal((await fetcher(site.address, confidence)).body.toString(), 'words')
    assert.equal(site.asked[0]?.headers.authorization, 'Bearer secret')
    assert.match(await reasonOf(fetcher(`${site.address}away`, confidence), true), /asked for in confidence/)
    assert.equal(elsewhere.asked.length, 0)
  })

  test('may be answered with any status, and a redirect is an answer then', async () => {
    const elsewhere = await serve(html('stolen'))
    const any = { ...confidence, types: [], takesAnyStatus: true }
    for (const status of [302, 400, 429, 503]) {
      const site = await serve((_, response) => response.writeHead(status, { location: elsewhere.address }).end('said'))
      const answer = await fetcher(site.address, any)
      assert.deepEqual([answer.status, answer.body.toString()], [status, 'said'])
    }
    assert.equal(elsewhere.asked.length, 0)
  })
})

describe('an answer', () => {
  test('comes with its type, charset and last address, and the host learns who asks and nothing else', async () => {
    const site = await serve((request, response) => {
      if (request.url === '/') return response.writeHead(301, { location: '/next', 'set-cookie': 'a=b' }).end()
      return html('Grüße', { 'content-type': 'Text/HTML; charset="utf-8"', 'set-cookie': 'a=b' })(
        request,
        response as never,
      )
    })
    const { address, type, charset, body } = await fetcher(site.address, page)
    assert.equal(address.href, `${site.address}next`)
    assert.deepEqual([type, charset, body.toString()], ['text/html', 'utf-8', 'Grüße'])
    for (const { headers, method } of site.asked) {
      assert.equal(method, 'GET')
      assert.equal(headers['user-agent'], 'Bloggy (+https://blog.example)')
      assert.deepEqual(Object.keys(headers).toSorted(), [
        'accept',
        'accept-encoding',
        'connection',
        'host',
        'user-agent',
      ])
    }
  })

  test('may be packed in one of the usual ways', async () => {
    for (const [coding, pack] of [
      ['gzip', gzipSync],
      ['br', brotliCompressSync],
    ] as const) {
      const site = await serve(html(pack('words'), { 'content-encoding': coding }))
      assert.equal((await fetcher(site.address, page)).body.toString(), 'words')
    }
  })
})

describe('nothing is asked', () => {
  test('of what is no web address on an ordinary port', async () => {
    for (const address of [
      'file:///etc/passwd',
      'gopher://a.example/',
      'ftp://a.example/',
      'javascript:alert(1)',
      'data:text/html,x',
      'http://a.example:22/',
      'https://a.example:6379/',
      'http://user@a.example/',
      'http://user:secret@a.example/',
      'words',
      '',
      'http://',
      `http://a.example/${'x'.repeat(3000)}`,
    ])
      await reasonOf(strict(address, page), true)
  })

  test('of this machine or its network, however the address is written', async () => {
    const site = await serve(html('secret'))
    for (const host of [
      '127.0.0.1',
      '127.1',
      '0x7f.1',
      '0177.0.0.1',
      '2130706433',
      '127.0.0.1.',
      '0.0.0.0',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      'localhost',
      'localhost.',
      '①②⑦.⓪.⓪.①',
      '169.254.169.254',
      '10.0.0.1',
    ]) {
      await reasonOf(strict(`http://${host}:${site.port}/`, page), true)
      await reasonOf(strict(`http://${host}/`, page), true)
    }
    assert.equal(site.connections(), 0)
  })

  test('of a name that leads there, at once or later', async () => {
    const site = await serve(html('secret'))
    // Without a port of its own, so that the name alone decides.
    const answers: LookupAddress[][] = [
      [{ address: '127.0.0.1', family: 4 }],
      [{ address: '::ffff:127.0.0.1', family: 6 }],
      [
        { address: '1.1.1.1', family: 4 },
        { address: '10.0.0.7', family: 4 },
      ],
    ]
    for (const answer of answers) {
      const lookup: Lookup = (_, __, done) => done(null, answer)
      const reason = await reasonOf(newFetcher({ allow: [], origin, lookup })('http://rebind.example/', page), true)
      assert.match(reason, /is no address of the public internet/)
    }
    assert.equal(site.connections(), 0)
  })

  test('of a name whose answer has changed since it was looked at: there is one look, and it is dialled', async () => {
    let looks = 0
    const lookup: Lookup = (_, __, done) => done(null, [{ address: `127.0.0.${++looks}`, family: 4 }])
    const fetcher = newFetcher({ allow: ['127.0.0.1'], origin, lookup })
    // Whatever this machine has at port 80, it is no page.
    await fetcher('http://rebind.example/', page).catch(() => {})
    assert.equal(looks, 1)
    assert.match(await reasonOf(fetcher('http://rebind.example/', page), true), /^127\.0\.0\.2 is no address/)
  })

  test('of where a redirect leads, when the address itself would not do', async () => {
    const secret = await serve(html('secret'))
    for (const location of [
      `http://localhost:${secret.port}/`,
      'http://[::1]/',
      'http://169.254.169.254/latest/meta-data/',
      'http://1.1.1.1:22/',
      'file:///etc/passwd',
      'gopher://127.0.0.1:70/',
      'http://user:secret@127.0.0.1/',
      'http://[',
    ]) {
      const site = await serve((_, response) => response.writeHead(302, { location }).end())
      await reasonOf(fetcher(site.address, page), true)
    }
    assert.equal(secret.connections(), 0)
  })
})

describe('it ends', () => {
  test('after three redirects', async () => {
    const site = await serve(({ url = '' }, response) => {
      const left = Number(url.slice(1))
      if (left === 0) return html('here')({} as never, response as never)
      return response.writeHead(302, { location: `/${left - 1}` }).end()
    })
    assert.equal((await fetcher(`${site.address}3`, page)).body.toString(), 'here')
    assert.match(await reasonOf(fetcher(`${site.address}4`, page), true), /more than 3 times/)
    const loop = await serve((_, response) => response.writeHead(302, { location: '/' }).end())
    await reasonOf(fetcher(loop.address, page), true)
    assert.equal(loop.asked.length, 4)
  })

  test('when its time is over, in the name, the headers or the body', async () => {
    const silent = await listen(() => {})
    after(() => silent.close())
    const dripping = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      const timer = setInterval(() => response.write('x'), 10)
      response.on('close', () => clearInterval(timer))
    })
    const slowHeaders = await listen((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write('x: y\r\n'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    after(() => slowHeaders.close())
    const upgrading = await listen((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nupgrade: x\r\nconnection: upgrade\r\ncontent-type: text/html\r\n\r\n'),
    )
    after(() => upgrading.close())
    const promising = await listen((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    after(() => promising.close())
    const lookup: Lookup = () => {}
    const nameless = newFetcher({ allow: ['127.0.0.1'], origin, lookup })
    for (const asking of [
      fetcher(`http://127.0.0.1:${silent.port}/`, { ...page, deadlineMs: 200 }),
      fetcher(dripping.address, { ...page, deadlineMs: 200 }),
      fetcher(`http://127.0.0.1:${slowHeaders.port}/`, { ...page, deadlineMs: 200 }),
      fetcher(`http://127.0.0.1:${upgrading.port}/`, { ...page, deadlineMs: 200 }),
      fetcher(`http://127.0.0.1:${promising.port}/`, { ...page, deadlineMs: 200 }),
      fetcher(`https://127.0.0.1:${silent.port}/`, { ...page, deadlineMs: 200 }),
      nameless('http://slow.example/', { ...page, deadlineMs: 200 }),
    ])
      assert.match(await reasonOf(asking, false), /longer than 0\.2 seconds/)
  })

  test('when more comes than was asked for, packed or not', async () => {
    const large = 'x'.repeat(200_000)
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    assert.ok(bomb.length < page.maxBytes)
    const bodies: [Buffer | string, http.OutgoingHttpHeaders][] = [
      [large, {}],
      [bomb, { 'content-encoding': 'gzip' }],
      [brotliCompressSync(large), { 'content-encoding': 'br' }],
    ]
    for (const [body, headers] of bodies) {
      const site = await serve(html(body, headers))
      assert.match(await reasonOf(fetcher(site.address, page), true), /larger than 100000 bytes/)
      assert.equal((await fetcher(site.address, { ...page, mayCut: true })).body.length, 100_000)
    }
  })

  test('when the answer is of another type, packed otherwise, broken or none', async () => {
    const cases: [RequestListener, boolean, RegExp][] = [
      [html('x', { 'content-type': 'application/octet-stream' }), true, /of the type "application\/octet-stream"/],
      [html('x', { 'content-type': '' }), true, /of the type ""/],
      [html('x', { 'content-encoding': 'gzip, gzip' }), true, /packed as "gzip, gzip"/],
      [html('no gzip', { 'content-encoding': 'gzip' }), false, /failed \(Z_DATA_ERROR\)/],
      [html('x', { 'x-large': 'y'.repeat(20_000) }), false, /failed \(HPE_HEADER_OVERFLOW\)/],
      [(_, response) => response.destroy(), false, /failed/],
      [(_, response) => response.writeHead(404).end(), true, /answered 404/],
      [(_, response) => response.writeHead(302).end(), true, /answered 302/],
      [
        (_, response) =>
          void response.socket?.end('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
        true,
        /answered 101/,
      ],
      [(_, response) => void response.socket?.write('HTTP/1.1 101 Switching\r\n\r\n'), true, /answered 101/],
      [(_, response) => void response.socket?.end(), false, /failed|closed/],
      [(_, response) => response.writeHead(503).end(), false, /answered 503/],
      [(_, response) => response.writeHead(429).end(), false, /answered 429/],
    ]
    for (const [listener, isFinal, reason] of cases) {
      const site = await serve(listener)
      assert.match(await reasonOf(fetcher(site.address, page), isFinal), reason)
    }
    await reasonOf(fetcher('http://127.0.0.1:1/', page), false)
    const garbage = await listen((socket) => socket.end('SSH-2.0-OpenSSH_9.2p1\r\n'))
    after(() => garbage.close())
    await reasonOf(fetcher(`http://127.0.0.1:${garbage.port}/`, page), false)
  })
})
