// What readers find, what they do not, and what they may type.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { sql } from 'kysely'
import { testApp } from '../../test/app.ts'
import { listedPosts, nextPage, publishPost, unescaped, writePost } from '../../test/pages.ts'
import type { Person } from '../../test/cast.ts'
import { paths } from '../paths.ts'

const context = await testApp({ TRUSTED_PROXIES: '127.0.0.1' })
const { cast, db, logged } = context
const { ada, ben, bea, dev, rosa } = cast

after(() => assert.doesNotMatch(logged(), /"level":[56]0/, 'Something was an error of ours.'))

/** Posts are found once the job was at work. */
const settle = async () => void (await context.deliverMail())
let visitors = 0
/** From another network each time, so that no test uses up another's searches. */
const elsewhere = () => ({ 'x-forwarded-for': `198.51.${++visitors >> 8}.${visitors & 255}` })

async function look(q: string, who: Person = rosa, more: Record<string, string> = {}) {
  const response = await who.get(paths.search({ q, ...more }), elsewhere())
  assert.equal(response.statusCode, 200, q)
  return response.body
}
const find = async (q: string, who?: Person) => (await listedPostsOf(await look(q, who))).toSorted()
const listedPostsOf = async (html: string) =>
  [...html.matchAll(/<h2 dir="auto"><a href="([^"]+)"/g)].map(([, href]) => unescaped(href ?? ''))

