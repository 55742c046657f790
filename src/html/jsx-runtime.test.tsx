import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Html, jsx, trustedHtml } from './jsx-runtime.ts'

const hostile = `<script>"'&</script>`
const escaped = '&lt;script&gt;&quot;&#39;&amp;&lt;/script&gt;'

describe('text', () => {
  test('is escaped wherever it stands', () => {
    const names = [hostile, 'plain']

    assert.equal((<p>{hostile}</p>).text, `<p>${escaped}</p>`)
    assert.equal((<>{hostile}</>).text, escaped)
    assert.equal((<p>{names.map((name) => [name])}</p>).text, `<p>${escaped}plain</p>`)
    assert.equal((<title>{hostile}</title>).text, `<title>${escaped}</title>`)
    assert.equal((<textarea>{hostile}</textarea>).text, `<textarea>${escaped}</textarea>`)
  })

  test('is escaped once, also through components', () => {
    const Quote = ({ children }: { children?: unknown }) => <q>{children as string}</q>

    assert.equal((<Quote>{hostile}</Quote>).text, `<q>${escaped}</q>`)
    assert.equal(
      (
        <Quote>
          <b>{hostile}</b>
        </Quote>
      ).text,
      `<q><b>${escaped}</b></q>`,
    )
  })

  test('may be a number, and nothing for what is not there', () => {
    assert.equal(
      (
        <p>
          {0}
          {1.5}
          {-1}
        </p>
      ).text,
      '<p>01.5-1</p>',
    )
    assert.equal(
      (
        <p>
          {null}
          {undefined}
          {false}
          {true}
          {''}
          {[]}
        </p>
      ).text,
      '<p></p>',
    )
  })

  test('is nothing else: an object or a function is refused', () => {
    for (const value of [
      {},
      { text: '<b>' },
      new Date(),
      () => '<b>',
      Symbol('x'),
      1n,
      Object.create(Html.prototype, {}) && { toString: () => '<b>' },
    ]) {
      assert.throws(() => <p>{value as string}</p>, { name: 'TypeError' })
    }
  })
})

describe('an attribute', () => {
  test('is escaped and always in quotes', () => {
    assert.equal(
      (
        <a href={hostile} title="a b">
          x
        </a>
      ).text,
      `<a href="${escaped}" title="a b">x</a>`,
    )
    assert.equal(
      (<input value={`" autofocus onfocus="alert(1)`} />).text,
      '<input value="&quot; autofocus onfocus=&quot;alert(1)">',
    )
  })

  test('that is true is its name, and none when it is false or missing', () => {
    assert.equal(
      (<input required disabled={false} name={undefined} value="" maxlength={5} />).text,
      '<input required value="" maxlength="5">',
    )
  })

  test('with a handler, a style or an odd name is refused', () => {
    for (const name of [
      'onclick',
      'onClick',
      'onerror',
      'style',
      'a b',
      'x"',
      'x>',
      'x=',
      '1x',
      '',
      '/',
      'X',
      'dangerouslySetInnerHTML={}',
    ]) {
      assert.throws(() => jsx('p', { [name]: 'alert(1)' }), { name: 'TypeError' }, name)
    }
    assert.equal(jsx('p', { 'aria-label': 'x', 'data-y': 'z' }).text, '<p aria-label="x" data-y="z"></p>')
  })

  test('holds text, numbers and nothing else', () => {
    for (const value of [{}, [], () => 'x', new Date(), trustedHtml('<b>'), 1n])
      assert.throws(() => jsx('p', { title: value }), { name: 'TypeError' })
  })
})

describe('markup', () => {
  test('comes through trustedHtml alone', () => {
    assert.equal((<div>{trustedHtml('<b>bold</b>')}</div>).text, '<div><b>bold</b></div>')
    assert.throws(() => <div>{{ text: '<b>bold</b>' } as unknown as Html}</div>)
  })

  test('of a void element has no end', () => {
    assert.equal(
      (
        <>
          <br />
          <img src="x" alt="" />
          <hr />
        </>
      ).text,
      '<br><img src="x" alt=""><hr>',
    )
    assert.equal((<p />).text, '<p></p>')
  })
})
