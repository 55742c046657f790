// What a theme is: choices and colours, no code. The form, the file and the row in the database hold the same.
import { Type, type Static } from 'typebox'
import { menuError } from '../settings/menu.ts'
import { colourOf } from './colour.ts'
import { families } from './fonts.ts'

const Colour = Type.String({ pattern: '^#[0-9a-f]{6}$' })
const PaletteOf = Type.Object(
  {
    paper: Colour,
    raised: Colour,
    ink: Colour,
    soft: Colour,
    heading: Colour,
    line: Colour,
    accent: Colour,
    alarm: Colour,
  },
  { additionalProperties: false },
)
const familyNames = Object.keys(families) as (keyof typeof families)[]
const schemes = ['both', 'light', 'dark'] as const
const corners = ['square', 'soft', 'round'] as const
const lines = ['none', 'thin', 'strong'] as const
export const roles = ['paper', 'raised', 'ink', 'soft', 'heading', 'line', 'accent', 'alarm'] as const
const widest = { least: 45, most: 80 }
const sizes = { least: 90, most: 130 }
export const mostCss = 20_000
export const mostFooter = 500

/** What can be given to another blog. */
export const Looks = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' }),
    scheme: Type.Enum(schemes),
    light: PaletteOf,
    dark: PaletteOf,
    text_font: Type.Enum(familyNames),
    heading_font: Type.Enum(familyNames),
    small_font: Type.Enum(familyNames),
    text_width: Type.Integer({ minimum: widest.least, maximum: widest.most }),
    text_size: Type.Integer({ minimum: sizes.least, maximum: sizes.most }),
    corners: Type.Enum(corners),
    lines: Type.Enum(lines),
    custom_css: Type.String({ maxLength: mostCss }),
  },
  { additionalProperties: false },
)
export type Looks = Static<typeof Looks>

/** With what is this blog's own: its logo, and the words at the top and at the end of its pages. */
export type Theme = Looks & {
  /** The key of a picture in the library, or nothing. */
  logo: string
  shows_title: boolean
  shows_description: boolean
  footer_text: string
  footer_menu: string
}
export type Scheme = 'light' | 'dark'
export type Palette = Looks['light']

export const defaultTheme: Theme = {
  name: 'Paper',
  scheme: 'both',
  light: {
    paper: '#fdfcf8',
    raised: '#f4f1e8',
    ink: '#23221e',
    soft: '#625f56',
    heading: '#23221e',
    line: '#ddd8ca',
    accent: '#0b6e63',
    alarm: '#a32a1c',
  },
  dark: {
    paper: '#161815',
    raised: '#20231f',
    ink: '#e3e0d6',
    soft: '#a3a094',
    heading: '#e3e0d6',
    line: '#383b34',
    accent: '#6cc7b6',
    alarm: '#f0907f',
  },
  text_font: 'book',
  heading_font: 'book',
  small_font: 'system',
  text_width: 58,
  text_size: 100,
  corners: 'soft',
  lines: 'thin',
  custom_css: '',
  logo: '',
  shows_title: true,
  shows_description: true,
  footer_text: '',
  footer_menu: '',
}

const text = (maxLength: number) => Type.Optional(Type.String({ maxLength }))

/** What the page sends: everything as text, a colour as the browser's chooser gives it. */
export const ThemeForm = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' }),
  scheme: Type.Enum(schemes),
  ...Object.fromEntries(
    (['light', 'dark'] as const).flatMap((scheme) =>
      roles.map((role) => [`${scheme}_${role}`, Type.String({ maxLength: 20 })]),
    ),
  ),
  text_font: Type.Enum(familyNames),
  heading_font: Type.Enum(familyNames),
  small_font: Type.Enum(familyNames),
  text_width: Type.String({ maxLength: 5 }),
  text_size: Type.String({ maxLength: 5 }),
  corners: Type.Enum(corners),
  lines: Type.Enum(lines),
  logo: Type.String({ pattern: '^([a-z0-9]{16})?$' }),
  shows_title: Type.Optional(Type.Literal('yes')),
  shows_description: Type.Optional(Type.Literal('yes')),
  footer_text: text(mostFooter),
  footer_menu: text(2000),
  custom_css: text(mostCss),
  number: Type.String({ pattern: '^\\d{1,9}$' }),
})

