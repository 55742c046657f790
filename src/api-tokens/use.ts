// Which scopes are good for something with the rights that somebody has at the moment.
import type { Visitor } from '../http/app.ts'
import { holds, isAdmin } from '../permissions/permission.ts'
import { type Scope, scopes } from './token.ts'

/** Rights of which one is enough. The scopes that are not here are good for something with every account. */
const needs: Partial<Record<Scope, 'owner' | string[]>> = {
  'posts:write': ['post.create', 'post.edit.own', 'post.edit.any', 'post.delete.own', 'post.delete.any'],
  'tags:write': ['post.edit.any'],
  'series:write': ['post.edit.any'],
  'media:read': ['post.create'],
  'media:write': ['post.create'],
  'roles:read': ['role.read', 'permission.read'],
  'roles:write': [
    'role.create',
    'role.edit',
    'role.delete',
    'role.assign',
    'permission.create',
    'permission.edit',
    'permission.delete',
    'permission.assign',
  ],
  'settings:write': 'owner',
  'imports:read': 'owner',
  'stats:read': [
    'post.edit.any',
    'comment.moderate',
    'user.create',
    'user.edit.any',
    'user.delete.any',
    'user.manage',
    'role.assign',
  ],
  'audit:read': 'owner',
}

export type Idle = { scope: Scope; needs: 'owner' | string[] }

export type SortedScopes = { useful: Scope[]; idle: Idle[] }

/** The others do nothing now: a token keeps them, and what its person may is looked at with every call. */
export function sortScopes(visitor: Visitor): SortedScopes {
  const idle = scopes.flatMap((scope) => {
    const needed = needs[scope]
    if (needed === undefined) return []
    const may = needed === 'owner' ? isAdmin(visitor) : needed.some((right) => holds(visitor, right))
    return may ? [] : [{ scope, needs: needed }]
  })
  return { useful: scopes.filter((scope) => !idle.some((one) => one.scope === scope)), idle }
}
