import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { program } from '../../test/api-client.ts'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { pathKey } from '../address.ts'
import { mostRedirects } from './redirect.ts'

const context = await testApp()
const { app, cast, db } = context
const { ada, ben, dev } = cast

const save = (from_path: string, to_address: string, who = ada) =>
  who.post(paths.admin.redirects(), { from_path, to_address })
const leadsTo = async (path: string) => {
  const { statusCode, headers } = await dev.get(path)
  return statusCode === 301 ? headers.location : statusCode
}

describe('a redirect', () => {
  test('leads where the owner says, on the blog and elsewhere', async () => {
    await save('/old-page', paths.home())
    await save('/2019/01/Ünïcode page.html/', 'https://example.com/a?b=%26c#d')
    assert.equal(await leadsTo('/old-page'), '/')
    assert.equal(await leadsTo('/old-page/?utm=x'), '/')
    assert.equal(await leadsTo(encodeURI('/2019/01/Ünïcode page.html')), 'https://example.com/a?b=%26c#d')
    assert.equal(await leadsTo('/old-pages'), 404)
  })

  test('is asked only where nothing is found, also below addresses of the blog', async () => {
    const path = paths.post('still-here')
    await save(path, '/elsewhere')
    await publishPost(ben, { title: 'Still here' })
    await save(paths.post('gone'), path)
    await save(paths.tag('gone'), '/tags')
    assert.equal((await dev.get(path)).statusCode, 200)
    assert.equal(await leadsTo(paths.post('gone')), path)
    assert.equal(await leadsTo(paths.tag('gone')), '/tags')
    assert.equal((await dev.post(paths.post('gone'), {})).statusCode, 405)
  })

  test('is replaced by a newer one, and deleted', async () => {
    await save('/changing', '/first')
    await save('/changing', '/second')
    assert.equal(await leadsTo('/changing'), '/second')
    const { id } = await db
      .selectFrom('redirects')
      .select('id')
      .where('from_path', '=', '/changing')
      .executeTakeFirstOrThrow()
    for (let twice = 0; twice < 2; twice++)
      assert.equal((await ada.post(paths.admin.redirectDeletion(id))).statusCode, 303)
    assert.equal(await leadsTo('/changing'), 404)
    const { rows } = {
      rows: await db.selectFrom('audit_events').select('action').where('action', 'like', 'redirect.%').execute(),
    }
    assert.equal(rows.filter(({ action }) => action === 'redirect.deleted').length, 1)
  })

  test('that would close a circle is refused, also with two halves at once', async () => {
    await save('/circle-a', '/circle-b')
    await save('/circle-b', '/circle-c')
    const refused = await save('/circle-c', '/circle-a?x#y')
    assert.equal(refused.statusCode, 422)
    assert.match(errorAt(refused.body, 'to_address') ?? '', /circle/)
    assert.equal(fieldOf(refused.body, 'from_path'), '/circle-c')

    const halves = await Promise.all([save('/half-a', '/half-b'), save('/half-b', '/half-a')])
    assert.deepEqual(halves.map(({ statusCode }) => statusCode).toSorted(), [303, 422])
  })

  const wrong: [string, string, string][] = [
    ['from_path', 'no-slash', '/x'],
    ['from_path', `/${'\ufb2c'.repeat(399)}`, '/x'],
    ['from_path', '//example.com', '/x'],
    ['from_path', '/', '/x'],
    ['from_path', '/a\\b', '/x'],
    ['to_address', '/fine', '//example.com'],
    ['to_address', '/fine', 'javascript:alert(1)'],
    ['to_address', '/fine', '/\\example.com'],
    ['to_address', '/fine', 'https://ada:secret@example.com/'],
    ['to_address', '/fine', '/a b'],
    ['to_address', '/same', '/same/?x'],
    ['to_address', '/fine', `/${'x'.repeat(2000)}`],
    ['to_address', '/fine', `/${'é'.repeat(1999)}`],
    ['to_address', '/fine', `https://example.com/${'é'.repeat(1900)}`],
  ]
  for (const [field, from, to] of wrong) {
    test(`from ${JSON.stringify(from)} to ${JSON.stringify(to.slice(0, 30))} is refused`, async () => {
      const response = await save(from, to)
      assert.equal(response.statusCode, 422)
      assert.ok(errorAt(response.body, field))
      assert.equal(fieldOf(response.body, 'to_address'), to)
    })
  }

  test('that is spelt otherwise closes a circle all the same', async () => {
    await save('/é', '/b1')
    for (const to of ['/%C3%A9', '/x/../é', 'http://localhost:8081/é?again'])
      assert.equal((await save('/b1', to)).statusCode, 422, to)
    assert.equal((await save('/dot', '/x/../dot')).statusCode, 422)
  })

  test('is not made where the blog has a page of its own', async () => {
    for (const from of ['/sign-in', '/livez', '/admin/posts']) {
      const refused = await save(from, '/x')
      assert.equal(refused.statusCode, 422, from)
      assert.match(errorAt(refused.body, 'from_path') ?? '', /page of its own/)
    }
  })

  test('is not made where a post or a page is out, or a post leads on', async () => {
    const post = await publishPost(ben, { title: 'My first lamp' })
    const page = await publishPost(ben, { title: 'About us', kind: 'page' })
    const moved = await publishPost(ben, { title: 'Was here', slug: 'was-here' })
    const version = fieldOf((await ben.get(paths.admin.post(moved.id))).body, 'version') ?? ''
    await ben.post(paths.admin.post(moved.id), { title: 'Was here', body: 'x', slug: 'is-there', version })
    for (const from of [post.path, `${post.path}/?x`, page.path, paths.post('about-us'), paths.post('was-here')]) {
      const refused = await save(from, '/x')
      assert.equal(refused.statusCode, 422, from)
      assert.match(errorAt(refused.body, 'from_path') ?? '', /would never be asked for/)
    }
    // Where readers find nothing it is asked for.
    const hidden = await publishPost(ben, { title: 'Private lamp', visibility: 'private' })
    await writePost(ben, { title: 'A lamp to come' })
    for (const from of [hidden.path, paths.post('a-lamp-to-come'), paths.page('my-first-lamp'), `${post.path}/x`]) {
      assert.equal((await save(from, '/lamps')).statusCode, 303, from)
      assert.equal(await leadsTo(from), '/lamps', from)
    }
  })

  test('wins over what had the address once, and answers HEAD as GET', async () => {
    await save('/contact', 'https://example.com/')
    await publishPost(ben, { title: 'Contact', visibility: 'unlisted' })
    assert.equal(await leadsTo('/contact'), 'https://example.com/')
    await save('/posts/never-was', '/contact')
    for (const url of ['/contact', '/posts/never-was']) {
      const { statusCode, headers } = await context.app.inject({ method: 'HEAD', url })
      assert.deepEqual([statusCode, headers.location !== undefined], [301, true], url)
    }
  })

  test('of an address with a percent sign is found by what was meant, once decoded', async () => {
    await save('/100%25', '/all')
    await save('/old%3Fpage', '/question')
    assert.equal(await leadsTo('/100%25'), '/all')
    assert.equal(await leadsTo('/100%2525'), 404)
    assert.equal(await leadsTo('/old%3Fpage'), '/question')
    assert.equal(await leadsTo('/old'), 404)
  })

  test('is for the owner to make', async () => {
    assert.equal((await save('/by-ben', '/x', ben)).statusCode, 403)
    assert.equal((await save('/by-dev', '/x', dev)).statusCode, 401)
    assert.equal((await ben.get(paths.admin.redirects())).statusCode, 403)
  })

  test('whose address PostgreSQL cannot hold is not found', async () => {
    for (const path of ['/%00', '/%2500', '/x/%2500', `/${'x'.repeat(5000)}`, '/%ff', '/posts/%00'])
      assert.equal((await dev.get(path)).statusCode, 404, path)
  })

  test('is one of ten thousand at most, listed a hundred at a time', async () => {
    const rows = Array.from({ length: mostRedirects }, (_, index) => ({
      from_path: `/many/${index}`,
      to_address: '/x',
    }))
    for (let at = 0; at < rows.length; at += 1000)
      await db
        .insertInto('redirects')
        .values(rows.slice(at, at + 1000))
        .execute()
    const refused = await save('/one-more', '/x')
    assert.equal(refused.statusCode, 422)
    assert.match(refused.body, /There are 10,000 redirects, and no more fit\. Delete one first\./)
    assert.equal(fieldOf(refused.body, 'from_path'), '/one-more')
    await save('/many/5', '/replaced')
    assert.equal(await leadsTo('/many/5'), '/replaced')
    const { body } = await ada.get(paths.admin.redirects())
    assert.equal(body.match(/<li class="with-action">/g)?.length, 100)
    const older = /<a rel="next" href="([^"]+)"/.exec(body)?.[1] ?? ''
    assert.match((await ada.get(older)).body, /\/many\/98\d\d</)
    await db.deleteFrom('redirects').where('from_path', 'like', '/many/%').execute()
  })
})

