// What may become a picture of the library, whose, and what becomes of it.
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { testApp } from '../../test/app.ts'
import { webSettings } from '../../test/browser.ts'
import { addPicture, fileBehind, movingPicture, picture, sendPicture } from '../../test/pictures.ts'
import { until } from '../../test/waiting.ts'
import { paths } from '../paths.ts'
import { mostFilesAtOnce, mostFrames, uploadLimit } from './media.ts'

const context = await testApp({ MEDIA_MAX_MB: '1', ...(await webSettings()) })
const { app, cast, config, db } = context
const { ada, ben, bea, rosa, dev } = cast

const countMedia = async () => (await db.selectFrom('media').select('id').execute()).length
const countFiles = async () => (await db.selectFrom('media_files').select('id').execute()).length
const arriving = () => readdirSync(join(config.dataFolder, 'media-arriving'))
const stored = () => {
  const folder = join(config.dataFolder, 'media')
  return existsSync(folder) ? readdirSync(folder, { recursive: true }).length : 0
}
const bytesOf = async (url: string) => (await dev.get(await fileBehind(dev, url))).rawPayload

/** Answers 422 with a plain sentence, and nothing is anywhere afterwards. */
async function isRefused(content: Buffer, name: string, sentence: RegExp) {
  const before = [await countMedia(), await countFiles(), stored()]
  const response = await sendPicture(app, ben, content, { name })
  assert.equal(response.statusCode, 422, `${name}: ${response.body}`)
  const { kind, message, fields } = response.json().error
  assert.equal(kind, 'invalid')
  assert.match(message, sentence, name)
  assert.equal(fields.file, message)
  assert.deepEqual([await countMedia(), await countFiles(), stored()], before, name)
  assert.deepEqual(arriving(), [], name)
}

