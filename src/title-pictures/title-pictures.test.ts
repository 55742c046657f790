// Pictures made of titles: what they look like is looked at; here is who gets them, when, and that any title has one.
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import sharp from 'sharp'
import { testApp } from '../../test/app.ts'
import { publishPost, unescaped, writePost } from '../../test/pages.ts'
import { addPicture } from '../../test/pictures.ts'
import { longestTitle } from '../posts/post.ts'
import { limits } from '../threads/line.ts'
import { paths } from '../paths.ts'
import { drawTitle } from './draw.ts'
import { canDraw } from './letters.ts'
import { placeOf } from './title-picture.ts'

const origin = 'https://blog.example'
const { app, cast, config, db, deliverMail, settings } = await testApp({ SITE_URL: origin })
const { ada, ben, dev } = cast

async function pictureOf(path: string): Promise<string> {
  const { body } = await dev.get(path)
  const found = /<meta property="og:image" content="([^"]*)">/.exec(body)?.[1] ?? ''
  assert.ok(found.startsWith(origin), body.slice(0, 2000))
  return unescaped(found.slice(origin.length))
}

const filesOf = (id: number) => {
  const folder = join(config.dataFolder, 'media', placeOf(id).slice(0, 2), placeOf(id))
  return existsSync(folder) ? readdirSync(folder) : []
}

/** How many pixels are dark, as letters are. */
async function inkIn(picture: Buffer): Promise<number> {
  const { data } = await sharp(picture).greyscale().raw().toBuffer({ resolveWithObject: true })
  return data.reduce((count, value) => count + (value < 60 ? 1 : 0), 0)
}

const draw = async (title: string) => await drawTitle({ title, site: 'Test Notes', authors: ['Ben'] })