describe('a search', () => {
  test('finds words of title, tags, excerpt and text, in the forms of the language', async () => {
    const inTitle = await publishPost(ben, { title: 'Walking dolphins', body: 'Nothing.' })
    const inText = await publishPost(ben, { title: 'Elsewhere', body: 'It **walked** with a dolphin.' })
    const inTag = await publishPost(ben, { title: 'Tagged', body: 'x', tags: 'dolphin walks' })
    const inExcerpt = await publishPost(ben, { title: 'Short', body: 'x', excerpt: 'The dolphins that walk.' })
    await settle()
    const all = [inTitle, inText, inTag, inExcerpt].map(({ path }) => path).toSorted()
    assert.deepEqual(await find('dolphin walks'), all)
    assert.equal((await listedPostsOf(await look('dolphins walking')))[0], inTitle.path)
  })

  test('takes the dictionary of the language of each post', async () => {
    const german = await publishPost(ben, { title: 'Vom Wetter', body: 'Die Häuser standen leer.', language: 'de' })
    const french = await publishPost(ben, { title: 'Du temps', body: 'Ils mangeaient des pommes.', language: 'fr-CA' })
    await settle()
    assert.deepEqual(await find('haus'), [german.path])
    assert.deepEqual(await find('mangeait'), [french.path])
  })

  test('compares without accents and case', async () => {
    const { path } = await publishPost(ben, { title: 'Crème Brûlée', body: 'Ёлка' })
    await settle()
    for (const q of ['creme', 'CRÈME brulee', 'ｂｒｕｌｅｅ', 'елка']) assert.deepEqual(await find(q), [path], q)
  })

  test('knows phrases, words to leave out, alternatives', async () => {
    const one = await publishPost(ben, { title: 'Rye', body: 'The quokka jumped over green hills.' })
    const two = await publishPost(ben, { title: 'Wheat', body: 'The hills were green where the quokka sat.' })
    await settle()
    assert.deepEqual(await find('"green hills"'), [one.path])
    assert.deepEqual(await find('“green hills”'), [one.path])
    assert.deepEqual(await find('quokka -jumped'), [two.path])
    assert.deepEqual(await find('quokka -"green hills"'), [two.path])
    assert.deepEqual(await find('quokka rye or wheat'), [one.path, two.path].toSorted())
    assert.deepEqual(await find('quokka rye wheat'), [])
    assert.deepEqual(await find('the quokka where jumped'), [one.path])
  })

  test('knows tags, authors and dates', async () => {
    const one = await publishPost(ben, { title: 'Zeppelin one', tags: 'Air Ships, C++' })
    const two = await publishPost(bea, { title: 'Zeppelin two', tags: 'air' })
    await sql`update posts set published_at = '2019-03-31 12:00' where id = ${one.id}`.execute(db)
    await settle()
    assert.deepEqual(await find('zeppelin tag:"air ships"'), [one.path])
    assert.deepEqual(await find('tag:air-ships'), [one.path])
    assert.deepEqual(await find('zeppelin tag:c++'), [one.path])
    assert.deepEqual(await find('zeppelin -tag:air'), [one.path])
    assert.deepEqual(await find('zeppelin author:bea'), [two.path])
    assert.deepEqual(await find('zeppelin -author:Bea'), [one.path])
    assert.deepEqual(await find('zeppelin tag:nobody-has-this'), [])
    for (const q of ['before:2020', 'before:2019-04', 'before:2019-04-01', 'after:2018 before:2020'])
      assert.deepEqual(await find(`zeppelin ${q}`), [one.path], q)
    for (const q of ['after:2019', 'after:2019-03', 'after:2019-03-31'])
      assert.deepEqual(await find(`zeppelin ${q}`), [two.path], q)
    assert.deepEqual(await find('before:2019-03-31'), [])
    assert.deepEqual(await find('before:2020'), [one.path])
  })

  test('finds pages and parts of a series', async () => {
    const page = await publishPost(ben, { title: 'Imprint of axolotls', kind: 'page', slug: 'axolotls' })
    const part = await publishPost(ben, { title: 'First part', series: 'The axolotl saga' })
    await settle()
    assert.deepEqual(await find('axolotl'), [page.path, part.path].toSorted())
  })

  test('finds Chinese, Japanese, Korean and Thai by any two characters or more, and by one', async () => {
    const chinese = await publishPost(ben, { title: '夏天', body: '我们在北京大学吃冰淇淋。', language: 'zh' })
    const japanese = await publishPost(ben, { title: '旅行', body: '東京都のカタカナとPythonで書く', language: 'ja' })
    const thai = await publishPost(ben, { title: 'อากาศ', body: 'วันนี้อากาศดีมากที่กรุงเทพ', language: 'th' })
    const korean = await publishPost(ben, { title: '날씨', body: '한국어를 배웁니다', language: 'ko' })
    await settle()
    assert.deepEqual(await find('大学'), [chinese.path])
    assert.deepEqual(await find('冰淇淋'), [chinese.path])
    assert.deepEqual(await find('京大'), [chinese.path])
    assert.deepEqual(await find('京都'), [japanese.path])
    assert.deepEqual(await find('東京都 python'), [japanese.path])
    assert.deepEqual(await find('ｶﾀｶﾅ'), [japanese.path])
    assert.deepEqual(await find('กรุงเทพ'), [thai.path])
    assert.deepEqual(await find('한국어'), [korean.path])
    assert.deepEqual(await find('淋'), [chinese.path])
    assert.deepEqual(await find('京学'), [])
    assert.match(await look('冰淇淋'), /我们在北京大学吃<mark>冰淇淋<\/mark>/)
    assert.match(await look('กรุงเทพ'), /<mark>กรุงเทพ<\/mark>/)
  })

  test('puts what is in the title first, and what is new before what is old', async () => {
    const inText = await publishPost(ben, { title: 'A', body: 'About a narwhal and its tooth.' })
    const inTitle = await publishPost(ben, { title: 'Narwhal', body: 'B' })
    const old = await publishPost(ben, { title: 'C', body: 'About a narwhal and its tooth.' })
    await sql`update posts set published_at = '2009-01-01' where id = ${old.id}`.execute(db)
    await settle()
    assert.deepEqual(await listedPostsOf(await look('narwhal')), [inTitle.path, inText.path, old.path])
    assert.deepEqual((await listedPostsOf(await look('narwhal', rosa, { order: 'newest' }))).at(-1), old.path)
  })

  test('has pages, and an end', async () => {
    for (let count = 0; count < 23; count++) await publishPost(ben, { title: `Pangolin ${count}` })
    await settle()
    for (const order of ['best', 'newest']) {
      const seen: string[] = []
      let html = await look('pangolin', rosa, { order })
      assert.match(html, /23 posts/)
      for (let pages = 1; ; pages++) {
        seen.push(...(await listedPostsOf(html)))
        const next = nextPage(html)
        if (!next) break
        assert.ok(pages < 4)
        html = (await rosa.get(next)).body
      }
      assert.equal(new Set(seen).size, 23)
      assert.equal(seen.length, 23)
    }
    assert.match(await look('pangolin', rosa, { page: '10' }), /nothing further back/)
  })
})

