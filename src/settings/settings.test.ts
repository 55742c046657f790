import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { newBlog, testApp } from '../../test/app.ts'
import type { Cast } from '../../test/cast.ts'
import { testLimits } from '../../test/database.ts'
import { errorAt, fieldOf, publishPost } from '../../test/pages.ts'
import { until } from '../../test/waiting.ts'
import { openDatabase } from '../db/pool.ts'
import { paths } from '../paths.ts'

const blog = await testApp()
const { cast, db } = blog
const { ada, ben, dev } = cast
const second = openDatabase(blog.target, testLimits)
const other = await newBlog({}, { target: blog.target, limits: testLimits, database: second, db: second.db })
after(() => second.close())

describe('the settings', () => {
  const answers = { ada: [200, 303], ben: [403, 403], cleo: [403, 403], rosa: [403, 403], dev: [303, 401] }
  for (const [name, [get, post]] of Object.entries(answers) as [keyof Cast, [number, number]][]) {
    test(`are answered to ${name} with ${get}, changing them with ${post}`, async () => {
      const before = await stored()
      assert.equal((await cast[name].get(paths.admin.settings())).statusCode, get)
      assert.equal(
        (await cast[name].post(paths.admin.settings(), { ...(await form()), title: `By ${name}` })).statusCode,
        post,
      )
      assert.equal((await stored()).title, post === 303 ? `By ${name}` : before.title)
    })
  }

  test('show at once, on every page', async () => {
    const { path } = await publishPost(ben)
    await ada.post(paths.admin.settings(), {
      ...(await form()),
      title: ' <Notes> & more ',
      description: 'Of "things"',
      language: 'pt-BR',
    })

    for (const url of [path, paths.signIn(), '/nowhere']) {
      const { body } = await dev.get(url)
      assert.match(body, /&lt;Notes&gt; &amp; more/)
      assert.match(body, /<html lang="pt-BR" dir="ltr">/)
    }
    assert.match((await dev.get(paths.home())).body, /Of &quot;things&quot;/)
    assert.match((await dev.get(path)).body, / de \d{4}<\/time>/)
  })

  test('name the links at the top of every page', async () => {
    await ada.post(paths.admin.settings(), {
      ...(await form()),
      menu: ' About <us> /about \n\nElsewhere https://example.com/?a=1&b',
    })
    for (const url of [paths.home(), paths.signIn(), '/nowhere']) {
      const { body } = await dev.get(url)
      assert.match(body, /<a href="\/about">About &lt;us&gt;<\/a>/)
      assert.match(body, /<a href="https:\/\/example\.com\/\?a=1&amp;b">Elsewhere<\/a>/)
    }
  })

  test('show in another server on the same database within seconds', async () => {
    const title = 'Heard next door'
    await ada.post(paths.admin.settings(), { ...(await form()), title })
    await until(() => other.settings.get().title === title)

    assert.match((await other.app.inject(paths.home())).body, /Heard next door/)
  })

  test('saved by two are not overwritten unseen', async () => {
    const both = await form()
    await ada.post(paths.admin.settings(), { ...both, title: 'The first title' })
    const refused = await ada.post(paths.admin.settings(), { ...both, title: 'The second title', description: 'Typed' })

    assert.equal(refused.statusCode, 409)
    assert.equal((await stored()).title, 'The first title')
    assert.equal(fieldOf(refused.body, 'title'), 'The second title')
    assert.equal(fieldOf(refused.body, 'description'), 'Typed')
    const again = { ...both, title: 'The second title', version: fieldOf(refused.body, 'version') ?? '' }
    assert.equal((await ada.post(paths.admin.settings(), again)).statusCode, 303)
    assert.equal((await stored()).title, 'The second title')
  })

  test('saved at once are saved by one', async () => {
    const both = await form()
    const answers = await Promise.all(
      [1, 2, 3, 4].map((index) => ada.post(paths.admin.settings(), { ...both, title: `At once ${index}` })),
    )

    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [303, 409, 409, 409])
    assert.equal((await stored()).title, `At once ${answers.findIndex(({ statusCode }) => statusCode === 303) + 1}`)
  })

  const wrong: [string, Record<string, string>][] = [
    ...[
      'no address',
      'About /a b',
      '/about',
      'Evil javascript:alert(1)',
      'Evil //example.com',
      'Evil https://u:p@example.com',
      '\u200b /x',
      `${'x'.repeat(41)} /x`,
      'a /a\n'.repeat(13),
    ].map((menu): [string, Record<string, string>] => ['menu', { menu }]),
    ['title', { title: '' }],
    ['title', { title: '   ' }],
    ['title', { title: 'x'.repeat(101) }],
    ['description', { description: 'x'.repeat(301) }],
    ...['', 'x', 'engl', 'en-', 'en_US', 'en-a', 'x-klingon', 'de-DE-DE', '12', '"><script>', 'en '].map(
      (language): [string, Record<string, string>] => ['language', { language }],
    ),
  ]
  for (const [field, change] of wrong) {
    test(`are refused with the ${field} ${JSON.stringify(Object.values(change)[0]?.slice(0, 12))}, and come back as typed`, async () => {
      const before = await stored()
      const response = await ada.post(paths.admin.settings(), { ...(await form()), ...change })

      assert.equal(response.statusCode, 422)
      assert.ok(errorAt(response.body, field))
      assert.equal(fieldOf(response.body, field), Object.values(change)[0])
      assert.deepEqual(await stored(), before)
      assert.equal((await dev.get(paths.home())).statusCode, 200)
    })
  }

  test('take every language that can write a date', async () => {
    const { path } = await publishPost(ben)
    for (const language of [
      'en',
      'de',
      'pt-BR',
      'zh-Hant-TW',
      'sr-Latn',
      'ar',
      'tlh',
      'de-CH-1996',
      'en-u-ca-buddhist',
    ]) {
      assert.equal((await ada.post(paths.admin.settings(), { ...(await form()), language })).statusCode, 303, language)
      for (const url of [path, paths.home()]) assert.equal((await dev.get(url)).statusCode, 200, language)
    }
  })

  test('close registration and comments when their boxes are empty, and open them again', async () => {
    const { path } = await publishPost(ben)
    const { title = '', description = '', language = '', version = '' } = await form()
    await ada.post(paths.admin.settings(), { title, description, language, version })
    assert.equal((await dev.get(paths.register())).statusCode, 404)
    assert.match((await ben.get(path)).body, /Comments are closed/)
    assert.doesNotMatch((await ada.get(paths.admin.settings())).body, /name="comments_are_open"[^>]*checked/)

    await ada.post(paths.admin.settings(), await form())
    assert.equal((await dev.get(paths.register())).statusCode, 200)
    assert.doesNotMatch((await ben.get(path)).body, /Comments are closed/)
    assert.match((await ada.get(paths.admin.settings())).body, /name="comments_are_open"[^>]*checked/)
  })

  test('leave a trace of who changed what', async () => {
    await ada.post(paths.admin.settings(), { ...(await form()), title: 'A traced title' })

    const query = db.selectFrom('audit_events').select(['actor_id', 'details']).where('action', '=', 'settings.changed')
    const event = await query.orderBy('id', 'desc').executeTakeFirstOrThrow()
    assert.equal(event.actor_id, ada.id)
    assert.equal((event.details as { title: string }).title, 'A traced title')
  })
})