describe('the picture of a title', () => {
  test('is named by the page of a post without a picture, and kept for ever', async () => {
    const { path, id } = await publishPost(ben, { title: 'A picture of these words' })
    const address = await pictureOf(path)
    assert.match(address, /^\/posts\/a-picture-of-these-words\/picture\/[0-9a-f]{20}\.png$/)
    assert.deepEqual(filesOf(id), [], 'Nobody asked so far.')
    const { statusCode, headers, rawPayload } = await dev.get(address)
    assert.equal(statusCode, 200)
    assert.equal(headers['content-type'], 'image/png')
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin')
    const { width, height, format } = await sharp(rawPayload).metadata()
    assert.deepEqual([width, height, format], [1200, 630, 'png'])
    assert.equal(filesOf(id).length, 1)
    const again = await dev.get(address)
    assert.deepEqual(again.rawPayload, rawPayload)
    assert.equal((await dev.get(address, { 'if-none-match': String(headers.etag) })).statusCode, 304)
    const { body } = await dev.get(path)
    for (const words of ['width" content="1200"', 'height" content="630"', 'alt" content="A picture of these words"'])
      assert.ok(body.includes(`<meta property="og:image:${words}>`), words)
  })

  test('is not made where the post has a picture of its own', async () => {
    const { url } = await addPicture(app, ben, undefined, { name: 'cat.jpg' })
    const { path } = await publishPost(ben, { title: 'Has one', picture_url: url, picture_alt: 'A cat' })
    assert.match(await pictureOf(path), /^\/media\/files\//)
  })

  test('has another address when the title, an author or the blog is called otherwise; the old one leads there', async () => {
    const { id, path } = await publishPost(ben, { title: 'First name' })
    const first = await pictureOf(path)
    assert.equal((await dev.get(first)).statusCode, 200)
    await db.updateTable('posts').set({ title: 'Second name' }).where('id', '=', id).execute()
    const second = await pictureOf(path)
    assert.notEqual(second, first)
    const { statusCode, headers } = await dev.get(first)
    assert.equal(statusCode, 302)
    assert.equal(headers.location, second)
    assert.equal(headers['cache-control'], 'public, max-age=60')
    assert.equal((await dev.get(second)).statusCode, 200)
    assert.deepEqual(filesOf(id), [second.split('/').at(-1)], 'One is kept.')
    await db.updateTable('users').set({ name: 'Benno' }).where('id', '=', ben.id).execute()
    const third = await pictureOf(path)
    assert.notEqual(third, second)
    await db.updateTable('settings').set({ title: 'Another blog', version: 50 }).execute()
    await settings.refresh()
    assert.notEqual(await pictureOf(path), third)
  })

  test('is found under an earlier address of the post', async () => {
    const { id, path } = await publishPost(ben, { title: 'Moving', slug: 'moving' })
    const address = await pictureOf(path)
    const { version } = await db.selectFrom('posts').select('version').where('id', '=', id).executeTakeFirstOrThrow()
    const form = { title: 'Moving', body: 'x', slug: 'moved', version: String(version) }
    await ben.post(paths.admin.post(id), form)
    const { statusCode, headers } = await dev.get(address)
    assert.equal(statusCode, 302)
    assert.equal(headers.location, address.replace('/moving/', '/moved/'))
  })

  test('is there for nobody who may not see the post', async () => {
    const { path, id, slug } = await publishPost(ben, { title: 'To be hidden' })
    const address = await pictureOf(path)
    assert.equal((await dev.get(address)).statusCode, 200)
    const set = async (values: Record<string, unknown>) =>
      await db.updateTable('posts').set(values).where('id', '=', id).execute()
    for (const values of [{ visibility: 'private' }, { visibility: 'public', published_at: null }]) {
      await set(values)
      for (const person of [dev, ben]) assert.equal((await person.get(address)).statusCode, 404)
    }
    await set({ published_at: new Date(Date.now() + 3_600_000) })
    assert.equal((await dev.get(address)).statusCode, 404)
    await set({ published_at: new Date(), visibility: 'members' })
    assert.equal((await dev.get(address)).statusCode, 200, 'The page for everybody has the title.')
    await set({ visibility: 'unlisted' })
    assert.equal((await dev.get(address)).statusCode, 200)
    const guess = paths.titlePicture(slug, `${'0'.repeat(20)}.png`)
    assert.equal((await dev.get(guess)).statusCode, 404)
    for (const file of ['x.png', '0.png', `${'0'.repeat(20)}.jpg`])
      assert.equal((await dev.get(paths.titlePicture(slug, file))).statusCode, 404, file)
    const draft = await writePost(ben, { title: 'A draft' })
    assert.equal((await dev.get(paths.titlePicture(`a-draft`, guess.slice(-24)))).statusCode, 404, String(draft.id))
  })

  test('goes with the post', async () => {
    const { path, id } = await publishPost(ben, { title: 'To be removed' })
    await dev.get(await pictureOf(path))
    assert.equal(filesOf(id).length, 1)
    await ben.post(paths.admin.postDeletion(id))
    assert.equal((await ben.post(paths.admin.binRemoval(id))).statusCode, 303)
    await deliverMail()
    assert.deepEqual(filesOf(id), [])
  })

  test('is drawn once for many who ask at once, and too many are asked to come back', async () => {
    const posts = await Promise.all(
      Array.from({ length: limits.ofPurpose + 5 }, () => publishPost(ben, { title: `Asked at once` })),
    )
    const addresses = await Promise.all(posts.map(({ path }) => pictureOf(path)))
    const same = await Promise.all(Array.from({ length: 10 }, () => dev.get(addresses[0] ?? '')))
    assert.deepEqual([...new Set(same.map(({ statusCode }) => statusCode))], [200])
    const answers = await Promise.all(addresses.slice(1).map((address) => dev.get(address)))
    const refused = answers.filter(({ statusCode }) => statusCode === 503)
    assert.equal(refused.length, answers.length - limits.ofPurpose - 1)
    for (const { headers } of refused) {
      assert.equal(headers['retry-after'], '5')
      assert.equal(headers['cache-control'], 'no-store')
    }
    for (const address of addresses.slice(-3)) assert.equal((await dev.get(address)).statusCode, 200)
  })

  test('shows titles in Latin, Cyrillic and Greek letters, however long', async () => {
    const nothing = await inkIn(await draw('漢'))
    for (const title of [
      'Why?',
      'Žluťoučký kůň, Đặng, Ə',
      'Почему ночной поезд опаздывает',
      'Καλημέρα',
      'Mixed: поезд and κόσμε 😀',
      'é́ combined',
    ])
      assert.ok((await inkIn(await draw(title))) > nothing + 500, title)
    const long = await draw('word '.repeat(longestTitle / 5))
    const word = await draw('w'.repeat(longestTitle))
    for (const picture of [long, word]) {
      const { data, info } = await sharp(picture).greyscale().raw().toBuffer({ resolveWithObject: true })
      for (let y = 20; y < info.height; y++)
        for (const x of [...Array(70).keys(), ...Array.from({ length: 70 }, (_, index) => info.width - 1 - index)])
          assert.ok((data[y * info.width + x] ?? 0) > 200, `Letters at ${x}, ${y}.`)
    }
  })

  test('leaves the words out where there is no shape for one, rather than show boxes', async () => {
    const plain = await draw('漢字')
    for (const title of ['العنوان', 'שלום', 'ไทย', '한국어', 'Half 漢字', '😀😀', '\u200b', ''])
      assert.deepEqual(await draw(title), plain, title)
    assert.equal(canDraw('漢'), false)
    assert.equal(canDraw('Ünï'), true)
  })
})

test('the owner sees the picture of a title too', async () => {
  const { path } = await publishPost(ada, { title: 'By the owner' })
  assert.equal((await ada.get(await pictureOf(path))).statusCode, 200)
})
