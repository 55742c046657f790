import { slugOf } from '../slug.ts'

/**
 * The last part of a tag's address. Names with the same one are one tag: C++ is not C, nor is .NET a net, and what has no
 * letter at all is told apart by its characters.
 */
export function tagSlugOf(name: string): string {
  const spelt = name
    .replace(/\+/g, ' plus ')
    // A hash before a word is how some write every tag.
    .replace(/(?<=[\p{Letter}\p{Number}])#/gu, ' sharp ')
    .replace(/^\.(?=\p{Letter})/u, 'dot ')
  return slugOf(spelt, '') || numbersOf(name) || 'tag'
}

/** The addresses a tag may have, the likeliest first: one from when signs did not count stays as it is. */
export function tagSlugsOf(name: string): string[] {
  return [slugOf(name, 'tag'), ...endings.map((ending) => tagSlugOf(name) + ending)]
}

/** For names whose address an older tag has that is another one now. */
export const endings = ['', '-2', '-3', '-4', '-5']

/** 🎉 and 🎉\uFE0F look alike, so they are. */
function numbersOf(name: string): string {
  const characters = Array.from(name.replace(/\p{Variation_Selector}/gu, ''))
  return characters.length === 0 ? '' : `u-${characters.map((one) => one.codePointAt(0)?.toString(16)).join('-')}`
}
