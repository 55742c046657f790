// A person as programs see them.
import { Type, type Static } from 'typebox'
import { Id, type Level, Moment, field, resource } from '../api/resource.ts'
import type { Visitor } from '../http/app.ts'
import { paths } from '../paths.ts'
import { canLookAfterPeople, seesAddresses } from '../permissions/team.ts'
import { mostLinks } from '../users/links.ts'
import { longestAbout } from '../users/user.ts'

const states = ['active', 'pending', 'disabled', 'blocked'] as const

export const userFields = {
  id: field('public', Id),
  slug: field('public', Type.String()),
  name: field('public', Type.String()),
  url: field('public', Type.String({ format: 'uri' }), 'The page with what they published.'),
  about: field('public', Type.String()),
  links: field('public', Type.Array(Type.String())),
  email: field(
    'own',
    Type.Union([Type.String(), Type.Null()]),
    'Of others only with `user.manage` or `user.edit.any`.',
  ),
  is_confirmed: field('own', Type.Boolean(), 'Whether the mailbox has answered.'),
  state: field('own', Type.Enum([...states])),
  roles: field('own', Type.Array(Type.String()), 'Names, with the groups of the older system, which count as roles.'),
  created_at: field('own', Moment),
}
export const User = resource('User', userFields)

export const UserChange = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 128, pattern: '\\S' })),
    about: Type.Optional(Type.String({ maxLength: longestAbout })),
    links: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: mostLinks })),
    slug: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', description: 'Needs `user.edit.any`.' }),
    ),
    email: Type.Optional(
      Type.String({
        minLength: 3,
        maxLength: 254,
        description: 'Of others, with `user.edit.any`. It counts when the new mailbox has answered.',
      }),
    ),
  },
  { title: 'UserChange', additionalProperties: false, minProperties: 1 },
)
export type UserChange = Static<typeof UserChange>

export type UserRow = {
  id: number
  slug: string
  name: string
  about: string
  links: string
  email: string | null
  is_confirmed: boolean
  state: string
  roles: string[]
  created_at: Date
  /** Published something, so that their page is there for everyone. */
  is_writer: boolean
}

export function shownUser(row: UserRow, visitor: Visitor | null, origin: string) {
  const { email, links, is_writer: _, ...rest } = row
  const isSeen = row.id === visitor?.id || (visitor !== null && seesAddresses(visitor))
  return {
    ...rest,
    url: origin + paths.author(row.slug),
    links: links.split('\n').filter(Boolean),
    ...(isSeen && { email }),
  }
}

export function levelOf({ id }: { id: number }, visitor: Visitor | null): Level {
  if (visitor === null) return 'public'
  if (canLookAfterPeople(visitor)) return 'staff'
  return id === visitor.id ? 'own' : 'account'
}

/** Who has an account and never published is the business of those who look after people alone. */
export function canSee(visitor: Visitor | null, row: UserRow): boolean {
  return row.is_writer || row.id === visitor?.id || canLookAfterPeople(visitor)
}
