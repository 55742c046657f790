import { load, once } from '../once.ts'

const library = once(() => load('htmlparser2') as typeof import('htmlparser2'))

// Elements within a line; all others part words.
const inline = new Set(
  'a abbr b bdi bdo cite code data del dfn em i ins kbd mark q s samp small span strong sub sup time u var wbr'.split(
    ' ',
  ),
)
const silent = new Set(['script', 'style', 'template', 'annotation', 'textarea', 'noscript'])
const pieceLength = 65_536

/** The words of a page that a post has, up to about so many characters; what a picture shows is told, too. */
export function plainText(html: string, most: number): string {
  let text = ''
  let hidden = 0
  const parser = new (library().Parser)({
    onopentag: (name, { alt }) => {
      if (silent.has(name)) hidden++
      if (!inline.has(name)) text += ' '
      if (alt && hidden === 0) text += `${alt} `
    },
    onclosetag: (name) => {
      if (silent.has(name)) hidden = Math.max(0, hidden - 1)
      if (!inline.has(name)) text += ' '
    },
    ontext: (words) => {
      if (hidden === 0) text += words
    },
  })
  for (let at = 0; at < html.length && text.length < most; at += pieceLength)
    parser.write(html.slice(at, at + pieceLength))
  parser.end()
  return cutAt(text.replace(/\s+/gu, ' ').trim(), most)
}

/** Never between the halves of a character. */
export function cutAt(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[\ud800-\udbff]$/, '')
}
