-- Pages of a person elsewhere, an address a line, for `rel=me`.
alter table users add column links text not null default '' check (length(links) <= 2500);

alter table settings
  -- Where programs that read feeds ask to be told of news (WebSub); empty for nowhere.
  add column hub_url text not null default '' check (hub_url = '' or hub_url ~ '^https?://'),
  -- Whom to tell of a hole in the blog, for security.txt: an address of mail or of a page.
  add column security_contact text not null default '' check (length(security_contact) <= 300),
  add column has_llms_txt boolean not null default false;

-- Posts that the hub is to be told of. Without a foreign key: one that is gone is nobody's news.
create table hub_pings (
  post_id bigint primary key,
  asked_at timestamptz not null default now()
);

-- A blog has few pages among its posts, and they are listed.
create index posts_pages_idx on posts (title, id) where kind = 'page';
