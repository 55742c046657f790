// Which colours of a theme stand on which, and how far they must be apart for everybody to read them.
import { contrast, nearest } from './colour.ts'
import type { Palette, Scheme, Theme } from './theme.ts'

export type Role = keyof Palette

type Pair = { role: Role; on: 'paper' | 'raised'; least: number }

/** WCAG 2.2, 1.4.3 and 1.4.11. Lines that only part things are free, and so is nothing else. */
const pairs: Pair[] = [
  ...(['ink', 'soft', 'accent', 'alarm'] as const).flatMap((role): Pair[] => [
    { role, on: 'paper', least: 4.5 },
    { role, on: 'raised', least: 4.5 },
  ]),
  // Headings that are large enough everywhere; src/themes/stylesheet.ts colours no others.
  { role: 'heading', on: 'paper', least: 3 },
]

export type Failure = {
  scheme: Scheme
  role: Role
  on: 'paper' | 'raised'
  colour: string
  ground: string
  ratio: number
  least: number
  /** The nearest colour that passes on everything it stands on; undefined where there is none. */
  suggestion: string | undefined
}

export function failuresOf(theme: Theme): Failure[] {
  return schemesOf(theme).flatMap((scheme) => {
    const palette = theme[scheme]
    return pairs
      .filter(({ role, on, least }) => contrast(palette[role], palette[on]) < least)
      .map(({ role, on, least }) => ({
        scheme,
        role,
        on,
        least,
        colour: palette[role],
        ground: palette[on],
        // Rounded down: 4.499 is not 4.5.
        ratio: Math.floor(contrast(palette[role], palette[on]) * 100) / 100,
        suggestion: suggest(palette, role),
      }))
  })
}

/** The theme with every suggestion taken. */
export function mended(theme: Theme): Theme {
  const better = { light: { ...theme.light }, dark: { ...theme.dark } }
  for (const { scheme, role, suggestion } of failuresOf(theme)) if (suggestion) better[scheme][role] = suggestion
  return { ...theme, ...better }
}

/** What the owner agrees to when a theme that fails is saved all the same: these colours on these grounds. */
export function agreementOf(failures: Failure[]): string {
  return failures
    .map(({ scheme, role, on, colour, ground }) => `${scheme}.${role}.${on}:${colour}/${ground}`)
    .toSorted()
    .join(' ')
}

/** A colour that code is shown in, on what code stands on in this theme. */
export function readable(colour: string, ground: string): string {
  return nearest(colour, (candidate) => contrast(candidate, ground) >= 4.5) ?? colour
}

/** The schemes that a reader can meet. */
export function schemesOf({ scheme }: Pick<Theme, 'scheme'>): Scheme[] {
  return scheme === 'both' ? ['light', 'dark'] : [scheme]
}

function suggest(palette: Palette, role: Role): string | undefined {
  const grounds = pairs.filter((pair) => pair.role === role)
  return nearest(palette[role], (colour) => grounds.every(({ on, least }) => contrast(colour, palette[on]) >= least))
}
