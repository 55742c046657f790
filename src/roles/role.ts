import { Type } from 'typebox'
import type { Visitor } from '../http/app.ts'
import { isWithin, rightsOfRole } from '../permissions/ceiling.ts'
import { holds } from '../permissions/permission.ts'

export const mostRoles = 200

export const RoleForm = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 79 }),
  description: Type.Optional(Type.String({ maxLength: 300 })),
})
export type RoleInput = { name: string; description: string }

/** As every Bloggy has named them. One that came by another name with an import keeps it. */
export function isRoleName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]{0,78}$/.test(name)
}

export function isAdminRole({ name }: { name: string }): boolean {
  return name.toLowerCase() === 'admin'
}

export type RoleRights = { edits: boolean; grants: boolean; deletes: boolean; isAbove: boolean }

export function rightsOverRole(visitor: Visitor, role: { name: string; permissions: string[] }): RoleRights {
  const may = isWithin(visitor, rightsOfRole(role))
  const isFixed = isAdminRole(role)
  return {
    edits: may && holds(visitor, 'role.edit'),
    grants: may && !isFixed && holds(visitor, 'permission.assign'),
    deletes: may && !isFixed && holds(visitor, 'role.delete'),
    isAbove: !may,
  }
}
