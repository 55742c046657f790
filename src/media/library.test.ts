// The library: finding a picture, changing it, knowing where it is used, and taking it out.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, nextPage, publishPost, unescaped, writePost } from '../../test/pages.ts'
import { type Added, addPicture, fileBehind, picture, sendPicture } from '../../test/pictures.ts'
import type { Person } from '../../test/cast.ts'
import { paths } from '../paths.ts'
import { removeMediaFiles } from './jobs.ts'
import { mediaPageSize } from './media.ts'
import { openStore } from './store.ts'

const context = await testApp()
const { app, cast, config, db } = context
const { ada, ben, bea, cleo, rosa, dev } = cast

const add = (who: Person = ben, name = 'cat.jpg', fields = {}) => addPicture(app, who, undefined, { name, fields })
const listed = (html: string) =>
  [...html.matchAll(/class="media-name">([^<]*)</g)].map(([, name = '']) => unescaped(name))
const versionOf = async (id: number) => fieldOf((await ada.get(paths.admin.medium(id))).body, 'version') ?? ''
const partsOf = async (id: number) => {
  const rows = await db
    .selectFrom('media_uses')
    .select(['post_id', 'part'])
    .where('media_id', '=', id)
    .orderBy('part')
    .execute()
  return rows.map(({ post_id, part }) => `${post_id} ${part}`)
}
const save = async (who: Person, id: number, form: Record<string, string>) => {
  const { body } = await who.get(paths.admin.post(id))
  const values = { title: fieldOf(body, 'title') ?? '', version: fieldOf(body, 'version') ?? '' }
  const response = await who.post(paths.admin.post(id), { ...values, ...form })
  assert.equal(response.statusCode, 303, response.body)
}
const remove = (who: Person, id: number, form = {}) => who.post(paths.admin.mediumDeletion(id), form)
const isThere = async (id: number) => (await ada.get(paths.admin.medium(id))).statusCode === 200
const replace = async (who: Person, { id }: Added, content: Buffer, version?: string) =>
  await sendPicture(app, who, content, {
    path: paths.admin.mediumReplacement(id),
    fields: { version: version ?? (await versionOf(id)) },
    accept: 'text/html',
  })

