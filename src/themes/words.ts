// What the choices of a theme are called.
import { text } from '../texts/texts.ts'
import type { Role } from './contrast.ts'
import type { Reason } from './custom-css.ts'
import type { Theme } from './theme.ts'

export function roleWords(): Record<Role, string> {
  return {
    paper: text('themes.paper'),
    raised: text('themes.raised'),
    ink: text('themes.ink'),
    soft: text('themes.soft'),
    heading: text('themes.heading'),
    line: text('themes.line'),
    accent: text('themes.accent'),
    alarm: text('themes.alarm'),
  }
}

export function schemeWords(): Record<Theme['scheme'], string> {
  return { both: text('themes.both'), light: text('themes.onlyLight'), dark: text('themes.onlyDark') }
}

export function familyWords(): Record<Theme['text_font'], string> {
  return {
    book: text('themes.book'),
    old: text('themes.old'),
    news: text('themes.news'),
    slab: text('themes.slab'),
    system: text('themes.system'),
    plain: text('themes.plain'),
    humanist: text('themes.humanist'),
    geometric: text('themes.geometric'),
    mono: text('themes.mono'),
  }
}

export function cornerWords(): Record<Theme['corners'], string> {
  return { square: text('themes.cornersSquare'), soft: text('themes.cornersSoft'), round: text('themes.cornersRound') }
}

export function lineWords(): Record<Theme['lines'], string> {
  return { none: text('themes.linesNone'), thin: text('themes.linesThin'), strong: text('themes.linesStrong') }
}

export function reasonWords(reason: Reason): string {
  const words: Record<Reason, string> = {
    syntax: text('themes.syntax'),
    'at-rule': text('themes.atRule'),
    property: text('themes.property'),
    function: text('themes.function'),
    address: text('themes.address'),
    position: text('themes.position'),
    selector: text('themes.selector'),
    depth: text('themes.depth'),
    'many-selectors': text('themes.manySelectors'),
    'many-rules': text('themes.manyRules'),
    'many-mistakes': text('themes.manyMistakes'),
    'many-declarations': text('themes.manyDeclarations'),
  }
  return words[reason]
}
