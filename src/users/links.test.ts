// What somebody says of pages elsewhere, on the page of an author.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testApp } from '../../test/app.ts'
import { errorAt, fieldOf, publishPost } from '../../test/pages.ts'
import { paths } from '../paths.ts'
import { mostLinks } from './links.ts'

const { cast } = await testApp({ SITE_URL: 'https://blog.example' })
const { ben, dev, rosa } = cast
await publishPost(ben, { title: 'A post' })

const save = async (links: string) => await ben.post(paths.profile(), { name: 'Ben', links })

describe('pages of an author elsewhere', () => {
  test('are on the page of the author, and told to search engines', async () => {
    const links = 'https://social.example/@ben\r\n\r\nhttps://www.code.example/ben/\r\nhttps://social.example/@ben'
    assert.equal((await save(links)).statusCode, 303)
    const { body } = await dev.get(paths.author('ben'))
    assert.match(body, /<a class="u-url" rel="me" href="https:\/\/social\.example\/@ben">social\.example\/@ben<\/a>/)
    assert.match(body, /<a class="u-url" rel="me" href="https:\/\/www\.code\.example\/ben\/">code\.example\/ben<\/a>/)
    assert.match(body, /"sameAs":\["https:\/\/social\.example\/@ben","https:\/\/www\.code\.example\/ben\/"\]/)
    assert.equal(
      fieldOf((await ben.get(paths.profile())).body, 'links'),
      'https://social.example/@ben\nhttps://www.code.example/ben/',
    )
  })

  test('stay where a program sends a name alone, and go when the field is empty', async () => {
    await save('https://one.example/')
    await ben.post(paths.profile(), { name: 'Ben' })
    assert.match((await dev.get(paths.author('ben'))).body, /rel="me"/)
    await save('')
    assert.doesNotMatch((await dev.get(paths.author('ben'))).body, /rel="me"/)
  })

  test('are whole addresses with https, so many, and come back with what is wrong', async () => {
    for (const wrong of [
      'http://plain.example',
      'javascript:alert(1)',
      'social.example/@ben',
      'https://a:b@x.example',
      `https://x.example/${'a'.repeat(200)}`,
    ]) {
      const { body, statusCode } = await save(`https://fine.example\n${wrong}`)
      assert.equal(statusCode, 422, wrong)
      assert.match(errorAt(body, 'links') ?? '', /is no address that begins with https/)
      assert.equal(fieldOf(body, 'links'), `https://fine.example\n${wrong}`)
    }
    const many = Array.from({ length: mostLinks + 1 }, (_, at) => `https://x.example/${at}`)
    assert.equal(errorAt((await save(many.join('\n'))).body, 'links'), '10 addresses at most.')
    assert.equal((await save(many.slice(1).join('\n'))).statusCode, 303)
    assert.equal((await save('x'.repeat(5000))).statusCode, 422)
  })

  test('are asked of those who have such a page', async () => {
    assert.equal(fieldOf((await rosa.get(paths.profile())).body, 'links'), undefined)
  })
})
