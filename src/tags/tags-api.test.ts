// Tags and series by programs: names that change everywhere at once.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'

const context = await testApp()
const { app, cast, db } = context
const { ada, ben, bea, cleo, dev, rosa } = cast
const adas = await program(app, db, ada)
const bens = await program(app, db, ben)
const rosas = await program(app, db, rosa)
const nobody = await program(app, db)
const { api } = paths

const tagNamed = async (name: string) =>
  await db.selectFrom('tags').select(['id', 'slug', 'name']).where('name', '=', name).executeTakeFirst()
const requireTag = async (name: string) => (await tagNamed(name)) ?? assert.fail(`There is no tag ${name}.`)
const tagsOf = async (id: number) =>
  (await adas.get(api.post(id))).data.tags.map(({ name }: { name: string }) => name) as string[]
const events = async (action: string, id: number) =>
  await db
    .selectFrom('audit_events')
    .select(['actor_id', 'description', 'details'])
    .where('action', '=', action)
    .where('subject_id', '=', id)
    .execute()

describe('tags', () => {
  test('are listed in pages for everybody, those of drafts for who may edit all posts', async () => {
    await publishPost(ben, { tags: 'listed one, listed two, listed three' })
    await writePost(bea, { tags: 'listed secretly' })
    const all = async (who: typeof nobody) => {
      const slugs: string[] = []
      for (let next = ''; ;) {
        const query = new URLSearchParams({ q: 'LISTED', limit: '2', sort: '-slug', ...(next && { cursor: next }) })
        const { data } = await who.get(`${api.tags()}?${query}`)
        slugs.push(...data.data.map(({ slug }: { slug: string }) => slug))
        if (data.next === null) return slugs
        next = data.next
      }
    }
    assert.deepEqual(await all(nobody), ['listed-two', 'listed-three', 'listed-one'])
    assert.deepEqual(await all(bens), ['listed-two', 'listed-three', 'listed-one'])
    assert.deepEqual(await all(adas), ['listed-two', 'listed-three', 'listed-secretly', 'listed-one'])
    const { id } = await requireTag('listed secretly')
    for (const who of [nobody, bens]) assert.equal((await who.get(api.tag(id))).statusCode, 404)
    const one = await nobody.get(api.tag((await requireTag('listed one')).id))
    const { url, ...rest } = one.data
    assert.deepEqual(rest, { id: rest.id, slug: 'listed-one', name: 'listed one', posts: rest.posts })
    assert.match(url, /^http.*\/tags\/listed-one$/)
    assert.equal((await nobody.get(api.tag(rest.id), { 'if-none-match': String(one.headers.etag) })).statusCode, 304)
    assert.equal((await nobody.get(`${api.tags()}?sort=posts`)).statusCode, 422)
  })

  test('get another name on posts, drafts, lists, feeds and in the search, and lead on from the old address', async () => {
    const { id, slug } = await publishPost(ben, { title: 'Renamed below', tags: 'Colour, other' })
    const version = String((await bens.get(api.post(id))).data.version)
    await ben.post(paths.admin.post(id), {
      title: 'Renamed below',
      body: 'A draft beside it.',
      tags: 'Colour, draft only',
      version,
      draft: 'yes',
    })
    const tag = await requireTag('Colour')
    const path = api.tag(tag.id)
    const etag = String((await adas.get(path)).headers.etag)
    for (const name of ['\u2800', ' , ', 'a,b'])
      assert.equal((await adas.send('PATCH', path, { name })).statusCode, 422)
    const renamed = await adas.send('PATCH', path, { name: ' Hue  and shade ' }, { 'if-match': etag })
    assert.deepEqual(
      [renamed.statusCode, renamed.data.name, renamed.data.slug],
      [200, 'Hue and shade', 'hue-and-shade'],
    )
    const late = await adas.send('PATCH', path, { name: 'Late' }, { 'if-match': etag })
    assert.deepEqual([late.statusCode, late.data.code], [412, 'changed'])

    assert.deepEqual(await tagsOf(id), ['Hue and shade', 'other'])
    assert.match((await dev.get(paths.tag('hue-and-shade'))).body, /Renamed below/)
    const old = await dev.get(paths.tag('colour'))
    assert.deepEqual([old.statusCode, old.headers.location], [301, paths.tag('hue-and-shade')])
    assert.match((await dev.get(paths.post(slug))).body, /rel="tag">Hue and shade</)
    assert.match((await dev.get('/feed.json')).body, /Hue and shade/)
    await context.deliverMail()
    assert.match(
      (await dev.get(`${paths.search()}?q=${encodeURIComponent('tag:"hue and shade"')}`)).body,
      /Renamed below/,
    )
    const draft = await db.selectFrom('post_drafts').select('tags').where('post_id', '=', id).executeTakeFirst()
    assert.equal(draft?.tags, 'Hue and shade, draft only')
    assert.deepEqual(await events('tag.renamed', tag.id), [
      { actor_id: ada.id, description: 'Hue and shade', details: { from: 'Colour' } },
    ])

    // And back again: no circle.
    assert.equal((await adas.send('PATCH', path, { name: 'Colour' })).statusCode, 200)
    assert.equal((await dev.get(paths.tag('colour'))).statusCode, 200)
    assert.equal((await dev.get(paths.tag('hue-and-shade'))).headers.location, paths.tag('colour'))
    // Another spelling keeps the address.
    assert.equal((await adas.send('PATCH', path, { name: 'COLOUR' })).data.slug, 'colour')
  })

  test('keep apart: a name that another has is refused', async () => {
    await publishPost(ben, { tags: 'Bread, Café' })
    const { id } = await requireTag('Bread')
    const taken = await adas.send('PATCH', api.tag(id), { name: 'CAFE' })
    assert.deepEqual([taken.statusCode, taken.data.code], [409, 'conflict'])
    assert.match(taken.data.detail, /Café/)
    for (const name of ['', '  ', 'a, b', 'x'.repeat(51), 7, null])
      assert.equal((await adas.send('PATCH', api.tag(id), { name })).statusCode, 422, String(name))
    assert.equal((await adas.send('PATCH', api.tag(id), { name: 'x', slug: 'y' })).data.errors[0].pointer, '/slug')
    assert.equal((await requireTag('Bread')).slug, 'bread')
  })

  test('go from all posts and drafts', async () => {
    const { id } = await publishPost(ben, { tags: 'goes away, stays here' })
    const tag = await requireTag('goes away')
    assert.equal((await adas.send('DELETE', api.tag(tag.id), undefined, { 'if-match': '"x"' })).statusCode, 412)
    assert.equal((await adas.send('DELETE', api.tag(tag.id))).statusCode, 204)
    assert.deepEqual(await tagsOf(id), ['stays here'])
    assert.equal((await dev.get(paths.tag('goes-away'))).statusCode, 404)
    assert.equal((await adas.send('DELETE', api.tag(tag.id))).statusCode, 404)
    assert.equal((await events('tag.deleted', tag.id)).length, 1)
  })

  test('are changed by who may edit all posts, and by nobody else', async () => {
    await publishPost(ben, { tags: 'guarded', series: 'Guarded' })
    const { id } = await requireTag('guarded')
    const series = await db.selectFrom('series').select('id').where('title', '=', 'Guarded').executeTakeFirstOrThrow()
    for (const [who, status] of [
      [nobody, 401],
      [rosas, 403],
      [bens, 403],
    ] as const) {
      assert.equal((await who.send('PATCH', api.tag(id), { name: 'Taken over' })).statusCode, status)
      assert.equal((await who.send('DELETE', api.tag(id))).statusCode, status)
      assert.equal((await who.send('PATCH', api.series(series.id), { title: 'Taken over' })).statusCode, status)
      assert.equal((await who.send('DELETE', api.series(series.id))).statusCode, status)
    }
    const reading = await program(app, db, ada, ['tags:read'])
    assert.equal((await reading.send('DELETE', api.tag(id))).data.code, 'insufficient_scope')
    for (const number of [999_999, Number.MAX_SAFE_INTEGER, 0, 'x', '9'.repeat(30)])
      assert.equal((await adas.send('DELETE', api.tag(number))).statusCode, 404)
    const cleos = await program(app, db, cleo)
    assert.equal((await cleos.send('PATCH', api.tag(id), { name: 'Guarded still' })).statusCode, 200)
  })

  test('are renamed and deleted while posts with them are saved', async () => {
    const names = ['raced 1', 'raced 2', 'raced 3', 'raced 4']
    const posts = await Promise.all(names.map(() => publishPost(ben, { tags: names.join(', ') })))
    const ids = await Promise.all(names.map(async (name) => (await requireTag(name)).id))
    const saves = posts.flatMap(({ id }) =>
      [1, 2, 3].map(() => bens.send('PATCH', api.post(id), { tags: names.toReversed(), excerpt: 'x' })),
    )
    const changes = ids.map((id, index) =>
      index % 2 ? adas.send('DELETE', api.tag(id)) : adas.send('PATCH', api.tag(id), { name: `after ${index}` }),
    )
    const statuses = (await Promise.all([...saves, ...changes])).map(({ statusCode }) => statusCode)
    for (const status of statuses) assert.ok(status < 500, String(status))
  })
})

