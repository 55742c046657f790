-- Which comments changed, and in which transaction: what pages that follow a discussion have missed is what their last
-- snapshot does not hold. See docs/decisions/0030.

create table comment_changes (
  post_id bigint not null,
  xid xid8 not null default pg_current_xact_id(),
  comment_id bigint not null,
  at timestamptz not null default now(),
  primary key (xid, post_id, comment_id)
);
create index comment_changes_post_id_idx on comment_changes (post_id, xid);
create index comment_changes_at_idx on comment_changes (at);

-- In the transaction of the comment, whoever writes it. What is announced are numbers: who may read the text is asked
-- when it is fetched.
create function tell_comment() returns trigger language plpgsql as $$
begin
  -- One that waits from the start was never to be read.
  if tg_op = 'UPDATE' and new.shown = 'nothing' and new.created_at = now() then
    return null;
  end if;
  insert into comment_changes (post_id, comment_id) values (new.post_id, new.id) on conflict do nothing;
  perform pg_notify('comments', new.post_id || ' ' || new.id);
  return null;
end $$;

-- Imported comments are plain: nobody sits before their pages yet, and there may be millions.
create trigger comments_tell_new after insert on comments for each row
  when (new.body_format = 'markdown' and new.state = 'approved') execute function tell_comment();
-- Whoever changes a state: what readers get of a comment follows it.
create trigger comments_tell_change after update of shown, version on comments for each row
  when (old.shown <> new.shown or (new.shown <> 'nothing' and old.version <> new.version))
  execute function tell_comment();

alter table settings add column comments_are_live boolean not null default false;
