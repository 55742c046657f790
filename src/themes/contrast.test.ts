import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assets } from '../html/assets.ts'
import { colourOf, contrast, nearest } from './colour.ts'
import { agreementOf, failuresOf, mended, readable, schemesOf } from './contrast.ts'
import { presets } from './presets.ts'
import { cssOf } from './stylesheet.ts'
import { type Theme, defaultTheme, roles } from './theme.ts'

describe('two colours', () => {
  // Of the WCAG's own examples and of https://webaim.org/resources/contrastchecker/
  const known: [string, string, number][] = [
    ['#000000', '#ffffff', 21],
    ['#777777', '#ffffff', 4.48],
    ['#767676', '#ffffff', 4.54],
    ['#ff0000', '#ffffff', 4],
    ['#123456', '#123456', 1],
  ]
  for (const [one, other, ratio] of known) {
    test(`${one} and ${other} are ${ratio} to 1 apart, in either order`, () => {
      assert.equal(Math.floor(contrast(one, other) * 100 + 0.5) / 100, ratio)
      assert.equal(contrast(one, other), contrast(other, one))
    })
  }

  test('are read as browsers write them, and nothing else is one', () => {
    assert.equal(colourOf(' #ABCDEF '), '#abcdef')
    assert.equal(colourOf('#0af'), '#00aaff')
    for (const wrong of ['', 'red', '#12', '#12345g', '#1234567', 'rgb(0,0,0)', '#000;}'])
      assert.equal(colourOf(wrong), undefined)
  })

  test('too close: the nearest that passes is close by, in the same hue, and passes', () => {
    const found = nearest('#3399ff', (colour) => contrast(colour, '#ffffff') >= 4.5) ?? ''
    assert.ok(contrast(found, '#ffffff') >= 4.5)
    assert.ok(contrast(found, '#ffffff') < 4.7, found)
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(found.slice(at, at + 2), 16))
    assert.ok(blue > green && green > red, found)
    assert.equal(
      nearest('#000000', (colour) => contrast(colour, '#ffffff') >= 4.5),
      '#000000',
    )
    assert.equal(
      nearest('#888888', () => false),
      undefined,
    )
  })
})

describe('the themes to begin with', () => {
  for (const [key, looks] of Object.entries(presets)) {
    test(`${key} passes in light and dark, code included`, () => {
      const theme: Theme = { ...defaultTheme, ...looks }
      assert.deepEqual(schemesOf(theme), ['light', 'dark'])
      assert.deepEqual(failuresOf(theme), [])
      for (const scheme of ['light', 'dark'] as const) {
        const block = cssOf(theme).split(/@media screen and \(prefers-color-scheme: dark\)/)[scheme === 'light' ? 0 : 1]
        const code = [...(block ?? '').matchAll(/--(?:keyword|string|constant|function|parameter): (#\w{6})/g)]
        assert.equal(code.length, key === 'paper' ? 0 : 5)
        for (const [, colour = ''] of code) assert.ok(contrast(colour, theme[scheme].raised) >= 4.5, colour)
      }
    })
  }

  test('paper is what the stylesheet says without a theme', () => {
    const style = assets.get('style.css')?.body.toString() ?? ''
    const [light = '', dark = ''] = style.split('@media (prefers-color-scheme: dark)')
    for (const role of roles.filter((name) => name !== 'heading')) {
      assert.ok(light.includes(`--${role}: ${defaultTheme.light[role]};`), role)
      assert.ok(dark.includes(`--${role}: ${defaultTheme.dark[role]};`), role)
    }
    assert.equal(cssOf(defaultTheme), '')
  })
})

describe('a theme that is hard to read', () => {
  const pale = { ...defaultTheme, light: { ...defaultTheme.light, soft: '#b0b0b0', heading: '#bbbbbb' } }

  test('names each pair that fails, with what it has and needs', () => {
    const found = failuresOf(pale).map(({ scheme, role, on, least }) => `${scheme} ${role} ${on} ${least}`)
    assert.deepEqual(found, ['light soft paper 4.5', 'light soft raised 4.5', 'light heading paper 3'])
    for (const { ratio, least } of failuresOf(pale)) assert.ok(ratio < least)
  })

  test('passes with the colours that are suggested', () => {
    assert.deepEqual(failuresOf(mended(pale)), [])
    assert.equal(mended(pale).light.ink, pale.light.ink)
  })

  test('is told when no colour passes on both grounds', () => {
    const torn = { ...pale, light: { ...pale.light, paper: '#ffffff', raised: '#303030' } }
    const soft = failuresOf(torn).find(({ role }) => role === 'soft')
    assert.equal(soft?.suggestion, undefined)
    assert.ok(failuresOf(mended(torn)).length > 0)
  })

  test('is asked about in the schemes that readers meet, no others', () => {
    assert.deepEqual(failuresOf({ ...pale, scheme: 'dark' }), [])
    assert.equal(failuresOf({ ...pale, scheme: 'light' }).length, 3)
  })

  test('is agreed to colour by colour: another one is asked about again', () => {
    const paler = { ...pale, light: { ...pale.light, soft: '#b1b1b1' } }
    assert.notEqual(agreementOf(failuresOf(pale)), agreementOf(failuresOf(paler)))
  })

  test('has readable code all the same', () => {
    for (const ground of ['#000000', '#777777', '#ffffff', '#8a2f7c'])
      assert.ok(contrast(readable('#8a2f7c', ground), ground) >= 4.5, ground)
  })
})
