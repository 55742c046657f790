// Roles and permissions as programs see them and write them: for who may read them in the admin.
import { type Static, Type } from 'typebox'
import { Id, Moment, field, resource } from '../api/resource.ts'
import { mostPermissions } from '../permissions/permission-groups.ts'

export const Role = resource('Role', {
  id: field('staff', Id),
  name: field('staff', Type.String()),
  description: field('staff', Type.String()),
  permissions: field(
    'staff',
    Type.Array(Type.String()),
    'Their names. `admin` may do everything, whatever stands here.',
  ),
  people: field('staff', Type.Integer(), 'How many hold it, by themselves or by a group of its name.'),
  created_at: field('staff', Moment),
})

export const Permission = resource('Permission', {
  id: field('staff', Id),
  name: field('staff', Type.String(), '`resource.action`, with `.own` or `.any` where it has a scope.'),
  resource: field('staff', Type.String()),
  action: field('staff', Type.String()),
  scope: field('staff', Type.String(), '`own`, `any` or empty.'),
  description: field('staff', Type.String(), 'What it allows; another text can be written in its place.'),
  created_at: field('staff', Moment),
})

const description = Type.String({ maxLength: 300 })
const role = {
  name: Type.String({ minLength: 1, maxLength: 79, pattern: '\\S' }),
  description: Type.Optional(description),
  permissions: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 120 }), {
      maxItems: mostPermissions,
      uniqueItems: true,
      description: 'All that it is to have, by name. Needs `permission.assign`.',
    }),
  ),
}
export const NewRole = Type.Object(role, { title: 'NewRole', additionalProperties: false })
export const RoleChange = Type.Object(
  { ...role, name: Type.Optional(role.name) },
  { title: 'RoleChange', additionalProperties: false, minProperties: 1 },
)
export type RoleChange = Static<typeof RoleChange>

const Word = Type.String({ minLength: 1, maxLength: 39, pattern: '^[a-z][a-z0-9_]*$' })
export const NewPermission = Type.Object(
  {
    resource: Word,
    action: Word,
    scope: Type.Optional(Type.Enum(['', 'own', 'any'])),
    description: Type.Optional(description),
  },
  { title: 'NewPermission', additionalProperties: false },
)
export const PermissionChange = Type.Object({ description }, { title: 'PermissionChange', additionalProperties: false })
