-- Pictures are uploaded once and used in many texts.

-- What was made of one upload: files in sizes for every screen, in a place of their own. The same bytes uploaded again
-- are these files; a place is never used a second time, so what lies there can be kept by browsers for ever, and
-- removing it can meet no newer file.
create table media_files (
  id bigint generated always as identity primary key,
  content_hash bytea not null unique check (octet_length(content_hash) = 32),
  place text not null unique check (place ~ '^[a-z0-9]{20}$'),
  width integer not null check (width > 0),
  height integer not null check (height > 0),
  is_animated boolean not null,
  -- [{"width": 480, "height": 320, "bytes": 12345}], the narrowest first.
  sizes jsonb not null,
  -- What its corners look like, shown until it is there; null where something shines through.
  tones text check (tones ~ '^\d{1,2}(-\d{1,2}){3}$'),
  created_at timestamptz not null default now()
);

create table media (
  id bigint generated always as identity primary key,
  -- Stands in texts and stays, whatever the picture is replaced by.
  key text not null unique check (key ~ '^[a-z0-9]{16}$'),
  name text not null check (length(name) between 1 and 120),
  alt text not null default '' check (length(alt) <= 1000),
  files_id bigint not null references media_files,
  version integer not null default 1,
  uploaded_by bigint references users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index media_files_id_idx on media (files_id);
create index media_uploaded_by_idx on media (uploaded_by);

-- Which posts name which pictures: in the text that readers see, in a draft beside it, in an earlier version. Kept by the
-- triggers below, so that it is true whoever writes a text.
create table media_uses (
  media_id bigint not null references media,
  post_id bigint not null references posts on delete cascade,
  part text not null check (part in ('text', 'draft', 'revision')),
  primary key (media_id, post_id, part)
);
create index media_uses_post_idx on media_uses (post_id, part);

create function note_media_uses(of_post bigint, of_part text, words text) returns void language plpgsql as $$
begin
  if of_part <> 'revision' then
    delete from media_uses where post_id = of_post and part = of_part;
  end if;
  -- Most texts have no picture.
  if position('/media/' in words) = 0 then
    return;
  end if;
  -- In one order everywhere; one that is being deleted is waited for and left out.
  insert into media_uses (media_id, post_id, part)
    select id, of_post, of_part from (
      select id from media
        where key in (select match.key[1] from regexp_matches(words, '/media/([a-z0-9]{16})/', 'g') as match (key))
        order by id for key share) as named
    on conflict do nothing;
end $$;

create function note_media_in_post() returns trigger language plpgsql as $$
begin
  perform note_media_uses(new.id, 'text', new.body);
  return null;
end $$;
create trigger posts_media_added after insert on posts
  for each row when (position('/media/' in new.body) > 0) execute function note_media_in_post();
create trigger posts_media_changed after update of body on posts
  for each row when (old.body is distinct from new.body) execute function note_media_in_post();

create function note_media_in_draft() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from media_uses where post_id = old.post_id and part = 'draft';
  else
    perform note_media_uses(new.post_id, 'draft', new.body);
  end if;
  return null;
end $$;
create trigger post_drafts_media after insert or update of body or delete on post_drafts
  for each row execute function note_media_in_draft();

create function note_media_in_revision() returns trigger language plpgsql as $$
begin
  perform note_media_uses(new.post_id, 'revision', new.body);
  return null;
end $$;
create trigger post_revisions_media after insert on post_revisions
  for each row when (position('/media/' in new.body) > 0) execute function note_media_in_revision();
