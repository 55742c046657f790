// Feeds, sitemap and cards stay well-formed whatever a title or a text is made of: every class of Unicode, one after another.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { validateXML } from 'xmllint-wasm'
import { testApp } from '../../test/app.ts'
import { publishPost, unescaped } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { longestTitle } from '../posts/post.ts'

const origin = 'https://blog.example'
const { cast, db, settings } = await testApp({ SITE_URL: origin })
const { bea, ben, dev, rosa } = cast

// General categories of https://www.unicode.org/reports/tr44/; of surrogates there are only pairs in any text.
const categories = 'Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cn'.split(' ')

const code = Array.from({ length: 0x110000 }, (_, at) => at).filter((at) => at > 0 && (at < 0xd800 || at > 0xdfff))

/** Its first and last ones, and some between, as many as there is room for in a title. */
function charactersOf(category: string): string[] {
  const pattern = new RegExp(`\\p{gc=${category}}`, 'u')
  const all = code.map((at) => String.fromCodePoint(at)).filter((character) => pattern.test(character))
  const room = Math.floor((longestTitle - 40) / 2)
  if (all.length <= room) return all
  const step = all.length / (room - 80)
  const between = Array.from({ length: room - 80 }, (_, at) => all[Math.floor(at * step)] ?? '')
  return [...all.slice(0, 40), ...between, ...all.slice(-40)]
}

const schemaOf = (file: string) => readFileSync(new URL(`../../test/schemas/${file}`, import.meta.url), 'utf8')
const schemas: Record<string, string> = { 'atom.xml': schemaOf('atom.rng'), 'rss.xml': schemaOf('rss.rng') }
const allowedInXml = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]$/u

async function wellFormed(xml: string, what: string): Promise<string> {
  const { errors, normalized } = await validateXML({ xml, normalization: 'format', maxMemoryPages: 4096 })
  assert.deepEqual(errors, [], what)
  return String(normalized)
}

/** Checks a feed in its formats, and answers the titles in it as XML says them. */
async function titlesIn(page: string): Promise<string[]> {
  const titles: string[] = []
  for (const [file, schema] of Object.entries(schemas)) {
    const { body: xml, statusCode } = await dev.get(paths.feed(page, file))
    assert.equal(statusCode, 200, page)
    const { errors } = await validateXML({ xml, schema, extension: 'relaxng', maxMemoryPages: 4096 })
    assert.deepEqual(errors, [], `${page} ${file}`)
    assert.ok(
      Array.from(xml).every((one) => allowedInXml.test(one)),
      file,
    )
    for (const [, title = ''] of xml.matchAll(/<title>([^<]*)<\/title>/g))
      titles.push(unescaped(title).replaceAll('&#13;', '\r'))
  }
  const { body } = await dev.get(paths.feed(page, 'feed.json'))
  const { items } = JSON.parse(body) as { items: { title: string }[] }
  return [...titles, ...items.map(({ title }) => title)]
}

const inXml = (text: string) =>
  Array.from(text)
    .filter((one) => allowedInXml.test(one))
    .join('')
const count = <T>(list: T[], item: T) => list.filter((one) => one === item).length

for (const batch of [categories.slice(0, 15), categories.slice(15)]) {
  describe(`posts made of ${batch.join(', ')}`, async () => {
    const tag = `batch ${batch[0]}`
    const posts: { title: string; path: string }[] = []
    const talk = await publishPost(ben, { title: `Talk ${batch[0]}` })
    for (const category of batch) {
      const characters = charactersOf(category)
      assert.ok(characters.length > 0, category)
      const run = characters.join('')
      const few = characters.slice(0, 20).join('')
      const body = `${run}\n\n# ${run}\n\n*${run}* \`${run}\` [${run}](https://example.com/ "x")\n\n- ${run}`
      const form = {
        title: `${category} ${run} .`,
        body,
        tags: `${tag}, ${category} ${few}`,
        series: `${category} ${few}`,
      }
      const { id, path } = await publishPost(ben, form)
      const { title } = await db.selectFrom('posts').select('title').where('id', '=', id).executeTakeFirstOrThrow()
      posts.push({ title, path })
      const words = { body: `${category} ${run}`, submission_key: crypto.randomUUID() }
      assert.equal((await rosa.post(paths.postComments(talk.slug), words)).statusCode, 303)
    }

    test('are in the feeds, and nothing that a format can hold is lost', async () => {
      const titles = await titlesIn(paths.tag(tag.toLowerCase().replace(' ', '-')))
      for (const { title } of posts) {
        const times = inXml(title) === title ? { xml: 3, json: 3 } : { xml: 2, json: 1 }
        assert.equal(count(titles, inXml(title)), times.xml, JSON.stringify(title))
        assert.equal(count(titles, title), times.json, JSON.stringify(title))
      }
    })

    test('and comments of them, too', async () => {
      assert.ok((await titlesIn(paths.postComments(talk.slug))).length > 2 * batch.length)
    })

    test('are in the sitemap, in cards and in what search engines are told', async () => {
      const sitemap = await wellFormed((await dev.get(paths.sitemapPart(0))).body, 'sitemap')
      for (const { title, path } of posts) {
        assert.ok(sitemap.includes(`<loc>${(origin + path).replaceAll('&', '&amp;')}</loc>`), path)
        const { body, statusCode } = await dev.get(path)
        assert.equal(statusCode, 200)
        const data = /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(body)?.[1] ?? ''
        const graph = (JSON.parse(data) as { '@graph': { headline: string }[] })['@graph']
        assert.equal(graph[0]?.headline, title)
        const card = await dev.get(paths.oembed({ url: origin + path, format: 'xml' }))
        assert.equal(card.statusCode, 200)
        assert.ok(
          Array.from(card.body).every((one) => allowedInXml.test(one)),
          path,
        )
      }
    })
  })
}

test('a blog and an author whose names are made of all of them have feeds', async () => {
  const names = categories.map((category) => charactersOf(category).slice(0, 3).join('')).join('')
  await publishPost(bea, { title: 'Named' })
  await db.updateTable('settings').set({ title: names, description: names, has_llms_txt: true, version: 90 }).execute()
  await db.updateTable('users').set({ name: names }).where('id', '=', bea.id).execute()
  await settings.refresh()
  const [first] = await titlesIn(paths.author('bea'))
  assert.equal(first, `${inXml(names)} – ${inXml(names)}`)
  assert.equal((await dev.get(paths.llms())).statusCode, 200)
})
