// Pictures of the media library, wherever a text names one: as Markdown or as HTML.
import type { Attributes } from 'sanitize-html'
import { paths } from '../paths.ts'
import type { Picture } from './surroundings.ts'

const mostPictures = 500
const widestFallback = 1200
// As wide as the column of a post.
const sizes = '(min-width: 42rem) 38rem, 100vw'

/** The keys that a text names, without knowing which of them there are. */
export function pictureKeys(text: string): string[] {
  const found = new Set<string>()
  for (const [, key = ''] of text.matchAll(/\/media\/([a-z0-9]{16})\//g)) {
    if (found.size < mostPictures) found.add(key)
  }
  return [...found]
}

/**
 * What an <img> may say. One of the library gets its files, its measures and the colours of its corners; of any other
 * only `src` and what its writer gave stay. What comes out goes through unchanged a second time.
 */
export function asPicture(attribs: Attributes, pictures: Map<string, Picture>): Attributes {
  const { srcset, sizes: _, class: classes, ...rest } = attribs
  const key = /^(?:https?:\/\/[^/]+)?\/media\/([a-z0-9]{16})\/[^/]*$/.exec(rest.src ?? '')?.[1]
  const picture = key === undefined ? undefined : pictures.get(key)
  if (picture) return { ...rest, ...ofLibrary(picture, rest) }
  const isDone = srcset !== undefined && isOwnSet(srcset)
  return { ...rest, ...(isDone && { srcset, sizes }), ...(isOwnTone(classes) && { class: String(classes) }) }
}

function ofLibrary({ place, width, height, widths, alt, tones }: Picture, given: Attributes): Attributes {
  const file = (size: number) => paths.mediaFile(place, `${size}.webp`)
  const fallback = widths.findLast((size) => size <= widestFallback) ?? widths[0] ?? width
  const shown = /^[1-9]\d{0,3}$/.test(given.width ?? '') ? Number(given.width) : width
  return {
    src: file(fallback),
    ...(widths.length > 1 && { srcset: widths.map((size) => `${file(size)} ${size}w`).join(', '), sizes }),
    alt: given.alt?.trim() ? given.alt : alt,
    width: String(shown),
    height: String(Math.max(1, Math.round((shown * height) / width))),
    ...(tones && {
      class: tones
        .split('-')
        .map((tone, corner) => `tone-${'abcd'[corner]}${tone}`)
        .join(' '),
    }),
  }
}

/** The same for a picture that stands alone, as at the top of a post. */
export function pictureAttributes(src: string, picture: Picture | null): Attributes {
  return picture ? ofLibrary(picture, { src }) : { src }
}

/** Only as it is made above: another could ask anywhere. */
function isOwnSet(srcset: string): boolean {
  return /^\/media\/files\/[a-z0-9]{20}\/\d{1,5}\.webp \d{1,5}w(, \/media\/files\/[a-z0-9]{20}\/\d{1,5}\.webp \d{1,5}w){0,9}$/.test(
    srcset,
  )
}

function isOwnTone(classes: string | undefined): boolean {
  return /^tone-a\d{1,2} tone-b\d{1,2} tone-c\d{1,2} tone-d\d{1,2}$/.test(classes ?? '')
}
