-- What a writer decides about a post beside its text: its address, who may see it, what it belongs to.

-- Posts that belong together, in order.
create table series (
  id bigint generated always as identity primary key,
  slug text not null unique check (slug ~ '^[^[:space:]/?#]+$'),
  title text not null check (length(title) between 1 and 200),
  created_at timestamptz not null default now()
);

alter table posts
  -- A page stands at the top of the blog's addresses, outside the stream of posts.
  add column kind text not null default 'post' check (kind in ('post', 'page')),
  add column visibility text not null default 'public' check (visibility in ('public', 'unlisted', 'members', 'private')),
  -- Empty where the language of the blog, or the excerpt made of the text, or the post's own address is meant.
  add column language text not null default '',
  add column own_excerpt text not null default '',
  add column canonical_url text not null default '' check (canonical_url = '' or canonical_url ~ '^https?://'),
  add column picture_url text not null default '' check (picture_url = '' or picture_url ~ '^(https://|/[^/])'),
  add column picture_alt text not null default '',
  add column series_id bigint references series on delete set null,
  add column series_part integer check (series_part between 1 and 9999);

-- Lists leave out pages and what is unlisted or private; the words are those of isListed in src/posts/queries.ts.
drop index posts_published_idx;
drop index posts_author_published_idx;
create index posts_listed_idx on posts (published_at desc, id desc)
  where published_at is not null and kind = 'post' and visibility in ('public', 'members');
create index posts_author_listed_idx on posts (author_id, published_at desc, id desc)
  where published_at is not null and kind = 'post' and visibility in ('public', 'members');
create index posts_series_idx on posts (series_id, series_part, published_at, id) where series_id is not null;

-- Those who wrote a post together with its author.
create table post_authors (
  post_id bigint not null references posts on delete cascade,
  user_id bigint not null references users on delete cascade,
  position smallint not null default 0,
  -- The post's moment, as in post_tags; null also where the post is in no list.
  published_at timestamptz,
  primary key (post_id, user_id)
);
create index post_authors_user_idx on post_authors (user_id, published_at desc, post_id desc);

create or replace function take_moment_of_post() returns trigger language plpgsql as $$
begin
  select case when posts.kind = 'post' and posts.visibility in ('public', 'members') then posts.published_at end
    into new.published_at from posts where posts.id = new.post_id;
  return new;
end
$$;
create trigger post_authors_moment before insert on post_authors
  for each row execute function take_moment_of_post();

drop trigger posts_moment on posts;
drop function give_moment_to_tags();
create function give_moment_of_post() returns trigger language plpgsql as $$
declare
  listed_at timestamptz :=
    case when new.kind = 'post' and new.visibility in ('public', 'members') then new.published_at end;
begin
  update post_tags set published_at = listed_at where post_id = new.id;
  update post_authors set published_at = listed_at where post_id = new.id;
  return null;
end
$$;
create trigger posts_moment after update of published_at, kind, visibility on posts for each row
  when ((old.published_at, old.kind, old.visibility) is distinct from (new.published_at, new.kind, new.visibility))
  execute function give_moment_of_post();

-- Addresses that posts had while they were out: each leads to its post for ever, and no other post takes it.
create table old_slugs (
  slug text primary key,
  post_id bigint not null references posts on delete cascade,
  created_at timestamptz not null default now()
);
create index old_slugs_post_id_idx on old_slugs (post_id);

-- The owner's own: asked where nothing else is found.
create table redirects (
  id bigint generated always as identity primary key,
  from_path text not null unique check (from_path ~ '^/' and length(from_path) <= 400),
  to_address text not null check (to_address ~ '^(/|https?://)' and length(to_address) <= 2000),
  created_at timestamptz not null default now(),
  created_by bigint references users on delete set null
);
create index redirects_created_by_idx on redirects (created_by);

-- Links to a post that is not, or not for everybody, on the blog. Only the hash of the token is kept.
create table post_links (
  id bigint generated always as identity primary key,
  post_id bigint not null references posts on delete cascade,
  token_hash bytea not null unique,
  created_at timestamptz not null default now(),
  created_by bigint references users on delete set null,
  -- Null for a link that is good until it is taken back.
  expires_at timestamptz
);
create index post_links_post_id_idx on post_links (post_id);
create index post_links_created_by_idx on post_links (created_by);

-- Revisions and drafts hold the details of their moment; empty for those from before there were any.
alter table post_revisions add column details jsonb not null default '{}';
alter table post_drafts add column details jsonb not null default '{}';
