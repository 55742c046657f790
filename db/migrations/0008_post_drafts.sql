-- A published post can be rewritten beside the text that readers see, until the new one is published.
create table post_drafts (
  post_id bigint primary key references posts on delete cascade,
  title text not null,
  body text not null,
  body_format text not null check (body_format in ('markdown', 'html', 'plain')),
  tags text not null default '',
  updated_at timestamptz not null default now(),
  updated_by bigint references users on delete set null
);
create index post_drafts_updated_by_idx on post_drafts (updated_by);
