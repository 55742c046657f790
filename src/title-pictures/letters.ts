// Letters as outlines, from font files that come with a package: what fonts a machine has makes no difference, and a
// letter that no file has is known before anything is drawn.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Font, type Glyph, create } from 'fontkit'

const require = createRequire(import.meta.url)
// The package has each script in a file of its own; most titles need the first alone.
const scripts = ['latin', 'latin-ext', 'cyrillic', 'cyrillic-ext', 'greek', 'vietnamese']

type Weight = 400 | 700
type Run = { font: Font; text: string }

const opened = new Map<string, Font>()
// Of all characters that there are, so it does not grow without end.
const shaped = new WeakMap<Font, Map<number, boolean>>()
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** The text in pieces that must not be taken apart. */
export function lettersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment)
}

/** True when there is a shape for each of its characters. */
export function canDraw(text: string): boolean {
  return runsOf(text, 700) !== undefined
}

/** In pixels; the text is one that canDraw(). */
export function widthOf(text: string, weight: Weight, size: number): number {
  let width = 0
  for (const { font, text: part } of runsOf(text, weight) ?? [])
    width += (font.layout(part).advanceWidth * size) / font.unitsPerEm
  return width
}

/** What a <path> of SVG has in `d`, its line of writing beginning at x and y. */
export function outlineOf(text: string, weight: Weight, size: number, x: number, y: number): string {
  let outline = ''
  for (const { font, text: part } of runsOf(text, weight) ?? []) {
    const scale = size / font.unitsPerEm
    const { glyphs, positions } = font.layout(part)
    for (const [index, glyph] of glyphs.entries()) {
      const { xAdvance = 0, xOffset = 0, yOffset = 0 } = positions[index] ?? {}
      outline += glyph.path
        .scale(scale, -scale)
        .translate(x + xOffset * scale, y - yOffset * scale)
        .toSVG()
      x += xAdvance * scale
    }
  }
  return outline
}

/** Neighbours in one file are laid out together, so that they stand at the right distance. */
function runsOf(text: string, weight: Weight): Run[] | undefined {
  const runs: Run[] = []
  for (const letter of lettersOf(text)) {
    const last = runs.at(-1)
    if (last && has(last.font, letter)) {
      last.text += letter
      continue
    }
    const font = scripts.map((script) => fontOf(script, weight)).find((font) => has(font, letter))
    if (!font) return undefined
    runs.push({ font, text: letter })
  }
  return runs
}

function has(font: Font, letter: string): boolean {
  return Array.from(letter).every((character) => isShaped(font, character.codePointAt(0) ?? 0))
}

/** False too for what the file lists and the package cannot read: signs without an outline at the end of the file. */
function isShaped(font: Font, code: number): boolean {
  const known = shaped.get(font) ?? new Map<number, boolean>()
  shaped.set(font, known)
  let answer = known.get(code)
  if (answer === undefined) {
    answer = font.hasGlyphForCodePoint(code) && isReadable(font.glyphForCodePoint(code))
    known.set(code, answer)
  }
  return answer
}

function isReadable(glyph: Glyph): boolean {
  try {
    return glyph.advanceWidth >= 0 && glyph.path.commands.length >= 0
  } catch {
    return false
  }
}

function fontOf(script: string, weight: Weight): Font {
  const file = `@fontsource/source-serif-4/files/source-serif-4-${script}-${weight}-normal.woff`
  let font = opened.get(file)
  if (!font) {
    font = create(readFileSync(require.resolve(file))) as Font
    opened.set(file, font)
  }
  return font
}
