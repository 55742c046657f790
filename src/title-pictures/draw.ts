// A page of the blog in small: its name above, the title, who wrote it below.
import sharp from 'sharp'
import { canDraw, lettersOf, outlineOf, widthOf } from './letters.ts'
import { type Words, height, width } from './title-picture.ts'

const colours = { paper: '#fdfcf8', ink: '#23221e', soft: '#625f56', line: '#ddd8ca', accent: '#0b6e63' }

const margin = 84
const column = width - 2 * margin
// The largest size that the whole title has room in.
const sizes = [
  { size: 82, most: 3 },
  { size: 66, most: 4 },
  { size: 54, most: 5 },
]
const lineHeight = 1.18
// More is cut anyway, and each letter is measured.
const mostCharacters = 600
const mostLetters = 200

const small = 34
const mark = 'M7 3h18a5 5 0 0 1 5 5v11a5 5 0 0 1-5 5H14l-7 6v-6a5 5 0 0 1-5-5V8a5 5 0 0 1 5-5Z'

export async function drawTitle(words: Words): Promise<Buffer> {
  return await sharp(Buffer.from(svgOf(words)))
    .png({ palette: true, colours: 64, compressionLevel: 9 })
    .toBuffer()
}

function svgOf({ title, site, authors }: Words): string {
  const shown = drawable(title)
  // Words that nobody can read here are left out: a row of boxes says less than the name of the blog.
  const lines = shown === undefined ? [] : linesOf(shown)
  const { size } = lines[0] ?? { size: 0 }
  const tall = lines.length * size * lineHeight
  const top = (height - tall) / 2 + size * 0.82
  const name = drawable(site)
  const people = drawable(authors.join(', '))
  const parts = [
    `<rect width="${width}" height="${height}" fill="${colours.paper}"/>`,
    `<rect width="${width}" height="14" fill="${colours.accent}"/>`,
    lines.length === 0 ? largeMark() : smallMark(),
    name && path(cut(name, 700, small, column - 60), 700, small, margin + 60, 110, colours.ink),
    ...lines.map(({ text }, index) => path(text, 700, size, margin, top + index * size * lineHeight, colours.ink)),
    people && `<rect x="${margin}" y="${height - 126}" width="${column}" height="2" fill="${colours.line}"/>`,
    people && path(cut(people, 400, small, column), 400, small, margin, height - 70, colours.soft),
  ]
  const inside = parts.filter(Boolean).join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${inside}</svg>`
}

/** Little pictures among the words are left out; undefined when there is no shape for what remains, or nothing does. */
function drawable(text: string): string | undefined {
  const bare = text
    .slice(0, mostCharacters)
    .toWellFormed()
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u20e3]/gu, (sign) =>
      canDraw(sign) ? sign : '',
    )
    .replace(/\s+/g, ' ')
    .trim()
  return bare !== '' && canDraw(bare) ? bare : undefined
}

type Line = { text: string; size: number }

function linesOf(title: string): Line[] {
  const letters = lettersOf(title)
  const text = letters.length > mostLetters ? `${letters.slice(0, mostLetters).join('').trimEnd()}…` : title
  let [lines, size, most]: [string[], number, number] = [[], 0, 0]
  for ({ size, most } of sizes) {
    lines = broken(text, size)
    if (lines.length <= most) return lines.map((text) => ({ text, size }))
  }
  const last = cut(lines.slice(most - 1).join(' '), 700, size, column)
  return [...lines.slice(0, most - 1), last].map((text) => ({ text, size }))
}

function broken(text: string, size: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (fits(longer, size)) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = ''
    // A word that is wider than the picture goes on in the next line.
    for (const letter of fits(word, size) ? [word] : lettersOf(word)) {
      if (line !== '' && !fits(line + letter, size)) {
        lines.push(line)
        line = ''
      }
      line += letter
    }
  }
  return line === '' ? lines : [...lines, line]
}

function fits(text: string, size: number): boolean {
  return widthOf(text, 700, size) <= column
}

/** As much of it as there is room for, and three dots. */
function cut(text: string, weight: 400 | 700, size: number, room: number): string {
  if (widthOf(text, weight, size) <= room) return text
  const letters = lettersOf(text)
  let [from, to] = [0, letters.length]
  const shortened = (count: number) => `${letters.slice(0, count).join('').trimEnd()}…`
  while (from < to) {
    const middle = Math.ceil((from + to) / 2)
    if (widthOf(shortened(middle), weight, size) <= room) from = middle
    else to = middle - 1
  }
  return shortened(from)
}

function path(text: string, weight: 400 | 700, size: number, x: number, y: number, colour: string): string {
  return `<path fill="${colour}" d="${outlineOf(text, weight, size, x, y)}"/>`
}

function smallMark(): string {
  return `<g transform="translate(${margin} 79) scale(1.25)">${bubble()}</g>`
}

function largeMark(): string {
  return `${smallMark()}<g transform="translate(${width / 2 - 112} ${height / 2 - 112}) scale(7)">${bubble()}</g>`
}

function bubble(): string {
  const lines = 'M9 10.5h14M9 16.5h8'
  return `<path fill="${colours.accent}" d="${mark}"/><path fill="none" stroke="${colours.paper}" stroke-width="2.6" stroke-linecap="round" d="${lines}"/>`
}