describe('a result', () => {
  test('shows a part of the text with what was looked for, as text', async () => {
    const far = 'Padding of words. '.repeat(60)
    await publishPost(ben, {
      title: '<script>alert(1)</script> capybaras',
      body: `${far}\n\nThen \`<img src=x onerror=alert(2)>\` the **capybaras** bathed & slept.`,
    })
    await settle()
    const html = await look('capybara')
    assert.match(html, /&lt;script&gt;alert\(1\)&lt;\/script&gt; <mark>capybaras<\/mark>/)
    assert.match(html, /… \S.*&lt;img src=x onerror=alert\(2\)&gt; the <mark>capybaras<\/mark> bathed &amp; slept\./)
    assert.doesNotMatch(html, /<script>|<img/)
    const part = /<p class="excerpt found"[^>]*>(.*?)<\/p>/.exec(html)?.[1] ?? ''
    assert.ok(unescaped(part.replace(/<\/?mark>/g, '')).length < 300)
    assert.match(part, /^… (Padding|of|words)/)
  })

  test('keeps what was typed and says so in the title, as text', async () => {
    const html = await look('"><script>alert(3)</script>')
    assert.doesNotMatch(html, /<script>alert/)
    assert.match(html, /value="&quot;&gt;&lt;script&gt;alert\(3\)&lt;\/script&gt;"/)
  })

  test('has no words of a text that is no longer there', async () => {
    const { id } = await publishPost(ben, { title: 'Okapi', body: 'The okapi hid a gemstone.' })
    await settle()
    assert.match(await look('okapi'), /gemstone/)
    await ben.post(paths.admin.post(id), { title: 'Okapi', body: 'The okapi hid.', version: '1' })
    assert.doesNotMatch(await look('okapi'), /gemstone/)
    await settle()
    assert.deepEqual(await find('gemstone'), [])
  })
})

describe('what a visitor may not see', () => {
  const word = 'wombatsecret'
  const secret = (form: Record<string, string>) => ({ title: `Of ${word}`, body: `Text ${word}`, tags: word, ...form })

  test('is not found: drafts, scheduled, unlisted and private posts', async () => {
    await writePost(ben, secret({}))
    await publishPost(ben, secret({ visibility: 'unlisted' }))
    await publishPost(ben, secret({ visibility: 'private' }))
    const later = await publishPost(ben, secret({}))
    await sql`update posts set published_at = now() + interval '1 day' where id = ${later.id}`.execute(db)
    await settle()
    for (const who of [dev, rosa, ben, ada]) {
      const html = await look(word, who)
      assert.match(html, /No post has all of that/)
      assert.doesNotMatch(html, /Did you mean/)
    }
    assert.doesNotMatch(await look('wombatsecrte'), /wombatsecret/)
    assert.deepEqual((await dev.get(`${paths.searchSuggestions()}?q=wombats`, elsewhere())).json(), ['wombats', []])
  })

  test('is not found from the moment it is hidden, before any job', async () => {
    const { id } = await publishPost(ben, { title: 'Tapir', body: 'The tapir.' })
    await settle()
    assert.equal((await find('tapir')).length, 1)
    await ben.post(paths.admin.publicationEnd(id))
    assert.deepEqual(await find('tapir'), [])
    assert.match(await look('tapir'), /No post has all of that/)
    await ben.post(paths.admin.publication(id))
    await settle()
    assert.equal((await find('tapir')).length, 1)
    await ben.post(paths.admin.postDeletion(id))
    assert.deepEqual(await find('tapir'), [])
    await settle()
    assert.deepEqual(await find('tapir'), [])
  })

  test('a text for members is found by members; its title and excerpt by everybody', async () => {
    const { path, id } = await publishPost(ben, {
      title: 'Numbat notes',
      body: 'Inside is a fossa.',
      excerpt: 'A teaser of termites.',
      visibility: 'members',
    })
    await settle()
    for (const q of ['numbat', 'termites']) {
      assert.deepEqual(await find(q, dev), [path], q)
      assert.doesNotMatch(await look(q, dev), /fossa/)
    }
    assert.deepEqual(await find('numbat'), [path])
    assert.deepEqual(await find('fossa'), [path])
    assert.deepEqual(await find('fossa', dev), [])
    assert.match(await look('fossa', dev), /No post has all of that/)
    assert.doesNotMatch(await look('fosas', dev), /fossa/)
    // A guess by what is left out tells nothing either.
    assert.deepEqual(await find('numbat -fossa', dev), [path])
    assert.deepEqual(await find('numbat -fossa'), [])

    await ben.post(paths.admin.post(id), {
      title: 'Numbat notes',
      body: 'A fossa.',
      version: '1',
      visibility: 'public',
    })
    await settle()
    assert.deepEqual(await find('fossa', dev), [path])
    await ben.post(paths.admin.post(id), {
      title: 'Numbat notes',
      body: 'A fossa.',
      version: '2',
      visibility: 'members',
    })
    assert.deepEqual(await find('fossa', dev), [])
    await settle()
    assert.deepEqual(await find('fossa', dev), [])
    assert.deepEqual(await find('fossa'), [path])
  })
})

