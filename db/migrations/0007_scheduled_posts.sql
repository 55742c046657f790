-- A post can wait for its moment. Readers see it from published_at on, by the clock of the database, so nothing has to run
-- at that moment; the row here goes when a job noticed it, so that what follows from it happens once.
create table scheduled_posts (
  post_id bigint primary key references posts on delete cascade,
  appears_at timestamptz not null,
  scheduled_by bigint references users on delete set null
);
create index scheduled_posts_appears_idx on scheduled_posts (appears_at);
create index scheduled_posts_by_idx on scheduled_posts (scheduled_by);

-- Moments are typed and shown in this zone.
alter table settings add column time_zone text not null default 'UTC' check (length(time_zone) between 1 and 64);
