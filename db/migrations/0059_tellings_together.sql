-- Comments that come many at once. A transaction that announces something holds a lock of the whole server until it is on
-- the disk, so writers would come one after another; and a job for each comment is more work than the comment. Whoever sets
-- bloggy.is_announced for a transaction announces after the commit, and asks once for all that wait in comments_to_tell. A
-- job of every minute finds what nobody came to ask for. See docs/decisions/0041.

create table comments_to_tell (
  comment_id bigint primary key,
  at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create or replace function enqueue_tellings() returns trigger language plpgsql as $$
begin
  if current_setting('bloggy.is_announced', true) = 'yes' then
    insert into comments_to_tell (comment_id) values (new.id) on conflict do nothing;
  else
    perform graphile_worker.add_job('tell-of-comment', json_build_object('comment_id', new.id), max_attempts := 12);
  end if;
  return null;
end $$;

create or replace function tell_comment() returns trigger language plpgsql as $$
begin
  -- One that waits from the start was never to be read.
  if tg_op = 'UPDATE' and new.shown = 'nothing' and new.created_at = now() then
    return null;
  end if;
  insert into comment_changes (post_id, comment_id) values (new.post_id, new.id) on conflict do nothing;
  if current_setting('bloggy.is_announced', true) is distinct from 'yes' then
    perform pg_notify('comments', new.post_id || ' ' || new.id);
  end if;
  return null;
end $$;