type Values = Record<string, string>
/** A sentence for what cannot be taken; the door has the words. */
export type Trouble = 'colour' | 'width' | 'size'

/** The theme that the form describes, or by field what is wrong with it. Choices were checked by the schema. */
export function themeOf(values: Values): { theme: Theme; troubles: Record<string, Trouble>; menu: string | undefined } {
  const troubles: Record<string, Trouble> = {}
  const palette = (scheme: Scheme): Palette =>
    Object.fromEntries(
      roles.map((role) => {
        const colour = colourOf(values[`${scheme}_${role}`] ?? '')
        if (!colour) troubles[`${scheme}_${role}`] = 'colour'
        return [role, colour ?? defaultTheme[scheme][role]]
      }),
    ) as Palette
  const within = (field: string, trouble: Trouble, { least, most }: { least: number; most: number }) => {
    const value = Number(values[field])
    if (!/^\d+$/.test(values[field] ?? '') || value < least || value > most) troubles[field] = trouble
    return Math.min(most, Math.max(least, Math.round(value) || least))
  }
  const footer_menu = (values.footer_menu ?? '').replaceAll('\r', '').trim()
  const theme: Theme = {
    name: (values.name ?? '').trim(),
    scheme: values.scheme as Theme['scheme'],
    light: palette('light'),
    dark: palette('dark'),
    text_font: values.text_font as Theme['text_font'],
    heading_font: values.heading_font as Theme['heading_font'],
    small_font: values.small_font as Theme['small_font'],
    text_width: within('text_width', 'width', widest),
    text_size: within('text_size', 'size', sizes),
    corners: values.corners as Theme['corners'],
    lines: values.lines as Theme['lines'],
    custom_css: (values.custom_css ?? '').replaceAll('\r', ''),
    logo: values.logo ?? '',
    shows_title: values.shows_title === 'yes',
    shows_description: values.shows_description === 'yes',
    footer_text: (values.footer_text ?? '').replaceAll('\r', '').trim(),
    footer_menu,
  }
  return { theme, troubles, menu: menuError(footer_menu) }
}

/** The other way round: what the form shows. */
export function valuesOf(theme: Theme): Values {
  const { logo, shows_title, shows_description, footer_text, footer_menu, custom_css, ...looks } = theme
  return {
    ...looksValues(looks),
    custom_css,
    logo,
    footer_text,
    footer_menu,
    ...(shows_title && { shows_title: 'yes' }),
    ...(shows_description && { shows_description: 'yes' }),
  }
}

export function looksValues(looks: Omit<Looks, 'custom_css'>): Values {
  const colours = (scheme: Scheme) => roles.map((role) => [`${scheme}_${role}`, looks[scheme][role]])
  const { name, scheme, text_font, heading_font, small_font, text_width, text_size, corners, lines } = looks
  return {
    name,
    scheme,
    text_font,
    heading_font,
    small_font,
    corners,
    lines,
    ...(Object.fromEntries([...colours('light'), ...colours('dark')]) as Values),
    text_width: String(text_width),
    text_size: String(text_size),
  }
}

/** Without what is this blog's own. */
export function looksOf(theme: Theme): Looks {
  return Object.fromEntries(Object.keys(Looks.properties).map((key) => [key, theme[key as keyof Looks]])) as Looks
}

/** A row as this program wrote it, or an earlier one that knew fewer choices. */
export function storedTheme(row: Partial<Theme>): Theme {
  return {
    ...defaultTheme,
    ...row,
    light: { ...defaultTheme.light, ...row.light },
    dark: { ...defaultTheme.dark, ...row.dark },
  }
}
