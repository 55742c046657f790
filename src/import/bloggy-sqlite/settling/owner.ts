/** In SQL: somebody may do everything and can sign in. An import opens a blog that has one, undo closes one that has none. */
export const hasOwner = `exists (
  select from users where state = 'active' and email_confirmed_at is not null and password_hash is not null and (
    exists (select from user_roles join roles on roles.id = role_id
      where user_id = users.id and lower(roles.name) = 'admin')
    or exists (select from group_memberships join groups on groups.id = group_id
      where user_id = users.id and lower(groups.name) = 'admin')))`
