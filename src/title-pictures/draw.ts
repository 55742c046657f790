// A page of the blog in small: its name above, the title, who wrote it below.
import sharp from 'sharp'
import type { Family, Weight } from './font-files.ts'
import { drawable, familiesFor, lettersOf } from './letters.ts'
import { type Line, linesOf } from './lines.ts'
import { type Colours, type Picture, height, width } from './title-picture.ts'
import { type Drawn, type Writing, draw, widthOf, write } from './writing.ts'

const margin = 84
const column = width - 2 * margin
// Between the name of the blog and the authors.
const room = 340
// The largest size that the whole title has room in.
const sizes = [
  { size: 82, most: 3 },
  { size: 66, most: 4 },
  { size: 54, most: 5 },
]
// As in European letters; what reaches higher or lower takes more.
const [usuallyAbove, usuallyBelow] = [0.82, 0.36]
const leastGap = 0.08
// More is cut anyway, and each letter is measured.
const mostCharacters = 600
const mostLetters = 200

const small = 34
const mark = 'M7 3h18a5 5 0 0 1 5 5v11a5 5 0 0 1-5 5H14l-7 6v-6a5 5 0 0 1-5-5V8a5 5 0 0 1 5-5Z'

type Pen = { families: Family[]; language: string }

export async function drawTitle(picture: Picture): Promise<Buffer> {
  return await sharp(Buffer.from(await svgOf(picture)))
    .png({ palette: true, colours: 64, compressionLevel: 9 })
    .toBuffer()
}

async function svgOf({ title, site, authors, language, colours }: Picture): Promise<string> {
  const pen = { families: familiesFor(language, [title, site, ...authors].join(' ')), language }
  // Words that nobody can read here are left out: a row of boxes says less than the name of the blog.
  const [shown, name, people] = await Promise.all(
    [title, site, authors.join(', ')].map((text) => drawable(text.slice(0, mostCharacters), pen.families)),
  )
  const lines = shown === undefined ? undefined : await titleOf(shown, pen)
  const turned =
    lines?.isRightToLeft ?? (name !== undefined && (await write(name, 700, pen.families, language)).isRightToLeft)
  const at = ({ outline, width: wide }: Drawn, y: number, colour: string, indent = 0) => {
    const x = turned ? width - margin - indent - wide : margin + indent
    return `<path fill="${colour}" transform="translate(${x} ${y})" d="${outline}"/>`
  }
  const parts = [
    `<rect width="${width}" height="${height}" fill="${colours.paper}"/>`,
    `<rect width="${width}" height="14" fill="${colours.accent}"/>`,
    smallMark(turned, colours),
    lines ? '' : largeMark(colours),
    name && at(await oneLine(name, 700, column - 60, pen), 110, colours.ink, 60),
    ...(lines?.placed.map(({ drawn, y }) => at(drawn, y, colours.heading)) ?? []),
    people && `<rect x="${margin}" y="${height - 126}" width="${column}" height="2" fill="${colours.line}"/>`,
    people && at(await oneLine(people, 400, column, pen), height - 70, colours.soft),
  ]
  const inside = parts.filter(Boolean).join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${inside}</svg>`
}

async function titleOf(title: string, pen: Pen) {
  const letters = lettersOf(title)
  const text = letters.length > mostLetters ? `${letters.slice(0, mostLetters).join('').trimEnd()}…` : title
  const writing = await write(text, 700, pen.families, pen.language)
  const { isRightToLeft } = writing
  for (const { size, most } of sizes) {
    const lines = linesOf(writing, column / size)
    if (lines.length > most) continue
    const placed = placedIn(writing, lines, size)
    if (tallOf(placed, size) <= room) return { placed, isRightToLeft }
  }
  const { size = 0, most = 0 } = sizes.at(-1) ?? {}
  const lines = linesOf(writing, column / size)
  const high = placedIn(writing, lines.slice(0, most), size)
  while (high.length > 1 && tallOf(high, size) > room) high.pop()
  const shown = lines.slice(0, high.length)
  const ended = shown.length === lines.length ? { writing, lines } : await cut(writing, shown, text.length, size, pen)
  return { placed: placedIn(ended.writing, ended.lines, size), isRightToLeft }
}

type Placed = { drawn: Drawn; y: number }

/** One below the other, in the middle of the picture. */
function placedIn(writing: Writing, lines: Line[], size: number): Placed[] {
  const spacing = Math.max(...writing.runs.map(({ face }) => face.family.lineHeight)) * size
  let y = 0
  let before: Drawn | undefined
  const placed = lines.map(({ from, to }): Placed => {
    const drawn = draw(writing, from, to, size)
    if (before) y += Math.max(spacing, before.below + drawn.above + leastGap * size)
    before = drawn
    return { drawn, y }
  })
  const top = (height - tallOf(placed, size)) / 2 + aboveOf(placed, size)
  return placed.map(({ drawn, y }) => ({ drawn, y: y + top }))
}

function tallOf(placed: Placed[], size: number): number {
  const [first, last] = [placed[0], placed.at(-1)]
  if (!first || !last) return 0
  return aboveOf(placed, size) + last.y - first.y + Math.max(last.drawn.below, usuallyBelow * size)
}

function aboveOf([first]: Placed[], size: number): number {
  return Math.max(first?.drawn.above ?? 0, usuallyAbove * size)
}

async function oneLine(text: string, weight: Weight, room: number, pen: Pen): Promise<Drawn> {
  const writing = await write(text, weight, pen.families, pen.language)
  const whole = { from: 0, to: text.length }
  const { writing: shown, lines } =
    widthOf(writing, 0, text.length) * small <= room
      ? { writing, lines: [whole] }
      : await cut(writing, [whole], text.length, small, pen, room, weight)
  const [{ from, to } = whole] = lines
  return draw(shown, from, to, small)
}

/** The last of the lines with as much of the text as there is room for, and three dots. */
async function cut(
  { text }: Writing,
  lines: Line[],
  end: number,
  size: number,
  pen: Pen,
  room = column,
  weight: Weight = 700,
): Promise<{ writing: Writing; lines: Line[] }> {
  const start = lines.at(-1)?.from ?? 0
  const whole = await write(`${text.slice(0, end)}…`, weight, pen.families, pen.language)
  const left = room / size - widthOf(whole, end, end + 1)
  let to = start
  for (const letter of lettersOf(text.slice(start, end))) {
    if (widthOf(whole, start, to + letter.length) > left) break
    to += letter.length
  }
  const shown = `${text.slice(0, to).trimEnd()}…`
  const writing = await write(shown, weight, pen.families, pen.language)
  return { writing, lines: [...lines.slice(0, -1), { from: start, to: shown.length }] }
}

function smallMark(isRightToLeft: boolean, colours: Colours): string {
  return `<g transform="translate(${isRightToLeft ? width - margin - 40 : margin} 79) scale(1.25)">${bubble(colours)}</g>`
}

function largeMark(colours: Colours): string {
  return `<g transform="translate(${width / 2 - 112} ${height / 2 - 112}) scale(7)">${bubble(colours)}</g>`
}

function bubble({ accent, paper }: Colours): string {
  const lines = 'M9 10.5h14M9 16.5h8'
  return `<path fill="${accent}" d="${mark}"/><path fill="none" stroke="${paper}" stroke-width="2.6" stroke-linecap="round" d="${lines}"/>`
}
