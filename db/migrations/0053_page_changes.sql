-- What readers' pages are made of changed, and in which transaction: each process keeps pages in memory and takes out those
-- whose keys it finds here. 'site' is in every page, 'posts' in every list and feed, 'post:17' in what shows that post.
-- Comments have their own journal already, comment_changes. See docs/decisions/0036.

create table page_changes (
  xid xid8 not null default pg_current_xact_id(),
  key text not null,
  -- Not that of the transaction, which may take longer than rows are kept.
  at timestamptz not null default clock_timestamp(),
  primary key (xid, key)
);
create index page_changes_at_idx on page_changes (at);

create function note_page_change(changed text) returns void language plpgsql as $$
begin
  -- 'site' says all else, and once is enough for a transaction. A savepoint takes both back.
  if current_setting('bloggy.site_changed', true) = 'yes' then
    return;
  end if;
  insert into page_changes (key) values (changed) on conflict do nothing;
  -- One announcement for each transaction, however often it is asked for.
  perform pg_notify('pages', '');
  if changed = 'site' then
    perform set_config('bloggy.site_changed', 'yes', true);
  end if;
end $$;

create function change_site() returns trigger language plpgsql as $$
begin
  perform note_page_change('site');
  return null;
end $$;

create function change_lists() returns trigger language plpgsql as $$
begin
  perform note_page_change('posts');
  return null;
end $$;

create function change_post() returns trigger language plpgsql as $$
begin
  -- An import, and its way back, change very many at once.
  if current_setting('bloggy.brings_many', true) = 'yes' then
    perform note_page_change('site');
  elsif tg_table_name = 'posts' then
    perform note_page_change('post:' || new.id), note_page_change('posts');
  elsif tg_op = 'DELETE' then
    perform note_page_change('post:' || old.post_id);
  else
    perform note_page_change('post:' || new.post_id);
  end if;
  return null;
end $$;

create trigger settings_change_pages after update on settings for each statement execute function change_site();

-- An import, and its way back, note 'site' once at their end. Drafts come and go without readers.
create trigger posts_added_to_pages after insert on posts for each row
  when (new.published_at is not null and current_setting('bloggy.brings_many', true) is distinct from 'yes')
  execute function change_site();
-- What others show of a post: its neighbours, lists, its series.
create trigger posts_moved_in_pages after update on posts for each row
  when ((old.published_at is not null or new.published_at is not null) and (
    old.published_at is distinct from new.published_at or old.slug is distinct from new.slug
    or old.title is distinct from new.title or old.kind is distinct from new.kind
    or old.visibility is distinct from new.visibility or old.language is distinct from new.language
    or old.author_id is distinct from new.author_id or old.series_id is distinct from new.series_id
    or old.series_part is distinct from new.series_part))
  execute function change_site();
create trigger posts_changed_in_pages after update on posts for each row
  when (old.published_at is not null and new.published_at is not null) execute function change_post();
create trigger posts_gone_from_pages after delete on posts for each row
  when (old.published_at is not null and current_setting('bloggy.brings_many', true) is distinct from 'yes')
  execute function change_site();

create trigger post_tags_change_pages after insert or update on post_tags for each row
  when (new.published_at is not null) execute function change_site();
create trigger post_tags_gone_from_pages after delete on post_tags for each row
  when (old.published_at is not null) execute function change_site();
create trigger post_authors_change_pages after insert or update on post_authors for each row
  when (new.published_at is not null) execute function change_site();
create trigger post_authors_gone_from_pages after delete on post_authors for each row
  when (old.published_at is not null) execute function change_site();
create trigger tags_change_pages after update or delete on tags for each row execute function change_site();
create trigger series_change_pages after update or delete on series for each row execute function change_site();
-- Numbers that a job counts.
create trigger tag_counts_change_pages after insert or update or delete on tag_counts
  for each statement execute function change_lists();
create trigger archive_months_change_pages after insert or update or delete on archive_months
  for each statement execute function change_lists();
create trigger post_digests_change_pages after insert or update or delete on post_digests
  for each row execute function change_post();

create trigger users_change_pages after update on users for each row
  when (old.name is distinct from new.name or old.slug is distinct from new.slug
    or old.links is distinct from new.links or old.about is distinct from new.about)
  execute function change_site();
create trigger users_gone_from_pages after delete on users for each row execute function change_site();
create trigger guests_change_pages after update on guests for each row
  when (old.name is distinct from new.name) execute function change_site();

-- A picture at the top has its description and sizes from here.
create trigger media_change_pages after update or delete on media for each row execute function change_site();

-- What comment_changes does not say.
create trigger comments_change_pages after update on comments for each row
  when (new.shown <> 'nothing' and (
    old.author_id is distinct from new.author_id or old.guest_id is distinct from new.guest_id
    -- Of one that was deleted the place says who took it away.
    or old.state <> new.state
    or old.body_html is distinct from new.body_html or old.edited_at is distinct from new.edited_at))
  execute function change_post();
create trigger comments_gone_from_pages after delete on comments for each statement execute function change_site();
create trigger reaction_counts_change_pages after insert or update or delete on reaction_counts
  for each row execute function change_post();
