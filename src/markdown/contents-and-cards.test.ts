import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listAddresses, mostCards, withoutCards } from './cards.ts'
import { renderMarkdown } from './render.ts'
import type { Embed } from './surroundings.ts'

const html = (text: string) => renderMarkdown(text).html.trim()

describe('the contents of a text', () => {
  test('are a list of its headings, by their depth, with the addresses they have', () => {
    const page = html('[[toc]]\n\n# One\n\n#### Deep & *down*\n\n## Two\n\n### Three\n\n## Two\n\n> ## Quoted')
    assert.equal(
      page.slice(0, page.indexOf('</nav>')).replaceAll('\n', ''),
      '<nav class="toc" aria-label="Contents"><ul><li><a href="#h-one">One</a>' +
        '<ul><li><a href="#h-deep-down">Deep &amp; down</a></li></ul></li>' +
        '<li><a href="#h-two">Two</a><ul><li><a href="#h-three">Three</a></li></ul></li>' +
        '<li><a href="#h-two-2">Two</a></li></ul>',
    )
    for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) assert.ok(page.includes(`id="${id}"`), id)
  })

  test('are no markup: words of headings are escaped', () => {
    assert.match(html('[[TOC]]\n\n## `<script>` &lt;b&gt;'), /<a href="#[^"]+">&lt;script&gt; &lt;b&gt;<\/a>/)
  })

  test('come once, alone in a paragraph, and not at all without headings', () => {
    assert.equal(html('words\n\n[[toc]]'), '<p>words</p>')
    const page = html('[[toc]]\n\n[[toc]]\n\nsee [[toc]]\n\n- [[toc]]\n\n`[[toc]]`\n\n## a')
    assert.equal(page.match(/<nav/g)?.length, 1)
    assert.equal(page.match(/\[\[toc\]\]/g)?.length, 4)
  })

  test('of a text with thousands of headings end', () => {
    const page = html(`[[toc]]\n\n${'## a\n\n'.repeat(2000)}`)
    assert.equal(page.match(/<li>/g)?.length, 500)
  })
})

describe('a card', () => {
  const address = 'https://other.example/a?b=1&c=2'
  const embed: Embed = { title: 'A <b>title</b>', description: '', author_name: '', site_name: '' }
  const known = (...entries: [string, Embed][]) => ({ pictures: new Map(), embeds: new Map(entries) })

  test('takes the place of an address alone in its paragraph, once it is known', () => {
    const text = `before\n\n${address}\n\n<${address}>\n\nafter`
    const link = `<p><a href="https://other.example/a?b=1&amp;c=2">https://other.example/a?b=1&amp;c=2</a></p>`
    const plain = renderMarkdown(text)
    assert.equal(plain.html, `<p>before</p>\n${link}\n${link}\n<p>after</p>\n`)
    assert.deepEqual(plain.cards, [{ address, isShown: false }])
    const shown = renderMarkdown(text, undefined, known([address, embed]))
    const card =
      '<div class="card">\n<p><a href="https://other.example/a?b=1&amp;c=2">A &lt;b&gt;title&lt;/b&gt;</a></p>\n' +
      '<p><small>other.example</small></p>\n</div>\n'
    assert.equal(shown.html, `<p>before</p>\n${card}${card}<p>after</p>\n`)
    assert.deepEqual(shown.cards, [{ address, isShown: true }])
  })

  test('says what is known: a description, who wrote it and where', () => {
    const more = { ...embed, description: 'About "it"', author_name: 'Ann', site_name: 'Other' }
    const page = renderMarkdown(address, undefined, known([address, more])).html
    assert.match(page, /<p>About "it"<\/p>\n<p><small>Ann · Other<\/small><\/p>/)
  })

  test('never takes the place of other things', () => {
    for (const text of [
      `see ${address}`,
      `${address} ${address}`,
      `${address}\nwords`,
      `- ${address}`,
      `> ${address}`,
      `    ${address}`,
      `\`\`\`\n\n${address}\n\n\`\`\``,
      `[${address}](${address})`,
      `| ${address} |\n|---|`,
      'ftp://other.example/',
      'mailto:a@other.example',
      'other.example/a',
      'https://',
      `https://other.example/${'x'.repeat(2000)}`,
    ]) {
      const rendered = renderMarkdown(text, undefined, known([address, embed]))
      assert.doesNotMatch(rendered.html, /class="card"/, text)
      assert.equal(rendered.cards, undefined, text)
    }
  })

  test('is one of twenty: further addresses stay links', () => {
    const addresses = Array.from({ length: 30 }, (_, index) => `https://other.example/${index}`)
    const known = { pictures: new Map(), embeds: new Map(addresses.map((one) => [one, embed])) }
    const { html, cards } = renderMarkdown(addresses.join('\n\n'), undefined, known)
    assert.equal(html.match(/class="card"/g)?.length, mostCards)
    assert.equal(cards?.length, mostCards)
  })

  test('is looked up by its address as it stands in the text, and no text has many to look up', () => {
    assert.deepEqual(listAddresses(` ${address} \r\n\r\n<https://b.example>\rwords https://c.example\n`), [
      address,
      'https://b.example',
    ])
    const many = Array.from({ length: 5000 }, (_, index) => `https://other.example/${index}`)
    assert.equal(listAddresses(many.join('\n')).length, mostCards * 5)
  })

  test('is left out where two pages of a text are compared', () => {
    const text = `a\n\n${address}\n\n<div class="card">\n<p><a href="${address}">x</a></p>\n</div>\n\nb https://c.example\n`
    const plain = renderMarkdown(text).html
    const shown = renderMarkdown(text, undefined, known([address, embed])).html
    const [one, other] = withoutCards(shown, plain)
    assert.equal(one, other)
    const [changed, same] = withoutCards(shown.replace('<p>a', '<p>A'), plain)
    assert.notEqual(changed, same)
  })
})
