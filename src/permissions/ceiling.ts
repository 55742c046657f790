// The ceiling: nobody gives, takes or changes what has a right that they lack themselves. What is held against it is always the
// same: the rights of an account, of a role, or one permission. Only who holds the role admin is above all.
import { isAdmin } from './permission.ts'

export type Rights = { roles: ReadonlySet<string>; permissions: ReadonlySet<string> }

export function isWithin(visitor: Rights, { roles, permissions }: Rights): boolean {
  if (isAdmin(visitor)) return true
  return !roles.has('admin') && [...permissions].every((right) => visitor.permissions.has(right))
}

/** Lower than the visitor, and not as high: what is done by a token must not lead to an account as good as its person's. */
export function isBelow(visitor: Rights, rights: Rights): boolean {
  return isWithin(visitor, rights) && !isWithin(rights, visitor)
}

/** The rights that come with one role, or a group that stands for it. */
export function rightsOfRole(role: { name: string; permissions: string[] }): Rights {
  return { roles: new Set([role.name.toLowerCase()]), permissions: new Set(role.permissions) }
}

export function rightsOfPermission(name: string): Rights {
  return { roles: new Set(), permissions: new Set([name]) }
}