describe('another spelling', () => {
  test('is proposed for a word that nothing has, as the post writes it', async () => {
    await publishPost(ben, { title: 'Crème of Salamander', body: 'The salamander basked.' })
    await settle()
    const html = await look('salamnader -bread')
    assert.match(html, /No post has all of that/)
    assert.match(unescaped(html), /Did you mean <a href="\/search\?q=salamander\+-bread">salamander -bread<\/a>\?/)
    assert.doesNotMatch(await look('salamander'), /Did you mean/)
    await publishPost(ben, { title: 'Newts' })
    await settle()
    assert.match(await look('nwets'), /Did you mean/)
    assert.match(await look('newwts'), /Did you mean/)
  })

  test('goes with the last post that everybody sees, and stays while there is another', async () => {
    const one = await publishPost(ben, { title: 'Aardvark' })
    const two = await publishPost(ben, { title: 'Aardvark too' })
    await settle()
    await ben.post(paths.admin.publicationEnd(one.id))
    await settle()
    assert.match(await look('aadrvark'), /Did you mean/)
    await ben.post(paths.admin.post(two.id), { title: 'Changed', body: 'x', version: '1' })
    await settle()
    assert.doesNotMatch(await look('aadrvark'), /Did you mean/)
  })
})

describe('suggestions', () => {
  const suggest = async (q: string, who = dev) => {
    const response = await who.get(`${paths.searchSuggestions()}?q=${encodeURIComponent(q)}`, elsewhere())
    assert.equal(response.statusCode, 200)
    assert.match(String(response.headers['content-type']), /^application\/json/)
    return response.json()[1] as string[]
  }

  test('complete the last word, commonest first', async () => {
    await publishPost(ben, { title: 'Lemurs', body: 'lemur lemming' })
    await publishPost(ben, { title: 'Lemurs again', body: 'Lémuriens' })
    await settle()
    assert.deepEqual(await suggest('lem'), ['lemurs', 'lemming', 'lemur', 'lémuriens'])
    assert.deepEqual(await suggest('big lemu'), ['big lemurs', 'big lemur', 'big lémuriens'])
  })

  test('are none for nothing, a letter, a field, wildcards and very long texts', async () => {
    for (const q of ['', 'l', 'tag:lem', '%', '_e', 'le%', '-', '*', '🙂', 'x'.repeat(10_000), "le'", '冰'])
      assert.deepEqual(await suggest(q), [], q)
  })
})

