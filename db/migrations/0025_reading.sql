-- What readers say of a post with one press: one for each person and post. A stranger is the hash of a cookie's token and
-- the post's id, so that two reactions of one stranger to two posts cannot be told to be of one person.
create table reactions (
  post_id bigint not null references posts on delete cascade,
  user_id bigint references users on delete cascade,
  guest_hash bytea check (octet_length(guest_hash) = 32),
  kind text not null check (kind in ('like', 'love', 'insight', 'thanks')),
  created_at timestamptz not null default now(),
  unique (post_id, user_id),
  unique (post_id, guest_hash),
  check (num_nonnulls(user_id, guest_hash) = 1)
);
create index reactions_user_idx on reactions (user_id) where user_id is not null;

-- How many they are. Counting a hundred thousand takes too long for a page, and one row for all would make everybody who
-- presses wait for everybody else's commit: there are sixteen, one for each connection in turn (docs/decisions/0026).
create table reaction_counts (
  post_id bigint not null references posts on delete cascade,
  kind text not null,
  slot smallint not null,
  people integer not null,
  primary key (post_id, kind, slot)
) with (fillfactor = 50);

-- By trigger, because only it knows what a row was before, whatever changed it: a switch, a deleted account.
create function count_reaction() returns trigger language plpgsql as $$
begin
  -- In one order everywhere. With a post that goes, its counts go too.
  insert into reaction_counts as counted (post_id, kind, slot, people)
    select post_id, kind, pg_backend_pid() % 16, change from (
      select old.post_id, old.kind, -1 where tg_op <> 'INSERT'
      union all select new.post_id, new.kind, 1 where tg_op <> 'DELETE') as changes (post_id, kind, change)
    where exists (select from posts where id = changes.post_id)
    order by kind
    on conflict (post_id, kind, slot) do update set people = counted.people + excluded.people;
  return null;
end $$;
create trigger reactions_counted after insert or delete on reactions for each row execute function count_reaction();
create trigger reactions_changed after update of kind on reactions
  for each row when (old.kind is distinct from new.kind) execute function count_reaction();

-- What a job finds out about a post for its readers: how long it takes to read, and which posts are like it. Beside the
-- posts, because changing a million rows there would write each of their indexes again.
create table post_digests (
  post_id bigint primary key references posts on delete cascade,
  -- The version of the post that was looked at.
  of_version integer not null,
  reading_minutes integer not null,
  -- The most alike first, more than are shown: some may be gone or hidden by then.
  related_ids jsonb not null default '[]'
);

-- How many posts readers find in a month of UTC and under a tag, counted again by a job after a change.
create table archive_months (
  month text primary key check (month ~ '^\d{4}-\d{2}$'),
  posts integer not null check (posts > 0)
);
create table tag_counts (
  tag_id bigint primary key references tags on delete cascade,
  posts integer not null check (posts > 0)
);

alter table posts add column reactions text not null default '' check (reactions in ('', 'off'));
alter table users add column about text not null default '' check (length(about) <= 1000);
alter table settings
  add column reactions text not null default 'accounts' check (reactions in ('off', 'accounts', 'everyone')),
  add column related_posts_are_shown boolean not null default true;
