-- Sign-ins by other services that are under way: each is begun in one browser and ends there, once, within minutes. The
-- person who connects an account is kept without a foreign key: an import exchanges the table of people, and the answer
-- is compared with the session anyway. See docs/decisions/0032.
create table oauth_starts (
  state_hash bytea primary key,
  browser_hash bytea not null,
  provider text not null,
  verifier text not null,
  nonce text not null,
  next text not null,
  is_kept boolean not null,
  user_id bigint,
  expires_at timestamptz not null,
  constraint oauth_starts_state_hash_check check (octet_length(state_hash) = 32),
  constraint oauth_starts_browser_hash_check check (octet_length(browser_hash) = 32)
);
create index oauth_starts_expires_at_idx on oauth_starts (expires_at);
