// The deeds of the API as commands: `bloggy post list` is listPosts. What the API can do, the command line can.
import type { Operation } from '../api/openapi.ts'

export type Json = Record<string, unknown>
export type Property = {
  type?: string
  enum?: unknown[]
  anyOf?: Property[]
  items?: Property
  description?: string
  format?: string
  contentMediaType?: string
  $ref?: string
  'x-noun'?: Named
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
}
/** What may be named instead of given as its number. */
export type Named = 'users' | 'roles' | 'groups' | 'posts'

/** One way to give a value: `--title`, `--body-file`, or the id at its place. */
export type Option = {
  flag: string
  name: string
  place: 'path' | 'query' | 'body'
  kind: Kind
  about: string
  /** Whose id it is, where that may be named. */
  noun?: Named | undefined
  /** Where these alone can be taken. */
  choices: string[]
  property: Property
}
type Kind = 'text' | 'number' | 'yes-no' | 'list' | 'numbers' | 'file' | 'secret' | 'upload'

export type Deed = {
  verb: string
  /** Sent as a form, with files in it. */
  isForm: boolean
  method: string
  path: string
  operation: Operation
  arguments: { name: string; noun: Named | undefined; isNumber: boolean }[]
  options: Option[]
  required: Set<string>
}

/** `comment list`, `post change`: the noun as one says it. */
export const nouns: Record<string, { noun: string; about: string }> = {
  post: { noun: 'posts', about: 'posts and pages, their drafts and revisions' },
  comment: { noun: 'comments', about: 'comments, and what is decided about them' },
  tag: { noun: 'tags', about: 'tags' },
  series: { noun: 'series', about: 'series of posts' },
  media: { noun: 'media', about: 'the library of pictures' },
  user: { noun: 'users', about: 'people' },
  invitation: { noun: 'invitations', about: 'invitations by mail' },
  ban: { noun: 'bans', about: 'who may not comment' },
  role: { noun: 'roles', about: 'roles and what they may do' },
  group: { noun: 'groups', about: 'groups of the older Bloggy' },
  redirect: { noun: 'redirects', about: 'addresses that lead elsewhere' },
  job: { noun: 'jobs', about: 'what the blog does by itself, and what of that failed' },
  permission: { noun: 'permissions', about: 'what there is to be allowed' },
  settings: { noun: 'settings', about: 'the settings of the blog' },
  stats: { noun: 'stats', about: 'how much there is of everything' },
  audit: { noun: 'audit', about: 'who did what' },
}

export function deedsOf(
  noun: string,
  document: { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Json> } },
): Deed[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags.includes(noun))
      .map(([method, operation]) => deedOf(path, method.toUpperCase(), operation, document.components.schemas)),
  )
}

function deedOf(path: string, method: string, operation: Operation, schemas: Record<string, Json>): Deed {
  const inPath = operation.parameters
    .filter((one) => one.in === 'path')
    .map(({ name, schema }) => ({
      name,
      noun: (schema as Property)['x-noun'],
      isNumber: kindOf(schema as Property) === 'number',
    }))
  const query = operation.parameters
    .filter((one) => one.in === 'query')
    .flatMap(({ name, schema, description = '' }) => optionsOf(name, { ...(schema as Property), description }, 'query'))
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
  const body = content ? resolve(content.schema, schemas) : {}
  const properties = Object.entries((body.properties ?? {}) as Record<string, Property>)
  const fields = properties.flatMap(([name, property]) => optionsOf(name, property, 'body'))
  return {
    verb: verbOf(operation),
    isForm: type === 'multipart/form-data',
    method,
    path,
    operation,
    arguments: inPath,
    options: [...query, ...fields],
    required: new Set((body.required as string[] | undefined) ?? []),
  }
}

const verbs: Record<string, string> = { get: 'show', update: 'change' }

const otherWords: Record<string, string[]> = { media: ['medium'], audit: ['event', 'events'] }
// Of these there is one, or as many as one at a time.
const single = new Set(['settings', 'stats', 'audit', 'series', 'media'])