describe('the page', () => {
  test('has a field, tips and no results before anything was typed; machines look for nothing', async () => {
    const response = await dev.get(paths.search())
    assert.equal(response.statusCode, 200)
    assert.match(response.body, /<input id="q" name="q" type="search"/)
    assert.match(response.body, /What can be typed/)
    assert.doesNotMatch(response.body, /noindex/)
    assert.match((await dev.get(paths.search({ q: 'lemur' }))).body, /<meta name="robots" content="noindex">/)
    assert.match((await dev.get(paths.robots())).body, /^Disallow: \/search\?$/m)
    assert.equal(listedPosts(response.body).length, 0)
  })

  test('is described for browsers', async () => {
    const { body, headers } = await dev.get(paths.openSearch())
    assert.match(String(headers['content-type']), /^application\/opensearchdescription\+xml/)
    assert.match(body, /<ShortName>Test Notes<\/ShortName>/)
    assert.match(body, /template="http:\/\/localhost:8081\/search\?q=\{searchTerms\}"/)
    assert.match((await dev.get(paths.home())).body, /rel="search" type="application\/opensearchdescription\+xml"/)
  })

  test('says when that was more than a search takes', async () => {
    assert.match(await look('word '.repeat(100)), /keep a search to 200 characters/)
    assert.match(await look('a b c d e f g h i j k l m n o p q'), /more than a search takes/)
    assert.match(await look('bread after:yesterday'), /A date is written as 2024/)
  })

  test('answers everything that can be typed', async () => {
    const typed = [
      [
        "'; drop table posts; --",
        "x' | 'y",
        "') or ('1'='1",
        'a:*',
        '!!!',
        '((( & | !!! :*',
        '"',
        '-',
        '- -',
        '""',
        '-""',
      ],
      ['tag:', 'author:""', 'tag:"', 'after:', 'before:9999-12-31', 'after:0000', 'after:2024-13', 'before:2023-02-30'],
      [
        '%',
        '_',
        '%%%%',
        '\\',
        '\\\\',
        '\\x00',
        '$1',
        `$\{x}`,
        '🙂🙂',
        '👩‍👩‍👧',
        '\u202Eabc\u202C',
        'שלום עולם',
        'مرحبا',
        '\uFEFF',
      ],
      [
        'or',
        'or or or',
        '| | |',
        'a or',
        'or a',
        'the',
        'the of and',
        '-the',
        '-bread',
        '-tag:x',
        '<->',
        'a <2> b',
        'a:ABCD',
      ],
      [
        'tag:x '.repeat(30),
        '-'.repeat(190),
        '"'.repeat(190),
        '('.repeat(190),
        'é'.repeat(200),
        '한'.repeat(200),
        '1e400',
        '١٢٣',
      ],
      [
        'x'.repeat(10_240),
        'a '.repeat(5000),
        '𝕳𝖊𝖑𝖑𝖔',
        'ǅ',
        'İi',
        'ﬁ',
        'a\u0301\u0301\u0301\u0301',
        '\t\n',
        '#t 1',
        "'#t 1'",
      ],
    ].flat()
    for (const q of typed) {
      const response = await rosa.get(`${paths.search()}?q=${encodeURIComponent(q)}`)
      assert.equal(response.statusCode, 200, q.slice(0, 40))
    }
    for (const query of [
      'q=a&q=b',
      'q[]=a',
      'q[a]=b',
      'q',
      '',
      'page=-1&q=a',
      'page=9e9&q=a',
      'before=x&q=a',
      'order[]=x&q=a',
    ])
      assert.equal((await rosa.get(`${paths.search()}?${query}`)).statusCode, 200, query)
    assert.equal((await rosa.get(`${paths.search()}?q=a&before=${'9'.repeat(16)}-1`)).statusCode, 200)
    const { rows } = await sql<{ there: boolean }>`select exists (select from posts) as there`.execute(db)
    assert.equal(rows[0]?.there, true)
  })

  test('is for a stranger sixty times a minute, and for who is signed in more', async () => {
    const from = { 'x-forwarded-for': '203.0.113.9' }
    const codes = new Set<number>()
    for (let count = 0; count < 60; count++) codes.add((await dev.get(paths.search({ q: 'x' }), from)).statusCode)
    assert.deepEqual([...codes], [200])
    const refused = await dev.get(paths.search({ q: 'x' }), from)
    assert.equal(refused.statusCode, 429)
    assert.ok(Number(refused.headers['retry-after']) > 0)
    assert.equal((await dev.get(paths.search(), from)).statusCode, 200)
    assert.equal((await rosa.get(paths.search({ q: 'x' }), from)).statusCode, 200)
  })

  test('has a limit for accounts too, four times as high', async () => {
    await sql`delete from attempts`.execute(db)
    for (const [path, most] of [
      [paths.search({ q: 'x' }), 240],
      [`${paths.searchSuggestions()}?q=bre`, 960],
    ] as const) {
      assert.equal((await ada.get(path)).statusCode, 200)
      await sql`update attempts set count = ${most - 1}`.execute(db)
      assert.equal((await ada.get(path)).statusCode, 200, path)
      const refused = await ada.get(path)
      assert.equal(refused.statusCode, 429, path)
      assert.ok(Number(refused.headers['retry-after']) > 0)
      assert.equal((await bea.get(path)).statusCode, 200, path)
      await sql`delete from attempts`.execute(db)
    }
  })
})

