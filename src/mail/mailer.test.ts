import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { loadConfig } from '../config.ts'
import { type Mail, newMailer } from './mailer.ts'

type Received = { from: string; to: string[]; text: string }

const received: Received[] = []
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData: (stream, { envelope }, done) => {
    let text = ''
    stream.setEncoding('utf8').on('data', (part: string) => (text += part))
    stream.on('end', () => {
      const from = envelope.mailFrom ? envelope.mailFrom.address : ''
      received.push({ from, to: envelope.rcptTo.map(({ address }) => address), text })
      done()
    })
  },
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const port = (server.server.address() as { port: number }).port
after(() => new Promise<void>((resolve) => server.close(() => resolve())))

const config = loadConfig({
  SMTP_URL: `smtp://127.0.0.1:${port}`,
  MAIL_FROM: 'Notes <notes@blog.example>',
  SITE_URL: 'https://blog.example',
})
const mailer = newMailer(config, () => assert.fail('It was shown instead of sent.'))
after(() => mailer.close())
const mail: Mail = { to: 'ada@example.com', subject: 'Hello', text: 'A line.\nAnother.\n', messageId: 'job-7' }

describe('a mail', () => {
  test('has one recipient and the headers it should, no others', async () => {
    const { from, to, text } = await send(mail)

    assert.equal(from, 'notes@blog.example')
    assert.deepEqual(to, ['ada@example.com'])
    assert.deepEqual(Object.keys(headersOf(text)).toSorted(), [
      'auto-submitted',
      'content-transfer-encoding',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ])
    assert.equal(headersOf(text).from, 'Notes <notes@blog.example>')
    assert.equal(headersOf(text).to, 'ada@example.com')
    assert.equal(headersOf(text)['auto-submitted'], 'auto-generated')
    assert.match(text, /\r\n\r\nA line\.\r\nAnother\.\r\n/)
  })

  test('has the headers that it is given', async () => {
    const { text } = await send({ ...mail, headers: { 'List-Unsubscribe': '<https://blog.example/u/x>' } })

    assert.equal(headersOf(text)['list-unsubscribe'], '<https://blog.example/u/x>')
    assert.equal(headersOf(text)['auto-submitted'], 'auto-generated')
  })

  test('has the same id at every try', async () => {
    const [first, second] = [await send(mail), await send(mail)]

    assert.equal(headersOf(first.text)['message-id'], '<job-7@blog.example>')
    assert.equal(headersOf(second.text)['message-id'], '<job-7@blog.example>')
  })

  test('has an id at the domain of its sender, or of the blog where that says nothing', async () => {
    for (const [from, site, host] of [
      ['Blog <blog@mail.example>', 'http://localhost:8081', 'mail.example'],
      ['blog@mail.example', 'https://blog.example', 'mail.example'],
      ['bloggy@localhost', 'https://blog.example', 'blog.example'],
    ] as const) {
      const other = newMailer(
        loadConfig({ SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: from, SITE_URL: site }),
        () => assert.fail('It was shown instead of sent.'),
      )
      await other.send(mail)
      other.close()
      assert.equal(headersOf(received.at(-1)?.text ?? '')['message-id'], `<job-7@${host}>`, from)
    }
  })

  test('takes no header from line ends in its subject', async () => {
    for (const subject of [
      'Hello\r\nBcc: eve@example.com',
      'Hello\nX-Evil: 1',
      'Hello\r\n\r\nA body of my own',
      'Hello\rTo: eve@example.com',
    ]) {
      const { to, text } = await send({ ...mail, subject })
      assert.deepEqual(to, ['ada@example.com'])
      assert.equal(Object.keys(headersOf(text)).length, 9)
      assert.equal(headersOf(text).bcc, undefined)
      assert.match(headersOf(text).subject ?? '', /^Hello/)
    }
  })

  test('goes to nobody else for what is hidden in the address', async () => {
    for (const to of [
      'ada@example.com, eve@example.com',
      'ada@example.com\r\nBcc: eve@example.com',
      'eve@example.com <ada@example.com>',
      '"x" <eve@example.com>, ada@example.com',
    ]) {
      const before = received.length
      await mailer.send({ ...mail, to }).catch(() => {})
      for (const { to: recipients, text } of received.slice(before)) {
        assert.equal(recipients.length, 1)
        assert.equal(headersOf(text).bcc, undefined)
      }
    }
  })

  test('says every title and text as it is', async () => {
    const { text } = await send({
      ...mail,
      subject: 'Grüße – „日本語“ 😀',
      text: '.\n.hidden dot\nFrom here on\n日本語\n',
    })

    const encoded = [...(headersOf(text).subject ?? '').matchAll(/=\?utf-8\?(B|Q)\?([^?]+)\?=/gi)].map(
      ([, kind, words]) => decoded(kind ?? '', words ?? ''),
    )
    assert.equal(Buffer.concat(encoded).toString(), 'Grüße – „日本語“ 😀')
    const body = text.split('\r\n\r\n').slice(1).join('\r\n\r\n')
    const isBase64 = headersOf(text)['content-transfer-encoding'] === 'base64'
    const read = isBase64 ? Buffer.from(body, 'base64') : decoded('Q', body.replaceAll('=\r\n', ''))
    assert.equal(read.toString().trim().replaceAll('\r\n', '\n'), '.\n.hidden dot\nFrom here on\n日本語')
  })

  test('reads no file and asks no address, whatever it says', async () => {
    const { text } = await send({
      ...mail,
      subject: 'file:///etc/passwd',
      text: '{"path":"/etc/passwd"} <img src="http://127.0.0.1:1/">',
    })

    assert.doesNotMatch(text, /root:/)
  })

  test('that no server takes is an error, within seconds', async () => {
    const nobody = newMailer(loadConfig({ SMTP_URL: 'smtp://127.0.0.1:1' }), () => {})

    await assert.rejects(nobody.send(mail), { code: 'ESOCKET' })
    nobody.close()
  })
})

test('without a server mail is shown, and kept where only its owner can read it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bloggy-test-mail-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const shown: string[] = []
  const kept = newMailer(loadConfig({ BLOGGY_DATA: folder }), (text) => void shown.push(text))
  await Promise.all([kept.send(mail), kept.send(mail)])
  kept.close()

  const files = readdirSync(join(folder, 'mail'))
  assert.equal(files.length, 2)
  assert.equal(statSync(join(folder, 'mail')).mode & 0o777, 0o700)
  for (const file of files) {
    const path = join(folder, 'mail', file)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(headersOf(readFileSync(path, 'utf8')).to, 'ada@example.com')
    assert.match(readFileSync(path, 'utf8'), /A line\./)
    assert.ok(shown.some((text) => text.includes(path)))
  }
  for (const text of shown) assert.match(text, /Mail to ada@example\.com: Hello\nA line\.\nAnother\./)
})

async function send(mail: Mail): Promise<Received> {
  const before = received.length
  await mailer.send(mail)
  assert.equal(received.length, before + 1)
  return received[before] as Received
}

function headersOf(text: string): Record<string, string> {
  const [head = ''] = text.split(/\r?\n\r?\n/, 1)
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
}

function decoded(kind: string, words: string): Buffer {
  if (kind.toUpperCase() === 'B') return Buffer.from(words, 'base64')
  return Buffer.from(
    words
      .replaceAll('_', ' ')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}