test('programs of the owner make, list and delete redirects, and hear what cannot be', async () => {
  const adas = await program(app, db, ada)
  const made = await adas.send('POST', paths.api.redirects(), { from_path: '/by-program', to_address: '/there' })
  assert.equal(made.statusCode, 201, made.body)
  assert.equal(await leadsTo('/by-program'), '/there')
  const path = paths.api.redirect(made.data.id)
  assert.deepEqual([made.headers.location, made.data.created_by], [path, ada.name])
  const again = await adas.send('POST', paths.api.redirects(), { from_path: '/by-program', to_address: '/elsewhere' })
  assert.deepEqual([again.data.id, again.data.to_address], [made.data.id, '/elsewhere'])
  assert.deepEqual((await adas.get(`${paths.api.redirects()}?limit=1`)).data.data[0], again.data)
  for (const [body, pointer] of [
    [{ from_path: '/admin', to_address: '/there' }, '/from_path'],
    [{ from_path: 'nowhere', to_address: '/there' }, '/from_path'],
    [{ from_path: '/elsewhere', to_address: '/by-program' }, '/to_address'],
    [{ from_path: '/x', to_address: 'javascript:x' }, '/to_address'],
    [{ from_path: '/x' }, '/to_address'],
  ] as const) {
    const { statusCode, data } = await adas.send('POST', paths.api.redirects(), body)
    assert.deepEqual([statusCode, data.errors?.[0]?.pointer], [422, pointer], JSON.stringify(body))
  }
  const bens = await program(app, db, ben)
  for (const answer of [await bens.get(paths.api.redirects()), await bens.get(path), await bens.send('DELETE', path)])
    assert.equal(answer.statusCode, 403)
  const etag = String(made.headers.etag)
  assert.equal((await adas.send('DELETE', path, undefined, { 'if-match': etag })).statusCode, 412)
  assert.equal((await adas.send('DELETE', path)).statusCode, 204)
  assert.equal((await adas.send('DELETE', path)).statusCode, 404)
  assert.equal(await leadsTo('/by-program'), 404)
})

test('addresses that differ in their spelling alone are one', () => {
  assert.equal(pathKey('/a%20b/?q#f'), '/a b')
  assert.equal(pathKey('/caf%C3%A9'), '/café')
  assert.equal(pathKey('/'), '/')
  assert.equal(pathKey('/%zz'), '/%zz')
})
