-- The picture at the top of a post is a use of it, like one in the text: it is not offered for removal.

create or replace function note_media_in_post() returns trigger language plpgsql as $$
begin
  perform note_media_uses(new.id, 'text', new.picture_url || ' ' || new.body);
  return null;
end $$;
drop trigger posts_media_added on posts;
create trigger posts_media_added after insert on posts
  for each row when (position('/media/' in new.body) > 0 or position('/media/' in new.picture_url) > 0)
  execute function note_media_in_post();
drop trigger posts_media_changed on posts;
create trigger posts_media_changed after update of body, picture_url on posts
  for each row when (old.body is distinct from new.body or old.picture_url is distinct from new.picture_url)
  execute function note_media_in_post();

create or replace function note_media_in_draft() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from media_uses where post_id = old.post_id and part = 'draft';
  else
    perform note_media_uses(new.post_id, 'draft', coalesce(new.details ->> 'picture_url', '') || ' ' || new.body);
  end if;
  return null;
end $$;
drop trigger post_drafts_media on post_drafts;
create trigger post_drafts_media after insert or update of body, details or delete on post_drafts
  for each row execute function note_media_in_draft();

create or replace function note_media_in_revision() returns trigger language plpgsql as $$
begin
  perform note_media_uses(new.post_id, 'revision', coalesce(new.details ->> 'picture_url', '') || ' ' || new.body);
  return null;
end $$;
drop trigger post_revisions_media on post_revisions;
create trigger post_revisions_media after insert on post_revisions
  for each row when (position('/media/' in new.body) > 0 or position('/media/' in new.details ->> 'picture_url') > 0)
  execute function note_media_in_revision();

select note_media_uses(id, 'text', picture_url || ' ' || body) from posts where position('/media/' in picture_url) > 0;
select note_media_uses(post_id, 'draft', (details ->> 'picture_url') || ' ' || body) from post_drafts
  where position('/media/' in details ->> 'picture_url') > 0;
select note_media_uses(post_id, 'revision', details ->> 'picture_url') from post_revisions
  where position('/media/' in details ->> 'picture_url') > 0;
