// How a deed is typed, with everything it needs: the last line of its help.
import { type Deed, type Named, type Option, hasPages } from './deeds.ts'

// Where a field needs more than any text.
const fitting: Record<string, string> = {
  title: '"A title"',
  body: '"Some *text*."',
  name: '"A name"',
  description: '"What it is for"',
  permissions: 'post.read.any',
  resource: 'newsletter',
  action: 'send',
  file: 'picture.jpg',
  alt: '"A bridge in fog"',
  ids: '12 13',
  slug: 'a-name',
  email: 'ben@example.org',
  role: 'author',
  who: '192.0.2.0/24',
  from_path: '/old-page',
  to_address: '/new-page',
}
// The names of roles and groups are one word.
const ofNoun: Record<string, Record<string, string>> = {
  role: { name: 'proofreader' },
  group: { name: 'proofreaders' },
}
// Of a change any field will do; these are the telling ones.
const changed = ['title', 'name', 'alt', 'description']
const called: Record<Named, string> = {
  users: 'ben@example.org',
  roles: 'author',
  groups: 'proofreaders',
  posts: 'a-post',
}
const places: Record<string, string> = { id: '12', role: '3', number: '2' }

/** The words behind `bloggy`. */
export function exampleOf(noun: string, deed: Deed): string {
  const values = deed.arguments.map(({ name, noun }) => (noun ? called[noun] : (places[name] ?? name)))
  const words = [noun, deed.verb, ...values, ...givenIn(noun, deed), ...(hasPages(deed) ? ['--limit 5', '--json'] : [])]
  return words.join(' ')
}

function givenIn(noun: string, { options, required, operation }: Deed): string[] {
  if (!operation.requestBody) return []
  const ofBody = options.filter(({ place }) => place === 'body')
  const isSaid = [...required].every((name) => ofBody.some((option) => option.name === name))
  // What no word can say is in a file.
  if (!isSaid) return ['--data body.json']
  const needed = [...required].flatMap((name) => ofBody.find((option) => option.name === name) ?? [])
  const any = changed.flatMap((name) => ofBody.find((option) => option.name === name) ?? [])
  return (needed.length > 0 ? needed : any.slice(0, 1)).map(
    (option) => `--${option.flag} ${ofNoun[noun]?.[option.name] ?? valueFor(option)}`,
  )
}

function valueFor({ name, kind, choices, noun }: Option): string {
  const [first] = choices
  if (noun) return called[noun]
  return first ?? fitting[name] ?? { number: '1', 'yes-no': 'yes', file: 'file.txt' }[kind as string] ?? '"…"'
}