describe('the library', () => {
  test('is searched by name and by alt text, whatever is typed', async () => {
    await add(ben, 'Tabby.jpg', { alt: 'A striped cat asleep' })
    await add(bea, '100%_done.png', { alt: 'A chart' })
    const search = async (q: string) => listed((await ben.get(paths.admin.media({ q }))).body)
    assert.deepEqual(await search('tabby'), ['Tabby.jpg'])
    assert.deepEqual(await search('ASLEEP cat'), ['Tabby.jpg'])
    assert.deepEqual(await search('100%'), ['100%_done.png'])
    assert.deepEqual(await search('_'), ['100%_done.png'])
    for (const q of ['zebra', "' or 1=1 --", '\\', '<b>', 'x'.repeat(100)]) assert.deepEqual(await search(q), [], q)
    assert.equal((await ben.get(paths.admin.media({ q: 'x'.repeat(101) }))).statusCode, 404)
    assert.equal((await ben.get('/admin/media?show=all')).statusCode, 404)
    assert.equal((await ben.get('/admin/media?before=x')).statusCode, 404)
  })

  test('has pages with an end', async () => {
    const { files_id } = await db.selectFrom('media').select('files_id').executeTakeFirstOrThrow()
    const rows = Array.from({ length: 60 }, (_, at) => ({
      key: `many${'a'.repeat(9)}${100 + at}`,
      name: `many ${at}`,
      files_id,
    }))
    await db.insertInto('media').values(rows).execute()
    const seen: string[] = []
    let path: string | undefined = paths.admin.media({ q: 'many' })
    while (path) {
      const { body } = await ben.get(path)
      const names = listed(body)
      assert.ok(names.length <= mediaPageSize)
      seen.push(...names)
      path = nextPage(body)
    }
    assert.deepEqual(seen, rows.map(({ name }) => name).toReversed())
    await db.deleteFrom('media').where('name', 'like', 'many %').execute()
  })

  test('is open to every writer, and changed by who uploaded it and by who edits every post', async () => {
    const { id } = await add(ben, 'mine.jpg')
    for (const who of [ben, bea, cleo, ada])
      assert.equal((await who.get(paths.admin.medium(id))).statusCode, 200, who.name)
    for (const [who, status] of [
      [dev, 303],
      [rosa, 403],
    ] as const)
      assert.equal((await who.get(paths.admin.medium(id))).statusCode, status, who.name)

    assert.equal(fieldOf((await bea.get(paths.admin.medium(id))).body, 'alt'), undefined)
    const form = { name: 'hers', alt: 'x', version: '1' }
    for (const who of [bea, rosa]) {
      assert.equal((await who.post(paths.admin.medium(id), form)).statusCode, 403)
      assert.equal((await remove(who, id)).statusCode, 403)
      assert.equal((await replace(who, { id } as Added, await picture().toBuffer(), '1')).statusCode, 403)
    }
    assert.equal((await dev.post(paths.admin.medium(id), form)).statusCode, 401)
    await ben.post(paths.admin.mediaUnusedRemoval(), { ids: '1,999999' })
    await bea.post(paths.admin.mediaUnusedRemoval(), { ids: String(id) })
    assert.ok(await isThere(id))
    const saved = await cleo.post(paths.admin.medium(id), form)
    assert.equal(saved.statusCode, 303)
    assert.match((await cleo.get(String(saved.headers.location))).body, /role="status">Saved\.</)
    assert.doesNotMatch((await cleo.get(paths.admin.medium(id))).body, /Saved\./)
    assert.equal((await ben.get(paths.admin.medium(999_999))).statusCode, 404)
  })

  test('keeps an alt text, not over what somebody else wrote meanwhile', async () => {
    const { id } = await add()
    const save = (form: Record<string, string>) =>
      ben.post(paths.admin.medium(id), { name: 'a.jpg', alt: '', version: '1', ...form })
    assert.equal((await save({ name: 'Minka', alt: ' On the "roof" ' })).statusCode, 303)
    const { body } = await ben.get(paths.admin.medium(id))
    assert.deepEqual([fieldOf(body, 'name'), fieldOf(body, 'alt')], ['Minka', 'On the "roof"'])
    const late = await save({ alt: 'Mine' })
    assert.equal(late.statusCode, 409)
    assert.match(late.body, /Somebody changed this picture/)
    assert.equal(fieldOf(late.body, 'alt'), 'Mine')
    const wrong = await save({ name: ' ', alt: 'x'.repeat(1001), version: '2' })
    assert.equal(wrong.statusCode, 422)
    assert.equal(errorAt(wrong.body, 'alt'), 'Please keep this to 1,000 characters.')
    assert.equal(errorAt(wrong.body, 'name'), 'Please fill this in.')
    assert.equal(fieldOf((await ben.get(paths.admin.medium(id))).body, 'alt'), 'On the "roof"')
  })

  test('writes down who did what', async () => {
    const { id } = await add()
    await ben.post(paths.admin.medium(id), { name: 'b', alt: '', version: '1' })
    await replace(ben, { id } as Added, await picture().toBuffer())
    await remove(ben, id)
    const rows = await db
      .selectFrom('audit_events')
      .select(['action', 'actor_id'])
      .where('subject_type', '=', 'media')
      .where('subject_id', '=', id)
      .orderBy('id')
      .execute()
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['media.uploaded', 'media.changed', 'media.replaced', 'media.deleted'],
    )
    assert.ok(rows.every(({ actor_id }) => actor_id === ben.id))
  })
})

