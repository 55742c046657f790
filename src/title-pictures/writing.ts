// A text as it is written: how wide any part of it is, and its outlines from left to right.
import bidiFactory from 'bidi-js'
import { Buffer, BufferFlag, Direction, shape } from 'harfbuzzjs'
import { directionOf } from '../html/direction.ts'
import type { Face, Family, Weight } from './font-files.ts'
import { facesFor, lettersOf } from './letters.ts'

export type Writing = {
  text: string
  language: string
  isRightToLeft: boolean
  runs: Run[]
  /** How far the letters before a character reach, in sizes. */
  reach: Float64Array
}
/** Neighbours in one font that run the same way: to the right at an even level, to the left at an odd one. */
type Run = { face: Face; from: number; to: number; level: number }
type Glyph = { number: number; at: number; advance: number; x: number; y: number }

export type Drawn = {
  /** What a <path> of SVG has in `d`; its line of writing begins at 0, 0. */
  outline: string
  width: number
  /** How far it reaches above and below its line of writing. */
  above: number
  below: number
}

// Its types are those of a module, and what Node is given is none.
const bidi = (bidiFactory as unknown as (typeof bidiFactory)['default'])()

/** The text is one that is drawable(). */
export async function write(text: string, weight: Weight, families: Family[], language: string): Promise<Writing> {
  const { levels, paragraphs } = bidi.getEmbeddingLevels(text, wayOf(text, language))
  const letters = lettersOf(text)
  const faces = await facesFor(letters, weight, families)
  const runs: Run[] = []
  let from = 0
  for (const [index, letter] of letters.entries()) {
    const face = faces[index]
    const [to, level] = [from + letter.length, levels[from] ?? 0]
    const last = runs.at(-1)
    if (face && last?.face === face && last.level === level) last.to = to
    else if (face) runs.push({ face, from, to, level })
    from = to
  }
  const isRightToLeft = (paragraphs[0]?.level ?? 0) % 2 === 1
  const writing = { text, language, isRightToLeft, runs, reach: new Float64Array(text.length + 1) }
  measure(writing)
  return writing
}

/** A title in Hebrew may begin with an English name; one that is English all along may stand in a blog in Hebrew. */
function wayOf(text: string, language: string): 'rtl' | 'auto' {
  return fromTheRight.test(text) && directionOf(language) === 'rtl' ? 'rtl' : 'auto'
}

/** In sizes. */
export function widthOf({ reach }: Writing, from: number, to: number): number {
  return (reach[to] ?? 0) - (reach[from] ?? 0)
}

export function draw(writing: Writing, from: number, to: number, size: number): Drawn {
  const drawn = { outline: '', width: 0, above: 0, below: 0 }
  for (const run of inOrder(partsOf(writing.runs, from, to))) {
    const { font, unit } = run.face
    const scale = size / unit
    for (const { number, advance, x, y } of glyphsOf(writing, run)) {
      const up = y * scale
      drawn.outline += outlineOf(run.face, number, size, drawn.width + x * scale, up)
      const { yBearing = 0, height = 0 } = font.glyphExtents(number) ?? {}
      drawn.above = Math.max(drawn.above, up + yBearing * scale)
      drawn.below = Math.max(drawn.below, -up - (yBearing + height) * scale)
      drawn.width += advance * scale
    }
  }
  return drawn
}

export function outlineOf({ font, unit }: Face, glyph: number, size: number, left = 0, up = 0): string {
  const at = (value: number, index: number) =>
    rounded(index % 2 === 0 ? left + (value * size) / unit : -up - (value * size) / unit)
  return font
    .glyphToJson(glyph)
    .map(({ type, values }) => type + values.map(at).join(' '))
    .join('')
}

/** Once for all: the parts of a line are measured many times before it is known where it ends. */
function measure(writing: Writing): void {
  const { runs, reach } = writing
  for (const run of runs)
    for (const { at, advance } of glyphsOf(writing, run)) reach[at + 1] = (reach[at + 1] ?? 0) + advance / run.face.unit
  for (let at = 1; at < reach.length; at++) reach[at] = (reach[at] ?? 0) + (reach[at - 1] ?? 0)
}

/** From left to right. What is around the part is seen, so that an Arabic letter keeps the form of the middle of a word. */
function glyphsOf({ text, language }: Writing, { face, from, to, level }: Run): Glyph[] {
  const buffer = new Buffer()
  buffer.setFlags(BufferFlag.REMOVE_DEFAULT_IGNORABLES | BufferFlag.DO_NOT_INSERT_DOTTED_CIRCLE)
  buffer.addText(text, from, to - from)
  buffer.guessSegmentProperties()
  buffer.setDirection(level % 2 === 1 ? Direction.RTL : Direction.LTR)
  if (language !== '') buffer.setLanguage(language)
  shape(face.font, buffer)
  return buffer.getGlyphInfosAndPositions().map(({ codepoint, cluster, xAdvance = 0, xOffset = 0, yOffset = 0 }) => ({
    number: codepoint,
    at: cluster,
    advance: xAdvance,
    x: xOffset,
    y: yOffset,
  }))
}

function partsOf(runs: Run[], from: number, to: number): Run[] {
  return runs
    .filter((run) => run.from < to && run.to > from)
    .map((run) => ({ ...run, from: Math.max(run.from, from), to: Math.min(run.to, to) }))
}

/** From left to right: rule L2 of the Unicode bidirectional algorithm, for runs instead of characters. */
function inOrder(runs: Run[]): Run[] {
  const ordered = [...runs]
  const highest = Math.max(0, ...runs.map(({ level }) => level))
  for (let level = highest; level >= 1; level--)
    for (let begin = 0; begin < ordered.length; begin++) {
      let end = begin
      while (end < ordered.length && (ordered[end]?.level ?? 0) >= level) end++
      if (end > begin) ordered.splice(begin, end - begin, ...ordered.slice(begin, end).toReversed())
      begin = end
    }
  return ordered
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

const fromTheRight = /[\p{Script=Arabic}\p{Script=Hebrew}]/u
