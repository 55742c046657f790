import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointFor, providers } from './providers.ts'

const providerOf = (address: string) => providers.find(({ matches }) => matches(new URL(address)))

test('films are known by where they are', () => {
  for (const [address, name] of [
    ['https://www.youtube.com/watch?v=abc', 'YouTube'],
    ['https://m.youtube.com/watch?v=abc&t=1', 'YouTube'],
    ['https://youtu.be/abc?t=1', 'YouTube'],
    ['https://www.youtube.com/shorts/abc', 'YouTube'],
    ['https://vimeo.com/12345', 'Vimeo'],
    ['https://player.vimeo.com/video/12345', 'Vimeo'],
    ['https://www.youtube.com/', undefined],
    ['https://youtube.com.evil.example/watch?v=abc', undefined],
    ['https://evil.example/youtube.com/watch', undefined],
    ['https://vimeo.com/about', undefined],
  ] as const)
    assert.equal(providerOf(address)?.name, name, address)
})

test('the address is one value of the question, whatever is in it', () => {
  const [youTube] = providers
  assert.ok(youTube)
  const asked = new URL(endpointFor(youTube, 'https://youtu.be/a?b=c&format=xml#d'))
  assert.deepEqual(
    [...asked.searchParams],
    [
      ['url', 'https://youtu.be/a?b=c&format=xml#d'],
      ['format', 'json'],
    ],
  )
})
