-- What somebody sees of their own sessions, the second factor, and what both need.

-- The id is what forms name a session by: it signs nobody in.
alter table sessions
  add column id uuid not null default gen_random_uuid(),
  add column last_seen_at timestamptz not null default now();
update sessions set last_seen_at = created_at;
create unique index sessions_id_key on sessions (id);

-- Streams that are open belong to a session; every process looks at once which of its own have ended.
create function announce_ended_sessions() returns trigger language plpgsql as $$
begin
  perform pg_notify('sessions', '');
  return null;
end $$;
create trigger sessions_announce_end after delete on sessions
  for each statement execute function announce_ended_sessions();

-- Networks and devices that somebody signed in from: 'network 203.0.113.x', 'device Firefox on Linux'.
create table known_places (
  user_id bigint not null references users on delete cascade,
  place text not null,
  seen_at timestamptz not null default now(),
  primary key (user_id, place)
);
create index known_places_seen_at_idx on known_places (seen_at);

-- Null: who may write is told, others are not.
alter table users add column is_told_of_sign_ins boolean;

create table second_factors (
  user_id bigint primary key references users on delete cascade,
  secret_encrypted text not null,
  -- Until a code of it was typed, it asks nobody, and only the session that began it sees it.
  confirmed_at timestamptz,
  begun_by bytea,
  begun_at timestamptz not null default now(),
  -- The half minute of the last code that was taken: none before it is taken again.
  last_step bigint not null default 0
);

create table recovery_codes (
  user_id bigint not null references users on delete cascade,
  code_hash bytea not null,
  primary key (user_id, code_hash),
  constraint recovery_codes_code_hash_check check (octet_length(code_hash) = 32)
);

-- Whoever gave the right password and not yet the code. The token is in a cookie of its own, which opens nothing else.
create table half_sign_ins (
  token_hash bytea primary key,
  user_id bigint not null references users on delete cascade,
  is_kept boolean not null,
  next text not null,
  tries integer not null default 0,
  expires_at timestamptz not null,
  constraint half_sign_ins_token_hash_check check (octet_length(token_hash) = 32)
);
create index half_sign_ins_user_id_idx on half_sign_ins (user_id);
create index half_sign_ins_expires_at_idx on half_sign_ins (expires_at);

alter table roles add column requires_second_factor boolean not null default false;
