// The fonts, as files of packages: what fonts a machine has makes no difference, and a letter that no file has is known
// before anything is drawn. Each file is opened when a letter first needs it. docs/decisions/0025
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { Blob, Font, Face as Shapes, Variation } from 'harfbuzzjs'
import unpack from 'wawoff2/decompress.js'

export type Weight = 400 | 700
/** One of a package's files, in one weight; `unit` is the side of the square that its letters are drawn in. */
export type Face = { family: Family; font: Font; unit: number }
export type Family = {
  package: string
  name: string
  /** Those of its files that are used; without a list all are. Their ranges are in the package. */
  files?: string[]
  /** From one line of writing to the next, in sizes; marks above and below ask for more by themselves. */
  lineHeight: number
}

const serif = (script: string, more: Partial<Family>): Family => {
  const name = `noto-${script}`
  return { package: `@fontsource-variable/${name}`, name, lineHeight: 1.32, ...more }
}

// Source Serif 4, and faces that were drawn to stand beside it.
export const european: Family = {
  package: '@fontsource/source-serif-4',
  name: 'source-serif-4',
  files: ['latin', 'latin-ext', 'cyrillic', 'cyrillic-ext', 'greek', 'vietnamese'],
  lineHeight: 1.18,
}
export const scripts: Family[] = [
  serif('naskh-arabic', { files: ['arabic'] }),
  serif('serif-hebrew', { files: ['hebrew'], lineHeight: 1.25 }),
  serif('serif-devanagari', { files: ['devanagari'] }),
  serif('serif-thai', { files: ['thai'] }),
]
// The same signs are written otherwise in each of these. A package has them in 124 files, the usual ones together.
export const east = {
  sc: serif('serif-sc', {}),
  tc: serif('serif-tc', {}),
  jp: serif('serif-jp', {}),
  kr: serif('serif-kr', {}),
}

/** What stays open, in bytes of the files as they are unpacked. A long title in Chinese opens three million. */
export const mostBytes = 12 * 1_048_576

type Opened = { shapes: Shapes; bytes: number; faces: Map<Weight, Face> }
type Range = { file: string; from: number; to: number }

const require = createRequire(import.meta.url)
// Those used last are at the end.
const opened = new Map<string, Promise<Opened>>()
const ranges = new Map<Family, Map<number, Range[]>>()
let bytesOpen = 0

/** The file that has all of these characters, opened; undefined when none of the family has. */
export async function faceFor(family: Family, codes: number[], weight: Weight): Promise<Face | undefined> {
  for (const file of filesFor(family, codes[0] ?? 0)) {
    const face = await faceOf(family, file, weight)
    if (codes.every((code) => face.font.nominalGlyph(code) !== undefined)) return face
  }
  return undefined
}

export function openFonts(): { files: number; bytes: number } {
  return { files: opened.size, bytes: bytesOpen }
}

function filesFor(family: Family, code: number): string[] {
  // The ranges say what a browser needs a file for. It may have more, such as accents for every letter.
  if (family === european) return family.files ?? []
  const near = rangesOf(family).get(code >> 8) ?? []
  return near.flatMap(({ file, from, to }) => (from <= code && code <= to ? [file] : []))
}

/** By what is before the last two digits of a character's number: a Chinese family has thousands of ranges. */
function rangesOf(family: Family): Map<number, Range[]> {
  let found = ranges.get(family)
  if (!found) {
    found = new Map()
    const text = readFileSync(require.resolve(`${family.package}/unicode.json`), 'utf8')
    for (const [key, list] of Object.entries(JSON.parse(text) as Record<string, string>)) {
      const file = key.replaceAll(/[[\]]/g, '')
      if (family.files && !family.files.includes(file)) continue
      for (const range of list.split(',')) {
        const { from, to } = endsOf(range)
        for (let page = from >> 8; page <= to >> 8; page++)
          found.set(page, [...(found.get(page) ?? []), { file, from, to }])
      }
    }
    ranges.set(family, found)
  }
  return found
}

/** U+0600-06FF, or U+20AC. */
function endsOf(range: string): { from: number; to: number } {
  const [from = 0, to = from] = range
    .slice('U+'.length)
    .split('-')
    .map((digits) => Number.parseInt(digits, 16))
  return { from, to }
}

async function faceOf(family: Family, file: string, weight: Weight): Promise<Face> {
  const isVariable = family !== european
  const path = `${family.package}/files/${family.name}-${file}-${isVariable ? 'wght' : weight}-normal.woff2`
  const { shapes, faces } = await opening(path)
  let face = faces.get(weight)
  if (!face) {
    const font = new Font(shapes)
    if (isVariable) font.setVariations([new Variation('wght', weight)])
    face = { family, font, unit: shapes.upem }
    faces.set(weight, face)
  }
  return face
}

async function opening(path: string): Promise<Opened> {
  const found = opened.get(path) ?? open(path)
  // A file that could not be read is asked for anew.
  found.catch(() => opened.delete(path))
  opened.delete(path)
  opened.set(path, found)
  return await found
}

async function open(path: string): Promise<Opened> {
  const bytes = await unpack(await readFile(require.resolve(path)))
  bytesOpen += bytes.length
  for (const [oldest, font] of opened) {
    if (bytesOpen <= mostBytes) break
    if (oldest === path) continue
    opened.delete(oldest)
    // What is being drawn with it keeps it until the picture is done.
    bytesOpen -= (await font).bytes
  }
  return { shapes: new Shapes(new Blob(bytes)), bytes: bytes.length, faces: new Map() }
}
