-- The four roles, 31 permissions and 58 grants that every Bloggy has had.

insert into permissions (resource, action, scope) values
  ('user', 'read', ''),
  ('user', 'create', ''),
  ('user', 'edit', 'own'),
  ('user', 'edit', 'any'),
  ('user', 'delete', 'own'),
  ('user', 'delete', 'any'),
  ('user', 'manage', ''),
  ('post', 'read', ''),
  ('post', 'create', ''),
  ('post', 'edit', 'own'),
  ('post', 'edit', 'any'),
  ('post', 'delete', 'own'),
  ('post', 'delete', 'any'),
  ('post', 'publish', ''),
  ('comment', 'read', ''),
  ('comment', 'create', ''),
  ('comment', 'edit', 'own'),
  ('comment', 'edit', 'any'),
  ('comment', 'delete', 'own'),
  ('comment', 'delete', 'any'),
  ('comment', 'moderate', ''),
  ('role', 'read', ''),
  ('role', 'create', ''),
  ('role', 'edit', ''),
  ('role', 'delete', ''),
  ('role', 'assign', ''),
  ('permission', 'read', ''),
  ('permission', 'create', ''),
  ('permission', 'edit', ''),
  ('permission', 'delete', ''),
  ('permission', 'assign', '');

insert into roles (name, description) values
  ('admin', 'May do everything.'),
  ('moderator', 'Edits and removes what others wrote.'),
  ('author', 'Writes and publishes own posts.'),
  ('viewer', 'Reads.');

insert into role_permissions (role_id, permission_id)
select roles.id, permissions.id
from roles join permissions on
  roles.name = 'admin'
  or roles.name = 'moderator' and permissions.name in (
    'post.read', 'post.create', 'post.edit.any', 'post.delete.any', 'post.publish',
    'comment.read', 'comment.create', 'comment.edit.any', 'comment.delete.any', 'comment.moderate',
    'user.read', 'role.read', 'permission.read')
  or roles.name = 'author' and permissions.name in (
    'post.read', 'post.create', 'post.edit.own', 'post.delete.own', 'post.publish',
    'comment.read', 'comment.create', 'comment.edit.own', 'comment.delete.own', 'user.read', 'user.edit.own')
  or roles.name = 'viewer' and permissions.name in ('post.read', 'comment.read', 'user.read')
order by roles.id, permissions.id;
