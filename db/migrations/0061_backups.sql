-- Backups that the blog makes by itself, or that somebody asked for with `bloggy backup --schedule`: what became of each, for
-- the dashboard, the metrics and the next turn. `ended_at` is null while one is made, and stays so where it was killed: then
-- nobody holds the lock that its maker holds.

create table backups (
  id bigint generated always as identity primary key,
  begun_at timestamptz not null default now(),
  ended_at timestamptz,
  name text not null check (length(name) between 1 and 200),
  bytes bigint,
  rows bigint,
  is_encrypted boolean not null default false,
  error text check (length(error) <= 2000),
  check (ended_at is null or (bytes is null) = (error is not null))
);

create index backups_begun_at_idx on backups (begun_at);