describe('series', () => {
  test('are listed with those that readers find, each with its parts in order', async () => {
    const two = await publishPost(ben, { title: 'Second', series: 'A walk', series_part: '2' })
    const one = await publishPost(ben, { title: 'First', series: 'A walk', series_part: '1' })
    await writePost(ben, { title: 'Unseen', series: 'A walk', series_part: '3' })
    await writePost(ben, { series: 'Not begun' })
    const { data } = await nobody.get(`${api.allSeries()}?limit=100`)
    const found = data.data.find(({ slug }: { slug: string }) => slug === 'a-walk')
    assert.deepEqual(Object.keys(found), ['id', 'slug', 'title', 'url'])
    assert.doesNotMatch(JSON.stringify(data), /not-begun/)
    assert.match(JSON.stringify((await adas.get(`${api.allSeries()}?q=begun`)).data), /not-begun/)
    const series = (await nobody.get(api.series(found.id))).data
    assert.deepEqual(
      series.parts.map(({ id, part }: { id: number; part: number }) => [id, part]),
      [
        [one.id, 1],
        [two.id, 2],
      ],
    )
    assert.equal('created_at' in series, false)
    assert.equal('created_at' in (await adas.get(api.series(found.id))).data, true)
    assert.equal((await nobody.get(api.series(999_999))).statusCode, 404)
  })

  test('get another title, also in drafts, and lead on from the old address', async () => {
    const { id } = await publishPost(ben, { title: 'Part of it', series: 'Old title', series_part: '1' })
    await publishPost(ben, { series: 'In the way' })
    const version = String((await bens.get(api.post(id))).data.version)
    const draft = { title: 'Part of it', body: 'x', series: 'old TITLE', series_part: '1', version, draft: 'yes' }
    await ben.post(paths.admin.post(id), draft)
    const row = await db.selectFrom('series').select('id').where('slug', '=', 'old-title').executeTakeFirstOrThrow()
    const taken = await adas.send('PATCH', api.series(row.id), { title: 'IN the way' })
    assert.equal(taken.statusCode, 409)
    const etag = String((await adas.get(api.series(row.id))).headers.etag)
    assert.equal((await adas.send('PATCH', api.series(row.id), { title: '\u2800' })).statusCode, 422)
    const renamed = await adas.send('PATCH', api.series(row.id), { title: 'New title' }, { 'if-match': etag })
    assert.deepEqual([renamed.statusCode, renamed.data.slug], [200, 'new-title'])
    assert.equal((await dev.get(paths.series('old-title'))).headers.location, paths.series('new-title'))
    assert.match((await dev.get(paths.series('new-title'))).body, /Part of it/)
    const { details } = await db
      .selectFrom('post_drafts')
      .select('details')
      .where('post_id', '=', id)
      .executeTakeFirstOrThrow()
    assert.equal((details as { series: string }).series, 'New title')
    assert.equal((await events('series.renamed', row.id)).length, 1)
    for (const title of ['', ' ', 'x'.repeat(201), {}])
      assert.equal((await adas.send('PATCH', api.series(row.id), { title })).statusCode, 422)

    assert.equal((await adas.send('DELETE', api.series(row.id), undefined, { 'if-match': etag })).statusCode, 412)
    assert.equal((await adas.send('DELETE', api.series(row.id))).statusCode, 204)
    const post = (await bens.get(api.post(id))).data
    assert.equal(post.series, null)
    assert.equal((await dev.get(paths.series('new-title'))).statusCode, 404)
    // The number of the part went, too: the post can be saved.
    assert.equal((await bens.send('PATCH', api.post(id), { excerpt: 'Free.' })).statusCode, 200)
    assert.equal((await events('series.deleted', row.id)).length, 1)
  })
})