describe('an upload', () => {
  test('answers what a text needs', async () => {
    const content = await picture(900, 300, 'png').toBuffer()
    const fields = { alt: 'A [red] cat\non a mat' }
    const added = await addPicture(app, ben, content, { name: 'C:\\pics\\Grüne Katze.PNG', fields })
    assert.deepEqual(Object.keys(added), ['id', 'url', 'markdown', 'width', 'height', 'alt'])
    assert.match(added.url, /^\/media\/[a-z0-9]{16}\/grune-katze\.webp$/)
    assert.equal(added.markdown, `![A \\[red\\] cat on a mat](${added.url})`)
    assert.deepEqual([added.width, added.height, added.alt], [900, 300, 'A [red] cat\non a mat'])
  })

  test('from a form leads to the library, several at once', async () => {
    const contents = await Promise.all([1, 2, 3].map(() => picture().toBuffer()))
    const before = await countMedia()
    const response = await sendPicture(app, ben, contents, { accept: 'text/html' })
    assert.deepEqual([response.statusCode, response.headers.location], [303, paths.admin.media()])
    assert.equal(await countMedia(), before + 3)
  })

  test('from a form keeps the good ones and says what is wrong with the others', async () => {
    const contents = [Buffer.from('<html>'), await picture().toBuffer(), Buffer.alloc(1_000_001)]
    const before = await countMedia()
    const response = await sendPicture(app, ben, contents, { accept: 'text/html', name: 'x<b>.jpg' })
    assert.equal(response.statusCode, 413)
    assert.match(response.body, /x&lt;b&gt;\.jpg: <\/strong>This is no picture/)
    assert.match(response.body, /2-x&lt;b&gt;\.jpg: <\/strong>That is more than 1 MB/)
    assert.match(response.body, /The other one is in the library/)
    assert.equal(await countMedia(), before + 1)
  })

  test('without a file, of too many, too large, or with a text that cannot be kept is refused', async () => {
    const good = await picture().toBuffer()
    const answers: [Promise<{ statusCode: number; body: string }>, number, RegExp][] = [
      [sendPicture(app, ben, []), 422, /Please choose a picture/],
      [sendPicture(app, ben, [good, good]), 422, /at most 1 at once/],
      [
        sendPicture(app, ben, Array<Buffer>(mostFilesAtOnce + 1).fill(good), { accept: 'text/html' }),
        422,
        /at most 20/,
      ],
      [sendPicture(app, ben, Buffer.alloc(1_000_001)), 413, /more than 1 MB/],
      [sendPicture(app, ben, good, { fields: { alt: 'x'.repeat(1001) } }), 422, /"alt":"Please keep this to 1,000/],
      [sendPicture(app, ben, good, { fields: { alt: 'a\0b' } }), 422, /cannot be kept/],
      [ben.post(paths.admin.media(), 'file=x', { accept: 'application/json' }), 422, /Please choose a picture/],
      [ben.post(paths.admin.media(), 'x', { 'content-type': 'image/png', accept: 'application/json' }), 415, /invalid/],
    ]
    const before = await countMedia()
    for (const [answer, status, words] of answers) {
      const { statusCode, body } = await answer
      assert.equal(statusCode, status, body)
      assert.match(body, words)
    }
    assert.equal(await countMedia(), before)
    assert.deepEqual(arriving(), [])
  })

  test('is for who may write', async () => {
    const content = await picture().toBuffer()
    for (const [who, status] of [
      [dev, 401],
      [rosa, 403],
    ] as const) {
      assert.equal((await sendPicture(app, who, content)).statusCode, status, who.name)
      assert.equal((await who.get(paths.admin.media())).statusCode, who === dev ? 303 : 403)
    }
    assert.equal((await sendPicture(app, ben, content, { accept: 'application/json' })).statusCode, 201)
    const foreign = await app.inject({
      method: 'POST',
      url: paths.admin.media(),
      headers: {
        cookie: ben.cookie,
        origin: 'https://evil.example',
        'content-type': 'multipart/form-data; boundary=x',
      },
      payload: '--x--\r\n',
    })
    assert.equal(foreign.statusCode, 403)
  })

  test('of the same bytes by many at once is kept once, in a picture for each', async () => {
    const content = await picture(1300, 400).toBuffer()
    const [files, media] = [await countFiles(), await countMedia()]
    const answers = await Promise.all([ben, bea, ada, ben, bea].map((who) => addPicture(app, who, content)))
    assert.equal(new Set(answers.map(({ url }) => url)).size, 5)
    assert.equal(await countMedia(), media + 5)
    assert.equal(await countFiles(), files + 1)
    assert.equal(new Set(await Promise.all(answers.map(({ url }) => fileBehind(dev, url)))).size, 1)
  })

  test('that breaks off leaves nothing, a hundred times over, and the next one works', async () => {
    await app.listen({ host: '127.0.0.1', port: config.port })
    const head = `POST ${paths.admin.media()} HTTP/1.1\r\nhost: localhost\r\ncookie: ${ben.cookie}\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 500000\r\n\r\n--x\r\ncontent-disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n`
    const before = await countMedia()
    await db.deleteFrom('attempts').execute()
    for (let round = 0; round < 10; round++) {
      const sockets = Array.from({ length: 10 }, () => connect(config.port, '127.0.0.1'))
      for (const socket of sockets) {
        socket.on('error', () => {})
        socket.write(head + 'x'.repeat(100_000))
      }
      await sleep(50)
      for (const socket of sockets) socket.destroy()
    }
    await until(() => arriving().length === 0)
    assert.equal(await countMedia(), before)
    await db.deleteFrom('attempts').execute()
    await addPicture(app, ben)
  })

  test('has a limit in number', async () => {
    await db.deleteFrom('attempts').execute()
    const none = () => sendPicture(app, bea, Buffer.from('no'))
    await none()
    await db.updateTable('attempts').set({ count: uploadLimit.most }).execute()
    const refused = await none()
    assert.equal(refused.statusCode, 429)
    assert.ok(Number(refused.headers['retry-after']) > 0)
    await db.deleteFrom('attempts').execute()
  })
})

describe('the content decides', () => {
  test('whatever the file is called', async () => {
    for (const [kind, name] of [
      ['jpeg', 'a.png'],
      ['png', 'a.exe'],
      ['webp', ''],
    ] as const) {
      const { url } = await addPicture(app, ben, await picture(50, 50, kind).toBuffer(), { name })
      assert.equal((await sharp(await bytesOf(url)).metadata()).format, 'webp')
    }
  })

  const unknown = /This is no picture that Bloggy takes/
  const broken = /cannot be read to its end/
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script><rect width="9" height="9"/></svg>'

  test('a page, a drawing with a script, a program and nothing at all are no pictures', async () => {
    for (const [name, content] of [
      ['cat.png', '<!doctype html><script>alert(1)</script>'],
      ['cat.svg', svg],
      ['cat.jpg', `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>${svg}`],
      ['cat.gif', 'GIF89a/*'],
      ['cat.webp', 'RIFF\x10\0\0\0WEBPVP8 '],
      ['cat.pdf', '%PDF-1.7\n1 0 obj'],
      ['cat.txt', 'MZ\x90\0'],
      ['cat.jpeg', ''],
    ] as const)
      await isRefused(Buffer.from(content, 'latin1'), name, unknown)
    const tiff = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
      .tiff()
      .toBuffer()
    const avif = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
      .avif({ effort: 0 })
      .toBuffer()
    await isRefused(tiff, 'cat.tiff', unknown)
    await isRefused(avif, 'cat.avif', unknown)
  })

  test('what hangs behind a picture, or is written into it, is gone', async () => {
    const script = '<script>alert(document.domain)</script>'
    const jpeg = await picture()
      .withExif({ IFD0: { ImageDescription: script, Copyright: 'Ben' } })
      .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/">${script.replace(/[<>]/g, '')}</x:xmpmeta>`)
      .toBuffer()
    assert.ok(jpeg.includes(script))
    const { url } = await addPicture(app, ben, Buffer.concat([jpeg, Buffer.from(`${script}PK\x03\x04`)]))
    const out = await bytesOf(url)
    for (const left of ['script', 'alert', 'Ben', 'PK\x03\x04', 'EXIF', 'XMP ']) assert.ok(!out.includes(left), left)
  })

  test('a damaged one is refused', async () => {
    const jpeg = await picture(800, 600).toBuffer()
    const png = await picture(800, 600, 'png').toBuffer()
    const webp = await picture(800, 600, 'webp').toBuffer()
    for (const [name, content] of [
      ['half.jpg', jpeg.subarray(0, jpeg.length >> 1)],
      ['half.png', png.subarray(0, png.length >> 1)],
      ['half.webp', webp.subarray(0, webp.length >> 1)],
    ] as const)
      await isRefused(content, name, name.endsWith('webp') ? unknown : broken)
  })

  test('a small file that unfolds to a huge picture is refused before it is unfolded', async () => {
    await isRefused(hugePng(60_000, 60_000), 'bomb.png', /too large.*50 million pixels/)
    await isRefused(hugePng(40_000, 10), 'line.png', /too large.*30,000/)
    await isRefused(await movingPicture(2, 2, mostFrames + 1), 'long.gif', /too long.*500 frames/)
  })
})

describe('a picture of the library', () => {
  test('stands upright and tells nobody where it was taken', async () => {
    const sent = await picture(400, 200)
      .withExif({ IFD0: { Model: 'Camera 5000' }, IFD3: { GPSLatitude: '51/1 30/1 0/1', GPSLatitudeRef: 'N' } })
      .withMetadata({ orientation: 6 })
      .toBuffer()
    assert.equal((await sharp(sent).metadata()).orientation, 6)
    const { url, width, height } = await addPicture(app, ben, sent)
    assert.deepEqual([width, height], [200, 400])
    const found = await sharp(await bytesOf(url)).metadata()
    assert.deepEqual([found.width, found.height, found.orientation, found.exif], [200, 400, undefined, undefined])
    // What was below is on the left now.
    const { data } = await sharp(await bytesOf(url))
      .extract({ left: 20, top: 200, width: 1, height: 1 })
      .raw()
      .toBuffer({ resolveWithObject: true })
    assert.ok((data[2] ?? 0) > 150, `${[...data]}`)
  })

  test('is there in a fixed set of widths, none above its own', async () => {
    const { url } = await addPicture(app, ben, await picture(1700, 100).toBuffer())
    const address = await fileBehind(dev, url)
    assert.match(address, /\/1200\.webp$/)
    for (const [width, status] of Object.entries({
      480: 200,
      800: 200,
      1200: 200,
      1600: 200,
      1700: 200,
      2400: 404,
      481: 404,
    })) {
      const response = await dev.get(address.replace('1200.webp', `${width}.webp`))
      assert.equal(response.statusCode, status, width)
      if (status === 200) assert.equal((await sharp(response.rawPayload).metadata()).width, Number(width))
    }
    const tiny = await addPicture(app, ben, await picture(3, 2, 'png').toBuffer())
    assert.deepEqual([tiny.width, tiny.height], [3, 2])
    const tall = await addPicture(app, ben, await picture(20, 20_000, 'png').toBuffer())
    assert.ok(tall.height <= 16_383)
  })

  test('keeps what shines through', async () => {
    const content = await sharp({ create: { width: 90, height: 90, channels: 4, background: '#ff000080' } })
      .png()
      .toBuffer()
    const { url } = await addPicture(app, ben, content)
    assert.equal((await sharp(await bytesOf(url)).stats()).isOpaque, false)
    const row = await db.selectFrom('media_files').select('tones').orderBy('id', 'desc').executeTakeFirstOrThrow()
    assert.equal(row.tones, null)
  })

  test('goes on moving', async () => {
    const { url, width, height } = await addPicture(app, ben, await movingPicture(900, 30, 6), { name: 'wave.gif' })
    assert.deepEqual([width, height], [800, 27])
    const { format, pages, delay } = await sharp(await bytesOf(url)).metadata()
    assert.deepEqual([format, pages, delay], ['webp', 6, Array(6).fill(80)])
  })
})

/** A valid PNG of one colour, whose lines are all zeros. */
function hugePng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([1, 0], 8)
  const lines = deflateSync(Buffer.alloc(Math.min(5_000_000, (Math.ceil(width / 8) + 1) * height)))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', lines),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), content])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(content.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
