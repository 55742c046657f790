// What a picture of the library is, what may become one, and who may do what with it.
import { Type, type Static } from 'typebox'
import type { Visitor } from '../http/app.ts'
import { BeforeIdQuery } from '../http/params.ts'
import { paths } from '../paths.ts'
import { canEditAll, canWrite } from '../posts/post.ts'
import { slugOf } from '../slug.ts'
import { text } from '../texts/texts.ts'

export const mediaPageSize = 24
/** How many posts a picture's page names. */
export const usesShown = 50
/** How many unused pictures go at one press. */
export const mostRemoved = 200
export const mostFilesAtOnce = 20
/** Uploads in a quarter of an hour, of one account. */
export const uploadLimit = { most: 200, windowSeconds: 900 }

/** For every screen from a phone to a large one; none is wider than the picture that was sent. */
export const widths = [480, 800, 1200, 1600, 2400]
/** A moving picture is as heavy as many still ones. */
export const animatedWidths = [480, 800]
export const mostPixels = 50_000_000
export const mostFrames = 500
/** All frames together. */
export const mostAnimatedPixels = 60_000_000
export const longestSide = 30_000
/** From 1 to 100. docs/decisions has the measurements. */
export const quality = 80

const longestAlt = 1000
const longestName = 120

export const MediumForm = Type.Object({
  name: Type.String({ minLength: 1, maxLength: longestName, pattern: '\\S' }),
  alt: Type.String({ maxLength: longestAlt }),
  version: Type.String({ pattern: '^\\d{1,9}$' }),
})
export type MediumInput = Static<typeof MediumForm>

export const shows = ['unused', 'earlier', 'without-alt'] as const
export type Show = (typeof shows)[number]

export const MediaQuery = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 100 })),
  show: Type.Optional(Type.Union([Type.Literal(''), ...shows.map((show) => Type.Literal(show))])),
  ...BeforeIdQuery.properties,
})
export type MediaSearch = { q: string; show: Show | ''; before: number | undefined }

/** `sha256` in hex is of the file; what was sent before it was noted has none. */
export type Size = { width: number; height: number; bytes: number; sha256?: string }

export function canHandle(visitor: Visitor | null, medium: { uploaded_by: number | null }): boolean {
  return canEditAll(visitor) || (canWrite(visitor) && visitor?.id === medium.uploaded_by)
}

type Named = { key: string; name: string; alt: string }

/** What stands in texts. It follows the name at the time; whatever name it has, it leads to the picture. */
export function addressOf({ key, name }: Pick<Named, 'key' | 'name'>): string {
  return paths.media(key, `${slugOf(name.replace(/\.\w{1,5}$/, ''), 'picture')}.webp`)
}

export function markdownOf(medium: Named): string {
  const alt = medium.alt.replace(/\s+/g, ' ').replace(/[\\[\]]/g, '\\$&')
  return `![${alt}](${addressOf(medium)})`
}

export function fileOf(place: string, width: number): string {
  return paths.mediaFile(place, `${width}.webp`)
}

/** The smallest of its files, as small as it is shown in the library. */
export function thumbnailOf(medium: { place: string; width: number; height: number; sizes: Size[] }) {
  const { width, height } = medium.sizes[0] ?? medium
  return { address: fileOf(medium.place, width), width, height }
}

/** What is left of the name of a file: its last part, without what no eye can see. */
export function nameOf(sent: string | undefined): string {
  const [last = ''] = (sent ?? '').split(/[/\\]/).slice(-1)
  const name = last
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
  return [...name].slice(0, longestName).join('').trim() || 'picture'
}

/** A sentence for a text that cannot be kept, or nothing. */
export function altTrouble(alt: string): string | undefined {
  if (alt.length > longestAlt) return text('media.altTooLong', { most: longestAlt })
  return alt.includes('\0') ? text('media.altUnkept') : undefined
}