describe('where a picture is used', () => {
  test('is known for texts, drafts and earlier versions, whoever writes them', async () => {
    const { id, url, markdown } = await add()
    assert.deepEqual(await partsOf(id), [])
    const post = await publishPost(ben, { title: 'With a cat', body: `Look: ${markdown}` })
    assert.deepEqual(await partsOf(id), [`${post.id} revision`, `${post.id} text`])
    await save(ben, post.id, { body: `<img src="${url}">`, draft: 'yes' })
    assert.deepEqual(await partsOf(id), [`${post.id} draft`, `${post.id} revision`, `${post.id} text`])
    await save(ben, post.id, { body: 'No cat.', draft: 'yes' })
    assert.deepEqual(await partsOf(id), [`${post.id} revision`, `${post.id} text`])
    await save(ben, post.id, { body: 'No cat at all.' })
    assert.deepEqual(await partsOf(id), [`${post.id} revision`])
    await ben.post(paths.admin.revisionRestoration(post.id, 1), { version: await versionOfPost(post.id) })
    assert.deepEqual(await partsOf(id), [`${post.id} draft`, `${post.id} revision`])

    const { body } = await ben.get(paths.admin.medium(id))
    assert.match(body, /With a cat<\/a><span class="quiet">Draft/)
    await ben.post(paths.admin.postDeletion(post.id))
    assert.match((await ben.get(paths.admin.medium(id))).body, /With a cat<\/strong><span class="quiet">In the bin/)
    await ben.post(paths.admin.binRemoval(post.id))
    assert.deepEqual(await partsOf(id), [])
  })

  test('is free again when the autosave that named it is folded away', async () => {
    const { id, markdown } = await add()
    const post = await writePost(ben, { body: 'x' })
    const autosave = async (body: string, version: number) => {
      const form = { title: 'A post', body, version: String(version) }
      assert.equal((await ben.post(paths.admin.autosave(post.id), form)).statusCode, 200)
    }
    await autosave(`x ${markdown}`, 1)
    assert.deepEqual(await partsOf(id), [`${post.id} revision`, `${post.id} text`])
    await autosave('x and on', 2)
    const left = await db.selectFrom('post_revisions').select('body').where('post_id', '=', post.id).execute()
    const isNamed = left.some(({ body }) => body.includes('/media/'))
    assert.deepEqual(await partsOf(id), isNamed ? [`${post.id} revision`] : [])
  })

  test('is known where it stands at the top of a post, too', async () => {
    const { id, url } = await add()
    const top = { picture_url: url, picture_alt: 'A cat' }
    const post = await writePost(ben, { body: 'x', ...top })
    assert.deepEqual(await partsOf(id), [`${post.id} revision`, `${post.id} text`])
    await ben.post(paths.admin.publication(post.id))
    await save(ben, post.id, { body: 'x', picture_url: '', picture_alt: '', draft: 'yes' })
    assert.deepEqual(await partsOf(id), [`${post.id} revision`, `${post.id} text`])
    await save(ben, post.id, { body: 'x', ...top, draft: 'yes' })
    assert.deepEqual(await partsOf(id), [`${post.id} draft`, `${post.id} revision`, `${post.id} text`])
    await save(ben, post.id, { body: 'x', picture_url: '', picture_alt: '' })
    assert.deepEqual(await partsOf(id), [`${post.id} revision`])
    assert.equal((await remove(ben, id)).statusCode, 409)
  })

  test('is not told of the drafts of others', async () => {
    const { id, markdown } = await add()
    await writePost(bea, { title: 'Secret plan', body: markdown })
    for (const visibility of ['private', 'unlisted'])
      await publishPost(bea, { title: `Secret plan, ${visibility}`, body: markdown, visibility })
    await publishPost(bea, { title: 'Open plan', body: markdown })
    await writePost(bea, { title: 'Our draft', body: markdown, authors: 'ben' })
    const { body } = await ben.get(paths.admin.medium(id))
    for (const known of [/Open plan/, /Our draft/, /And 3 posts of others\./]) assert.match(body, known)
    assert.doesNotMatch(body, /Secret plan/)
    assert.equal((await cleo.get(paths.admin.medium(id))).body.match(/Secret plan/g)?.length, 3)
  })

  test('counts a thousand pictures in one text, and names that lead nowhere are no trouble', async () => {
    const { id, markdown } = await add()
    const strangers = Array.from(
      { length: 1000 },
      (_, at) => `![](/media/${String(at).padStart(16, 'q')}/x.webp)`,
    ).join('\n')
    const { path } = await publishPost(ben, { body: `${strangers}\n\n${markdown}` })
    assert.equal((await partsOf(id)).length, 2)
    assert.equal((await dev.get(path)).statusCode, 200)
  })
})

