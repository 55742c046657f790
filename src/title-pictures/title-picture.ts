// What a picture made of a post's title says, and where it is.
import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { cleanName } from '../users/user.ts'

export const width = 1200
export const height = 630

/** A step on whenever the same words give another picture. */
const edition = 1

export type Words = { title: string; site: string; authors: string[] }

export const PictureParams = Type.Object({
  slug: Type.String({ minLength: 1, maxLength: 400 }),
  file: Type.String({ pattern: '^[0-9a-f]{20}\\.png$' }),
})

type Named = { title: string; author_name: string | null; co_authors: { name: string }[] }

export function wordsOf(post: Named, site: string): Words {
  const authors = [...(post.author_name === null ? [] : [post.author_name]), ...post.co_authors.map(({ name }) => name)]
  return { title: cleanName(titleOf(post)), site: cleanName(site), authors: authors.map(cleanName) }
}

/** The name changes with what the picture says, so nobody has to ask twice. */
export function fileOf(words: Words): string {
  const said = JSON.stringify([edition, words.title, words.site, words.authors])
  return `${createHash('sha256').update(said).digest('hex').slice(0, 20)}.png`
}

export function addressOf(slug: string, words: Words): string {
  return paths.titlePicture(slug, fileOf(words))
}

/** Where the pictures of a post are among those of the library: one at a time. */
export function placeOf(id: number): string {
  return createHash('sha256').update(`title ${id}`).digest('hex').slice(0, 20)
}
