// Who may open which of the pages about people and rights.
import type { Visitor } from '../http/app.ts'
import type { TeamSection } from '../html/page.ts'
import { forbidden } from '../errors.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { holds } from './permission.ts'

/** Every reader holds `user.read`, so the list of people asks for one more right: to do something about somebody. */
const deedsAboutPeople = [
  'user.create',
  'user.edit.any',
  'user.delete.any',
  'user.manage',
  'role.assign',
  'comment.moderate',
]

const opens: Record<TeamSection, (visitor: Visitor | null) => boolean> = {
  people: (visitor) => holds(visitor, 'user.read') && deedsAboutPeople.some((right) => holds(visitor, right)),
  invitations: (visitor) => holds(visitor, 'user.create'),
  roles: (visitor) => holds(visitor, 'role.read'),
  permissions: (visitor) => holds(visitor, 'permission.read'),
  audit: (visitor) => holds(visitor, 'user.manage'),
}

/** Everybody with an account is shown to them, also who never published. */
export function canLookAfterPeople(visitor: Visitor | null): boolean {
  return opens.people(visitor)
}

export function teamSections(visitor: Visitor): TeamSection[] {
  return (Object.keys(opens) as TeamSection[]).filter((section) => opens[section](visitor))
}

export function requireSection(request: { visitor: Visitor | null }, section: TeamSection): Visitor {
  const visitor = requireVisitor(request)
  if (!opens[section](visitor)) throw forbidden()
  return visitor
}

/** Mailboxes are for those who write to people or change accounts, not for everybody who may see names. */
export function seesAddresses(visitor: Visitor): boolean {
  return holds(visitor, 'user.manage') || holds(visitor, 'user.edit.any')
}

/** What a form of tick boxes changed: those that were ticked when it was shown against those that are now. */
export function ticksOf(seen: unknown, ticked: unknown): { given: number[]; taken: number[] } {
  const before = numbersIn(typeof seen === 'string' ? seen.split(',') : [])
  const now = numbersIn(Array.isArray(ticked) ? ticked : [ticked])
  return { given: now.filter((id) => !before.includes(id)), taken: before.filter((id) => !now.includes(id)) }
}

function numbersIn(values: unknown[]): number[] {
  const texts = values.filter((value): value is string => typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value))
  return [...new Set(texts.slice(0, 1000).map(Number))]
}
