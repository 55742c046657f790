// The rights that the setup command of the old blog wrote.

const actions: Record<string, string> = {
  user: 'read create edit.own edit.any delete.own delete.any manage',
  post: 'read create edit.own edit.any delete.own delete.any publish',
  comment: 'read create edit.own edit.any delete.own delete.any moderate',
  role: 'read create edit delete assign',
  permission: 'read create edit delete assign',
}

const grants: Record<string, string> = {
  moderator:
    'post.read post.create post.edit.any post.delete.any post.publish comment.read comment.create comment.edit.any ' +
    'comment.delete.any comment.moderate user.read role.read permission.read',
  author:
    'post.read post.create post.edit.own post.delete.own post.publish comment.read comment.create comment.edit.own ' +
    'comment.delete.own user.read user.edit.own',
  viewer: 'post.read comment.read user.read',
}

const moment = '2025-10-13 09:15:02'

/** The empty scope is an empty text, never null. */
export const seedPermissions = Object.entries(actions)
  .flatMap(([resource, names]) => names.split(' ').map((name) => [resource, ...name.split('.')]))
  .map(([resource = '', action = '', scope = ''], index) => ({
    id: index + 1,
    name: [resource, action, scope].filter(Boolean).join('.'),
    resource,
    action,
    scope,
    description: `${action} ${scope} ${resource}`.replace('  ', ' '),
    created_at: moment,
  }))

export const seedRoles = [
  { id: 1, name: 'admin', description: 'Full system access', created_at: moment },
  { id: 2, name: 'moderator', description: 'Moderates what others wrote', created_at: moment },
  { id: 3, name: 'author', description: 'Writes own posts', created_at: moment },
  { id: 4, name: 'viewer', description: 'Reads', created_at: moment },
]

export const seedGrants = seedRoles
  .flatMap((role) => {
    const names = grants[role.name]?.split(' ')
    return seedPermissions.filter(({ name }) => !names || names.includes(name)).map(({ id }) => [role.id, id])
  })
  .map(([role = 0, permission = 0], index) => ({
    id: index + 1,
    role,
    permission,
    granted_at: moment,
    granted_by: null,
  }))
