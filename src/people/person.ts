// Which people are listed, and what one may do about another.
import { Type } from 'typebox'
import type { Visitor } from '../http/app.ts'
import { type Rights, isWithin } from '../permissions/ceiling.ts'
import { holds } from '../permissions/permission.ts'
import { seesAddresses } from '../permissions/team.ts'
import { canModerate } from '../moderation/moderation.ts'

export const peopleOnPage = 50
/** Beyond this the list says "1,000+". */
export const mostCounted = 1000

export const states = ['active', 'unconfirmed', 'pending', 'disabled', 'blocked'] as const
export type State = (typeof states)[number]
export const sorts = ['name', 'newest'] as const
export type Sort = (typeof sorts)[number]

/** Anything may stand in an address; what makes no sense is left out. */
export const PeopleQuery = Type.Object({
  text: Type.Optional(Type.Unknown()),
  role: Type.Optional(Type.Unknown()),
  state: Type.Optional(Type.Unknown()),
  sort: Type.Optional(Type.Unknown()),
  done: Type.Optional(Type.Unknown()),
  after: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,15}$' })),
})

export type PeopleFilters = { text?: string; role?: string; state?: State; sort?: Sort }

export function filtersOf(query: Record<string, unknown>): PeopleFilters {
  const text = wordOf(query.text)
  const role = wordOf(query.role)
  const state = states.find((state) => state === query.state)
  const sort = sorts.find((sort) => sort === query.sort)
  return {
    ...(text && { text }),
    ...(role && { role }),
    ...(state && { state }),
    ...(sort && sort !== 'name' && { sort }),
  }
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? Array.from(value.trim()).slice(0, 100).join('') : ''
}

export const PersonForm = Type.Object({
  /** Of who changes their own address. */
  password: Type.Optional(Type.String({ maxLength: 1024 })),
  name: Type.String({ minLength: 1, maxLength: 128, pattern: '\\S' }),
  slug: Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' }),
  email: Type.Optional(Type.String({ maxLength: 254 })),
})

/** What the page of a person offers, and its doors take. */
export type PersonRights = {
  edits: boolean
  manages: boolean
  deletes: boolean
  assigns: boolean
  bans: boolean
  seesAddress: boolean
  /** Has rights that the visitor lacks: can be looked at and nothing else. */
  isAbove: boolean
  isSelf: boolean
}

export function rightsOverPerson(visitor: Visitor, person: { id: number } & Rights): PersonRights {
  const isSelf = visitor.id === person.id
  // One's own rights may wait for a second factor; nobody is above themselves.
  const may = isSelf || isWithin(visitor, person)
  return {
    edits: may && holds(visitor, 'user.edit.any'),
    manages: may && holds(visitor, 'user.manage'),
    deletes: may && holds(visitor, 'user.delete.any'),
    assigns: may && holds(visitor, 'role.assign'),
    bans: may && canModerate(visitor) && !person.roles.has('admin') && !person.permissions.has('comment.moderate'),
    seesAddress: seesAddresses(visitor),
    isAbove: !may,
    isSelf,
  }
}
