-- Comments become threads. The order of a page is one value, so that a page of any depth is one part of one index: the
-- newest root first, below it its replies in their order. See docs/decisions/0028.

-- Whom a comment answers; the root of its thread with the moment that orders it; the ids from below the root down to
-- itself. All of these are null or empty for a root, so imported comments cost nothing but defaults.
alter table comments
  add column parent_id bigint references comments,
  add column root_id bigint,
  add column root_at timestamptz,
  add column path bytea not null default '',
  -- Plain text is shown as it was typed and has no body_html.
  add column body_format text not null default 'plain',
  add column body_html text not null default '',
  add column state text not null default 'approved',
  add column deleted_at timestamptz,
  -- What readers get of it: kept by settle_comment(), never written by hand.
  add column shown text not null default 'whole',
  add constraint comments_path_check check (octet_length(path) <= 248),
  add constraint comments_body_format_check check (body_format in ('plain', 'markdown')),
  add constraint comments_state_check check (state in ('approved', 'waiting', 'hidden', 'spam')),
  add constraint comments_shown_check check (shown in ('whole', 'place', 'nothing'));

-- Bytes compare from the left: the later the moment and the larger the id of the root, the smaller its place.
create function place_in_thread(at timestamptz, root bigint, path bytea) returns bytea
language sql immutable parallel safe as $$
  select int8send(4611686018427387904 - (extract(epoch from at - timestamptz '1970-01-01 00:00:00+00') * 1000000)::bigint)
    || int8send(9223372036854775807 - root) || path
$$;

create index comments_place_idx on comments
  (post_id, place_in_thread(coalesce(root_at, created_at), coalesce(root_id, id), path)) where shown <> 'nothing';
create index comments_parent_id_idx on comments (parent_id) where parent_id is not null;
create index comments_waiting_idx on comments (post_id, author_id) where state = 'waiting';
create index comments_deleted_idx on comments (deleted_at, id) where deleted_at is not null;

-- A comment that is not to be read keeps its place while an answer below it is shown, and so on upwards. The root is
-- locked first: of two answers that are deleted at once, the second sees that the first is gone.
create function settle_comment() returns trigger language plpgsql as $$
declare
  one bigint := new.id;
  above bigint;
  wanted text;
begin
  perform from comments where id = coalesce(new.root_id, new.id) for no key update;
  while one is not null loop
    select parent_id, case
        when state = 'approved' and deleted_at is null then 'whole'
        when exists (select from comments as answer where answer.parent_id = one and answer.shown <> 'nothing') then 'place'
        else 'nothing' end
      into above, wanted from comments where id = one;
    update comments set shown = wanted where id = one and shown <> wanted;
    exit when not found and one <> new.id;
    one := above;
  end loop;
  return null;
end $$;
create trigger comments_come after insert on comments for each row
  when (new.parent_id is not null or new.state <> 'approved') execute function settle_comment();
create trigger comments_settle after update of state, deleted_at on comments for each row
  when (old.state <> new.state or (old.deleted_at is null) <> (new.deleted_at is null))
  execute function settle_comment();

-- An import that is continued may correct the date or the post of a comment that was answered here.
create function carry_replies() returns trigger language plpgsql as $$
begin
  update comments set post_id = new.post_id, root_at = new.created_at where post_id = old.post_id and root_id = new.id;
  return null;
end $$;
create trigger comments_carry after update of created_at, post_id on comments for each row
  when (new.root_id is null and (old.created_at <> new.created_at or old.post_id <> new.post_id))
  execute function carry_replies();

-- What a comment said before each change, for its author and for moderators.
create table comment_versions (
  comment_id bigint not null references comments on delete cascade,
  number integer not null,
  body text not null,
  body_format text not null,
  replaced_at timestamptz not null default now(),
  replaced_by bigint references users on delete set null,
  primary key (comment_id, number)
);
create index comment_versions_replaced_by_idx on comment_versions (replaced_by);

alter table posts add column comments_are_open boolean not null default true;
-- Nought means: always, and never.
alter table settings
  add column comment_edit_minutes integer not null default 15,
  add column comments_close_after_days integer not null default 0,
  add constraint settings_comment_edit_minutes_check check (comment_edit_minutes between 0 and 525600),
  add constraint settings_comments_close_after_days_check check (comments_close_after_days between 0 and 36500);
