// The demo blog as it lies in db/sample: posts in Markdown with a header, comments in plain text beside them.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type SamplePost = {
  slug: string
  title: string
  /** The slug of one of `people`. */
  author: string
  tags: string[]
  daysAgo: number
  /** Empty for that of the blog. */
  language: string
  series?: { title: string; part: number }
  body: string
  /** In the order they were said. */
  comments: SampleComment[]
  /** Marks the row as ours for ever, also after somebody has changed its address. */
  submissionKey: string
}

/** `author` is null for somebody whose account is gone; `answers` is the place of an earlier one in the list. */
export type SampleComment = { author: string | null; body: string; answers?: number }

/** Four who write and five who read and comment. */
export const people = [
  { slug: 'ines-moreau', name: 'Ines Moreau', role: 'author' },
  { slug: 'tomasz-wrona', name: 'Tomasz Wrona', role: 'author' },
  { slug: 'yuki-tanabe', name: 'Yuki Tanabe', role: 'author' },
  { slug: 'samira-haddad', name: 'Samira Haddad', role: 'author' },
  { slug: 'marta-lindqvist', name: 'Marta Lindqvist', role: 'viewer' },
  { slug: 'joe-okafor', name: 'Joe Okafor', role: 'viewer' },
  { slug: 'hanna-weiss', name: 'Hanna Weiss', role: 'viewer' },
  { slug: 'pavel-horak', name: 'Pavel Horák', role: 'viewer' },
  { slug: 'lin-zhao', name: 'Lin Zhao', role: 'viewer' },
].map((person) => ({ ...person, email: `${person.slug.replace('-', '.')}@example.com` }))

/** Newest first. */
export function readSamplePosts(): SamplePost[] {
  const files = readdirSync(`${folder}posts`).filter((name) => name.endsWith('.md'))
  return files.map((name) => readPost(name.slice(0, -'.md'.length))).toSorted((a, b) => a.daysAgo - b.daysAgo)
}

function readPost(slug: string): SamplePost {
  const file = `posts/${slug}.md`
  const [, header = '', body = ''] = /^---\n(.*?)\n---\n\n(.*)$/s.exec(readFileSync(folder + file, 'utf8')) ?? []
  const fields = new Map(
    header.split('\n').map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    }),
  )
  const field = (name: string) => {
    const text = fields.get(name)
    if (!text) throw new Error(`db/sample/${file} has no ${name} in its header.`)
    return text
  }
  return {
    slug,
    title: field('title'),
    author: personCalled(field('author'), file),
    tags: field('tags').split(', '),
    daysAgo: Number(field('days-ago')),
    language: fields.get('language') ?? '',
    ...(fields.has('series') && { series: { title: field('series'), part: Number(field('part')) } }),
    body,
    comments: readComments(slug),
    submissionKey: keyOf(slug),
  }
}

/**
 * Each comment begins with a line `== name`: the first name of one of the people, or `gone`. `== name to 2` answers the second
 * comment of the file. They are Markdown.
 */
function readComments(slug: string): SampleComment[] {
  const file = `comments/${slug}.txt`
  if (!existsSync(folder + file)) return []
  const [, ...parts] = readFileSync(folder + file, 'utf8').split(/^== (.+)\n/m)
  return parts.flatMap((line, index) => {
    if (index % 2 === 1) return []
    const [name = '', to] = line.split(' to ')
    const answers = to === undefined ? undefined : Number(to) - 1
    if (answers !== undefined && !(answers >= 0 && answers < index / 2))
      throw new Error(`db/sample/${file}: "${line}" answers nothing above it.`)
    const author = name === 'gone' ? null : personCalled(name, file)
    return [{ author, body: (parts[index + 1] ?? '').trim(), ...(answers !== undefined && { answers }) }]
  })
}

function personCalled(name: string, file: string): string {
  const person = people.find(({ slug }) => slug === name || slug.startsWith(`${name}-`))
  if (!person) throw new Error(`db/sample/${file} names ${name}, who is not one of the sample's people.`)
  return person.slug
}

function keyOf(slug: string): string {
  const digits = createHash('sha256').update(`bloggy sample ${slug}`).digest('hex')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}

const folder = fileURLToPath(new URL('../../db/sample/', import.meta.url))
