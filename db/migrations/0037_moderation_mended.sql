-- A ban can hold for an e-mail address: that of a guest, who has no account, and is known by a cookie for a year.
alter table bans
  add column email text,
  drop constraint bans_subject_check,
  add constraint bans_subject_check check (num_nonnulls(user_id, network, email) = 1),
  add constraint bans_email_check check (length(email) between 3 and 254);
create unique index bans_email_idx on bans (email) where lifted_at is null;

-- The hash of an IPv4 address alone is soon guessed. As src/comment-reports/queries.ts writes it.
update comment_reports
  set network_hash = sha256(convert_to((select form_secret from settings), 'UTF8') || network_hash)
  where network_hash is not null;
