// Roles and permissions: those of the seed, which are here before, and what people and tests left beside them.
import { type Dirt, type DirtyRow, type Marked, changed, copied, isFolded, isThere, setAside } from './marks.ts'
import { seedGrants, seedPermissions, seedRoles } from './seed.ts'

const moment = '2025-10-13 09:15:02'

export const dirtyRoles: Marked[] = [
  ...seedRoles.map((role) => isThere('of the seed', role)),
  isFolded('of the seed, in capitals', role(5, 'Admin')),
  copied('a name that somebody chose', role(6, 'QA')),
  copied('a name that a test chose', role(7, 'update_test_3fa9')),
  isFolded('a name that differs in case only', role(8, 'qa')),
  copied('a name longer than its column', role(9, 'Long '.repeat(20))),
  changed(
    'no description',
    'text-missing',
    { ...role(10, 'one'), description: null },
    { becomes: { description: '' } },
  ),
]

export const dirtyPermissions: Marked[] = [
  ...seedPermissions.map((permission) => isThere('of the seed', permission)),
  copied('a right of their own', permission(32, 'post.archive', 'post', 'archive', '')),
  changed('another name than its parts', 'name-rebuilt', permission(33, 'wrong', 'post', 'pin', 'own'), {
    becomes: { name: 'post.pin.own' },
  }),
  changed('no name', 'name-rebuilt', permission(34, null, 'post', 'print', ''), { becomes: { name: 'post.print' } }),
  changed('no scope', 'text-missing', permission(35, 'post.mail', 'post', 'mail', null), { becomes: { scope: '' } }),
  setAside('a resource that is no word', 'refused', permission(36, 'Bad One.read', 'Bad One', 'read', '')),
  setAside('a scope that Bloggy does not have', 'refused', permission(37, 'post.read.all', 'post', 'read', 'all')),
  setAside('an empty action', 'refused', permission(38, 'post.', 'post', '', '')),
]

export const dirtyUserRoles: Marked[] = [
  copied('plain', assignment(1, 1, 1)),
  isThere('the same again', assignment(2, 1, 1)),
  isThere('the same through the role in capitals', assignment(3, 1, 5)),
  copied('only through the role in capitals', assignment(4, 2, 5)),
  copied('a role of their own', assignment(5, 2, 6, { assigned_by: 1 })),
  setAside('of a user that is not there', 'user-missing', assignment(6, 9999, 1)),
  setAside('a role that is not there', 'role-missing', assignment(7, 2, 9999)),
  setAside('of nobody', 'user-missing', assignment(8, null, 1)),
  setAside('a word for a role', 'role-missing', assignment(9, 2, 'author')),
  changed('given by a user that is not there', 'author-missing', assignment(10, 3, 3, { assigned_by: 9999 }), {
    becomes: { assigned_by: null },
  }),
  changed('a user in text', 'text-to-number', assignment(11, '3 ', 4)),
  copied('a role as a real number', assignment(12, 3, { real: 2 }), { becomes: { role_id: 2 } }),
  changed('at no moment', 'date-missing', assignment(13, 2, 3, { assigned_at: null })),
  copied('of the user whose id is 0', assignment(14, 0, 4)),
]

export const dirtyGrants: Marked[] = [
  ...seedGrants.map((grant) => isThere('of the seed', grant)),
  isThere('the same again', grant(59, 1, 1)),
  isThere('the same through the role in capitals', grant(60, 5, 1)),
  copied('a role of their own', grant(61, 6, 8)),
  isThere('the same through the name that differs in case', grant(62, 8, 8)),
  copied('a right of their own for a role of the seed', grant(63, 2, 32)),
  setAside('of a role that is not there', 'role-missing', grant(64, 99, 1)),
  setAside('a right that is not there', 'permission-missing', grant(65, 6, 999)),
  setAside('a right that was refused', 'permission-missing', grant(66, 6, 36)),
  setAside('of no role', 'role-missing', grant(67, null, 1)),
  changed(
    'given by a user that is not there',
    'author-missing',
    { ...grant(68, 6, 9), granted_by: 9999 },
    {
      becomes: { granted_by: null },
    },
  ),
]

/** No place for these, and nobody used them. */
export const dirtyAuthPermissions: Marked[] = [1, 2].map((id) =>
  setAside('a right of the framework', 'no-home', {
    id,
    created_at: moment,
    updated_at: null,
    name: 'default',
    table_name: 'posts',
    record_id: 0,
    auth_group: id === 1 ? 1 : 9999,
  }),
)

export const dirtySchemaRows: Marked[] = ['b2c3d4e5f6g7', '630cbdfd3b9d'].map((version, index) =>
  setAside('a revision', 'no-home', { id: index + 1, version }),
)

function role(id: number, name: string): DirtyRow {
  return { id, name, description: `Role ${id}`, created_at: moment }
}

function permission(id: number, name: Dirt, resource: string, action: string, scope: Dirt): DirtyRow {
  return { id, name, resource, action, scope, description: `Right ${id}`, created_at: moment }
}

function assignment(id: number, user: Dirt, role: Dirt, more: Record<string, Dirt> = {}): DirtyRow {
  return { id, user, role, assigned_at: moment, assigned_by: null, ...more }
}

function grant(id: number, role: Dirt, permission: Dirt): DirtyRow {
  return { id, role, permission, granted_at: moment, granted_by: null }
}
