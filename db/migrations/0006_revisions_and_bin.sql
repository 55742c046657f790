-- Writers lose nothing: every saved state of a post stays, and what was deleted can be had back.

-- Every state of a post that was saved, in order.
create table post_revisions (
  id bigint generated always as identity primary key,
  post_id bigint not null references posts on delete cascade,
  number integer not null,
  -- How it came to be.
  kind text not null check (kind in ('saved', 'published', 'restored')),
  title text not null,
  body text not null,
  body_format text not null check (body_format in ('markdown', 'html', 'plain')),
  tags text not null default '',
  name text check (length(name) between 1 and 200),
  author_id bigint references users on delete set null,
  created_at timestamptz not null default now(),
  unique (post_id, number)
);
create index post_revisions_author_idx on post_revisions (author_id);

-- Deleted posts, for thirty days. They have no published_at meanwhile, so no reader's query has to know of the bin; here
-- is the one they get back.
create table post_bin (
  post_id bigint primary key references posts on delete cascade,
  published_at timestamptz,
  deleted_at timestamptz not null default now(),
  deleted_by bigint references users on delete set null
);
create index post_bin_deleted_idx on post_bin (deleted_at);
create index post_bin_deleted_by_idx on post_bin (deleted_by);