/** Rejects for one that was answered. */
async function refused<Answer extends { statusCode: number }>(answer: Promise<Answer>): Promise<Answer> {
  const found = await answer
  assert.equal(found.statusCode, 503)
  return found
}

describe('a search that PostgreSQL cannot answer in time', () => {
  test('is stopped, and the page says what to do', async () => {
    await db.transaction().execute(async (locked) => {
      await sql`lock table search_posts in access exclusive mode`.execute(locked)
      const html = await look('slow bread')
      assert.match(html, /took too long/)
      assert.match(html, /value="slow bread"/)
      assert.deepEqual((await rosa.get(`${paths.searchSuggestions()}?q=bre`)).json(), ['bre', []])
      assert.equal((await dev.get(paths.home())).statusCode, 200)
    })
    assert.doesNotMatch(await look('slow bread'), /took too long/)
  })

  test('is nobody else’s trouble: a crowd is answered or sent away, and other pages go on', async () => {
    await db.transaction().execute(async (locked) => {
      await sql`lock table search_posts in access exclusive mode`.execute(locked)
      const crowd = Array.from({ length: 150 }, () => dev.get(paths.search({ q: 'crowd' }), elsewhere()))
      assert.equal((await dev.get(paths.home())).statusCode, 200)
      const answers = await Promise.all(crowd)
      for (const { statusCode, headers } of answers) {
        assert.ok(statusCode === 200 || statusCode === 503, String(statusCode))
        if (statusCode === 503) assert.ok(Number(headers['retry-after']) > 0)
      }
      assert.ok(answers.some(({ statusCode }) => statusCode === 503))
      assert.ok(answers.some(({ statusCode }) => statusCode === 200))
    })
    const { statusCode } = await dev.get(paths.search({ q: 'crowd' }), elsewhere())
    assert.equal(statusCode, 200)
  })

  test('keeps no other visitor from searching: who waits with most makes room, and the others are next', async () => {
    await db.transaction().execute(async (locked) => {
      await sql`lock table search_posts in access exclusive mode`.execute(locked)
      const crowd = Array.from({ length: 80 }, () => ben.get(paths.search({ q: 'crowd' })))
      // The line is full from here on.
      assert.equal((await Promise.any(crowd.map(refused))).statusCode, 503)
      const others = await Promise.all(
        Array.from({ length: 5 }, () => dev.get(paths.search({ q: 'crowd' }), elsewhere())),
      )
      assert.deepEqual(new Set(others.map(({ statusCode }) => statusCode)), new Set([200]))
      await Promise.all(crowd)
    })
  })
})

test('without a word in what was typed that is said, and not that no post has it', async () => {
  for (const [typed, said] of [
    ['"', /There is no word in that/],
    ['🙂', /There is no word in that/],
    ['nowhereatall', /No post has all of that/],
    ['after:soon', /A date is written as/],
  ] as const) {
    const { body } = await dev.get(paths.search({ q: typed }))
    assert.match(body, said, typed)
    assert.match(body, /What can be typed/, typed)
  }
})
