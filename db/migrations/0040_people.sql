-- People, roles and what becomes of them.

-- A blog that has been set up has an owner: somebody active who can be reached, with the role or in the group `admin`.
-- Looked at when a transaction ends, so that within one the role may go from one to another. Two that take the last two
-- owners away at the same moment write to this row, so they take turns, and the second sees what the first did.
create table owner_turns (id boolean primary key default true check (id));
insert into owner_turns default values;

create function keep_an_owner() returns trigger language plpgsql as $$
begin
  -- Of a role or a group that is gone its own trigger knows.
  if tg_op <> 'TRUNCATE' and tg_table_name = 'user_roles' then
    if not exists (select from roles where id = old.role_id and lower(name) = 'admin') then return null; end if;
  elsif tg_op <> 'TRUNCATE' and tg_table_name = 'group_memberships' then
    if not exists (select from groups where id = old.group_id and lower(name) = 'admin') then return null; end if;
  end if;
  -- Writes and changes nothing: where a transaction sees a snapshot, the second one is told to begin again.
  update owner_turns set id = true;
  if exists (select from settings where set_up_at is not null)
    and not exists (select from roles
      join user_roles on user_roles.role_id = roles.id
      join users on users.id = user_roles.user_id
      where lower(roles.name) = 'admin' and users.state = 'active' and users.email is not null)
    and not exists (select from roles
      join groups on lower(groups.name) = lower(roles.name)
      join group_memberships on group_memberships.group_id = groups.id
      join users on users.id = group_memberships.user_id
      where lower(roles.name) = 'admin' and users.state = 'active' and users.email is not null) then
    raise exception 'The blog would be left without an owner.'
      using errcode = 'check_violation', constraint = 'blog_has_owner',
        hint = 'Give somebody else who is active the role admin first.';
  end if;
  return null;
end $$;

create constraint trigger users_keep_owner after update of state, email on users deferrable initially deferred
  for each row when (old.state = 'active' and old.email is not null and (new.state <> 'active' or new.email is null))
  execute function keep_an_owner();
-- What somebody who is deleted held goes by these two.
create constraint trigger user_roles_keep_owner after delete or update on user_roles deferrable initially deferred
  for each row execute function keep_an_owner();
create constraint trigger group_memberships_keep_owner after delete or update on group_memberships
  deferrable initially deferred for each row execute function keep_an_owner();
create constraint trigger roles_keep_owner after delete or update on roles deferrable initially deferred
  for each row when (lower(old.name) = 'admin') execute function keep_an_owner();
create constraint trigger groups_keep_owner after delete or update on groups deferrable initially deferred
  for each row when (lower(old.name) = 'admin') execute function keep_an_owner();
-- One that is opened while its only owner is being closed.
create constraint trigger settings_keep_owner after update of set_up_at on settings deferrable initially deferred
  for each row when (old.set_up_at is null and new.set_up_at is not null) execute function keep_an_owner();
create trigger users_emptied after truncate on users for each statement execute function keep_an_owner();
create trigger user_roles_emptied after truncate on user_roles for each statement execute function keep_an_owner();
create trigger roles_emptied after truncate on roles for each statement execute function keep_an_owner();
create trigger groups_emptied after truncate on groups for each statement execute function keep_an_owner();
create trigger group_memberships_emptied after truncate on group_memberships
  for each statement execute function keep_an_owner();

-- The list of people: in two orders, and by any part of a name, an address of a page or of a mailbox.
create index users_by_name_idx on users (lower(name), id);
create index users_by_age_idx on users (created_at desc, id desc);
create index users_not_active_idx on users (state, lower(name), id) where state <> 'active';
create index users_words_idx on users using gin (name gin_trgm_ops, slug gin_trgm_ops, email gin_trgm_ops);

-- Links to the page of somebody whose address was changed, or who was merged, lead on.
create table old_user_slugs (
  slug text primary key,
  user_id bigint not null references users on delete cascade,
  created_at timestamptz not null default now()
);
create index old_user_slugs_user_id_idx on old_user_slugs (user_id);

-- An address that somebody is to sign in with once its mailbox has answered. One for each person: the newest.
create table email_changes (
  user_id bigint primary key references users on delete cascade,
  email text not null check (length(email) between 3 and 254),
  token_hash bytea unique check (octet_length(token_hash) = 32),
  asked_by bigint references users on delete set null,
  expires_at timestamptz not null
);
create index email_changes_asked_by_idx on email_changes (asked_by);
create index email_changes_expires_at_idx on email_changes (expires_at);

-- The link is made when the mail is written: until then there is no hash. What has ended stays in the list for a while.
create table invitations (
  id bigint generated always as identity primary key,
  email text not null check (length(email) between 3 and 254),
  role_id bigint not null references roles on delete cascade,
  token_hash bytea unique check (octet_length(token_hash) = 32),
  invited_by bigint references users on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by bigint references users on delete set null,
  revoked_at timestamptz
);
create unique index invitations_open_idx on invitations (lower(email)) where accepted_at is null and revoked_at is null;
create index invitations_role_id_idx on invitations (role_id);
create index invitations_invited_by_idx on invitations (invited_by);
create index invitations_accepted_by_idx on invitations (accepted_by);

-- Accounts that are on their way out: closed already, while a job moves or clears what they have, a part at a time.
create table departures (
  user_id bigint primary key references users on delete cascade,
  kind text not null check (kind in ('merged', 'deleted', 'erased')),
  into_id bigint references users,
  posts text not null check (posts in ('give', 'keep', 'bin')),
  comments text not null check (comments in ('give', 'keep', 'empty')),
  begun_by bigint references users on delete set null,
  client_ip text,
  begun_at timestamptz not null default now(),
  check ((into_id is not null) = (posts = 'give')),
  check ((kind = 'merged') = (comments = 'give')),
  check (into_id <> user_id)
);
create index departures_into_id_idx on departures (into_id);
create index departures_begun_by_idx on departures (begun_by);

-- Somebody who wrote as a guest before having an account.
create index guests_email_idx on guests (lower(email));

-- The audit log is read newest first, by who, what, about what and from where.
create index audit_events_actor_idx on audit_events (actor_id, created_at desc, id desc);
drop index audit_events_actor_id_idx;
create index audit_events_about_idx on audit_events (subject_type, subject_id, created_at desc, id desc);
drop index audit_events_subject_idx;
create index audit_events_action_idx on audit_events (action, created_at desc, id desc);
create index audit_events_address_idx on audit_events (client_ip, created_at desc, id desc) where client_ip is not null;
