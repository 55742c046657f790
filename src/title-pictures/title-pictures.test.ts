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
import { presets } from '../themes/presets.ts'
import { defaultTheme, valuesOf } from '../themes/theme.ts'
import { drawTitle } from './draw.ts'
import { drawable, familiesFor } from './letters.ts'
import { type Picture, placeOf } from './title-picture.ts'
import { draw as drawWords, outlineOf, write } from './writing.ts'
import { linesOf } from './lines.ts'

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

const words: Picture = {
  title: '',
  site: 'Test Notes',
  authors: ['Ben'],
  language: 'en',
  colours: defaultTheme.light,
}
const draw = async (title: string, more: Partial<Picture> = {}) => await drawTitle({ ...words, title, ...more })

const scripts = [
  { name: 'Chinese', language: 'zh', title: '为什么夜班火车总是晚点？', other: '七件时刻表里没有写的小事情' },
  { name: 'Japanese', language: 'ja', title: '夜行列車はなぜ遅れるのか。', other: '「時刻表」を読み解く方法' },
  { name: 'Korean', language: 'ko', title: '밤 기차는 왜 늘 늦을까?', other: '시간표가 말하지 않는 것' },
  { name: 'Arabic', language: 'ar', title: 'لماذا يتأخر القطار 45 دقيقة؟', other: 'مُدَوَّنَة الليل وكتابه ۱۴۰۵' },
  { name: 'Hebrew', language: 'he', title: 'למה רכבת הלילה מאחרת?', other: 'בְּרֵאשִׁית בָּרָא' },
  { name: 'Thai', language: 'th', title: 'ทำไมรถไฟกลางคืนถึงมาสาย', other: 'ที่นี่มีคำตอบ' },
  { name: 'Hindi', language: 'hi', title: 'रात की ट्रेन देर से क्यों आती है?', other: 'क्षत्रिय, ज्ञान, श्रीमती' },
]

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
    const nothing = await inkIn(await draw('ᚠ'))
    for (const title of [
      'Why?',
      'Žluťoučký kůň, Đặng, Ə',
      'Почему ночной поезд опаздывает',
      'Καλημέρα',
      'Mixed: поезд and κόσμε 😀',
      'é́ combined',
    ])
      assert.ok((await inkIn(await draw(title))) > nothing + 500, title)
    for (const title of ['word '.repeat(longestTitle / 5), 'w'.repeat(longestTitle)])
      await staysInside(await draw(title))
  })

  test('shows titles in Chinese, Japanese, Korean, Arabic, Hebrew, Thai and Hindi, however long', async () => {
    for (const { name, language, title, other } of scripts) {
      const { path, id } = await publishPost(ben, { title, slug: `in-${name.toLowerCase()}` })
      await db.updateTable('posts').set({ language }).where('id', '=', id).execute()
      const { statusCode, headers, rawPayload } = await dev.get(await pictureOf(path))
      assert.deepEqual([statusCode, headers['content-type']], [200, 'image/png'])
      assert.ok((await inkIn(rawPayload)) > (await inkIn(await draw('ᚠ'))) + 500)
      // Boxes would be the same for words of the same length.
      assert.notDeepEqual(await draw(title, { language }), await draw(other, { language }))
      for (const words of [title, other]) {
        const families = familiesFor(language, words)
        assert.equal(await drawable(words, families), words)
        for (const letter of words.replace(/[\s\u200c]/g, '')) {
          const writing = await write(letter, 700, families, language)
          const { face } = writing.runs[0] ?? {}
          assert.ok(face, letter)
          assert.notEqual(drawWords(writing, 0, letter.length, 80).outline, outlineOf(face, 0, 80), letter)
        }
      }
      await staysInside(
        await draw(title.repeat(30).slice(0, longestTitle), { language, site: title, authors: [title] }),
      )
    }
  })

  test('joins Arabic letters, and writes numbers and European words in them from left to right', async () => {
    const families = familiesFor('ar', '')
    const outline = async (text: string, from = 0, to = text.length) =>
      drawWords(await write(text, 700, families, 'ar'), from, to, 80)
    assert.notEqual((await outline('بب')).outline, (await outline('ب ب')).outline)
    assert.ok((await outline('ببب')).width < 3 * (await outline('ب')).width, 'In a word it is narrower than alone.')
    // "12" stands left of the word that it comes behind, and its 1 left of its 2.
    const { outline: whole } = await outline('قطار 12')
    assert.ok(whole.startsWith((await outline('12')).outline), 'The number comes first from the left.')
    const { outline: hebrew } = await outline('רכבת Node')
    assert.ok(hebrew.startsWith((await outline('Node')).outline))
    assert.notEqual((await outline('می\u200cخواهم')).outline, (await outline('میخواهم')).outline)
    const shown = await Promise.all(
      ['می\u200cخواهم', 'میخواهم'].map(async (title, index) => {
        const { path } = await publishPost(ben, { title, slug: `joined-${index}` })
        return (await dev.get(await pictureOf(path))).rawPayload
      }),
    )
    assert.notDeepEqual(shown[0], shown[1], 'What keeps two letters apart is kept.')
  })

  test('stands on the right where the title is written from there', async () => {
    const firstOf = async (picture: Buffer) => {
      const { data, info } = await sharp(picture).greyscale().raw().toBuffer({ resolveWithObject: true })
      const columns = Array.from({ length: info.width }, (_, x) => x)
      return (
        columns.find((x) => columns.some((_, y) => y > 150 && y < 450 && (data[y * info.width + x] ?? 255) < 60)) ?? 0
      )
    }
    assert.ok((await firstOf(await draw('short'))) < 100)
    assert.ok((await firstOf(await draw('قطار'))) > 600)
    assert.ok((await firstOf(await draw('קצר'))) > 600)
    assert.ok((await firstOf(await draw('Node קצר', { language: 'he' }))) > 600)
    assert.ok((await firstOf(await draw('Node', { language: 'he' }))) < 100)
  })

  test('ends lines between words where these have no blanks, and begins none with a comma', async () => {
    const linesIn = async (text: string, language: string, room: number) => {
      const writing = await write(text, 700, familiesFor(language, text), language)
      return linesOf(writing, room).map(({ from, to }) => text.slice(from, to))
    }
    assert.deepEqual(await linesIn('รถไฟกลางคืน', 'th', 2.6), ['รถไฟ', 'กลาง', 'คืน'])
    assert.deepEqual(await linesIn('夜行列車、東京', 'ja', 4.5), ['夜行', '列車、', '東京'])
    assert.deepEqual(await linesIn('夜行「東京」', 'ja', 4.2), ['夜行', '「東京」'])
    assert.deepEqual(await linesIn('夜行「東京」', 'ja', 3.5), ['夜行', '「東', '京」'])
    assert.deepEqual(await linesIn('one two', 'en', 2.5), ['one', 'two'])
  })

  test('writes Chinese signs as the language of the post writes them', async () => {
    const [sc, tc, jp, kr] = await Promise.all(
      ['zh', 'zh-Hant', 'ja', 'ko'].map((language) => draw('直骨角', { language })),
    )
    assert.equal(new Set([sc, tc, jp, kr].map((picture) => picture?.toString('base64'))).size >= 3, true)
    assert.deepEqual(await draw('直骨角', { site: 'にっき' }), await draw('直骨角', { site: 'にっき', language: 'ja' }))
  })

  test('is in the colours of the blog, and has another address when they change', async () => {
    const { path } = await publishPost(ben, { title: 'Colours' })
    const before = await pictureOf(path)
    const cornerOf = async (address: string) => {
      const { rawPayload } = await dev.get(address)
      const { data } = await sharp(rawPayload).removeAlpha().raw().toBuffer({ resolveWithObject: true })
      const at = (x: number, y: number) =>
        `#${data.subarray((y * 1200 + x) * 3, (y * 1200 + x) * 3 + 3).toString('hex')}`
      return { band: at(600, 5), paper: at(20, 300) }
    }
    assert.deepEqual(await cornerOf(before), { band: defaultTheme.light.accent, paper: defaultTheme.light.paper })
    for (const scheme of ['both', 'dark'] as const) {
      const { theme_number } = settings.get()
      const look = { ...defaultTheme, ...presets.harbour, scheme }
      const answer = await ada.post(paths.admin.appearance(), { ...valuesOf(look), number: String(theme_number) })
      assert.equal(answer.statusCode, 303)
      const address = await pictureOf(path)
      assert.notEqual(address, before)
      assert.equal((await dev.get(before)).headers.location, address)
      const { accent, paper } = look[scheme === 'both' ? 'light' : 'dark']
      assert.deepEqual(await cornerOf(address), { band: accent, paper })
    }
    assert.equal((await ada.post(paths.admin.appearanceVersionRestoration(0))).statusCode, 303)
    assert.equal(await pictureOf(path), before)
  })

  test('leaves the words out where there is no shape for one, rather than show boxes', async () => {
    const plain = await draw('ᚠᚢ')
    for (const title of ['བོད', 'Half ᚠ', '漢字 ᚠ', '😀😀', '\u200b', '\u200c\u200d', ''])
      assert.deepEqual(await draw(title), plain, title)
    assert.notDeepEqual(await draw('Ünï'), plain)
    assert.deepEqual(await draw('漢字 🚂'), await draw('漢字'))
  })
})

test('the owner sees the picture of a title too', async () => {
  const { path } = await publishPost(ada, { title: 'By the owner' })
  assert.equal((await ada.get(await pictureOf(path))).statusCode, 200)
})

async function staysInside(picture: Buffer): Promise<void> {
  const { data, info } = await sharp(picture).greyscale().raw().toBuffer({ resolveWithObject: true })
  for (let y = 20; y < info.height; y++)
    for (const x of [...Array(70).keys(), ...Array.from({ length: 70 }, (_, index) => info.width - 1 - index)])
      assert.ok((data[y * info.width + x] ?? 0) > 200, `Letters at ${x}, ${y}.`)
}
