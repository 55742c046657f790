-- Whoever wrote a comment sees it, marked, while it waits and when it was hidden or taken for spam.
create index comments_put_aside_idx on comments (post_id, author_id) where state <> 'approved';
drop index comments_waiting_idx;

-- Guests are told of answers, too: each row is of an account or of a guest.
alter table subscriptions
  alter column user_id drop not null,
  add column guest_id bigint references guests on delete cascade,
  drop constraint subscriptions_user_id_post_id_thread_id_key,
  add constraint subscriptions_reader_key unique nulls not distinct (user_id, guest_id, post_id, thread_id),
  add constraint subscriptions_reader_check check ((user_id is null) <> (guest_id is null));
create index subscriptions_guest_id_idx on subscriptions (guest_id) where guest_id is not null;

alter table comment_tellings
  drop constraint comment_tellings_pkey,
  alter column user_id drop not null,
  add column id bigint generated always as identity primary key,
  add column guest_id bigint references guests on delete cascade,
  add constraint comment_tellings_reader_key unique nulls not distinct (user_id, guest_id, comment_id),
  add constraint comment_tellings_reader_check check ((user_id is null) <> (guest_id is null));
create index comment_tellings_guest_id_idx on comment_tellings (guest_id) where guest_id is not null;

alter table unsubscribe_tokens
  alter column user_id drop not null,
  add column guest_id bigint references guests on delete cascade,
  add constraint unsubscribe_tokens_reader_check check ((user_id is null) <> (guest_id is null));
create index unsubscribe_tokens_guest_id_idx on unsubscribe_tokens (guest_id) where guest_id is not null;
