import type { Visitor } from '../http/app.ts'

// Commenting has always been open to everyone with an account; the roles add to this.
const everyAccount = new Set(['comment.create', 'comment.edit.own', 'comment.delete.own', 'user.edit.own'])

/** The role admin may do everything, also what has no name yet. */
export function holds(visitor: Visitor | null, permission: string): boolean {
  if (!visitor) return false
  return isAdmin(visitor) || visitor.permissions.has(permission) || everyAccount.has(permission)
}

/** `edit` of a post means: `post.edit.any`, or `post.edit.own` when it is the visitor's. */
export function mayHandle(visitor: Visitor | null, resource: string, action: string, ownerId: number | null): boolean {
  if (holds(visitor, `${resource}.${action}.any`)) return true
  return visitor !== null && visitor.id === ownerId && holds(visitor, `${resource}.${action}.own`)
}

export function isAdmin(visitor: Pick<Visitor, 'roles'> | null): boolean {
  return visitor?.roles.has('admin') ?? false
}
