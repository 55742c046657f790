-- Comments of people without an account, who confirm an address by mail; and a service that is asked whether a comment
-- is spam. See docs/moderation.md.

create table guests (
  id bigint generated always as identity primary key,
  name text not null,
  email text not null,
  created_at timestamptz not null default now(),
  confirmed_at timestamptz,
  constraint guests_name_check check (length(name) between 1 and 128),
  constraint guests_email_check check (length(email) between 3 and 254)
);
create index guests_unconfirmed_idx on guests (created_at) where confirmed_at is null;

alter table comments
  add column guest_id bigint references guests,
  drop constraint comments_held_for_check,
  add constraint comments_held_for_check
    check (held_for in ('first', 'every', 'words', 'links', 'blocked', 'trap', 'fast', 'unconfirmed', 'asked'));
create index comments_guest_id_idx on comments (guest_id, post_id) where guest_id is not null;

-- A link that came by mail opens one comment, once.
create table guest_links (
  token_hash bytea primary key,
  comment_id bigint not null references comments on delete cascade,
  expires_at timestamptz not null,
  constraint guest_links_token_hash_check check (octet_length(token_hash) = 32)
);
create index guest_links_comment_id_idx on guest_links (comment_id);
create index guest_links_expires_at_idx on guest_links (expires_at);

alter table settings
  add column guests_may_comment boolean not null default false,
  add column spam_check_address text not null default '',
  add column spam_check_key text not null default '',
  add constraint settings_spam_check_check check (length(spam_check_address) <= 500 and length(spam_check_key) <= 200);
