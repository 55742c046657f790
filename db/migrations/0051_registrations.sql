-- What each registration of an address that nobody has proved chose. A link confirms the one that it was sent for, with its
-- password, so whoever registers the same address beside its owner neither ends nor changes what the owner chose.
create table registrations (
  id bigint generated always as identity primary key,
  user_id bigint not null references users on delete cascade,
  name text not null,
  password_hash text not null,
  created_at timestamptz not null default now()
);
create index registrations_user_id_idx on registrations (user_id);
create index registrations_created_at_idx on registrations (created_at);

-- Null for a link that proves the mailbox of somebody who signs in by a service, and for those of other purposes.
alter table mail_tokens add column registration_id bigint references registrations on delete cascade;
create index mail_tokens_registration_id_idx on mail_tokens (registration_id) where registration_id is not null;

-- Links that are under way while this runs stay good.
insert into registrations (user_id, name, password_hash)
  select id, name, password_hash from users
  where password_hash is not null and email_confirmed_at is null
    and exists (select from mail_tokens where user_id = users.id and purpose = 'confirm-email');
update mail_tokens set registration_id = registrations.id
  from registrations where registrations.user_id = mail_tokens.user_id and mail_tokens.purpose = 'confirm-email';
