-- How much of what was autosaved went on the way to this state, so that folding never loses more than a few sentences, and
-- whether somebody was shown it as the version beside their own: then it stays.
alter table post_revisions
  add column lost integer not null default 0,
  add column is_kept boolean not null default false;

-- Pictures that only revisions named which were folded away.
delete from media_uses using media
  where part = 'revision' and media.id = media_id and not exists (
    select from post_revisions
      where post_revisions.post_id = media_uses.post_id
        and (position('/media/' || key || '/' in body) > 0
          or position('/media/' || key || '/' in details ->> 'picture_url') > 0));
