// A theme as a file, for another blog or for later: what it looks like, and nothing of this blog's own.
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { Looks, type Theme, looksOf } from './theme.ts'

export const largestFile = 64 * 1024

const ThemeFile = Type.Object({ bloggy_theme: Type.Literal(1), ...Looks.properties }, { additionalProperties: false })

export function writeThemeFile(theme: Theme): string {
  return `${JSON.stringify({ bloggy_theme: 1, ...looksOf(theme) }, null, 2)}\n`
}

/** The looks, or where the file is not as it has to be: the place in it, or nothing when it is no JSON. */
export function readThemeFile(text: string): { looks: Looks } | { place: string | undefined } {
  let read: unknown
  try {
    // Some editors begin a file with a mark of their own.
    read = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return { place: undefined }
  }
  if (!Value.Check(ThemeFile, read)) return { place: placeOf(read) }
  const { bloggy_theme: _, ...looks } = read
  return { looks }
}

function placeOf(read: unknown): string {
  const [first] = Value.Errors(ThemeFile, read)
  const params = first?.params as { requiredProperties?: string[]; additionalProperties?: string[] } | undefined
  const named = params?.requiredProperties?.[0] ?? params?.additionalProperties?.[0]
  const place = [first?.instancePath ?? '', ...(named ? [named] : [])].join('/').replace(/^\//, '')
  return (place || '{ }').slice(0, 80)
}
