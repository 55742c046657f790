// The one stylesheet of a reader's page: Bloggy's own, what the theme says otherwise, and the owner's own CSS.
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { assets } from '../html/assets.ts'
import { once } from '../once.ts'
import { readable } from './contrast.ts'
import { cleanCss } from './custom-css.ts'
import { families } from './fonts.ts'
import { type Palette, type Scheme, type Theme, defaultTheme } from './theme.ts'

export type Stylesheet = {
  body: Buffer
  hash: string
  /** Compressed at the first call, for good. */
  brotli: () => Promise<Buffer>
  gzip: () => Promise<Buffer>
}

/** Undefined for a theme that looks as Bloggy looks without one. */
export function stylesheetOf(theme: Theme): Stylesheet | undefined {
  const more = cssOf(theme)
  if (more === '') return undefined
  const body = Buffer.from(`${base}${more}`)
  return {
    body,
    hash: createHash('sha256').update(body).digest('hex').slice(0, 16),
    brotli: once(() => asBrotli(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } })),
    gzip: once(() => asGzip(body, { level: 9 })),
  }
}

/** What the theme says otherwise than the stylesheet in public/. */
export function cssOf(theme: Theme): string {
  const own = [...coloursOf(theme), ...measuresOf(theme), ...fontsOf(theme)].join('\n')
  const { css } = cleanCss(theme.custom_css)
  return [own, css].filter(Boolean).join('\n')
}

/** On screens: paper is white and its ink black. */
function coloursOf(theme: Theme): string[] {
  const { scheme, light, dark } = theme
  if (scheme === 'both') {
    if (sameColours(light, defaultTheme.light) && sameColours(dark, defaultTheme.dark)) return []
    return [
      `@media screen {\n${paletteRules(light, 'light')}\n${headings}\n}`,
      `@media screen and (prefers-color-scheme: dark) {\n${paletteRules(dark, 'dark')}\n}`,
    ]
  }
  const pictures = scheme === 'light' ? 'none' : 'brightness(.9)'
  return [
    `:root { color-scheme: ${scheme}; }`,
    `@media screen {\n${paletteRules(theme[scheme], scheme)}\n${headings}\n.prose img { filter: ${pictures}; }\n}`,
  ]
}

function paletteRules({ paper, raised, ink, soft, heading, line, accent, alarm }: Palette, scheme: Scheme): string {
  const code = Object.entries(codeColours[scheme]).map(([name, colour]) => `--${name}: ${readable(colour, raised)};`)
  return (
    `:root { --paper: ${paper}; --raised: ${raised}; --ink: ${ink}; --soft: ${soft}; --heading: ${heading}; ` +
    `--line: ${line}; --accent: ${accent}; --alarm: ${alarm}; }\npre { ${code.join(' ')} }`
  )
}

// Those that are large enough for a contrast of 3 at every size of text.
const headings = ':is(h1, .posts h2, .prose h2) { color: var(--heading); }'

function measuresOf({ text_width, text_size, corners, lines }: Theme): string[] {
  const values = [
    ...(text_width === defaultTheme.text_width ? [] : [`--measure: ${text_width}ch;`]),
    ...(corners === 'soft' ? [] : [`--corner: ${corners === 'square' ? '0px' : '.6rem'};`]),
    ...(lines === 'thin' ? [] : [`--rule: ${lines === 'none' ? '0px' : '2px'};`]),
  ]
  const factor = text_size / 100
  return [
    ...(values.length > 0 ? [`:root { ${values.join(' ')} }`] : []),
    ...(text_size === 100
      ? []
      : [
          `@media screen {\nhtml { font-size: clamp(${round(106 * factor)}%, ${round(100 * factor)}% + ${round(0.35 * factor)}vw, ${round(125 * factor)}%); }\n}`,
        ]),
  ]
}

function fontsOf({ text_font, heading_font, small_font }: Theme): string[] {
  const values = [
    ...(text_font === defaultTheme.text_font ? [] : [`--serif: ${families[text_font]};`]),
    ...(small_font === defaultTheme.small_font ? [] : [`--sans: ${families[small_font]};`]),
  ]
  return [
    ...(values.length > 0 ? [`:root { ${values.join(' ')} }`] : []),
    ...(heading_font === text_font ? [] : [`h1, h2, h3, h4, h5, h6 { font-family: ${families[heading_font]}; }`]),
  ]
}

function sameColours(one: Palette, other: Palette): boolean {
  return (Object.keys(one) as (keyof Palette)[]).every((role) => one[role] === other[role])
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

// As in public/style.css, where code stands on the panels of Bloggy's own look.
const codeColours: Record<Scheme, Record<string, string>> = {
  light: { keyword: '#8a2f7c', string: '#3d6412', constant: '#8a4b08', function: '#1f5796', parameter: '#5c4a72' },
  dark: { keyword: '#dd9fd6', string: '#b3ca7e', constant: '#e6b27a', function: '#93bdee', parameter: '#c6b3e0' },
}
const base = assets.get('style.css')?.body.toString() ?? ''
const asBrotli = promisify(brotliCompress)
const asGzip = promisify(gzip)
