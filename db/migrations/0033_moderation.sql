-- Comments can wait, be reported, and people can be kept from commenting. See docs/decisions/0029.

alter table comments
  -- Why it was put aside when it came; null for what was shown at once. What was decided later is in audit_events.
  add column held_for text,
  add constraint comments_held_for_check
    check (held_for in ('first', 'every', 'words', 'links', 'blocked', 'trap', 'fast'));

-- The queue, newest first. Almost every comment is approved and none of its business.
create index comments_queue_idx on comments (state, id) where state <> 'approved';

alter table settings
  add column comments_wait text not null default 'none',
  add column comment_links_wait integer not null default 0,
  add column comment_words_wait text not null default '',
  add column comment_words_spam text not null default '',
  add column moderation_log_is_public boolean not null default false,
  -- Signs what a form carries along. In the database, so that all processes know it and a restart keeps it.
  add column form_secret text not null default
    (replace(gen_random_uuid()::text, '-', '') || replace(gen_random_uuid()::text, '-', '')),
  add constraint settings_comments_wait_check check (comments_wait in ('none', 'first', 'every')),
  add constraint settings_comment_links_wait_check check (comment_links_wait between 0 and 100),
  add constraint settings_comment_words_wait_check check (length(comment_words_wait) <= 10000),
  add constraint settings_comment_words_spam_check check (length(comment_words_spam) <= 10000);

create table comment_reports (
  id bigint generated always as identity primary key,
  comment_id bigint not null references comments on delete cascade,
  reporter_id bigint references users on delete cascade,
  -- A stranger is told from others by the hash of a network alone.
  network_hash bytea,
  reason text not null,
  words text not null default '',
  created_at timestamptz not null default now(),
  -- The event that decided about it; a decision that is taken back opens it again.
  settled_by bigint,
  settled_at timestamptz,
  constraint comment_reports_reporter_check check ((reporter_id is null) <> (network_hash is null)),
  constraint comment_reports_reason_check check (reason in ('spam', 'unkind', 'off-topic', 'private', 'other')),
  constraint comment_reports_words_check check (length(words) <= 1000)
);
create unique index comment_reports_reporter_idx on comment_reports (comment_id, reporter_id)
  where reporter_id is not null;
create unique index comment_reports_network_idx on comment_reports (comment_id, network_hash)
  where network_hash is not null;
create index comment_reports_open_idx on comment_reports (comment_id) where settled_at is null;
create index comment_reports_reporter_id_idx on comment_reports (reporter_id);

create table bans (
  id bigint generated always as identity primary key,
  user_id bigint references users on delete cascade,
  network inet,
  reason text not null,
  created_at timestamptz not null default now(),
  created_by bigint references users on delete set null,
  expires_at timestamptz,
  lifted_at timestamptz,
  constraint bans_subject_check check ((user_id is null) <> (network is null)),
  constraint bans_reason_check check (length(reason) between 1 and 500)
);
create unique index bans_user_id_idx on bans (user_id) where lifted_at is null;
create unique index bans_one_network_idx on bans (network) where lifted_at is null;
create index bans_network_idx on bans using gist (network inet_ops) where lifted_at is null;
create index bans_created_by_idx on bans (created_by);

-- The log of moderation, newest first, without reading past everything else that happens.
create index audit_events_moderation_idx on audit_events (id) where action in (
  'comment.approved', 'comment.hidden', 'comment.marked-spam', 'comment.decision-undone', 'comment.deleted',
  'comment.restored', 'ban.made', 'ban.lifted', 'moderation.changed');
