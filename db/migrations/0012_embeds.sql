-- What other sites say of their pages, for cards in texts. Fetched by a job and kept, so that neither readers' browsers
-- nor rendering ever asks another site.
create table embeds (
  address text primary key check (octet_length(address) <= 2000),
  -- Null while nothing is known, and for a page that gives no card.
  title text check (title <> ''),
  description text not null default '',
  author_name text not null default '',
  site_name text not null default '',
  tries integer not null default 0,
  -- Null until there is an answer. After it the next save of a text asks again.
  expires_at timestamptz
);

-- Which text has which address, and whether its stored page has the card: an answer renders the others again.
create table post_embeds (
  post_id bigint not null references posts on delete cascade,
  address text not null references embeds on delete cascade,
  is_shown boolean not null,
  primary key (post_id, address)
);
create index post_embeds_address_idx on post_embeds (address, post_id);