describe('a picture in a text', () => {
  test('has its files, its measures, its alt text and the colours of its corners', async () => {
    const sent = await picture(1000, 500).toBuffer()
    const { url } = await addPicture(app, ben, sent, { fields: { alt: 'The "roof" <at> dawn' } })
    const { path } = await publishPost(ben, {
      body: `![](${url})\n\n![Mine](${url} "A caption")\n\n<img src="${url}" width="500">`,
    })
    const images = [...(await dev.get(path)).body.matchAll(/<img[^>]*>/g)].map(([tag]) => tag)
    const [, , , place = ''] = (await fileBehind(dev, url)).split('/')
    const file = (width: number) => `/media/files/${place}/${width}.webp`
    const rest = `srcset="${[480, 800, 1000].map((width) => `${file(width)} ${width}w`).join(', ')}" sizes="(min-width: 42rem) 38rem, 100vw"`
    assert.equal(images.length, 3)
    for (const image of images) {
      assert.ok(image.includes(`src="${file(1000)}"`), image)
      assert.ok(image.includes(rest), image)
      assert.match(image, /class="tone-a\d+ tone-b\d+ tone-c\d+ tone-d\d+"/)
      assert.match(image, /loading="lazy" decoding="async"/)
    }
    assert.match(images[0] ?? '', /alt="The &quot;roof&quot; &lt;at&gt; dawn" width="1000" height="500"/)
    assert.match(images[1] ?? '', /alt="Mine" width="1000" height="500"/)
    assert.match(images[2] ?? '', /width="500".* height="250"/)
  })

  test('has all of that at the top of a post, before and after it is replaced', async () => {
    const added = await add(ben, 'top.jpg')
    const { path } = await publishPost(ben, { body: 'x', picture_url: added.url, picture_alt: 'Here' })
    const feature = async () => /<figure class="feature">(.*?)<\/figure>/s.exec((await dev.get(path)).body)?.[1] ?? ''
    const before = await feature()
    assert.match(before, /^<img [^>]*srcset="\/media\/files\/[^>]* alt="Here"/)
    assert.match(before, /sizes="[^"]+"/)
    assert.match(before, /width="\d+" height="\d+"/)
    await replace(ben, added, await picture(900, 300).toBuffer())
    const after = await feature()
    assert.match(after, /width="900" height="300"/)
    assert.notEqual(after, before)
  })

  test('follows when it is replaced, under the address it has', async () => {
    const added = await addPicture(app, ben, await picture(600, 400).toBuffer(), { fields: { alt: 'Before' } })
    const { id, url, markdown } = added
    const { path, id: post } = await publishPost(bea, { body: markdown })
    const old = await fileBehind(dev, url)
    const { version } = await db.selectFrom('posts').select('version').where('id', '=', post).executeTakeFirstOrThrow()
    assert.equal((await replace(ben, added, await picture(900, 300).toBuffer())).statusCode, 303)
    const fresh = await fileBehind(dev, url)
    assert.notEqual(fresh, old)
    await context.deliverMail()

    const { body } = await dev.get(path)
    assert.match(body, /width="900" height="300"/)
    assert.ok(body.includes(fresh))
    assert.equal((await dev.get(old)).statusCode, 200, 'Pages that were read before still show it.')
    await ben.post(paths.admin.medium(id), { name: 'x', alt: 'After', version: await versionOf(id) })
    await context.deliverMail()
    const after = await db.selectFrom('posts').select('version').where('id', '=', post).executeTakeFirstOrThrow()
    assert.equal(after.version, version, 'Nobody who has the post open is told of a conflict.')

    const [, , , place = ''] = old.split('/')
    await removeMediaFiles(db, openStore(config), { place, media_id: id })
    assert.equal((await dev.get(old)).statusCode, 404)
  })

  test('keeps the old files as long as a page shows them', async () => {
    const added = await add()
    const { path, id: post } = await publishPost(ben, { body: added.markdown })
    const old = await fileBehind(dev, added.url)
    const { body_html } = await db
      .selectFrom('posts')
      .select('body_html')
      .where('id', '=', post)
      .executeTakeFirstOrThrow()
    await replace(ben, added, await picture().toBuffer())
    await context.deliverMail()
    // As a save leaves it that began before and ended after.
    await db.updateTable('posts').set({ body_html }).where('id', '=', post).execute()
    const [, , , place = ''] = old.split('/')
    await removeMediaFiles(db, openStore(config), { place, media_id: added.id })
    assert.equal((await dev.get(old)).statusCode, 200)
    await context.deliverMail()
    assert.ok(!(await dev.get(path)).body.includes(place))
    await removeMediaFiles(db, openStore(config), { place, media_id: added.id })
    assert.equal((await dev.get(old)).statusCode, 404)
  })

  test('is replaced by a picture only, and by one person at a time', async () => {
    const added = await add()
    const address = await fileBehind(dev, added.url)
    const bad = await replace(ben, added, Buffer.from('<svg/>'))
    assert.equal(bad.statusCode, 422)
    assert.match(bad.body, /This is no picture/)
    const version = await versionOf(added.id)
    const contents = await Promise.all([1, 2, 3].map(() => picture().toBuffer()))
    assert.equal(await fileBehind(dev, added.url), address)
    const answers = await Promise.all(contents.map((content) => replace(ben, added, content, version)))
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [303, 409, 409])
    assert.equal((await replace(ben, added, await picture().toBuffer(), 'x')).statusCode, 422)
  })
})