test('every page of settings leads to the others', async () => {
  const { settings, safetySettings, machineSettings, redirects, jobs } = paths.admin
  const places = [settings(), safetySettings(), machineSettings(), redirects(), jobs()]
  for (const here of places) {
    const { body } = await ada.get(here)
    const tabs = /<nav class="tabs" aria-label="Settings">.*?<\/nav>/s.exec(body)?.[0] ?? ''
    const links = [...tabs.matchAll(/href="([^"]+)"( aria-current="page")?/g)]
    assert.deepEqual(
      links.map(([, place, isHere]) => [place, Boolean(isHere)]),
      places.map((place) => [place, place === here]),
    )
    // The entry of the desk's menu that leads here, too.
    assert.match(body, /<a href="\/admin\/settings" aria-current="(page|true)">Settings/, here)
  }
})

test('the owner is told that mail goes nowhere, the others are not', async () => {
  for (const path of [paths.admin.dashboard(), paths.admin.settings()])
    assert.match((await ada.get(path)).body, /No mail server is set up/, path)
  // It would stand between the writer and the text.
  for (const path of [paths.admin.newPost(), paths.admin.posts(), paths.admin.media()])
    assert.doesNotMatch((await ada.get(path)).body, /No mail server/, path)
  assert.doesNotMatch((await ben.get(paths.admin.dashboard())).body, /No mail server/)
  const sending = await testApp({ SMTP_URL: 'smtp://127.0.0.1:1' })
  assert.doesNotMatch((await sending.cast.ada.get(paths.admin.dashboard())).body, /No mail server/)
})

/** Good values with the version of now. */
async function form(): Promise<Record<string, string>> {
  const version = fieldOf((await ada.get(paths.admin.settings())).body, 'version') ?? ''
  return {
    title: 'Test Notes',
    description: '',
    language: 'en',
    registration_is_open: 'yes',
    comments_are_open: 'yes',
    version,
  }
}

async function stored() {
  return await db.selectFrom('settings').selectAll().executeTakeFirstOrThrow()
}
