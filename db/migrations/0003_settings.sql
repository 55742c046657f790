-- What the owner decides while the blog runs: one row, read by every process and announced when it changes.

create table settings (
  id boolean primary key default true check (id),
  title text not null default 'Bloggy',
  description text not null default '',
  language text not null default 'en',
  registration_is_open boolean not null default true,
  comments_are_open boolean not null default true,
  -- Null until the first owner exists.
  set_up_at timestamptz,
  version integer not null default 1
);
insert into settings default values;

create function announce_settings() returns trigger language plpgsql as $$
begin
  perform pg_notify('settings', new.version::text);
  return null;
end
$$;
create trigger settings_announced after update on settings for each row execute function announce_settings();

-- One for every start of a blog without an owner. Only hashes, as with sessions.
create table setup_links (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  created_at timestamptz not null default now()
);