describe('what nobody uses', () => {
  test('is listed and removed at one press, with its files; what is used stays', async () => {
    const [unused, used, earlier] = [
      await add(ben, 'unused.jpg'),
      await add(ben, 'used.jpg'),
      await add(ben, 'earlier.jpg'),
    ]
    const post = await publishPost(ben, { body: `${used.markdown} ${earlier.markdown}` })
    await save(ben, post.id, { body: used.markdown })
    const { body } = await ben.get(paths.admin.media({ show: 'unused' }))
    assert.ok(listed(body).includes('unused.jpg'))
    for (const name of ['used.jpg', 'earlier.jpg']) assert.ok(!listed(body).includes(name), name)
    assert.ok(listed((await ben.get(paths.admin.media({ show: 'earlier' }))).body).includes('earlier.jpg'))

    const file = await fileBehind(dev, unused.url)
    const ids = `${fieldOf(body, 'ids')},${used.id},${earlier.id}`
    assert.equal((await ben.post(paths.admin.mediaUnusedRemoval(), { ids })).statusCode, 303)
    assert.deepEqual(await Promise.all([unused, used, earlier].map(({ id }) => isThere(id))), [false, true, true])
    await context.deliverMail()
    assert.equal((await dev.get(file)).statusCode, 404)
    for (const wrong of ['', 'x', '1;2', '1,'.repeat(250)])
      assert.equal((await ben.post(paths.admin.mediaUnusedRemoval(), { ids: wrong })).statusCode, 422, wrong)
  })

  test('keeps its files when another picture has the same', async () => {
    const content = await picture().toBuffer()
    const [one, other] = [await addPicture(app, ben, content), await addPicture(app, bea, content)]
    await remove(ben, one.id)
    await context.deliverMail()
    assert.equal((await dev.get(await fileBehind(dev, other.url))).statusCode, 200)
  })

  test('is deleted when it is used only by somebody who says so; texts keep their words', async () => {
    const { id, url } = await add()
    const { path } = await publishPost(ben, { body: `Before ![My cat](${url}) after` })
    const asked = await remove(ben, id)
    assert.equal(asked.statusCode, 409)
    assert.match(asked.body, /is used by now/)
    assert.ok(await isThere(id))
    assert.equal((await remove(ben, id, { even_used: 'yes' })).statusCode, 303)
    await context.deliverMail()
    const { body } = await dev.get(path)
    assert.match(body, /Before <img[^>]*alt="My cat"[^>]*> after/)
    assert.equal((await dev.get(url)).statusCode, 404)
    assert.equal((await remove(ben, id)).statusCode, 404)
  })

  test('is not deleted under the hands of somebody who is using it', async () => {
    for (let round = 0; round < 8; round++) {
      const { id, markdown } = await add()
      const [saved, deleted] = await Promise.all([writePost(ben, { body: markdown }), remove(ben, id)])
      assert.equal(await isThere(id), deleted.statusCode === 409)
      assert.equal((await partsOf(id)).length > 0, deleted.statusCode === 409, String(saved.id))
    }
  })

  test('uploaded again while it is deleted is whole', async () => {
    const content = await picture().toBuffer()
    for (let round = 0; round < 5; round++) {
      const first = await addPicture(app, ben, content)
      const [second] = await Promise.all([addPicture(app, bea, content), remove(ben, first.id)])
      await context.deliverMail()
      assert.equal((await dev.get(await fileBehind(dev, second.url))).statusCode, 200)
      await remove(bea, second.id)
      await context.deliverMail()
    }
  })

  test('has the checksum of each of its files beside it', async () => {
    await add()
    const store = openStore(config)
    const { rows } = await sql<{ name: string; sha256: string }>`
      select place || '/' || (size ->> 'width') || '.webp' as name, size ->> 'sha256' as sha256
      from (select * from media_files order by id desc limit 1) as files cross join jsonb_array_elements(sizes) as size`.execute(
      db,
    )
    assert.ok(rows.length > 0)
    for (const { name, sha256 } of rows) {
      const file = await store.open(name)
      assert.ok(file)
      assert.equal(
        createHash('sha256')
          .update(await buffer(file.body))
          .digest('hex'),
        sha256,
      )
    }
  })

  test('has no files left that an upload put there and did not keep', async () => {
    const store = openStore(config)
    const { place } = await db.selectFrom('media_files').select('place').orderBy('id', 'desc').executeTakeFirstOrThrow()
    const [size] = await db
      .selectFrom('media_files')
      .select(sql<number>`(sizes->0->>'width')::int`.as('width'))
      .where('place', '=', place)
      .execute()
    const name = `${place}/${size?.width}.webp`
    await removeMediaFiles(db, store, { place })
    assert.ok(await store.open(name).then((found) => found?.body.destroy()), 'A picture has it.')
    const orphan = 'a'.repeat(20)
    await store.put(`${orphan}/480.webp`, new URL(import.meta.url).pathname)
    await removeMediaFiles(db, store, { place: orphan })
    await removeMediaFiles(db, store, { place: orphan })
    assert.equal(await store.open(`${orphan}/480.webp`), undefined)
  })
})

async function versionOfPost(id: number): Promise<string> {
  return fieldOf((await ben.get(paths.admin.post(id))).body, 'version') ?? ''
}
