// Addresses that programs know of every site, and the page where the owner decides on them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, publishPost, writePost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { mostPages } from './well-known.ts'

const origin = 'https://blog.example'
const { cast, db } = await testApp({ SITE_URL: origin })
const { ada, ben, dev } = cast
const page = paths.admin.machineSettings()

async function save(values: Record<string, string>) {
  const version = fieldOf((await ada.get(page)).body, 'version') ?? ''
  return await ada.post(page, { hub_url: '', security_contact: '', version, ...values })
}

describe('the settings for machines', () => {
  test('are the owner’s, and linked from the settings', async () => {
    assert.equal((await dev.get(page)).statusCode, 303)
    assert.equal((await ben.get(page)).statusCode, 403)
    assert.equal((await ben.post(page, { hub_url: '', security_contact: '', version: '1' })).statusCode, 403)
    assert.match((await ada.get(paths.admin.settings())).body, new RegExp(`href="${page}"`))
  })

  test('come back as they were saved, with a line in the audit log', async () => {
    const given = { hub_url: 'https://hub.example/', security_contact: 'ada@example.com', has_llms_txt: 'yes' }
    const answer = await save(given)
    assert.equal(answer.headers.location, `${page}?saved`)
    const { body } = await ada.get(`${page}?saved`)
    assert.match(body, /role="status"/)
    assert.equal(fieldOf(body, 'hub_url'), given.hub_url)
    assert.equal(fieldOf(body, 'security_contact'), given.security_contact)
    assert.match(body, /name="has_llms_txt" value="yes" checked/)
    const event = await db.selectFrom('audit_events').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow()
    assert.equal(event.action, 'settings.changed')
    assert.deepEqual(event.details, { ...given, has_llms_txt: true })
    await save({})
  })

  test('come back with what was typed and what is wrong with it', async () => {
    const wrong = { hub_url: 'hub.example', security_contact: 'nobody', has_llms_txt: 'yes' }
    const { body, statusCode } = await save(wrong)
    assert.equal(statusCode, 422)
    assert.match(errorAt(body, 'hub_url') ?? '', /begins with https/)
    assert.match(errorAt(body, 'security_contact') ?? '', /address of mail/)
    assert.equal(fieldOf(body, 'hub_url'), 'hub.example')
    for (const hub_url of ['ftp://x.example', 'https://a:b@x.example', 'javascript:alert(1)', 'https://x y'])
      assert.equal((await save({ hub_url })).statusCode, 422, hub_url)
    assert.equal((await save({ hub_url: `https://x.example/${'a'.repeat(500)}` })).statusCode, 422)
    const stale = await ada.post(page, { hub_url: '', security_contact: 'x@example.com', version: '1' })
    assert.equal(stale.statusCode, 409)
    assert.equal(fieldOf(stale.body, 'security_contact'), 'x@example.com')
  })
})

describe('security.txt', () => {
  test('is not there until somebody is to be told', async () => {
    await save({})
    assert.equal((await dev.get('/.well-known/security.txt')).statusCode, 404)
  })

  test('says whom to tell, and ends within a year', async () => {
    for (const [typed, contact] of [
      ['security@example.com', 'mailto:security@example.com'],
      ['https://blog.example/security', 'https://blog.example/security'],
    ]) {
      await save({ security_contact: ` ${typed} ` })
      const { body, headers } = await dev.get('/.well-known/security.txt')
      assert.equal(headers['content-type'], 'text/plain; charset=utf-8')
      const ends = /\nExpires: (\S+)\n/.exec(body)?.[1] ?? ''
      assert.match(ends, /^\d{4}-\d\d-\d\dT00:00:00Z$/)
      const days = (Date.parse(ends) - Date.now()) / 86_400_000
      assert.ok(days > 30 && days < 365)
      assert.equal(
        body,
        `Contact: ${contact}\nExpires: ${ends}\nPreferred-Languages: en\nCanonical: ${origin}/.well-known/security.txt\n`,
      )
    }
  })
})

test('programs that keep passwords find where one is changed', async () => {
  const { statusCode, headers } = await dev.get('/.well-known/change-password')
  assert.equal(statusCode, 302)
  assert.equal(headers.location, '/password')
})

describe('llms.txt', () => {
  test('is not there unless the owner wants it', async () => {
    await save({})
    assert.equal((await dev.get('/llms.txt')).statusCode, 404)
  })

  test('lists pages and the newest posts that anybody may find', async () => {
    await save({ has_llms_txt: 'yes' })
    assert.equal((await dev.get('/llms.txt')).body.includes('## Newest posts'), false)
    await publishPost(ben, { title: 'About [us] <b>', kind: 'page', slug: 'about', excerpt: 'Who\nwe are.' })
    await publishPost(ben, { title: 'A post', excerpt: '' })
    await writePost(ben, { title: 'Draft' })
    for (const visibility of ['unlisted', 'private']) {
      await publishPost(ben, { title: `Not ${visibility}`, visibility })
      await publishPost(ben, { title: `No page ${visibility}`, visibility, kind: 'page' })
    }
    await publishPost(ben, { title: 'For members', visibility: 'members', body: 'Secret.' })
    const { body, headers } = await dev.get('/llms.txt')
    assert.equal(headers['content-type'], 'text/markdown; charset=utf-8')
    assert.equal(
      body,
      `# Test Notes

> A blog under test.

## Pages

- [About \\[us\\] \\<b\\>](${origin}/about): Who we are.

## Newest posts

- [For members](${origin}/posts/for-members)
- [A post](${origin}/posts/a-post): Some words.

## Everything

- [Every post and page](${origin}/sitemap.xml)
- [The newest posts with their texts](${origin}/atom.xml)
`,
    )
  })

  test('has so many pages, and no more', async () => {
    const pages = Array.from({ length: mostPages + 3 }, (_, at) => ({
      slug: `page-${at}`,
      title: `Page ${at}`,
      body: 'x',
      body_html: '<p>x</p>',
      kind: 'page' as const,
      published_at: new Date(),
    }))
    await db.insertInto('posts').values(pages).execute()
    const { body } = await dev.get('/llms.txt')
    assert.equal(body.split('## Newest')[0]?.match(/^- /gm)?.length, mostPages)
  })
})
