// A folder and a bucket do the same.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import sharp from 'sharp'
import { testApp } from '../../test/app.ts'
import { addPicture, fileBehind, picture, sendPicture, startBucket } from '../../test/pictures.ts'
import type { Db } from '../db/pool.ts'
import { paths } from '../paths.ts'
import { openStore } from './store.ts'

const bucket = await startBucket()

for (const [kind, settings] of Object.entries({ 'a folder': {}, 'a bucket': bucket.settings })) {
  const context = await testApp(settings)
  const { app, cast, config, db } = context
  const { ben, dev } = cast

  describe(`pictures in ${kind}`, () => {
    test('come back as they were put there, and may be kept for ever', async () => {
      const { url, width, height } = await addPicture(app, ben, await picture(1000, 500).toBuffer())
      assert.deepEqual([width, height], [1000, 500])
      const address = await fileBehind(dev, url)
      const response = await dev.get(address)
      assert.equal(response.statusCode, 200)
      assert.equal(response.headers['content-type'], 'image/webp')
      assert.equal(response.headers['cache-control'], 'public, max-age=31536000, immutable')
      assert.equal(response.headers['x-content-type-options'], 'nosniff')
      assert.equal(response.headers['cross-origin-resource-policy'], 'cross-origin')
      assert.equal(Number(response.headers['content-length']), response.rawPayload.length)
      const { format, width: wide } = await sharp(response.rawPayload).metadata()
      assert.deepEqual([format, wide], ['webp', 1000])

      const again = await dev.get(address, { 'if-none-match': String(response.headers.etag) })
      assert.deepEqual([again.statusCode, again.body], [304, ''])
      const head = await app.inject({ method: 'HEAD', url: address })
      assert.deepEqual([head.statusCode, head.body], [200, ''])
    })

    test('that are not there are a page that says so', async () => {
      const { url } = await addPicture(app, ben)
      const address = await fileBehind(dev, url)
      for (const wrong of [
        address.replace(/\d+\.webp$/, '7.webp'),
        address.replace(/files\/.{4}/, 'files/aaaa'),
        `${address}/..`,
        address.replace('.webp', '.html'),
        '/media/files/../../etc/passwd',
        `/media/files/${'a'.repeat(20)}/..%2f..%2fx.webp`,
        `/media/files/%2e%2e/480.webp`,
        `/media/${'a'.repeat(16)}/x.webp`,
        `/media/${'a'.repeat(15)}/x.webp`,
        '/media/x',
      ])
        assert.equal((await dev.get(wrong)).statusCode, 404, wrong)
    })

    test('go when they are deleted, and a second removal finds nothing', async () => {
      const { id, url } = await addPicture(app, ben, await picture(1000, 500).toBuffer())
      const address = await fileBehind(dev, url)
      assert.equal((await ben.post(paths.admin.mediumDeletion(id))).statusCode, 303)
      await context.deliverMail()
      assert.equal((await dev.get(url)).statusCode, 404)
      for (const width of [480, 800, 1000])
        assert.equal((await dev.get(address.replace(/\d+\.webp$/, `${width}.webp`))).statusCode, 404)
      const [, , , place = ''] = address.split('/')
      await openStore(config).removePlace(place)
    })

    test('that were put there for an upload that ended halfway go later', async () => {
      const { url } = await addPicture(app, ben)
      const address = await fileBehind(dev, url)
      const [, , , place = ''] = address.split('/')
      const waiting = await listRemovals(db, place)
      assert.equal(waiting.length, 1)
      assert.ok(waiting.every((minutes) => minutes > 55 && minutes <= 60))
    })
  })
}

describe('a store that is away', () => {
  test('answers a plain sentence, keeps nothing half done, and the next try succeeds', async () => {
    const { app, cast, db } = await testApp(bucket.settings)
    const { ben, dev } = cast
    const before = await addPicture(app, ben)
    const address = await fileBehind(dev, before.url)
    await bucket.stop()

    const content = await picture().toBuffer()
    const refused = await sendPicture(app, ben, content)
    assert.equal(refused.statusCode, 503)
    assert.equal(refused.headers['retry-after'], '30')
    assert.equal(refused.json().error.kind, 'unavailable')
    assert.match(refused.json().error.message, /cannot be reached right now. Nothing was changed/)
    const page = await sendPicture(app, ben, content, { accept: 'text/html' })
    assert.equal(page.statusCode, 503)
    assert.match(page.body, /cannot be reached right now/)
    assert.equal((await db.selectFrom('media').select('id').execute()).length, 1)
    const reading = await dev.get(address)
    assert.deepEqual([reading.statusCode, reading.headers['retry-after']], [503, '30'])
    assert.equal((await ben.get(paths.admin.media())).statusCode, 200)

    await bucket.start()
    assert.equal((await dev.get(address)).statusCode, 200)
    await addPicture(app, ben, content)
  })

  test('or cannot be written to is the same, on the disk', async () => {
    const { app, cast, config } = await testApp()
    // Root may write anywhere, but not make a folder where a file is.
    writeFileSync(join(config.dataFolder, 'media'), '')
    const refused = await sendPicture(app, cast.ben, await picture().toBuffer())
    assert.equal(refused.statusCode, 503)
    assert.deepEqual(readdirSync(join(config.dataFolder, 'media-arriving')), [])
    rmSync(join(config.dataFolder, 'media'))
    await addPicture(app, cast.ben)
    assert.ok(existsSync(join(config.dataFolder, 'media')))
  })
})

/** In how many minutes the files of a place are looked at. */
async function listRemovals(db: Db, place: string): Promise<number[]> {
  const { rows } = await sql<{ minutes: number }>`
    select extract(epoch from run_at - now())::float8 / 60 as minutes from graphile_worker.jobs
      where key = ${`remove-media-files ${place}`}`.execute(db)
  return rows.map(({ minutes }) => minutes)
}