/** `listPosts` is `list`, `getPost` `show`, `getPostDraft` `show-draft`, `changePosts` `change-many`. */
function verbOf({ operationId, tags: [noun = ''] }: Operation): string {
  const [first = '', ...rest] = operationId.split(/(?=[A-Z])/).map((word) => word.toLowerCase())
  const forms = new Set([noun, noun.replace(/s$/, ''), ...(otherWords[noun] ?? [])])
  const isMany = first !== 'list' && rest.includes(noun) && !single.has(noun)
  // What is no word for the noun tells deeds of one noun apart.
  const others = rest.filter((word) => !forms.has(word))
  return [verbs[first] ?? first, ...others, ...(isMany ? ['many'] : [])].join('-')
}

function resolve(schema: Json, schemas: Record<string, Json>): Json {
  const name =
    String(schema.$ref ?? '')
      .split('/')
      .at(-1) ?? ''
  return schemas[name] ?? schema
}

function optionsOf(name: string, property: Property, place: 'query' | 'body'): Option[] {
  if (property.format === 'binary' || property.contentMediaType) {
    return [{ flag: name, name, place, kind: 'upload', about: aboutOf(property), choices: [], property }]
  }
  // Objects in a list are no words: --data takes them.
  if (property.type === 'array' && property.items?.$ref) return []
  const flag = name.replaceAll('_', '-')
  const about = aboutOf(property)
  const kind = kindOf(property)
  // What a list is narrowed by is no secret.
  const isSecret = place === 'body' && /password|secret|token|_key$/.test(name)
  const file: Option = {
    flag: `${flag}-file`,
    name,
    place,
    kind: 'file',
    about: `the same from a file; - for standard input`,
    choices: [],
    property,
  }
  if (isSecret) return [{ ...file, kind: 'secret', about: `${about || name}, from a file; - for standard input` }]
  const noun = property['x-noun']
  const plain: Option = { flag, name, place, kind, about, noun, choices: choicesOf(property), property }
  return name === 'body' ? [plain, file] : [plain]
}

function kindOf({ type, anyOf, items }: Property): Kind {
  if (anyOf) return kindOf(anyOf.find((one) => one.type !== 'null') ?? {})
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'boolean') return 'yes-no'
  if (type === 'array') return items?.type === 'integer' ? 'numbers' : 'list'
  return 'text'
}

function aboutOf(property: Property): string {
  const choices = choicesOf(property)
  const listed = choices.length > 0 && choices.length <= 12 ? `One of: ${choices.join(', ')}.` : ''
  return [property.description?.replaceAll('`', ''), listed].filter(Boolean).join(' ')
}

function choicesOf({ enum: options, anyOf, items }: Property): string[] {
  const found = options ?? anyOf?.find((one) => one.enum)?.enum ?? items?.enum ?? []
  return found.map((one) => (one === '' ? '""' : String(one)))
}

/** What it is called; one says to add somebody. */
export const namesOf = ({ verb }: Deed): string[] => (verb === 'create' ? [verb, 'add'] : [verb])

/** Whether many may be answered, a line each. */
export function isList({ operation }: Deed): boolean {
  return Object.values(operation.responses).some(({ content }) =>
    Object.values(content ?? {}).some(({ schema }) => String(schema.$ref).endsWith('List')),
  )
}

/** Whether `cursor` goes on in it. */
export function hasPages({ operation }: Deed): boolean {
  return operation.parameters.some(({ name }) => name === 'cursor')
}

/** The value that was given as text, or as several, as JSON has it; undefined for what is none. */
export function valueOf(kind: Kind, given: string | string[]): unknown {
  if (kind === 'list') return [given].flat().flatMap((text) => (text === '' ? [] : [text]))
  if (kind === 'numbers') {
    const found = [given].flat().map((text) => valueOf('number', text))
    return found.includes(undefined) || found.includes(null) ? undefined : found
  }
  const text = String(given)
  if (text === 'none' && kind !== 'text') return null
  if (kind === 'number') return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
  if (kind === 'yes-no') return { yes: true, no: false, true: true, false: false }[text]
  return text
}
