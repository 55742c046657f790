// What pages say to search engines and to readers of microformats.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse, type DefaultTreeAdapterTypes } from 'parse5'
import { testApp } from '../../test/app.ts'
import { publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { wordsIn } from './structured-data.ts'

const origin = 'https://blog.example'
const { cast, db, settings } = await testApp({ SITE_URL: origin })
const { bea, ben, dev } = cast

type Element = DefaultTreeAdapterTypes.Element
type Thing = Record<string, unknown>

async function elementsOf(path: string): Promise<Element[]> {
  const { body, statusCode } = await dev.get(path)
  assert.equal(statusCode, 200, path)
  const all = (node: DefaultTreeAdapterTypes.Node): Element[] => [
    ...('tagName' in node ? [node] : []),
    ...('childNodes' in node ? node.childNodes.flatMap(all) : []),
  ]
  return all(parse(body))
}

const valueOf = (element: Element, name: string) => element.attrs.find((one) => one.name === name)?.value
const textOf = (node: DefaultTreeAdapterTypes.Node): string =>
  'value' in node ? node.value : 'childNodes' in node ? node.childNodes.map(textOf).join('') : ''

/** As a parser of HTML finds it, which is what search engines have. */
async function thingsOn(path: string): Promise<Thing[]> {
  const scripts = (await elementsOf(path)).filter(({ tagName }) => tagName === 'script')
  return scripts.flatMap((script) => {
    assert.equal(valueOf(script, 'type'), 'application/ld+json')
    const { '@context': context, '@graph': graph, ...thing } = JSON.parse(textOf(script)) as Thing
    assert.equal(context, 'https://schema.org')
    return graph ? (graph as Thing[]) : [thing]
  })
}

const ofType = async (path: string, type: string) => (await thingsOn(path)).find((thing) => thing['@type'] === type)

/** The elements with a class of microformats2, by that class. */
async function formatsOn(path: string): Promise<(name: string) => Element[]> {
  const elements = await elementsOf(path)
  return (name) => elements.filter((element) => (valueOf(element, 'class') ?? '').split(' ').includes(name))
}

test('every page for readers has a description in its head', async () => {
  const about = async (path: string) => {
    const meta = (await elementsOf(path)).filter(
      (one) => one.tagName === 'meta' && valueOf(one, 'name') === 'description',
    )
    assert.equal(meta.length, 1, path)
    return valueOf(meta[0] as Element, 'content')
  }
  const { path } = await publishPost(bea, { title: 'Rye & oats', body: 'The *first* words.', tags: 'Grains' })
  const { path: wordless } = await publishPost(bea, { title: 'No words', body: '![](https://pictures.example/a.png)' })
  assert.equal(await about(path), 'The first words.')
  assert.equal(await about(wordless), `No words – ${settings.get().title}`)
  assert.equal(await about(paths.tag('grains')), 'Rye & oats')
  assert.match(String(await about(paths.author('bea'))), /^No words · Rye & oats/)
  assert.equal(await about(paths.home()), settings.get().description)
  assert.equal(await about(paths.search()), `Search – ${settings.get().title}`)
})

describe('the page of a post tells search engines', () => {
  test('what it is, who wrote it, when, and where it stands', async () => {
    const { path, id } = await publishPost(ben, {
      title: 'On bread',
      body: 'Flour, water, *salt*. Patience & time.',
      tags: 'Bread, Night trains',
      excerpt: 'What it takes.',
      series: 'Baking',
      series_part: '1',
      authors: 'bea',
      language: 'de',
    })
    const row = await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    const posting = await ofType(path, 'BlogPosting')
    assert.deepEqual(
      { ...posting, image: undefined },
      {
        '@type': 'BlogPosting',
        '@id': origin + path,
        url: origin + path,
        headline: 'On bread',
        description: 'What it takes.',
        datePublished: row.published_at?.toISOString(),
        dateModified: (row.updated_at > (row.published_at ?? 0) ? row.updated_at : row.published_at)?.toISOString(),
        inLanguage: 'de',
        image: undefined,
        author: [
          { '@type': 'Person', name: 'Ben', url: `${origin}/authors/ben` },
          { '@type': 'Person', name: 'Bea', url: `${origin}/authors/bea` },
        ],
        keywords: ['Bread', 'Night trains'],
        wordCount: 5,
        isPartOf: { '@type': 'Blog', '@id': `${origin}/`, name: 'Test Notes' },
      },
    )
    const image = String(posting?.image)
    assert.equal((await dev.get(image.slice(origin.length))).headers['content-type'], 'image/png')
    const way = (await ofType(path, 'BreadcrumbList'))?.itemListElement as Thing[]
    assert.deepEqual(
      way.map(({ position, name, item }) => [position, name, item]),
      [
        [1, 'Test Notes', `${origin}/`],
        [2, 'Baking', `${origin}/series/baking`],
        [3, 'On bread', origin + path],
      ],
    )
  })

  test('in a block that no title, tag or excerpt ends, and that nothing runs', async () => {
    const title = `</script><script>alert(1)</script><!-- <script> ]]> "q" \\ \u2028 &lt;`
    const { path } = await publishPost(ben, {
      title,
      tags: `</script>, <!--`,
      excerpt: `</SCRIPT ><img src=x onerror=1>`,
    })
    const { headers, body } = await dev.get(path)
    assert.equal(body.match(/<script/gi)?.length, 1)
    assert.equal(body.match(/<\/script/gi)?.length, 1)
    assert.doesNotMatch(String(headers['content-security-policy']), /script-src|unsafe/)
    const posting = await ofType(path, 'BlogPosting')
    assert.equal(posting?.headline, title)
    assert.deepEqual(posting?.keywords, ['</script>', '<!--'])
  })

  test('nothing of the words of a post for members, and nothing at all of a private one', async () => {
    const { path, id } = await publishPost(ben, { title: 'Members', body: 'One two three.', visibility: 'members' })
    const posting = await ofType(path, 'BlogPosting')
    assert.equal(posting?.isAccessibleForFree, false)
    assert.equal('wordCount' in (posting ?? {}), false)
    await db.updateTable('posts').set({ visibility: 'private' }).where('id', '=', id).execute()
    assert.doesNotMatch((await ben.get(path)).body, /ld\+json|oembed|u-url/)
  })

  test('no date that an older blog did not say', async () => {
    const { path, id } = await publishPost(ben, { title: 'Undated' })
    await db
      .updateTable('posts')
      .set({ published_at: new Date(0) })
      .where('id', '=', id)
      .execute()
    assert.equal('datePublished' in ((await ofType(path, 'BlogPosting')) ?? {}), false)
  })

  test('of a page of its own that it is a page', async () => {
    await publishPost(ben, { title: 'About us', kind: 'page', slug: 'about-us' })
    const about = await ofType('/about-us', 'WebPage')
    assert.equal(about?.name, 'About us')
    assert.equal('datePublished' in (about ?? {}), false)
  })
})

test('the front page tells where the blog is searched, other lists where they stand, authors who they are', async () => {
  await publishPost(ben, { title: 'Listed', tags: 'Listed' })
  const site = await ofType('/', 'WebSite')
  assert.equal(site?.name, 'Test Notes')
  assert.deepEqual(site?.potentialAction, {
    '@type': 'SearchAction',
    target: { '@type': 'EntryPoint', urlTemplate: `${origin}/search?q={words}` },
    'query-input': 'required name=words',
  })
  const [person] = await thingsOn(paths.author('ben'))
  assert.deepEqual(person, {
    '@type': 'Person',
    '@id': `${origin}/authors/ben`,
    url: `${origin}/authors/ben`,
    name: 'Ben',
  })
  const way = (await ofType(paths.tag('listed'), 'BreadcrumbList'))?.itemListElement as Thing[]
  assert.deepEqual(
    way.map(({ item }) => item),
    [`${origin}/`, `${origin}/tags/listed`],
  )
  for (const path of ['/', paths.tag('listed'), paths.author('ben')])
    assert.ok((await dev.get(path)).body.includes(`<link rel="canonical" href="${origin}${path}">`), path)
})

test('words are counted without markup, and by letters where there are no blanks', () => {
  assert.equal(wordsIn('<p>It’s a well-known fact &amp; <a href="x y z">no more</a>.</p>'), 6)
  assert.equal(wordsIn('<p>漢字かな</p>'), 4)
  assert.equal(wordsIn(''), 0)
})

describe('microformats', () => {
  test('say of a post what is its name, text, time, author, tags and address', async () => {
    const { path } = await publishPost(ben, { title: 'Formatted', body: 'Its *text*.', tags: 'Forms', authors: 'bea' })
    const format = await formatsOn(path)
    assert.equal(format('h-entry').length, 1)
    assert.deepEqual(format('p-name').map(textOf), ['Formatted'])
    assert.deepEqual(format('e-content').map(textOf), ['Its text.\n'])
    assert.match(valueOf(format('dt-published')[0] as Element, 'datetime') ?? '', /^\d{4}-.*Z$/)
    assert.deepEqual(
      format('p-author').map((one) => [
        textOf(one),
        valueOf(one.childNodes[0] as Element, 'href'),
        valueOf(one, 'class'),
      ]),
      [
        ['Ben', '/authors/ben', 'p-author h-card'],
        ['Bea', '/authors/bea', 'p-author h-card'],
      ],
    )
    assert.deepEqual(format('p-category').map(textOf), ['Forms'])
    assert.deepEqual(
      format('u-url').map((one) => valueOf(one, 'value')),
      [origin + path],
    )
  })

  test('say of a list which posts it has', async () => {
    await publishPost(bea, { title: 'Newest', tags: 'Lists', series: 'Many', excerpt: 'Short.' })
    for (const path of ['/', paths.tag('lists'), paths.author('bea'), paths.series('many')]) {
      const format = await formatsOn(path)
      assert.equal(format('h-feed').length, 1, path)
      assert.ok(format('h-entry').length > 0, path)
      const [name] = format('p-name').filter((one) => textOf(one) === 'Newest')
      assert.ok(name, path)
      assert.ok(
        format('u-url').some((one) => valueOf(one, 'href') === paths.post('newest')),
        path,
      )
      assert.ok(
        format('p-summary').some((one) => textOf(one) === 'Short.'),
        path,
      )
    }
  })
})

test('a text says its language and the way it is written, on its page and in lists', async () => {
  const { path } = await publishPost(ben, { title: 'عنوان', body: 'نص', language: 'ar', excerpt: 'ملخص' })
  const article = (await elementsOf(path)).find(({ tagName }) => tagName === 'article') as Element
  assert.deepEqual([valueOf(article, 'lang'), valueOf(article, 'dir')], ['ar', 'rtl'])
  const list = await elementsOf('/')
  const link = list.find((one) => valueOf(one, 'href') === path) as Element
  assert.deepEqual([valueOf(link, 'lang'), valueOf(link, 'hreflang')], ['ar', 'ar'])
  assert.ok(list.some((one) => one.tagName === 'h2' && valueOf(one, 'dir') === 'rtl'))
  const { path: plain } = await publishPost(ben, { title: 'Plain' })
  const other = (await elementsOf(plain)).find(({ tagName }) => tagName === 'article') as Element
  assert.deepEqual([valueOf(other, 'lang'), valueOf(other, 'dir')], [undefined, undefined])
  await db.updateTable('settings').set({ language: 'he', version: 77 }).execute()
  await settings.refresh()
  assert.match((await dev.get('/')).body, /<html lang="he" dir="rtl">/)
  await db.updateTable('settings').set({ language: 'en', version: 78 }).execute()
  await settings.refresh()
  assert.match((await dev.get('/')).body, /<html lang="en" dir="ltr">/)
})

test('a preview of a draft is no entry with an address', async () => {
  const { id } = await writePost(ben, { title: 'Not out' })
  const { body } = await ben.get(paths.admin.postPage(id))
  assert.doesNotMatch(body, /ld\+json|u-url/)
})
